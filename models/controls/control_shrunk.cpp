// SPDX-License-Identifier: Apache-2.0
#include "models/controls/control.hpp"

namespace predcorr::models {
namespace {

struct ControlShrunkParameters : ControlParameters {
  double factor = 0.5;
  static Fields<ControlShrunkParameters> fields() {
    return joined_fields<ControlShrunkParameters>(ControlParameters::fields(),
                                                  {field("factor", &ControlShrunkParameters::factor, between(0, 1),
                                                         "all correlations are those of the base times this")});
  }
};

/// The base's means, variances of f and noise, and its correlations times one factor, which is the factor for y's
/// correlations, too. Of a point that is asked for twice the two correlate like others. Cost: the base's.
class ControlShrunk : public ControlModel {
 public:
  explicit ControlShrunk(ControlShrunkParameters p) : ControlModel(std::move(p.base)), factor_(p.factor) {}

 private:
  Rewrite rewrite(const PrivilegedData&, const TrainingData&, const std::shared_ptr<const Posterior>&,
                  const Stream&) const override {
    return [factor = factor_](const Matrix&, JointPrediction p) {
      p.latent = with_correlations_times(p.latent, factor);
      return p;
    };
  }

  double factor_;
};

PREDCORR_REGISTER(Model, "control-shrunk", ControlShrunk, ControlShrunkParameters,
                  "control: any model's marginals, its correlations halved", "");

}  // namespace
}  // namespace predcorr::models
