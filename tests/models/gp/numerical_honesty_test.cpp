// SPDX-License-Identifier: Apache-2.0
// Data that Gaussian processes are known to stumble over: the answer must be right, or an error, but never a number
// that only looks like one.
#include <Eigen/Eigenvalues>
#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

struct Case {
  std::string model;
  Json parameters;
};

/// Every way to a GP's hyper-parameters, with budgets for small data.
std::vector<Case> gps() {
  const auto with = [](const char* text) { return Json::parse(text); };
  return {{"gp", with("{}")},
          {"gp", with(R"({"mean": "linear"})")},
          {"gp", with(R"({"kernel": {"sum": ["matern", "linear"]}, "mean": "constant"})")},
          {"gp", with(R"({"hyper_priors": true, "restarts": 1})")},
          {"sgpr", with(R"({"inducing_points": 12, "covariance": "full"})")},
          {"sgpr", with(R"({"inducing_points": 12, "optimise_inducing": true, "steps": 40})")},
          {"svgp", with(R"({"inducing_points": 12, "batch": 8, "steps": 60})")},
          {"gp-bayes", with(R"({"warmup": 10, "draws": 8})")}};
}

std::unique_ptr<const Posterior> fitted(const Case& c, const TrainingData& data) {
  return test::model(c.model, c.parameters)->fit(data, Stream(1));
}

/// Calls `check(case)` for each of them, with its name in the messages.
template <class F>
void for_every_gp(const F& check) {
  for (const Case& c : gps()) {
    INFO(c.model << " " << c.parameters.dump());
    check(c);
  }
}

/// A covariance that is positive semi-definite up to what rounding leaves of the prior's, which may be far larger.
void check_covariance(const JointPrediction& p, double prior_variance) {
  const Matrix latent = p.latent.matrix();
  REQUIRE(latent.allFinite());
  CHECK(p.mean.allFinite());
  CHECK((latent - latent.transpose()).cwiseAbs().maxCoeff() <= 1e-12 * latent.cwiseAbs().maxCoeff());
  CHECK(latent.diagonal().minCoeff() >= 0);
  CHECK(p.noise_variance.minCoeff() > 0);
  const Vector eigenvalues = Eigen::SelfAdjointEigenSolver<Matrix>(latent, Eigen::EigenvaluesOnly).eigenvalues();
  CHECK(eigenvalues.minCoeff() >= -1e-9 * eigenvalues.maxCoeff() - 1e-13 * prior_variance);
}

/// A fit and a prediction that are sound, with finite diagnostics of what it took.
JointPrediction sound_prediction(const Case& c, const TrainingData& data, const Matrix& query) {
  const auto posterior = fitted(c, data);
  const Diagnostics found = posterior->diagnostics();
  for (const auto& [name, value] : found) {
    INFO("diagnostic " << name);
    CHECK(std::isfinite(value));
  }
  const bool sampled = c.model == "gp-bayes";  // a factor for each draw, none of them kept
  if (!sampled) CHECK(found.at("condition_estimate") >= 1);
  if (!sampled) CHECK(found.at("cholesky_jitter") >= 0);
  JointPrediction p = posterior->predict(query);
  REQUIRE(p.size() == query.rows());
  check_covariance(p, found.at(sampled ? "kernel.1.variance" : "signal_variance"));
  return p;
}

/// A curve without a second input that matters.
const TrainingData& data() {
  static const TrainingData kept = test::curve(30, 2, 3);
  return kept;
}

TEST_CASE("numerical honesty: units of the inputs do not matter", "[models]") {
  const Matrix query = test::query_points(8, 2);
  for_every_gp([&](const Case& c) {
    const JointPrediction expected = sound_prediction(c, data(), query);
    for (const double unit : {1e6, 1e-6}) {
      CAPTURE(unit);
      TrainingData scaled = data();
      scaled.inputs *= unit;
      test::check_equal(sound_prediction(c, scaled, unit * query), expected, 2e-3);
    }
  });
}

TEST_CASE("numerical honesty: one input in a unit of its own", "[models]") {
  const Matrix query = test::query_points(8, 2);
  const Case gp{"gp", Json::object()};
  const JointPrediction expected = sound_prediction(gp, data(), query);
  TrainingData scaled = data();
  Matrix there = query;
  scaled.inputs.col(0) *= 1e-7;
  there.col(0) *= 1e-7;
  test::check_equal(sound_prediction(gp, scaled, there), expected, 2e-3);
}

TEST_CASE("numerical honesty: inputs far from the origin", "[models]") {
  const Matrix query = test::query_points(8, 2);
  for (const Json& parameters : {Json::object(), Json{{"mean", "linear"}}, Json{{"kernel", "matern"}}}) {
    INFO(parameters.dump());
    const JointPrediction expected = sound_prediction({"gp", parameters}, data(), query);
    TrainingData moved = data();
    moved.inputs.array() += 1e6;
    test::check_equal(sound_prediction({"gp", parameters}, moved, query.array() + 1e6), expected, 2e-3);
  }
}

