// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/base/parallel.hpp"
#include "metrics/joint/joint_scores.hpp"
#include "metrics/marginal/residuals.hpp"

namespace predcorr::metrics {
namespace {

struct CorrelationCalibrationParameters {
  int bins = 20;
  int groups = 20;
  int points = 2000;
  static Fields<CorrelationCalibrationParameters> fields() {
    using P = CorrelationCalibrationParameters;
    return {field("bins", &P::bins, between(1, 100), "of equal width, from correlation -1 to 1"),
            field("groups", &P::groups, between(2, 100), "of points, each left out once for the standard errors"),
            field("points", &P::points, between(2, 100000),
                  "test points whose pairs are taken, drawn by their targets, where there are more")};
  }
};

/// Sums over pairs: of one bin, or of all.
struct PairSums {
  double count = 0, predicted = 0, observed = 0, square = 0, cross = 0;

  void add(double rho, double product) {
    count += 1;
    predicted += rho;
    observed += product;
    square += rho * rho;
    cross += rho * product;
  }
  PairSums& operator+=(const PairSums& o) { return combine(o, 1); }
  PairSums& operator-=(const PairSums& o) { return combine(o, -1); }

 private:
  PairSums& combine(const PairSums& o, double sign) {
    count += sign * o.count;
    predicted += sign * o.predicted;
    observed += sign * o.observed;
    square += sign * o.square;
    cross += sign * o.cross;
    return *this;
  }
};

/// Sums by bin, of all pairs, and of those that have a point in a group (row 1 + group).
class PairTable {
 public:
  PairTable(Index bins, Index groups) : bins_(bins), sums_(static_cast<std::size_t>(bins * (groups + 1))) {}
  PairSums& at(Index row, Index bin) { return sums_[static_cast<std::size_t>(row * bins_ + bin)]; }
  const PairSums& at(Index row, Index bin) const { return sums_[static_cast<std::size_t>(row * bins_ + bin)]; }
  Index bins() const { return bins_; }
  void operator+=(const PairTable& other) {
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += other.sums_[i];
  }

 private:
  Index bins_;
  std::vector<PairSums> sums_;
};

/// Standard error of a statistic by leaving out one group of points at a time, with all their pairs: groups of points
/// are nearly independent of one another where pairs, which share points, are not.
/// @param left_out its values, one for each group
double jackknife_error(const Vector& left_out) {
  const double g = static_cast<double>(left_out.size());
  return std::sqrt((g - 1) / g * (left_out.array() - left_out.mean()).square().sum());
}

/// y's correlation matrix R of some points, a block of rows at a time.
class CorrelationRows {
 public:
  explicit CorrelationRows(const JointPrediction& p)
      : latent_(p.latent), inverse_(p.observed_variance().cwiseSqrt().cwiseInverse()) {
    if (!p.latent.is_factor()) return;
    factor_ = inverse_.asDiagonal() * p.latent.factor_rows(0, p.size());
    apart_ = Vector::Ones(p.size()) - factor_.rowwise().squaredNorm();
  }

  Matrix rows(Index first, Index count) const {
    Matrix r = latent_.is_factor() ? Matrix(factor_.middleRows(first, count) * factor_.transpose())
                                   : Matrix(inverse_.segment(first, count).asDiagonal() *
                                            latent_.stored_dense()->middleRows(first, count) * inverse_.asDiagonal());
    r = r.cwiseMax(-1).cwiseMin(1);
    for (Index i = 0; i < count; ++i) r(i, first + i) = 1;
    return r;
  }

  /// left R. Cost: m n^2, or m n s for a factor.  @param left m x n
  Matrix times(const Matrix& left) const {
    if (latent_.is_factor()) return (left * factor_).eval() * factor_.transpose() + left * apart_.asDiagonal();
    const Vector variance = latent_.diagonal().cwiseProduct(inverse_.cwiseAbs2());
    return (left * inverse_.asDiagonal()).eval() * (*latent_.stored_dense()) * inverse_.asDiagonal() +
           left * (Vector::Ones(variance.size()) - variance).asDiagonal();
  }

