// SPDX-License-Identifier: Apache-2.0
#include "tests/support/model_contract.hpp"

#include <cmath>

#include "tests/support/reference.hpp"

namespace predcorr::test {

std::shared_ptr<const Model> model(const std::string& name, const Json& parameters) {
  return Registry<Model>::instance().make({.name = name, .parameters = parameters}, "test").object;
}

Json cheap_parameters(const std::string& name) {
  static const Json budgets = {{"epochs", 20},
                               {"members", 5},
                               {"samples", 25},
                               {"units", {10}},
                               {"batch", 10},
                               {"steps", 30},
                               {"warmup", 5},
                               {"draws", 6},
                               {"burn_in", 20},
                               {"start_steps", 30},
                               {"base", {{"model", "constant"}}},
                               {"command", {"python3", PREDCORR_SOURCE_DIR "/models/external/bayesian_line.py"}}};
  Json parameters = Json::object();
  for (const ParameterInfo& p : Registry<Model>::instance().find(name).parameters())
    if (budgets.contains(p.name)) parameters[p.name] = budgets.at(p.name);
  return parameters;
}

bool is_random(const std::string& name) {
  for (const ParameterInfo& p : Registry<Model>::instance().find(name).parameters())
    if (p.name == "members" || p.name == "samples" || p.name == "draws" || p.name == "units") return true;
  return false;
}

TrainingData curve(Index rows, Index columns, std::uint64_t seed) { return conformance::curve(rows, columns, seed); }

TrainingData noisy_sine(Index n) {
  Stream stream(9);
  const Vector x = Vector::LinSpaced(n, -1, 1);
  return {x, (2 * x).array().sin().matrix() + 0.3 * stream.normals(n)};
}

double stationary_noise(const Posterior& posterior, const TrainingData& data) {
  const JointPrediction p = posterior.predict(data.inputs);
  return ((data.targets - p.mean).squaredNorm() + p.latent.diagonal().sum()) / static_cast<double>(data.targets.size());
}

void check_noise_found(const Posterior& posterior, const TrainingData& data, double frequency) {
  const JointPrediction p = posterior.predict(data.inputs);
  const double n = static_cast<double>(data.targets.size()), noise = p.noise_variance(0);
  const double real = (data.targets.array() - (frequency * data.inputs.col(0)).array().sin()).square().mean();
  CHECK(noise == Approx(real).epsilon(4 * std::sqrt(2 * p.latent.diagonal().sum() / noise) / n));
}

TrainingData with_rows(TrainingData data, const TrainingData& more) {
  return conformance::with_rows({std::move(data), {}}, more);
}

CheckData with_targets_times(CheckData data, double factor) {
  return conformance::with_targets(std::move(data), factor, 0);
}

TrainingData with_targets_times(TrainingData data, double factor) {
  data.targets *= factor;
  return data;
}

Matrix query_points(Index rows, Index columns) { return conformance::query_points(rows, columns); }

bool identical(const JointPrediction& a, const JointPrediction& b) {
  return a.mean == b.mean && a.latent.matrix() == b.latent.matrix() && a.noise_variance == b.noise_variance;
}

void check_equal(const JointPrediction& a, const JointPrediction& b, double tolerance) {
  CHECK(conformance::difference(a, b, tolerance) == "");
}

void check_sound(const JointPrediction& p, Index points) { CHECK(conformance::unsoundness(p, points) == ""); }

}  // namespace predcorr::test
