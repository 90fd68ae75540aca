// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernels/kernel.hpp"
#include "core/linalg/cholesky.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// The best Gaussian belief about the function at inducing points, and what follows for any other point (Titsias 2009,
/// eq. 6 and 10), for given hyper-parameters. Rows are read in batches: memory is m^2 whatever n is.
class SparsePosterior : public Posterior {
 public:
  /// `low_rank`: latent covariance F F' + diagonal with F m columns wide, exact variances, and what K - Q says off the
  /// diagonal left out. `full`: nothing left out, a dense matrix.
  enum class Form { low_rank, full };

  /// @param kernel of the observations, white noise included  @param inducing m x d  Cost: 2 n m^2.
  SparsePosterior(KernelPtr kernel, Matrix inducing, const TrainingData& data, Form form, Diagnostics search,
                  std::vector<std::string> warnings = {});

  Diagnostics diagnostics() const override;
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  JointPrediction do_predict(const Matrix& query) const override;

  KernelPtr kernel_;
  Matrix inducing_;
  Form form_;
  Diagnostics search_;
  std::vector<std::string> warnings_;
  Cholesky prior_;       // of Kuu
  Cholesky precision_;   // of B = I + A A'
  Vector coefficients_;  // Kuu^-1 times the inducing variables' posterior mean
};

EnumWords<SparsePosterior::Form> words_of(SparsePosterior::Form);

}  // namespace predcorr::models
