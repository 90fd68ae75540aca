// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/variational/noisy_kfac.hpp"

namespace predcorr::models {
namespace {

struct NngEigenParameters : NoisyKfacParameters {
  NngEigenParameters() { inverse_every = 200; }  // eigenvectors take longer than inverses, and last longer
  static Fields<NngEigenParameters> fields() {
    return joined_fields<NngEigenParameters>(NoisyKfacParameters::fields(), {});
  }
};

/// Noisy natural gradient with eigenvalue correction (Bae et al. 2018): each layer's weights are independent in the
/// eigenbasis of its Kronecker factors, with variances of their own. See models/bnn/variational/noisy_kfac.hpp for the
/// method and eigenbasis_layer for the posterior. Cost: that of nng; 9 (inputs^3 + outputs^3) every `inverse_every`
/// steps.
class NngEigen : public PrivilegedModel {
 public:
  explicit NngEigen(NngEigenParameters p) : p_(std::move(p)) {}
  ModelTraits traits() const override { return p_.EpochChoice::traits(); }

 private:
  std::unique_ptr<Posterior> do_fit(const PrivilegedData& privileged, const TrainingData& data,
                                    const Stream& stream) const override {
    return fit_noisy_kfac(p_, eigenbasis_layer, privileged, data, stream);
  }

  NngEigenParameters p_;
};

PREDCORR_REGISTER(Model, "nng-eigen", NngEigen, NngEigenParameters,
                  "noisy K-FAC with variances of its own in the Kronecker eigenbasis", "Bae et al. 2018");

}  // namespace
}  // namespace predcorr::models
