// SPDX-License-Identifier: Apache-2.0
#include <Eigen/LU>
#include <cmath>

#include "models/bnn/infinite_width/ntk.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

std::unique_ptr<const Posterior> fitted(const TrainingData& data, const Json& parameters = Json::object()) {
  return test::model("ntk-ensemble", parameters)->fit(data, Stream(1));
}

NeuralTangent default_network(Index layers = 2) {
  return {KernelActivation::relu, Vector::Constant(layers, 2), Vector::Constant(layers, 0.5)};
}

/// All rows together: training rows first.
struct Blocks {
  Blocks(const Matrix& k, Index n) : xx(k.topLeftCorner(n, n)), qx(k.bottomLeftCorner(k.rows() - n, n)) {
    qq = k.bottomRightCorner(k.rows() - n, k.rows() - n);
  }
  Matrix xx, qx, qq;
};

Matrix stacked(const Matrix& a, const Matrix& b) { return (Matrix(a.rows() + b.rows(), a.cols()) << a, b).finished(); }

TEST_CASE("ntk-ensemble: mean and covariance by the formula", "[models]") {
  const TrainingData data = test::curve(20, 3, 5);
  const Matrix query = test::query_points(7);
  for (const bool randomised : {false, true}) {
    INFO(randomised);
    const auto posterior = fitted(data, {{"depth", 2}, {"randomised_prior", randomised}});
    const Diagnostics d = posterior->diagnostics();
    const double v = d.at("function_scale"), s = d.at("noise_variance");
    const NeuralTangent::Covariances all = default_network(3).gram(stacked(data.inputs, query));
    const Blocks k(v * all.function, 20), t(v * all.tangent, 20);
    const Matrix a = Matrix(t.xx + s * Matrix::Identity(20, 20)).inverse();
    const Matrix ensemble =
        k.qq + t.qx * a * k.xx * a * t.qx.transpose() - t.qx * a * k.qx.transpose() - k.qx * a * t.qx.transpose();
    const Matrix gp = t.qq - t.qx * a * t.qx.transpose();
    const JointPrediction p = posterior->predict(query);
    CHECK(test::difference(p.mean, t.qx * a * data.targets) < 1e-8);
    CHECK(test::difference(p.latent.matrix(), randomised ? gp : ensemble) < 1e-8);
    CHECK(p.noise_variance == Vector::Constant(7, s));
    const Matrix observed = t.xx + s * Matrix::Identity(20, 20);
    const double evidence = -0.5 * (data.targets.dot(a * data.targets) + std::log(observed.determinant()) +
                                    20 * std::log(2 * std::acos(-1.0)));
    CHECK(d.at("log_marginal_likelihood") == test::close(evidence));
  }
}

TEST_CASE("ntk-ensemble: scale and noise are at an optimum", "[models]") {
  TrainingData data = test::curve(40, 2, 5);
  data.targets += 0.3 * Stream(6).normals(40);
  const Diagnostics d = fitted(data)->diagnostics();
  REQUIRE(d.at("noise_variance") > 0.01 * data.targets.squaredNorm() / 40);  // not at its lower bound
  const Matrix t = default_network().gram(data.inputs).tangent;
  const auto evidence = [&](double v, double s) {
    const Matrix observed = v * t + s * Matrix::Identity(40, 40);
    const Eigen::PartialPivLU<Matrix> lu(observed);
    return -0.5 * (data.targets.dot(lu.solve(data.targets)) + lu.matrixLU().diagonal().array().abs().log().sum());
  };
  const double v = d.at("function_scale"), s = d.at("noise_variance"), best = evidence(v, s);
  for (const double factor : {0.5, 0.9, 1.1, 2.0}) {
    CHECK(evidence(v * factor, s) < best);
    CHECK(evidence(v, s * factor) < best);
    CHECK(evidence(v * factor, s * factor) < best);
  }
}

