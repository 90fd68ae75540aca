// SPDX-License-Identifier: Apache-2.0
// What must not compile: parameters that do not say what they are.
#include <predcorr/plugin.hpp>

namespace {

using namespace predcorr;

struct WithoutFields {
  double a = 1;
};

struct Forgetful : Metric {
  explicit Forgetful(WithoutFields) {}
  std::vector<ScoreInfo> describe() const override { return {{.name = "forgetful", .meaning = "1"}}; }
  MetricResult do_score(const EvaluationData&, const JointPrediction&) const override { return {1.0}; }
};

PREDCORR_REGISTER(Metric, "forgetful", Forgetful, WithoutFields, "", "");

}  // namespace