TEST_CASE("numerical honesty: units of the targets carry through", "[models]") {
  const Matrix query = test::query_points(8, 2);
  for_every_gp([&](const Case& c) {
    const JointPrediction expected = sound_prediction(c, data(), query);
    for (const double unit : {1e6, 1e-6}) {
      CAPTURE(unit);
      const JointPrediction p = sound_prediction(c, test::with_targets_times(data(), unit), query);
      test::check_equal(p.affine(1 / unit, 0), expected, 2e-3);
    }
  });
}

TEST_CASE("numerical honesty: a row twice is a row once with half the noise", "[models]") {
  const auto with_noise = [](double noise) -> Json {
    return {{"kernel", {{"rbf", {{"variance", 1}, {"length_scale", 0.8}}}}},
            {"noise_variance", {{"start", noise}, {"learn", false}}},
            {"steps", 0}};
  };
  TrainingData twice = test::with_rows(data(), data());
  twice.targets.tail(30) += 0.1 * Stream(6).normals(30);
  const TrainingData once{data().inputs, 0.5 * (twice.targets.head(30) + twice.targets.tail(30))};
  const Matrix query = test::query_points(8, 2);
  for (const std::string name : {"gp", "sgpr"}) {
    INFO(name);
    Json doubled = with_noise(0.02), single = with_noise(0.01);
    if (name == "sgpr") doubled["covariance"] = single["covariance"] = "full";
    const JointPrediction p = sound_prediction({name, doubled}, twice, query),
                          expected = sound_prediction({name, single}, once, query);
    CHECK(test::difference(p.mean, expected.mean) < 1e-6);
    CHECK(test::difference(p.latent.matrix(), expected.latent.matrix()) < 1e-6);
  }
}

TEST_CASE("numerical honesty: duplicated rows", "[models]") {
  const Matrix query = data().inputs.topRows(8);
  for_every_gp([&](const Case& c) {
    // The same targets again, at the lower end of the noise: to a GP a curve without noise. What is smoothed away is
    // noise of deviation 0.1.
    const TrainingData same = test::with_rows(data(), data());
    CHECK((sound_prediction(c, same, query).mean - same.targets.head(8)).cwiseAbs().maxCoeff() < 0.3);
    // Targets that contradict each other: the mean of both, and the noise seen. The mean of each pair lies on the
    // curve, so all squares are 60 * 0.25; a function of d degrees of freedom leaves them to 60 - d. It takes six,
    // twelve are allowed; svgp, which makes few steps here, ends a little below. Such a mean is known to 0.16, the
    // root of 0.27 * 6 / 60.
    TrainingData other = same;
    other.targets.head(30) = (2 * data().inputs.col(0)).array().sin() + 0.5;
    other.targets.tail(30) = other.targets.head(30).array() - 1;
    const JointPrediction p = sound_prediction(c, other, query);
    CHECK((p.mean.array() - (2 * query.col(0)).array().sin()).cwiseAbs().maxCoeff() < 0.25);
    CHECK(p.noise_variance(0) > (c.model == "svgp" ? 0.22 : 0.25));
    CHECK(p.noise_variance(0) < 60 * 0.25 / (60 - 12));
  });
}

TEST_CASE("numerical honesty: all rows in one place", "[models]") {
  TrainingData same = data();
  same.inputs = same.inputs.row(0).replicate(30, 1).eval();
  same.targets.array() += 2;
  const double mean = same.targets.mean();
  for_every_gp([&](const Case& c) {
    const JointPrediction p = sound_prediction(c, same, same.inputs.topRows(1));
    // Of 30 rows about 2, with a noise of a half and a signal of a few: shrunk by less than a hundredth.
    CHECK(p.mean(0) == Approx(mean).margin(0.03));
    sound_prediction(c, same, test::query_points(5, 2));
  });
}

TEST_CASE("numerical honesty: a constant column changes nothing", "[models]") {
  const Matrix query = test::query_points(8, 2);
  const auto wider = [](const Matrix& x, double value) -> Matrix {
    return (Matrix(x.rows(), 3) << x, Vector::Constant(x.rows(), value)).finished();
  };
  TrainingData wide = data();
  wide.inputs = wider(data().inputs, 0.7);
  for_every_gp([&](const Case& c) {
    const JointPrediction p = sound_prediction(c, wide, wider(query, 0.7));
    if (c.model != "gp" || c.parameters.contains("kernel") || c.parameters.contains("restarts"))
      return;  // their searches are not done, or have other draws
    test::check_equal(p, sound_prediction(c, data(), query), 1e-2);
    // Somewhere else in that column: less certain, but within reason.
    const JointPrediction elsewhere = sound_prediction(c, wide, wider(query, 1.7));
    CHECK(elsewhere.latent.diagonal().maxCoeff() < 1e3);
    CHECK(elsewhere.latent.diagonal().sum() >= p.latent.diagonal().sum());
  });
}