TEST_CASE("ntk-ensemble: an ensemble of wide networks trained in closed form", "[models]") {
  const TrainingData data = test::curve(6, 2, 5);
  const Matrix query = test::query_points(3, 2), all = stacked(data.inputs, query);
  const auto posterior = fitted(data, {{"smallest_noise_variance", 0.05}});
  const Diagnostics diagnostics = posterior->diagnostics();
  const double v = diagnostics.at("function_scale"), ridge = diagnostics.at("noise_variance") / v;
  const double w = 2, b = 0.5, d = 2;
  constexpr Index units = 800, members = 1500;
  Matrix values(members, 3);
  for (Index m = 0; m < members; ++m) {
    Stream stream = Stream(6).fork("member", static_cast<std::uint64_t>(m));
    VectorF draws(units * 4 + 1);  // per unit: two weights in, a bias, a weight out; and the output's bias
    stream.fill_normals(draws);
    const Matrix unit = draws.head(units * 4).cast<double>().reshaped(units, 4);
    const Matrix before =
        (std::sqrt(w / d) * all * unit.leftCols(2).transpose()).rowwise() + std::sqrt(b) * unit.col(2).transpose();
    const Matrix active = (before.array() > 0).cast<double>(), hidden = before.cwiseMax(0.0);
    const Vector out = unit.col(3);
    const double scale = w / static_cast<double>(units);
    const Vector start =
        (std::sqrt(scale) * hidden * out).array() + std::sqrt(b) * static_cast<double>(draws(units * 4));
    // Its own tangent kernel, from the gradients by output weights and bias, then by weights and biases of the layer
    // before; the linearised network's gradient descent ends at start + T_*X (T_XX + ridge)^-1 (y - start_X).
    const Matrix by_output = (scale * hidden * hidden.transpose()).array() + b;
    const Matrix through = scale * active * out.cwiseAbs2().asDiagonal() * active.transpose();
    const Matrix inputs = (w / d * all * all.transpose()).array() + b;
    const Blocks t(by_output + through.cwiseProduct(inputs), 6);
    const Vector residual = data.targets - std::sqrt(v) * start.head(6);
    const Matrix observed = t.xx + ridge * Matrix::Identity(6, 6);
    values.row(m) =
        (std::sqrt(v) * start.tail(3) + t.qx * Eigen::PartialPivLU<Matrix>(observed).solve(residual)).transpose();
  }
  const JointPrediction actual = from_samples(values, Vector::Zero(3)), p = posterior->predict(query);
  const Matrix expected = p.latent.matrix(), sampled = actual.latent.matrix();
  for (Index i = 0; i < 3; ++i) {
    // Four standard errors of 1500 members, and 0.02 deviations for 800 units that are not infinitely many.
    const double deviation = std::sqrt(expected(i, i));
    CHECK(std::abs(actual.mean(i) - p.mean(i)) < (4 / std::sqrt(1500.0) + 0.02) * deviation);
    for (Index j = 0; j < 3; ++j) {
      const double error = std::sqrt((expected(i, i) * expected(j, j) + expected(i, j) * expected(i, j)) / 1500);
      CHECK(std::abs(sampled(i, j) - expected(i, j)) < 4 * error + 0.02 * std::sqrt(expected(i, i) * expected(j, j)));
    }
  }
  // The two kinds of covariance are far apart on this scale, so the agreement says something.
  const Matrix gp =
      fitted(data, {{"smallest_noise_variance", 0.05}, {"randomised_prior", true}})->predict(query).latent.matrix();
  CHECK((gp.diagonal().array() > 1.3 * expected.diagonal().array()).all());
}

TEST_CASE("ntk-ensemble: covariances are positive semi-definite where points repeat", "[models]") {
  TrainingData data = test::curve(30, 2, 4);
  data.inputs.bottomRows(15) = data.inputs.topRows(15).eval();
  for (const std::string activation : {"relu", "erf"})
    for (const bool randomised : {false, true}) {
      CAPTURE(activation, randomised);
      const auto posterior = fitted(data, {{"activation", activation}, {"depth", 3}, {"randomised_prior", randomised}});
      test::check_sound(posterior->predict(data.inputs), 30);
      test::check_sound(posterior->predict(test::query_points(20, 2)), 20);
    }
}

TEST_CASE("ntk-ensemble: units of the targets carry through", "[models]") {
  const TrainingData data = test::curve(25, 2, 4);
  const Matrix query = test::query_points(5, 2);
  test::check_equal(fitted(test::with_targets_times(data, 1e6))->predict(query),
                    fitted(data)->predict(query).affine(1e6, 0), 1e-8);
}

TEST_CASE("ntk-ensemble: finds a curve and its noise", "[models]") {
  const TrainingData data = test::curve(150, 1, 3);
  const auto posterior = fitted(data, {{"depth", 3}});
  // Its noise is that of the GP with the tangent kernel, whose posterior the randomised prior has.
  const auto gp = fitted(data, {{"depth", 3}, {"randomised_prior", true}});
  CHECK(posterior->diagnostics().at("noise_variance") == gp->diagnostics().at("noise_variance"));
  test::check_noise_found(*gp, data);
  CHECK(gp->diagnostics().at("noise_variance") == Approx(test::stationary_noise(*gp, data)).epsilon(1e-3));
  const Matrix query = Vector::LinSpaced(9, -1.5, 1.5);
  const JointPrediction p = posterior->predict(query);
  CHECK((p.mean - (2 * query.col(0)).array().sin().matrix()).cwiseAbs().maxCoeff() < 0.2);
}

TEST_CASE("ntk-ensemble: parameters out of range are named", "[models]") {
  const auto refusal = [](const Json& parameters) {
    return test::error_of([&] { test::model("ntk-ensemble", parameters); });
  };
  CHECK(refusal({{"depth", 0}}) == "config: test.parameters.depth: must be from 1 to 100, got 0");
  CHECK(refusal({{"weight_variance", 0}}) == "config: test.parameters.weight_variance: must be above 0, got 0");
  CHECK(refusal({{"bias_variance", -1}}) == "config: test.parameters.bias_variance: must be at least 0, got -1");
}

}  // namespace
}  // namespace predcorr::models
