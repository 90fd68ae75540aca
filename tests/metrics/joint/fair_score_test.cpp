// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "fair_score";

double value(const std::string& part, const EvaluationData& evaluation, const JointPrediction& p) {
  return test::part(kName, part, evaluation, p);
}

EvaluationData observed(const Vector& y) { return {.y = y, .n_pool = 0, .oracle = std::nullopt}; }

/// Six correlated points about means of their own, and draws of f.
struct Law {
  Law() : p(test::random_prediction(6, 3, 7)) {
    p.noise_variance << 0.1, 0.3, 0.1, 0.2, 0.1, 0.4;
    factor = p.latent.factor_rows(0, 6);
  }
  Vector draw(Stream& stream) const { return p.mean + factor * stream.normals(3); }
  JointPrediction ensemble(Index members, Stream& stream) const {
    Matrix samples(members, 6);
    for (Index k = 0; k < members; ++k) samples.row(k) = draw(stream).transpose();
    return from_samples(samples, p.noise_variance);
  }
  JointPrediction p;
  RowMatrix factor;
};

TEST_CASE("fair_score: NumPy's values by the definitions", "[metrics]") {
  const Json& cases = test::reference("joint_calibration_reference.json").at(kName);
  REQUIRE(cases.size() == 4);
  for (const Json& json : cases) {
    const EvaluationData evaluation = observed(test::vector(json.at("y")));
    const Matrix members = test::matrix(json.at("members"));
    const Vector noise = test::vector(json.at("noise"));
    for (const auto& [part, expected] : json.at("scores").items()) {
      INFO(json.at("name") << ", " << part);
      CHECK(value(part, evaluation, from_samples(members, noise)) == test::close(expected.get<double>(), 1e-9));
      // A factor in float is an ensemble as well.
      const double as_float = value(part, evaluation, from_samples(MatrixF(members.cast<float>()), noise));
      CHECK(as_float == test::close(expected.get<double>(), 1e-4));
    }
  }
}

TEST_CASE("fair_score: means over small ensembles are the scores of what they are drawn from", "[metrics]") {
  const Law law;
  const EvaluationData evaluation = observed(law.p.mean + Vector{{1, -0.5, 0.3, 2, 0, -1}});
  const std::vector<std::pair<std::string, std::string>> parts = {
      {"energy", ""}, {"variogram_0.5", "0.5"}, {"variogram_1", "1"}, {"variogram_2", "2"}};
  constexpr int kRuns = 1500;
  for (const Index members : {2, 4}) {
    Stream stream(3);
    Matrix fair(kRuns, 4), plain(kRuns, 4);
    for (int run = 0; run < kRuns; ++run) {
      const JointPrediction ensemble = law.ensemble(members, stream);
      const auto scores = test::scores(kName, evaluation, ensemble);
      const auto variogram = test::scores("variogram_score", evaluation, ensemble);
      CHECK(scores.at(4).value == static_cast<double>(members));
      plain(run, 0) = test::score("energy_score", evaluation, ensemble);
      for (Index k = 0; k < 4; ++k) fair(run, k) = scores.at(static_cast<std::size_t>(k)).value.value();
      for (Index k = 0; k < 3; ++k) plain(run, k + 1) = variogram.at(static_cast<std::size_t>(k)).value.value();
    }
    for (Index k = 0; k < 4; ++k) {
      const auto& [part, order] = parts[static_cast<std::size_t>(k)];
      const double of_law = k == 0 ? test::score("energy_score", evaluation, law.p)
                                   : test::part("variogram_score", order, evaluation, law.p);
      const auto error = [&](const Matrix& all) {
        return std::sqrt((all.col(k).array() - all.col(k).mean()).square().sum() / (kRuns - 1.0) / kRuns);
      };
      INFO(part << " of " << members << " members: " << fair.col(k).mean() << ", " << of_law << " of the law, "
                << plain.col(k).mean() << " plain");
      CHECK(std::abs(fair.col(k).mean() - of_law) < 4.5 * error(fair));
      CHECK(plain.col(k).mean() - of_law > 4.5 * error(plain));  // the handicap
    }
  }
}

