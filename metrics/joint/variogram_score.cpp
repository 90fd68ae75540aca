// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "core/base/parallel.hpp"
#include "metrics/joint/joint_scores.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

struct VariogramScoreParameters {
  int points = 2000;
  static Fields<VariogramScoreParameters> fields() {
    return {field("points", &VariogramScoreParameters::points, between(2, 100000),
                  "test points whose pairs are taken, drawn by their targets, where there are more")};
  }
};

/// Variogram score of order p: mean over pairs i < j of test points, unit weights, of
/// (|y_i - y_j|^p - E|Y_i - Y_j|^p)^2, for p = 0.5, 1 and 2. Y_i - Y_j is Gaussian, so that each expectation is a
/// closed form. Proper, and sensitive to correlations: a common error of all points costs nothing. Cost: the covariance
/// and points^2 / 2 pairs, 0.1 us each. Source: Scheuerer & Hamill 2015. Departure: divided by the number of pairs.
class VariogramScore : public Metric {
 public:
  explicit VariogramScore(VariogramScoreParameters p) : p_(p) {}

  std::vector<ScoreInfo> describe() const override {
    const auto info = [](const char* order, const char* unit, bool principal) {
      return ScoreInfo{.name = "variogram_score",
                       .part = order,
                       .unit = unit,
                       .direction = Direction::lower,
                       .meaning = fmt::format("variogram score of order {}, mean over pairs of points", order),
                       .principal = principal,
                       .parts = "orders"};
    };
    return {info("0.5", "target units", true), info("1", "target units squared", false),
            info("2", "target units to the fourth", false)};
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction&) const override {
    const double n = static_cast<double>(std::min<Index>(evaluation.n_test(), p_.points));
    return 10 * n * n;
  }

