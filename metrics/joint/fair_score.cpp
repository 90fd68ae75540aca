// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/base/parallel.hpp"
#include "metrics/gaussian.hpp"
#include "metrics/joint/joint_scores.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

struct FairScoreParameters {
  int points = 1000;
  int pair_points = 200;
  int members = 100;
  static Fields<FairScoreParameters> fields() {
    using P = FairScoreParameters;
    return {field("points", &P::points, between(1, 10000),
                  "test points of the energy score, drawn by their targets, where there are more"),
            field("pair_points", &P::pair_points, between(2, 10000),
                  "test points whose pairs the variogram score takes, where there are more"),
            field("members", &P::members, between(2, 10000),
                  "members of an ensemble that are taken, evenly spread over them, where there are more")};
  }
};

/// The members an ensemble's prediction was made of, less their mean, n x s, at most `most` of them; nothing where it
/// was not made of members. from_samples divides deviations by sqrt(s - 1) and puts them side by side: a factor of at
/// least two columns that add up to 0, within rounding in float. No other model's factor does.
std::optional<Matrix> member_deviations(const Covariance& latent, Index most) {
  if (!latent.is_factor() || latent.width() < 2 || !latent.extra_diagonal().isZero(0)) return std::nullopt;
  constexpr double kRounding = 1e-5;
  const RowMatrix factor = latent.factor_rows(0, latent.size());
  const Vector sum = factor.rowwise().sum(), size = factor.cwiseAbs().rowwise().sum();
  if ((sum.array().abs() > kRounding * size.array()).any()) return std::nullopt;
  const Index s = factor.cols(), kept = std::min(s, most);
  Rows columns;
  for (Index k = 0; k < kept; ++k) columns.push_back(k * s / kept);
  return factor(Eigen::all, columns) * std::sqrt(static_cast<double>(s - 1));
}

/// The energy score that the law of the members, with the noise, has as far as `deviations` tell; target units.
std::optional<double> fair_energy(const TestSample& sample, const Matrix& deviations) {
  const Vector error = sample.y - sample.prediction.mean, noise = sample.prediction.noise_variance;
  require(error.allFinite(), ErrorKind::numerical, "an error is too large for a double");
  const int exponent = even_exponent(
      std::max({error.cwiseAbs().maxCoeff(), deviations.cwiseAbs().maxCoeff(), std::sqrt(noise.maxCoeff())}));
  const Matrix members = times_power(deviations, -exponent);
  const Vector near_one = times_power(noise, -2 * exponent);
  const Index s = members.cols();
  const double away = NoisyLengths(near_one)(members.colwise() - times_power(error, -exponent)).mean();
  const NoisyLengths between_two(2 * near_one);
  Vector apart = Vector::Zero(s);  // of each member, from those behind it
  parallel_for(s - 1,
               [&](Index k) { apart(k) = between_two(members.rightCols(s - 1 - k).colwise() - members.col(k)).sum(); });
  return times_power(away - apart.sum() / (static_cast<double>(s) * static_cast<double>(s - 1)), exponent);
}

/// Components of a mixture, equally likely: Gaussians of one covariance about their own means, mean + deviation.
struct Mixture {
  Vector y, mean;
  Matrix deviations;  // n x components
  Matrix covariance;  // n x n, of each component
};

using Orders = std::array<double, 3>;  // 0.5, 1 and 2

/// Sums over the pairs with first point i of (|y_i - y_j|^p - g)^2 less the square's sampling variance, g the mean over
/// components of E|Y_i - Y_j|^p.
Orders fair_pairs(const Mixture& all, Index i) {
  const Index n = all.y.size(), s = all.deviations.cols();
  Orders sums{};
  Eigen::Array<double, Eigen::Dynamic, 3> expected(s, 3);
  for (Index j = i + 1; j < n; ++j) {
    const double seen = std::abs(all.y(i) - all.y(j)), mean = all.mean(i) - all.mean(j);
    const double square = std::max(all.covariance(i, i) + all.covariance(j, j) - 2 * all.covariance(i, j), 0.0);
    const double stddev = std::sqrt(square);
    for (Index k = 0; k < s; ++k) {
      const double m = mean + (all.deviations(i, k) - all.deviations(j, k));
      expected.row(k) << mean_root_distance(m, stddev), mean_distance(m, stddev), m * m + square;
    }
    const Orders observed = {std::sqrt(seen), seen, seen * seen};
    for (std::size_t p = 0; p < observed.size(); ++p) {
      const auto column = expected.col(static_cast<Index>(p));
      const double g = column.mean(), gap = observed[p] - g;
      sums[p] += gap * gap;
      if (s > 1) sums[p] -= (column - g).square().sum() / (static_cast<double>(s) * static_cast<double>(s - 1));
    }
  }
  return sums;
}

/// Means over pairs, of y times 2^-exponent.
Orders fair_variogram(const Mixture& all) {
  const Index n = all.y.size();
  std::vector<Orders> rows(static_cast<std::size_t>(n));
  parallel_for(n, [&](Index i) { rows[static_cast<std::size_t>(i)] = fair_pairs(all, i); });
  Orders means{};
  for (const Orders& row : rows)
    for (std::size_t p = 0; p < means.size(); ++p) means[p] += row[p];
  for (double& mean : means) mean /= 0.5 * static_cast<double>(n) * static_cast<double>(n - 1);
  return means;
}

