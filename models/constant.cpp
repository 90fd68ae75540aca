// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "models/model.hpp"

namespace predcorr::models {
namespace {

/// f is one unknown number everywhere, with a flat prior: mean y-bar, latent covariance s^2 / n between any two points
/// (a factor of one column), noise s^2. The floor that every model should beat.
class ConstantPosterior : public Posterior {
 public:
  ConstantPosterior(double mean, double variance, Index n) : mean_(mean), variance_(variance), n_(n) {}

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    const Index m = query.rows();
    const double stddev_of_mean = std::sqrt(variance_ / static_cast<double>(n_));
    return {Vector::Constant(m, mean_), Covariance::from_factor(RowMatrix(RowMatrix::Constant(m, 1, stddev_of_mean))),
            Vector::Constant(m, variance_)};
  }

  double mean_, variance_;
  Index n_;
};

class Constant : public Model {
 public:
  explicit Constant(NoParameters) {}
  ModelTraits traits() const override { return {.kind = ModelKind::floor}; }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream&) const override {
    const Index n = data.targets.size();
    const double mean = data.targets.mean();
    const double variance = (data.targets.array() - mean).square().sum() / static_cast<double>(n - 1);
    return std::make_unique<ConstantPosterior>(mean, variance, n);
  }
};

PREDCORR_REGISTER(Model, "constant", Constant, NoParameters, "the training mean everywhere: the floor", "");

}  // namespace
}  // namespace predcorr::models
