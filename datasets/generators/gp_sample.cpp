// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/linalg/cholesky.hpp"
#include "datasets/dataset_source.hpp"
#include "datasets/generators/gp_truth.hpp"

namespace predcorr::datasets {
namespace {

struct GpSampleParameters {
  Nested<Kernel> kernel;
  int dim = 2;
  int rows = 500;
  double noise_variance = 0.01;
  static Fields<GpSampleParameters> fields() {
    return {field("kernel", &GpSampleParameters::kernel, any_value(), "prior the function is drawn from"),
            field("dim", &GpSampleParameters::dim, between(1, 1000), "number of inputs, each N(0, 1)"),
            field("rows", &GpSampleParameters::rows, between(10, 20000), "rows in all"),
            field("noise_variance", &GpSampleParameters::noise_variance, above(0),
                  "variance of y given f, beside the kernel's own white noise")};
  }
};

/// A function drawn from any registered kernel, a fresh one for every seed, with the exact posterior as oracle.
class GpSample : public DatasetSource {
 public:
  explicit GpSample(GpSampleParameters p) : p_(std::move(p)) {}

  Dataset load(const DataRequest& request) const override {
    Stream stream = request.stream("gp-sample");
    Dataset data;
    data.name = "gp-sample";
    data.inputs = stream.normals(static_cast<Index>(p_.rows) * p_.dim).reshaped(p_.rows, p_.dim);
    const Cholesky prior(gram_in_tiles(*p_.kernel.object, data.inputs));
    const Vector f = prior.lower() * stream.normals(p_.rows);
    const Vector noise = p_.noise_variance + p_.kernel.object->white_noise(data.inputs).array();
    data.targets = f + noise.cwiseSqrt().cwiseProduct(stream.normals(p_.rows));
    for (int j = 0; j < p_.dim; ++j) data.input_names.push_back(fmt::format("x{}", j + 1));
    data.target_name = "y";
    data.truth = std::make_shared<GpTruth>(p_.kernel.object, p_.noise_variance);
    check_dataset(data, 10);
    return data;
  }

  bool knows_truth() const override { return true; }

 private:
  GpSampleParameters p_;
};

PREDCORR_REGISTER(DatasetSource, "gp-sample", GpSample, GpSampleParameters,
                  "function drawn from any GP kernel, with its exact posterior as oracle",
                  "Rasmussen & Williams 2006, section 2.2");

}  // namespace
}  // namespace predcorr::datasets
