// SPDX-License-Identifier: Apache-2.0
#include "models/controls/control.hpp"

namespace predcorr::models {
namespace {

/// The base's means, variances of f and noise, and correlations whose signs are scrambled: D C D, where D_ii is +1 or
/// -1 by a hash of the point's inputs and the fit's stream. Their sizes stay, so a score that looks at sizes alone, as
/// neighbours by |correlation| do, sees no difference. Equal inputs have equal signs. Cost: the base's, and n s or n^2.
class ControlSignFlipped : public ControlModel {
 public:
  explicit ControlSignFlipped(ControlParameters p) : ControlModel(std::move(p.base)) {}

 private:
  Rewrite rewrite(const PrivilegedData&, const TrainingData&, const std::shared_ptr<const Posterior>&,
                  const Stream& stream) const override {
    return [key = stream.key()](const Matrix& query, JointPrediction p) {
      Vector signs(query.rows());
      for (Index i = 0; i < query.rows(); ++i) signs(i) = (point_key(query.row(i), key) >> 63) == 0 ? 1.0 : -1.0;
      p.latent = p.latent.scaled(signs);
      return p;
    };
  }
};

PREDCORR_REGISTER(Model, "control-sign-flipped", ControlSignFlipped, ControlParameters,
                  "control: any model's marginals, its correlations with random signs", "");

}  // namespace
}  // namespace predcorr::models
