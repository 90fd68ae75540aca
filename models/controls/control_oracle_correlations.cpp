// SPDX-License-Identifier: Apache-2.0
#include "models/controls/control.hpp"

namespace predcorr::models {
namespace {

/// The base's means, variances of f and noise, and the true posterior's correlations of f: how much a score has to gain
/// from correlations alone. y's correlations are the oracle's only as far as the base's shares of noise are.
/// Cost: the base's and the oracle's; dense.
class ControlOracleCorrelations : public ControlModel {
 public:
  explicit ControlOracleCorrelations(ControlParameters p) : ControlModel(std::move(p.base)) {}

  /// The truth is asked for the posterior given rows, not weights.
  ModelTraits traits() const override {
    ModelTraits own = ControlModel::traits();
    own.reads_truth = true;
    own.takes_weights = false;
    return own;
  }

 private:
  Rewrite rewrite(const PrivilegedData& privileged, const TrainingData& data, const std::shared_ptr<const Posterior>&,
                  const Stream& stream) const override {
    require(privileged.truth != nullptr, ErrorKind::data,
            "control-oracle-correlations: the truth of this data set is not known; leave this control out");
    const auto oracle = [truth = privileged.truth, x = data.inputs, y = data.targets](const Matrix& query) {
      return truth->posterior(x, y, query);
    };
    const double silent = kSilent * PlaceSampler(data.inputs).typical_variance(oracle, stream);
    return [oracle, silent](const Matrix& query, JointPrediction p) {
      if (query.rows() > 0) p.latent = with_correlations_of(p.latent, oracle(query).latent, silent);
      return p;
    };
  }
};

PREDCORR_REGISTER(Model, "control-oracle-correlations", ControlOracleCorrelations, ControlParameters,
                  "control: any model's marginals with the true posterior's correlations", "");

}  // namespace
}  // namespace predcorr::models