TEST_CASE("numerical honesty: hardly any noise", "[models]") {
  TrainingData exact = test::curve(30, 1, 3);
  exact.targets = (2 * exact.inputs.col(0)).array().sin();
  const Vector inside = Vector::LinSpaced(7, -0.9, 0.9);
  const Vector truth = (2 * inside).array().sin();
  for (const double smallest : {1e-6, 1e-10, 1e-14}) {
    CAPTURE(smallest);
    const Case c{"gp", {{"smallest_noise_variance", smallest}}};
    const JointPrediction p = sound_prediction(c, exact, inside);
    CHECK((p.mean - truth).cwiseAbs().maxCoeff() < 1e-2);
    // It knows how good it is: no error of more than 6 standard deviations, up to what its own noise makes.
    CHECK(((p.mean - truth).array().square() / (p.observed_variance().array() + 1e-10)).maxCoeff() < 36);
    CHECK(fitted(c, exact)->diagnostics().at("condition_estimate") > 1e4);
  }
}

TEST_CASE("numerical honesty: jitter is on record", "[models]") {
  TrainingData same = data();
  same.inputs = same.inputs.row(0).replicate(30, 1).eval();
  const Json parameters = {{"noise_variance", {{"start", 1e-20}, {"learn", false}}}, {"steps", 0}};
  const auto posterior = fitted({"gp", parameters}, same);
  CHECK(posterior->diagnostics().at("cholesky_jitter") > 0);
  CHECK(posterior->diagnostics().at("condition_estimate") > 1e4);
  check_covariance(posterior->predict(same.inputs.topRows(3)), posterior->diagnostics().at("signal_variance"));
}

TEST_CASE("numerical honesty: two rows, and three", "[models]") {
  const Matrix query = test::query_points(5, 2);
  for_every_gp([&](const Case& c) {
    for (const Index n : {2, 3}) {
      CAPTURE(n);
      const TrainingData few{data().inputs.topRows(n), data().targets.head(n)};
      const double largest = few.targets.cwiseAbs().maxCoeff();
      const JointPrediction p = sound_prediction(c, few, query);
      if (!c.parameters.contains("mean")) CHECK(p.mean.cwiseAbs().maxCoeff() < 1.5 * largest + 1e-9);
      // At the rows themselves between 0 and the target, or near it.
      const JointPrediction there = sound_prediction(c, few, few.inputs);
      CHECK((there.mean - few.targets).cwiseAbs().maxCoeff() < 1.2 * largest);
    }
  });
}

TEST_CASE("numerical honesty: targets that are equal but for one", "[models]") {
  const Matrix query = 0.5 * test::query_points(5, 2);
  for_every_gp([&](const Case& c) {
    for (const double level : {5.0, -3e7}) {
      CAPTURE(level);
      TrainingData flat = data();
      flat.targets.setConstant(level);
      flat.targets(4) *= 1 + 1e-6;
      const JointPrediction p = sound_prediction(c, flat, query);
      CHECK((p.mean.array() - level).cwiseAbs().maxCoeff() <= 0.1 * std::abs(level) + 1e-9);
      CHECK(p.latent.diagonal().maxCoeff() <= 0.1 * level * level + 1e-9);
    }
  });
}

TEST_CASE("numerical honesty: more columns than rows", "[models]") {
  const TrainingData wide = test::curve(10, 40, 3);
  const Matrix query = test::query_points(6, 40);
  for_every_gp([&](const Case& c) {
    const JointPrediction p = sound_prediction(c, wide, query);
    CHECK(p.mean.cwiseAbs().maxCoeff() < 5);
    CHECK(p.observed_variance().minCoeff() > 0.99e-4 * wide.targets.squaredNorm() / 10);  // the least noise there is
    const JointPrediction there = sound_prediction(c, wide, wide.inputs);
    CHECK((there.mean - wide.targets).norm() < 1.05 * wide.targets.norm());
  });
}

TEST_CASE("numerical honesty: far from all data the prior comes back", "[models]") {
  const Matrix far = Matrix::Constant(2, 2, 1e9);
  for_every_gp([&](const Case& c) {
    if (c.parameters.contains("mean")) return;
    const JointPrediction p = sound_prediction(c, data(), far);
    CHECK(p.mean.cwiseAbs().maxCoeff() < 1e-6);
    CHECK(p.latent.diagonal()(0) > 0.1);
    CHECK(p.latent.diagonal()(0) < 100);
  });
}

}  // namespace
}  // namespace predcorr::models