 private:
  const Covariance& latent_;
  Vector inverse_;    // of y's standard deviations
  RowMatrix factor_;  // of a factor: divided by them
  Vector apart_;      // what the factor leaves of a variance of 1
};

/// Predicted correlations of y against what came true. For every pair i < j of test points, z_i z_j with z the residual
/// over its predicted standard deviation has mean rho_ij where the prediction is right. Pairs go to bins of predicted
/// rho; each bin's mean product is laid against its mean rho.
/// - rms: root of the mean over pairs of the bin's squared difference; expected: what the bins' standard errors alone
///   make of it, so that an rms of this size is noise;
/// - slope: Q^-1 sum rho z z, Q = sum rho^2, of the line through the origin over all pairs. 1 where calibrated, 0 where
///   the correlations say nothing, below 1 where they are too strong;
/// - slope_error: its standard error by leaving out one of `groups` groups of points at a time (dealt in a random order
///   that depends on the targets, metrics/points/content_order.hpp), with all pairs the group is in. It respects that
///   pairs share points, but takes the points for exchangeable: common errors of many points make it too small;
/// - slope_spread: the standard deviation that the slope has if the prediction is right, common errors and all:
///   |R^2 - R| / (sqrt(2) Q) with the Frobenius norm, from Isserlis' theorem. A slope further from 1 than some times
///   this is evidence against the prediction;
/// - slope_of_correlation: slope / mean z^2, which error bars that are all too small or too large by one factor leave
///   alone.
/// The bins' standard errors, too, are by leaving out groups. A bin that is empty without some group has none; the
/// curves leave it out, and `expected` counts it as exact.
/// Cost: a block of rows of R at a time, never n x n for a factor: points^2 s, or points^3 for a dense covariance, and
/// points^2 / 2 pairs of some nanoseconds.
/// Source: a reliability diagram (Murphy & Winkler 1977) of correlations; jackknife over points: Efron 1982.
class CorrelationCalibration : public Metric {
 public:
  explicit CorrelationCalibration(CorrelationCalibrationParameters p) : p_(p) {}

  bool draws_points() const override { return true; }  // they are dealt to groups by their place

  std::vector<ScoreInfo> describe() const override {
    const auto info = [](const char* part, Direction direction, const char* meaning) {
      return ScoreInfo{.name = "correlation_calibration", .part = part, .direction = direction, .meaning = meaning};
    };
    return {
        info("rms", Direction::lower, "predicted correlations against mean products of residuals in bins, RMS"),
        info("expected", Direction::none, "the RMS that the bins' standard errors alone would give"),
        info("slope", Direction::none, "products of residuals against predicted correlations; 1 where calibrated"),
        info("slope_error", Direction::none, "standard error of the slope, by leaving out groups of points"),
        info("slope_spread", Direction::none, "standard deviation of the slope if the prediction is right"),
        info("slope_of_correlation", Direction::none, "slope over the mean squared residual: error bars left aside")};
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction&) const override {
    const double n = static_cast<double>(std::min<Index>(evaluation.n_test(), p_.points));
    constexpr double kForBin = 5;  // and group, for standard errors
    return 6 * n * n + kForBin * p_.bins * p_.groups;
  }

 private:
  struct Pairs {
    PairTable table;
    Index groups = 0;
    double mean_square = 0;     // of z
    double product_square = 0;  // |R^2 - R|^2
  };

  Index number_of_groups(Index n) const { return std::min<Index>(p_.groups, n); }

  Index bin_of(double predicted) const {
    return std::min<Index>(static_cast<Index>(0.5 * (predicted + 1) * p_.bins), p_.bins - 1);
  }

  /// Of each point of the sample.
  std::vector<Index> groups_of(const TestSample& sample) const {
    const Index groups = number_of_groups(sample.y.size());
    std::vector<Index> group(sample.order.size());
    for (std::size_t place = 0; place < sample.order.size(); ++place)
      group[static_cast<std::size_t>(sample.order[place])] = static_cast<Index>(place) % groups;
    return group;
  }

