// SPDX-License-Identifier: Apache-2.0
#include "models/controls/control.hpp"

namespace predcorr::models {
namespace {

/// The base's means, variances of f and noise at a point x, and the correlations that the base gives to other points:
/// corr(x, x') is the base's between p(x) and p(x'), where p sends each x to a place of its own, drawn from a smoothed
/// bootstrap of the training inputs (PlaceSampler) by a hash of x and the fit's stream. A permutation of the points of
/// one call would change with the call, and a rotation of all inputs would leave an isotropic kernel as it is. For
/// points that are drawn like the training rows, places drawn anew are what a random permutation makes of them: the
/// correlations' distribution is kept, their meaning lost. Equal inputs have equal places.
/// Cost: two predictions of the base.
class ControlPermuted : public ControlModel {
 public:
  explicit ControlPermuted(ControlParameters p) : ControlModel(std::move(p.base)) {}

  /// Places are drawn from rows, not from weights.
  ModelTraits traits() const override {
    ModelTraits own = ControlModel::traits();
    own.takes_weights = false;
    return own;
  }

 private:
  Rewrite rewrite(const PrivilegedData&, const TrainingData& data, const std::shared_ptr<const Posterior>& base,
                  const Stream& stream) const override {
    const auto sampler = std::make_shared<const PlaceSampler>(data.inputs);
    const double silent =
        kSilent * sampler->typical_variance([&](const Matrix& places) { return base->predict(places); }, stream);
    return [sampler, silent, base, key = stream.key()](const Matrix& query, JointPrediction p) {
      Matrix places(query.rows(), query.cols());
      for (Index i = 0; i < query.rows(); ++i) places.row(i) = sampler->draw(Stream(point_key(query.row(i), key)));
      p.latent = with_correlations_of(p.latent, base->predict(places).latent, silent);
      return p;
    };
  }
};

PREDCORR_REGISTER(Model, "control-permuted", ControlPermuted, ControlParameters,
                  "control: any model's marginals, its correlations those of other points", "Silverman 1986");

}  // namespace
}  // namespace predcorr::models
