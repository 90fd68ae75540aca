// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/function_draws.hpp"

#include "models/bnn/engine/likelihood.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr::models {
namespace {

TEST_CASE("Draws of many points and networks are those networks at those points", "[models]") {
  const Network network({3, {20}, 1});
  Stream stream(2);
  const Index count = 37, points = 1100;  // neither a multiple of a group, more than two blocks
  MatrixF weights(network.parameter_count(), count);
  stream.fill_normals(weights.reshaped());
  const Matrix query = stream.normals(3 * points).reshaped(points, 3);
  const JointPrediction p = predict_draws(network, query, weights, 0.25);
  MatrixF functions(count, points);
  Network::Workspace work;
  const NetworkInputs inputs = network_inputs(query);
  for (Index s = 0; s < count; ++s)
    functions.row(s) = network.forward(weights.col(s), inputs, work).row(0).head(points);
  const JointPrediction expected = from_samples(functions, Vector::Constant(points, 0.25));
  CHECK((p.mean - expected.mean).cwiseAbs().maxCoeff() < 1e-6);
  CHECK(p.latent.width() == count);
  const Rows some = {0, 479, 480, 1099};
  CHECK(test::difference(p.latent.block(some, some), expected.latent.block(some, some)) < 1e-5);
  CHECK(p.noise_variance == expected.noise_variance);
}

TEST_CASE("The second output's mean variance is the noise", "[models]") {
  const Network network({1, {}, 2});
  // f = s, raw variance = x, for s = 0, 1, 2.
  MatrixF weights(4, 3);
  weights << 0, 0, 0, 1, 2, 3, 0, 1, 2, 0, 0, 0;  // slopes of f and v, then offsets
  const JointPrediction p = predict_draws(network, Vector{{-1.0, 0.0, 4.0}}, weights, 99);
  CHECK(p.mean.isApprox(Vector::Constant(3, 1.0)));
  for (Index i = 0; i < 3; ++i) {
    const float x = i == 0 ? -1.0f : i == 1 ? 0.0f : 4.0f;
    const double expected = (double{softplus(x)} + softplus(2 * x) + softplus(3 * x)) / 3 + 1e-6;
    CHECK(p.noise_variance(i) == Approx(expected).epsilon(1e-5));
    CHECK(p.latent.diagonal()(i) == Approx(1).epsilon(1e-6));
  }
}

}  // namespace
}  // namespace predcorr::models
