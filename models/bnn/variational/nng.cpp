// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/variational/noisy_kfac.hpp"

namespace predcorr::models {
namespace {

/// Noisy natural gradient with a matrix-variate normal posterior for each layer (Zhang et al. 2018): see
/// models/bnn/variational/noisy_kfac.hpp for the method and matrix_normal_layer for the posterior. Cost of a step of b
/// rows: 6 * parameters * b * training_samples for the network, b (inputs^2 + outputs^2) for each layer's curvature,
/// and (inputs^3 + outputs^3) every `inverse_every` steps.
class Nng : public PrivilegedModel {
 public:
  explicit Nng(NoisyKfacParameters p) : p_(std::move(p)) {}
  ModelTraits traits() const override { return p_.EpochChoice::traits(); }

 private:
  std::unique_ptr<Posterior> do_fit(const PrivilegedData& privileged, const TrainingData& data,
                                    const Stream& stream) const override {
    return fit_noisy_kfac(p_, matrix_normal_layer, privileged, data, stream);
  }

  NoisyKfacParameters p_;
};

PREDCORR_REGISTER(Model, "nng", Nng, NoisyKfacParameters,
                  "noisy K-FAC: matrix-variate normal variational network by natural gradient", "Zhang et al. 2018");

}  // namespace
}  // namespace predcorr::models