TEST_CASE("fair_score: what is no ensemble has its own scores", "[metrics]") {
  const test::CalibrationCase c = test::drawn_case(30, 1.2, 3);
  JointPrediction own = c.prediction, one = c.prediction, spread = c.prediction;
  const RowMatrix centred = [&] {
    RowMatrix f = c.prediction.latent.factor_rows(0, 30);
    return RowMatrix(f.colwise() - f.rowwise().mean().eval());
  }();
  own.latent = Covariance::from_factor(centred, Vector::Constant(30, 0.1));  // members and variance of each point
  one.latent = Covariance::from_factor(RowMatrix(RowMatrix::Zero(30, 1)));
  spread.latent = Covariance::dense(c.prediction.latent.matrix());
  for (const JointPrediction& p : {c.prediction, own, one, spread}) {
    CHECK(value("members", c.evaluation, p) == 0);
    CHECK(value("energy", c.evaluation, p) == test::close(test::score("energy_score", c.evaluation, p), 1e-12));
    for (const std::string order : {"0.5", "1", "2"})
      CHECK(value("variogram_" + order, c.evaluation, p) ==
            test::close(test::part("variogram_score", order, c.evaluation, p), 1e-11));
  }
  spread.latent = Covariance::from_factor(centred);
  CHECK(value("members", c.evaluation, spread) == 2);
}

TEST_CASE("fair_score: members that agree, and more than are taken", "[metrics]") {
  const Vector y{{1, 5}}, x{{4, 1}};
  const JointPrediction sure = from_samples(Matrix(x.transpose().replicate(3, 1)), Vector::Zero(2));
  CHECK(value("energy", observed(y), sure) == test::close(5, 1e-14));
  CHECK(value("variogram_2", observed(y), sure) == test::close(49, 1e-14));
  CHECK(value("variogram_1", observed(y), sure) == test::close(1, 1e-14));
  const Law law;
  Stream stream(5);
  const JointPrediction nine = law.ensemble(9, stream);
  const auto few = Registry<Metric>::instance().make({.name = kName, .parameters = {{"members", 3}}}, "test").object;
  const auto scores = few->score(observed(law.p.mean), nine);
  CHECK(scores.at(4).value == 3.0);
  // Members 0, 3 and 6 about the mean of all.
  Matrix kept(3, 6);
  for (Index k = 0; k < 3; ++k)
    kept.row(k) = (nine.mean + std::sqrt(8.0) * nine.latent.factor_rows(0, 6).col(3 * k)).transpose();
  const JointPrediction three = from_samples(kept, law.p.noise_variance);
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(scores.at(i).value.value() ==
          test::close(test::scores(kName, observed(law.p.mean), three).at(i).value.value(), 1e-10));
}

TEST_CASE("fair_score: at any scale, and one point", "[metrics]") {
  const Law law;
  Stream stream(2);
  const JointPrediction p = law.ensemble(5, stream);
  const Vector y = law.draw(stream);
  const std::vector<double> powers = {1, 1, 2, 4, 0};
  const auto before = test::scores(kName, observed(y), p);
  for (const int k : {-505, -77, 78, 505}) {
    const double unit = std::ldexp(1.0, k);
    const auto after = test::scores(kName, observed(y * unit), p.affine(unit, 0));
    for (std::size_t i = 0; i < powers.size(); ++i) {
      INFO(before[i].part << " times 2^" << k);
      const double expected = *before[i].value * std::pow(2.0, powers[i] * k);
      if (std::isfinite(expected) && std::abs(expected) > 1e-307)
        CHECK(after[i].value.value() == test::close(expected, 1e-11));
      else
        CHECK_THAT(after[i].reason, test::contains("too large or too small for a double"));
    }
  }
  for (const double noise : {0.0, 1e-200, 1e-20}) {  // far below the members' spread
    const JointPrediction nearly{p.mean, p.latent, Vector::Constant(6, noise)};
    const JointPrediction without{p.mean, p.latent, Vector::Zero(6)};
    CHECK(value("energy", observed(y), nearly) == test::close(value("energy", observed(y), without), 1e-9));
  }
  const auto one =
      test::scores(kName, observed(Vector{{1.5}}), from_samples(Matrix{{1.0}, {3.0}, {2.5}}, Vector{{0.0}}));
  // (0.5 + 1.5 + 1) / 3 from y, and (2 + 1.5 + 0.5) / 3 between two members.
  CHECK(one.at(0).value.value() == test::close(1 - 0.5 * 4 / 3, 1e-14));
  for (const std::size_t i : {1, 2, 3}) CHECK_THAT(one.at(i).reason, test::contains("one test point has no pairs"));
}

}  // namespace
}  // namespace predcorr
