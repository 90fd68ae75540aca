// SPDX-License-Identifier: Apache-2.0
#include "models/controls/control.hpp"

namespace predcorr::models {
namespace {

/// The base's means, variances of f and noise, and no correlations: f differs from point to point as if by chance. At
/// a point that is asked for twice in one call the two are taken for two points. Cost: the base's.
class ControlIndependent : public ControlModel {
 public:
  explicit ControlIndependent(ControlParameters p) : ControlModel(std::move(p.base)) {}

 private:
  Rewrite rewrite(const PrivilegedData&, const TrainingData&, const std::shared_ptr<const Posterior>&,
                  const Stream&) const override {
    return [](const Matrix&, JointPrediction p) {
      p.latent = with_correlations_times(p.latent, 0);
      return p;
    };
  }
};

PREDCORR_REGISTER(Model, "control-independent", ControlIndependent, ControlParameters,
                  "control: any model's marginals without correlations", "");

}  // namespace
}  // namespace predcorr::models
