// SPDX-License-Identifier: Apache-2.0
#include "tests/support/model_contract.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "core/kernel.hpp"
#include "datasets/gp_truth.hpp"
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
                               {"base", {{"model", "constant"}}}};
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

TrainingData curve(Index rows, Index columns, std::uint64_t seed) {
  Stream stream(seed);
  TrainingData data;
  data.inputs = stream.normals(rows * columns).reshaped(rows, columns);
  data.targets = (2 * data.inputs.col(0)).array().sin().matrix() + 0.1 * stream.normals(rows);
  return data;
}

TrainingData noisy_sine(Index n) {
  Stream stream(9);
  const Vector x = Vector::LinSpaced(n, -1, 1);
  return {x, (2 * x).array().sin().matrix() + 0.3 * stream.normals(n), nullptr};
}

TrainingData with_rows(TrainingData data, const TrainingData& more) {
  data.inputs =
      (Matrix(data.inputs.rows() + more.inputs.rows(), data.inputs.cols()) << data.inputs, more.inputs).finished();
  data.targets = (Vector(data.inputs.rows()) << data.targets, more.targets).finished();
  return data;
}

TrainingData training_data(Index rows, Index columns, std::uint64_t seed) {
  TrainingData data = curve(rows, columns, seed);
  data.hindsight = std::make_shared<TrainingData>(with_rows(data, curve(12, columns, seed + 1000)));
  data.truth = std::make_shared<GpTruth>(read_kernel("rbf"), 0.01);
  return data;
}

TrainingData with_targets_times(TrainingData data, double factor) {
  data.targets *= factor;
  if (data.hindsight != nullptr)
    data.hindsight = std::make_shared<TrainingData>(with_targets_times(*data.hindsight, factor));
  return data;
}

Matrix query_points(Index rows, Index columns) { return Stream(77).normals(rows * columns).reshaped(rows, columns); }

bool identical(const JointPrediction& a, const JointPrediction& b) {
  return a.mean == b.mean && a.latent.matrix() == b.latent.matrix() && a.noise_variance == b.noise_variance;
}

void check_equal(const JointPrediction& a, const JointPrediction& b, double tolerance) {
  REQUIRE(a.size() == b.size());
  const double square = std::max(b.observed_variance().maxCoeff(), b.mean.cwiseAbs2().maxCoeff());
  CHECK((a.mean - b.mean).cwiseAbs().maxCoeff() <= tolerance * std::sqrt(square));
  CHECK((a.latent.matrix() - b.latent.matrix()).cwiseAbs().maxCoeff() <= tolerance * square);
  CHECK((a.noise_variance - b.noise_variance).cwiseAbs().maxCoeff() <= tolerance * square);
}

void check_sound(const JointPrediction& p, Index points) {
  REQUIRE(p.size() == points);
  REQUIRE(p.latent.size() == points);
  REQUIRE(p.noise_variance.size() == points);
  const Matrix latent = p.latent.matrix();
  CHECK(p.mean.allFinite());
  REQUIRE(latent.allFinite());
  CHECK(p.noise_variance.allFinite());
  CHECK(p.noise_variance.minCoeff() >= 0);
  CHECK((latent - latent.transpose()).cwiseAbs().maxCoeff() <= 1e-12 * latent.cwiseAbs().maxCoeff());
  const Vector eigenvalues = Eigen::SelfAdjointEigenSolver<Matrix>(latent, Eigen::EigenvaluesOnly).eigenvalues();
  CHECK(eigenvalues.minCoeff() >= -1e-9 * eigenvalues.maxCoeff());
}

}  // namespace predcorr::test
