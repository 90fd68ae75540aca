// SPDX-License-Identifier: Apache-2.0
#include <predcorr/plugin.hpp>

namespace {

using namespace predcorr;

struct SineParameters {
  int rows = 100;
  static Fields<SineParameters> fields() {
    return {field("rows", &SineParameters::rows, between(10, 1000000), "in all")};
  }
};

/// y = sin x + noise of standard deviation 0.1, x normal.
struct Sine : DatasetSource {
  explicit Sine(SineParameters given) : p(given) {}
  Dataset load(const DataRequest& request) const override {
    Stream stream = request.stream("sine");
    Dataset data;
    data.name = "sine";
    data.input_names = {"x"};
    data.target_name = "y";
    data.inputs = stream.normals(p.rows);
    data.targets = data.inputs.col(0).array().sin() + 0.1 * stream.normals(p.rows).array();
    check_dataset(data, 10);
    return data;
  }
  SineParameters p;
};

PREDCORR_REGISTER(DatasetSource, "sine", Sine, SineParameters, "a noisy sine", "");

}  // namespace