  Pairs pairs_of(const EvaluationData& evaluation, const JointPrediction& prediction, bool with_spread = true) const {
    require(evaluation.n_test() >= 2, ErrorKind::data, "one test point has no pairs");
    const TestSample sample(evaluation, prediction, p_.points);
    const JointPrediction& p = sample.prediction;
    const Index n = sample.y.size(), groups = number_of_groups(n);
    const Vector z = Marginals{sample.y, p.mean, p.observed_variance().cwiseSqrt()}.standardised_residuals();
    const std::vector<Index> group = groups_of(sample);
    const CorrelationRows correlations(p);
    constexpr Index kRows = 64;
    std::vector<PairTable> parts(static_cast<std::size_t>((n + kRows - 1) / kRows), PairTable(p_.bins, groups));
    Vector squares(std::ssize(parts));
    parallel_for(std::ssize(parts), [&](Index part) {
      PairTable& table = parts[static_cast<std::size_t>(part)];
      const Index first = part * kRows, rows = std::min(kRows, n - first);
      const Matrix rho = correlations.rows(first, rows);
      for (Index j = first + 1; j < n; ++j) {
        const Index of_j = group[static_cast<std::size_t>(j)];
        for (Index i = first; i < std::min(j, first + rows); ++i) {
          const double predicted = rho(i - first, j), product = z(i) * z(j);
          const Index bin = bin_of(predicted);
          table.at(0, bin).add(predicted, product);
          const Index of_i = group[static_cast<std::size_t>(i)];
          table.at(1 + of_i, bin).add(predicted, product);
          if (of_i != of_j) table.at(1 + of_j, bin).add(predicted, product);
        }
      }
      squares(part) = with_spread ? (correlations.times(rho) - rho).squaredNorm() : 0.0;
    });
    PairTable all(p_.bins, groups);
    for (const PairTable& part : parts) all += part;
    return {std::move(all), groups, z.squaredNorm() / static_cast<double>(n), squares.sum()};
  }

  /// Of the bin's mean difference between product and rho.
  static std::optional<double> error_of_bin(const Pairs& pairs, Index bin) {
    Vector differences(pairs.groups);
    for (Index g = 0; g < pairs.groups; ++g) {
      PairSums rest = pairs.table.at(0, bin);
      rest -= pairs.table.at(1 + g, bin);
      if (rest.count < 1) return std::nullopt;
      differences(g) = (rest.observed - rest.predicted) / rest.count;
    }
    return jackknife_error(differences);
  }

  static PairSums over_bins(const PairTable& table, Index row) {
    PairSums total;
    for (Index b = 0; b < table.bins(); ++b) total += table.at(row, b);
    return total;
  }

  static std::optional<double> error_of_slope(const Pairs& pairs) {
    const PairSums all = over_bins(pairs.table, 0);
    Vector slopes(pairs.groups);
    for (Index g = 0; g < pairs.groups; ++g) {
      PairSums rest = all;
      rest -= over_bins(pairs.table, 1 + g);
      if (rest.count < 1 || !(rest.square > kRounding * rest.count)) return std::nullopt;
      slopes(g) = rest.cross / rest.square;
    }
    return jackknife_error(slopes);
  }

  struct Statistics {
    double rms = 0, expected = 0;
    std::optional<double> slope, slope_error, slope_spread, slope_of_correlation;
    std::vector<double> predicted, observed, errors, counts;  // of bins that have a standard error

    std::vector<std::optional<double>> values() const {
      return {rms, expected, slope, slope_error, slope_spread, slope_of_correlation};
    }
  };

  Statistics statistics_of(const Pairs& pairs) const {
    Statistics s;
    const PairSums all = over_bins(pairs.table, 0);
    double squares = 0, noise = 0;
    for (Index b = 0; b < p_.bins; ++b) {
      const PairSums& bin = pairs.table.at(0, b);
      if (bin.count < 1) continue;
      const double difference = (bin.observed - bin.predicted) / bin.count;
      squares += bin.count * difference * difference;
      const std::optional<double> error = error_of_bin(pairs, b);
      if (!error) continue;
      noise += bin.count * *error * *error;
      s.predicted.push_back(bin.predicted / bin.count);
      s.observed.push_back(bin.observed / bin.count);
      s.errors.push_back(*error);
      s.counts.push_back(bin.count);
    }
    s.rms = std::sqrt(squares / all.count);
    s.expected = std::sqrt(noise / all.count);
    if (!(all.square > kRounding * all.count)) return s;
    s.slope = all.cross / all.square;
    s.slope_error = error_of_slope(pairs);
    s.slope_spread = std::sqrt(0.5 * pairs.product_square) / all.square;
    s.slope_of_correlation = *s.slope / pairs.mean_square;
    return s;
  }

  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const Statistics s = statistics_of(pairs_of(evaluation, prediction));
    const Json curves = {
        {"predicted", s.predicted}, {"observed", s.observed}, {"error", s.errors}, {"count", s.counts}};
    return {s.values(), curves};
  }

  static constexpr Index kLanes = 32;  // draws that are looked at together
  using Lanes = Eigen::Array<double, kLanes, 1>;