 private:
  using Sums = std::array<double, 3>;

  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    require(evaluation.n_test() >= 2, ErrorKind::data, "one test point has no pairs");
    TestSample sample(evaluation, prediction, p_.points);
    const Index n = sample.y.size();
    const int exponent = bring_near_one(sample.y, sample.prediction);
    constexpr Index kRows = 64;
    std::vector<Sums> parts(static_cast<std::size_t>((n + kRows - 1) / kRows));
    parallel_for(std::ssize(parts), [&](Index b) {
      parts[static_cast<std::size_t>(b)] = over_pairs(sample, b * kRows, std::min(kRows, n - b * kRows));
    });
    Sums total{};
    for (const Sums& part : parts)
      for (std::size_t k = 0; k < total.size(); ++k) total[k] += part[k];
    const double pairs = 0.5 * static_cast<double>(n) * static_cast<double>(n - 1);
    return {times_power(total[0] / pairs, exponent), times_power(total[1] / pairs, 2 * exponent),
            times_power(total[2] / pairs, 4 * exponent)};
  }

  std::string why_absent() const override {
    return "too large or too small for a double: give the targets another unit";
  }

  /// Takes the unit of the largest distance, observed or predicted: fourth powers of it are summed. An even power of
  /// two, whose root is exact; returns the exponent.
  /// @param y n, or n x k
  template <class Targets>
  static int bring_near_one(Targets& y, JointPrediction& p) {
    require(y.allFinite() && (y.colwise() - p.mean).allFinite(), ErrorKind::numerical,
            "an error is too large for a double");
    const auto range = [](const auto& v) { return v.maxCoeff() / 2 - v.minCoeff() / 2; };
    const double spread = std::sqrt(p.observed_variance().maxCoeff());
    const int exponent = even_exponent(std::max({range(y), range(p.mean), spread}));
    constexpr int kFar = 50;
    if (std::abs(exponent) <= kFar) return 0;
    // About 0, in two steps: 2^-exponent may be out of range.
    const int half = -exponent / 2;
    for (const int step : {half, -exponent - half}) {
      const double power = std::ldexp(1.0, step);
      y *= power;
      p = p.affine(power, 0);
    }
    return exponent;
  }

  /// Sums over the pairs whose first point is one of `rows` points from `first` on.
  static Sums over_pairs(const TestSample& sample, Index first, Index rows) {
    const JointPrediction& p = sample.prediction;
    const Index n = p.size();
    const Vector variance = p.observed_variance();
    const Matrix covariance = p.latent.block(first, rows, first, n - first);
    Sums sums{};
    for (Index j = first + 1; j < n; ++j)
      for (Index i = first; i < std::min(j, first + rows); ++i) {
        const double seen = std::abs(sample.y(i) - sample.y(j)), mean = p.mean(i) - p.mean(j);
        const double square = std::max(variance(i) + variance(j) - 2 * covariance(i - first, j - first), 0.0);
        const double stddev = std::sqrt(square);
        const std::array<double, 3> gap = {std::sqrt(seen) - mean_root_distance(mean, stddev),
                                           seen - mean_distance(mean, stddev), seen * seen - mean * mean - square};
        for (std::size_t k = 0; k < gap.size(); ++k) sums[k] += gap[k] * gap[k];
      }
    return sums;
  }

  static constexpr Index kLanes = 16;  // draws that are looked at together
  using Lanes = Eigen::Array<double, kLanes, 1>;

  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    require(evaluation.n_test() >= 2, ErrorKind::data, "one test point has no pairs");
    TestSample sample(evaluation, prediction, p_.points);
    Matrix y = targets(sample.points, Eigen::all);
    const Index n = y.rows(), count = y.cols(), padded = (count + kLanes - 1) / kLanes * kLanes;
    const int exponent = bring_near_one(y, sample.prediction);
    Matrix by_point = Matrix::Zero(padded, n);  // the draws of a point side by side
    by_point.topRows(count) = y.transpose();
    constexpr Index kRows = 32;
    std::vector<Matrix> parts(static_cast<std::size_t>((n + kRows - 1) / kRows));
    parallel_for(std::ssize(parts), [&](Index b) {
      parts[static_cast<std::size_t>(b)] =
          draws_over_pairs(sample.prediction, by_point, b * kRows, std::min(kRows, n - b * kRows));
    });
    Matrix sums = Matrix::Zero(padded, 3);
    for (const Matrix& part : parts) sums += part;
    const double pairs = 0.5 * static_cast<double>(n) * static_cast<double>(n - 1);
    Matrix all(3, count);
    for (Index draw = 0; draw < count; ++draw)
      for (Index k = 0; k < 3; ++k)
        all(k, draw) = times_power(sums(draw, k) / pairs, (1 << static_cast<int>(k)) * exponent)
                           .value_or(std::numeric_limits<double>::quiet_NaN());
    return all;
  }

  /// over_pairs for each draw: draws x orders.  @param by_point draws x n
  static Matrix draws_over_pairs(const JointPrediction& p, const Matrix& by_point, Index first, Index rows) {
    const Index n = p.size();
    const Vector variance = p.observed_variance();
    const Matrix covariance = p.latent.block(first, rows, first, n - first);
    struct Pair {
      Index i, j;
      double root, length, square;  // expected
    };
    std::vector<Pair> pairs;
    for (Index j = first + 1; j < n; ++j)
      for (Index i = first; i < std::min(j, first + rows); ++i) {
        const double mean = p.mean(i) - p.mean(j);
        const double square = std::max(variance(i) + variance(j) - 2 * covariance(i - first, j - first), 0.0);
        const double stddev = std::sqrt(square);
        pairs.push_back({i, j, mean_root_distance(mean, stddev), mean_distance(mean, stddev), mean * mean + square});
      }
    Matrix sums(by_point.rows(), 3);
    for (Index draw = 0; draw < by_point.rows(); draw += kLanes) {
      Lanes root = Lanes::Zero(), length = root, square = root;
      for (const Pair& pair : pairs) {
        const Lanes seen =
            (by_point.col(pair.i).segment<kLanes>(draw) - by_point.col(pair.j).segment<kLanes>(draw)).array().abs();
        root += (seen.sqrt() - pair.root).square();
        length += (seen - pair.length).square();
        square += (seen.square() - pair.square).square();
      }
      sums.middleRows<kLanes>(draw) << root, length, square;
    }
    return sums;
  }

  VariogramScoreParameters p_;
};

PREDCORR_REGISTER(Metric, "variogram_score", VariogramScore, VariogramScoreParameters,
                  "observed against expected distances of pairs of test points", "Scheuerer & Hamill 2015");

}  // namespace
}  // namespace predcorr::metrics
