// SPDX-License-Identifier: Apache-2.0
#include <LBFGSB.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/condition_gp.hpp"
#include "core/kernel.hpp"
#include "models/gp/evidence.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct GpParameters {
  int steps = 200;
  double smallest_noise_variance = 1e-4;
  static Fields<GpParameters> fields() {
    return {field("steps", &GpParameters::steps, between(0, 100000), "most L-BFGS steps; 0 keeps the first guess"),
            field("smallest_noise_variance", &GpParameters::smallest_noise_variance, above(0),
                  "lower bound of the learned noise, in units of the training targets' variance")};
  }
};

/// Half of all pairs of points are nearer than the median distance in column j; the usual first length-scale.
/// @param x at most 500 rows are looked at, evenly spaced.
double median_distance(const Eigen::Ref<const Vector>& column) {
  const Index stride = 1 + (column.size() - 1) / 500;
  std::vector<double> distances;
  for (Index i = 0; i < column.size(); i += stride)
    for (Index j = i + stride; j < column.size(); j += stride) distances.push_back(std::abs(column(i) - column(j)));
  if (distances.empty()) return 1;
  const auto middle = distances.begin() + std::ssize(distances) / 2;
  std::nth_element(distances.begin(), middle, distances.end());
  return *middle > 0 ? *middle : 1;  // columns of few distinct values: half of the pairs may coincide
}

/// Length-scales start at the median distance of their column times sqrt(d), so that r^2 stays near 1 in any dimension.
RbfHyperParameters first_guess(const TrainingData& data, double target_variance) {
  RbfHyperParameters guess;
  const double root_d = std::sqrt(static_cast<double>(data.inputs.cols()));
  guess.log_variance = std::log(target_variance);
  guess.log_noise_variance = std::log(0.1 * target_variance);
  guess.log_length_scales.resize(data.inputs.cols());
  for (Index j = 0; j < data.inputs.cols(); ++j)
    guess.log_length_scales(j) = std::log(root_d * median_distance(data.inputs.col(j)));
  return guess;
}

struct Optimum {
  RbfHyperParameters parameters;
  double log_likelihood = -std::numeric_limits<double>::infinity();
  int evaluations = 0;
};

/// Maximises the evidence by L-BFGS-B within wide bounds. The best point seen wins, whatever ends the search:
/// a line search that finds no further step near the optimum is no failure.
Optimum maximise_evidence(const TrainingData& data, const RbfHyperParameters& start, double lowest_noise, int steps) {
  Optimum best;
  const auto objective = [&](const Vector& packed, Vector& gradient) {
    const auto parameters = RbfHyperParameters::unpacked(packed);
    const Evidence evidence = rbf_evidence(data.inputs, data.targets, parameters);
    ++best.evaluations;
    if (evidence.log_likelihood > best.log_likelihood) {
      best.log_likelihood = evidence.log_likelihood;
      best.parameters = parameters;
    }
    gradient = -evidence.gradient;
    return -evidence.log_likelihood;
  };
  Vector point = start.packed(), gradient;
  if (steps == 0) {
    objective(point, gradient);
    return best;
  }
  Vector low = point.array() - std::log(1e4), high = point.array() + std::log(1e4);
  low.tail(1).setConstant(lowest_noise);
  high.tail(1).setConstant(std::max(high(high.size() - 1), lowest_noise));
  point = point.cwiseMax(low).cwiseMin(high);
  LBFGSpp::LBFGSBParam<double> settings;
  settings.max_iterations = steps;
  settings.epsilon = settings.epsilon_rel = 1e-5;
  settings.past = 1;
  settings.delta = 1e-9;
  LBFGSpp::LBFGSBSolver<double> solver(settings);
  double value = 0;
  try {
    solver.minimize(objective, point, value, low, high);
  } catch (const Error&) {
    if (!std::isfinite(best.log_likelihood)) throw;  // not even the first guess can be factorised
  } catch (const std::exception&) {                  // LBFGS++ reports a line search without progress so
    if (!std::isfinite(best.log_likelihood)) throw;
  }
  return best;
}

class GpPosterior : public Posterior {
 public:
  GpPosterior(TrainingData data, const Optimum& optimum)
      : data_(std::move(data)),
        optimum_(optimum),
        variance_(std::exp(optimum.parameters.log_variance)),
        noise_(std::exp(optimum.parameters.log_noise_variance)),
        scales_(optimum.parameters.log_length_scales.array().exp()),
        observed_(observed_matrix()) {}

  Diagnostics diagnostics() const override {
    return {{"cholesky_jitter", observed_.jitter()},
            {"log_marginal_likelihood", optimum_.log_likelihood},
            {"evidence_evaluations", optimum_.evaluations},
            {"signal_variance", variance_},
            {"noise_variance", noise_}};
  }

 private:
  Matrix kernel(const Matrix& x, const Matrix& z) const {
    return variance_ * (scaled_squared_distances(x, z, scales_).array() * -0.5).exp();
  }
  Matrix observed_matrix() const {
    Matrix k = kernel(data_.inputs, data_.inputs);
    k.diagonal().array() += noise_;
    return k;
  }
  JointPrediction do_predict(const Matrix& query) const override {
    return condition_gp(observed_, kernel(data_.inputs, query), kernel(query, query), data_.targets,
                        Vector::Constant(query.rows(), noise_));
  }

  TrainingData data_;
  Optimum optimum_;
  double variance_, noise_;
  Vector scales_;
  Cholesky observed_;
};

/// Exact GP regression, zero mean, ARD RBF kernel, noise and kernel by maximum marginal likelihood.
/// Rasmussen & Williams 2006, chapters 2 and 5. Cost: steps * n^3 to fit, n m^2 to predict m points jointly.
class Gp : public Model {
 public:
  explicit Gp(GpParameters p) : p_(p) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream&) const override {
    const double variance = std::max(data.targets.squaredNorm() / static_cast<double>(data.targets.size()),
                                     std::numeric_limits<double>::min());
    const double lowest_noise = std::log(p_.smallest_noise_variance * variance);
    return std::make_unique<GpPosterior>(data,
                                         maximise_evidence(data, first_guess(data, variance), lowest_noise, p_.steps));
  }

  GpParameters p_;
};

PREDCORR_REGISTER(Model, "gp", Gp, GpParameters, "exact Gaussian process, ARD RBF kernel, maximum marginal likelihood",
                  "Rasmussen & Williams 2006, chapters 2 and 5");

}  // namespace
}  // namespace predcorr::models