  /// Sums of pairs for many draws: of products by group (row 0: all) and bin, and of rho times product by group.
  struct DrawnSums {
    std::vector<Lanes> observed, cross;
    DrawnSums(Index rows, Index bins)
        : observed(static_cast<std::size_t>(rows * bins), Lanes::Zero()),
          cross(static_cast<std::size_t>(rows), Lanes::Zero()) {}
  };

  /// Bins and groups are those of pairs_of; only the products are others. The spread does not depend on y.
  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    const Pairs fixed = pairs_of(evaluation, prediction, false);
    const TestSample sample(evaluation, prediction, p_.points);
    const JointPrediction& p = sample.prediction;
    const Index n = sample.y.size(), count = targets.cols(), rows = fixed.groups + 1;
    const Index packs = (count + kLanes - 1) / kLanes;
    Matrix z = Matrix::Zero(packs * kLanes, n);  // the draws of a point side by side
    z.topRows(count) = ((targets(sample.points, Eigen::all).colwise() - p.mean).array().colwise() /
                        p.observed_variance().cwiseSqrt().array())
                           .matrix()
                           .transpose();
    require(z.allFinite(), ErrorKind::numerical, "a residual is too large beside its predicted standard deviation");
    const std::vector<Index> group = groups_of(sample);
    const CorrelationRows correlations(p);
    std::vector<DrawnSums> sums(static_cast<std::size_t>(packs), DrawnSums(rows, p_.bins));
    constexpr Index kRows = 64;
    for (Index first = 0; first < n; first += kRows) {
      const Index height = std::min(kRows, n - first);
      const Matrix rho = correlations.rows(first, height);
      const auto bins = rho.unaryExpr([&](double r) { return static_cast<double>(bin_of(r)); }).eval();
      parallel_for(packs, [&](Index pack) {
        DrawnSums& own = sums[static_cast<std::size_t>(pack)];
        for (Index j = first + 1; j < n; ++j) {
          const Lanes of_j = z.col(j).segment<kLanes>(pack * kLanes).array();
          const auto row_j = static_cast<std::size_t>(1 + group[static_cast<std::size_t>(j)]);
          for (Index i = first; i < std::min(j, first + height); ++i) {
            const Lanes product = of_j * z.col(i).segment<kLanes>(pack * kLanes).array();
            const Lanes cross = rho(i - first, j) * product;
            const auto row_i = static_cast<std::size_t>(1 + group[static_cast<std::size_t>(i)]);
            const auto bin = static_cast<std::size_t>(bins(i - first, j)), width = static_cast<std::size_t>(p_.bins);
            own.observed[bin] += product;
            own.observed[row_i * width + bin] += product;
            own.cross[0] += cross;
            own.cross[row_i] += cross;
            if (row_i == row_j) continue;
            own.observed[row_j * width + bin] += product;
            own.cross[row_j] += cross;
          }
        }
      });
    }
    Matrix all(6, count);
    parallel_for(count, [&](Index draw) {
      const DrawnSums& own = sums[static_cast<std::size_t>(draw / kLanes)];
      Pairs pairs = fixed;
      for (Index row = 0; row < rows; ++row)
        for (Index bin = 0; bin < p_.bins; ++bin) {
          PairSums& at = pairs.table.at(row, bin);
          at.observed = own.observed[static_cast<std::size_t>(row * p_.bins + bin)](draw % kLanes);
          at.cross = bin == 0 ? own.cross[static_cast<std::size_t>(row)](draw % kLanes) : 0;  // only its sum is used
        }
      pairs.mean_square = z.row(draw).squaredNorm() / static_cast<double>(n);
      Statistics statistics = statistics_of(pairs);
      statistics.slope_spread.reset();
      const std::vector<std::optional<double>> values = statistics.values();
      for (Index k = 0; k < 6; ++k)
        all(k, draw) = values[static_cast<std::size_t>(k)].value_or(std::numeric_limits<double>::quiet_NaN());
    });
    return all;
  }

  std::string why_absent() const override { return "the predicted correlations are all 0: they have no slope"; }

  static constexpr double kRounding = 1e-24;  // of a squared correlation

  CorrelationCalibrationParameters p_;
};

PREDCORR_REGISTER(Metric, "correlation_calibration", CorrelationCalibration, CorrelationCalibrationParameters,
                  "predicted correlations against products of standardised residuals, in bins",
                  "Murphy & Winkler 1977; Efron 1982");

}  // namespace
}  // namespace predcorr::metrics