/// Energy and variogram scores without the handicap of small ensembles. The plain scores take an ensemble of s members
/// for the Gaussian with the members' mean and covariance, and score that exactly; but mean and covariance are those of
/// a sample, so that on average over ensembles the score is worse than that of the distribution which the members are
/// draws of, by some 1 / s. Fair scores are unbiased for the score of that distribution (noise added, no Gaussian
/// assumed), and so compare ensembles of different sizes, and these with models that are no ensembles. With members
/// x_k, e and e' independent noise of the prediction:
/// - energy: mean_k E|x_k + e - y| - sum_{k<l} E|x_k + e - x_l - e'| / (s (s - 1));
/// - variogram_p: mean over pairs i < j of (|y_i - y_j|^p - g)^2 - sum_k (g_k - g)^2 / (s (s - 1)), where g_k =
///   E|x_ki + e_i - x_kj - e_j|^p and g is their mean. It may be below 0.
/// A prediction that is no ensemble is its distribution, and its fair scores are the plain ones (of these points). What
/// is an ensemble is told by the form of the covariance, and `members` says how many were taken, 0 for none. Members
/// have to be independent draws: of a chain they are so only as far as the chain mixes.
/// Cost, with n points and s members: n s^2, and 400 n s^2 if all points have noise of their own; pair_points^2 s / 2
/// expectations of 0.2 us; of no ensemble that of energy_score. Source: Ferro 2014; Fricker, Ferro & Stephenson 2013,
/// for the energy score; the variogram score's correction is that of a squared mean. Departure: noise is integrated
/// out.
class FairScore : public Metric {
 public:
  explicit FairScore(FairScoreParameters p) : p_(p) {}

  /// Pairs of members, each an integral of some hundred steps, and pairs of points for each member.
  double draw_cost(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const auto n = static_cast<double>(evaluation.n_test());
    const double members = static_cast<double>(std::min<Index>(prediction.latent.width(), p_.members));
    const double points = std::min(n, static_cast<double>(p_.pair_points));
    return 100 * members * (members * n + 0.5 * points * points);
  }

  std::vector<ScoreInfo> describe() const override {
    const auto info = [](const char* part, const char* unit, const char* meaning) {
      return ScoreInfo{
          .name = "fair_score", .part = part, .unit = unit, .direction = Direction::lower, .meaning = meaning};
    };
    const char* variogram = "variogram score of this order, without bias from the number of members";
    return {info("energy", "target units", "energy score, without bias from the number of members"),
            info("variogram_0.5", "target units", variogram),
            info("variogram_1", "target units squared", variogram),
            info("variogram_2", "target units to the fourth", variogram),
            {.name = "fair_score", .part = "members", .meaning = "members the scores are made of; 0 for no ensemble"}};
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const TestSample sample(evaluation, prediction, p_.points);
    const std::optional<Matrix> deviations = member_deviations(sample.prediction.latent, p_.members);
    std::vector<std::optional<double>> scores = {deviations ? fair_energy(sample, *deviations) : plain_energy(sample)};
    const auto variogram = variogram_of(evaluation, prediction);
    scores.insert(scores.end(), variogram.begin(), variogram.end());
    scores.push_back(deviations ? static_cast<double>(deviations->cols()) : 0.0);
    return scores;
  }

  std::string why_absent() const override {
    return "one test point has no pairs, or the score is too large or too small for a double: give the targets another "
           "unit";
  }

  static double plain_energy(const TestSample& sample) {
    const MeanLength mean_length(observed_covariance(sample.prediction));
    const Vector error = sample.y - sample.prediction.mean;
    return mean_length(error) - 0.5 * mean_length(Vector::Zero(error.size()), std::numbers::sqrt2);
  }

  std::array<std::optional<double>, 3> variogram_of(const EvaluationData& evaluation,
                                                    const JointPrediction& prediction) const {
    if (evaluation.n_test() < 2) return {};
    const TestSample sample(evaluation, prediction, p_.pair_points);
    const JointPrediction& p = sample.prediction;
    const Index n = p.size();
    const std::optional<Matrix> deviations = member_deviations(p.latent, p_.members);
    const Matrix covariance = deviations ? Matrix(p.noise_variance.asDiagonal()) : observed_covariance(p);
    const auto range = [](const Vector& v) { return v.maxCoeff() / 2 - v.minCoeff() / 2; };
    const int exponent =
        even_exponent(std::max({range(sample.y), range(p.mean), std::sqrt(p.observed_variance().maxCoeff())}));
    const Orders means = fair_variogram({times_power(sample.y, -exponent), times_power(p.mean, -exponent),
                                         deviations ? times_power(*deviations, -exponent) : Matrix::Zero(n, 1),
                                         times_power(covariance, -2 * exponent)});
    return {times_power(means[0], exponent), times_power(means[1], 2 * exponent), times_power(means[2], 4 * exponent)};
  }

  FairScoreParameters p_;
};

PREDCORR_REGISTER(Metric, "fair_score", FairScore, FairScoreParameters,
                  "energy and variogram scores, unbiased by the number of an ensemble's members",
                  "Ferro 2014; Fricker, Ferro & Stephenson 2013");

}  // namespace
}  // namespace predcorr::metrics
