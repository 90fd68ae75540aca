// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/linalg/cholesky.hpp"
#include "datasets/dataset_source.hpp"
#include "datasets/generators/gp_truth.hpp"
#include "datasets/legacy_random.hpp"

namespace predcorr::datasets {
namespace {

struct ToyReluParameters {
  int dim = 9;
  int train = 0;
  int pool = 500;
  int test = 200;
  double noise_variance = 0.01;
  int function = 121;
  static Fields<ToyReluParameters> fields() {
    return {field("dim", &ToyReluParameters::dim, between(1, 1000), "number of inputs"),
            field("train", &ToyReluParameters::train, between(0, 20000), "training rows; 0 means 5 for each input"),
            field("pool", &ToyReluParameters::pool, between(1, 20000), "pool rows"),
            field("test", &ToyReluParameters::test, between(1, 20000), "test rows"),
            field("noise_variance", &ToyReluParameters::noise_variance, above(0), "variance of y given f"),
            field("function", &ToyReluParameters::function, at_least(0),
                  "paper protocol: the seed of the one function that all splits share (the study's is 121)")};
  }
};

/// The study's toy problem: a function drawn from the GP limit of a one-hidden-layer ReLU network, inputs N(0, I).
/// Under the paper protocol the function is fixed and seeds only re-split its rows, digit for digit as published;
/// under the modern protocol every seed draws new inputs and a new function.
class ToyRelu : public DatasetSource {
 public:
  explicit ToyRelu(ToyReluParameters p)
      : p_(p), kernel_(Registry<Kernel>::instance().make({.name = "relu-network"}, "toy-relu").object) {}

  Dataset load(const DataRequest& request) const override {
    const Index n = train_rows() + p_.pool + p_.test;
    const bool paper = request.protocol.is_paper();
    NumpyLegacyRandom study(static_cast<std::uint32_t>(p_.function));
    Stream fresh = request.stream("toy-relu");
    const auto normal = [&] { return paper ? study.normal() : fresh.normal(); };
    const auto normals = [&](Index count) { return Vector::NullaryExpr(count, [&] { return normal(); }).eval(); };

    Dataset data;
    data.name = "toy-relu";
    data.inputs.resize(n, p_.dim);
    for (Index i = 0; i < n; ++i)  // row by row, as NumPy fills
      for (Index j = 0; j < p_.dim; ++j) data.inputs(i, j) = normal();
    const Cholesky prior(gram_in_tiles(*kernel_, data.inputs));
    const Vector f = prior.lower() * normals(n);
    data.targets = f + std::sqrt(p_.noise_variance) * normals(n);
    for (Index j = 0; j < p_.dim; ++j) data.input_names.push_back(fmt::format("x{}", j + 1));
    data.target_name = "y";
    data.source.citation = "Wang, Sun & Grosse 2021, arXiv:2011.03178";
    data.truth = std::make_shared<GpTruth>(kernel_, p_.noise_variance);
    check_dataset(data, 3);
    return data;
  }

  Split split(const Dataset& data, const DataRequest& request) const override {
    Rows rows = consecutive_rows(0, data.rows());
    if (request.protocol.is_paper()) {
      python_shuffle(rows, study_seed(request.seed));
    }  // the modern rows are independent draws already
    const auto pool = rows.begin() + train_rows(), test = pool + p_.pool;
    return {Rows(rows.begin(), pool), Rows(pool, test), Rows(test, rows.end())};
  }

  bool knows_truth() const override { return true; }

  bool standardises(const DataRequest& request) const override { return !request.protocol.is_paper(); }

 private:
  Index train_rows() const { return p_.train > 0 ? p_.train : 5 * p_.dim; }

  ToyReluParameters p_;
  std::shared_ptr<const Kernel> kernel_;
};

PREDCORR_REGISTER(DatasetSource, "toy-relu", ToyRelu, ToyReluParameters,
                  "function drawn from a ReLU-network GP, with its exact posterior as oracle",
                  "Wang, Sun & Grosse 2021, section 5.1");

}  // namespace
}  // namespace predcorr::datasets
