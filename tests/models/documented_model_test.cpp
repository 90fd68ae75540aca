// SPDX-License-Identifier: Apache-2.0
// The model that docs/extending.md shows, which the build takes from there.
#include <Eigen/Cholesky>

#include "models/model.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("the documented model is the exact posterior of a linear regression", "[models]") {
  // The same posterior as a GP's with the linear kernel v (x'z + 1), worked out without a factor.
  Stream stream(4);
  TrainingData data;
  data.inputs = stream.normals(24).reshaped(12, 2);
  data.targets = stream.normals(12);
  const Matrix query = stream.normals(10).reshaped(5, 2);
  const double prior = 2, noise = 0.3;
  const Json parameters = {{"prior_variance", prior}, {"noise_variance", noise}};
  const auto model = Registry<Model>::instance().make({.name = "bayesian-line", .parameters = parameters}, "test");
  const JointPrediction p = model.object->fit(data, Stream(1))->predict(query);

  const auto kernel = [&](const Matrix& a, const Matrix& b) -> Matrix {
    return prior * ((a * b.transpose()).array() + 1).matrix();
  };
  const Matrix observed = kernel(data.inputs, data.inputs) + noise * Matrix::Identity(12, 12);
  const Matrix gain = observed.ldlt().solve(kernel(data.inputs, query)).transpose();
  const Matrix covariance = kernel(query, query) - gain * kernel(data.inputs, query);
  CHECK((p.mean - gain * data.targets).cwiseAbs().maxCoeff() < 1e-10);
  CHECK((p.latent.matrix() - covariance).cwiseAbs().maxCoeff() < 1e-10);
  CHECK(p.noise_variance == Vector::Constant(5, noise));
}

}  // namespace
}  // namespace predcorr
