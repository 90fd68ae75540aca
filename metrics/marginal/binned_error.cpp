// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "metrics/marginal/residuals.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

struct BinnedErrorParameters {
  int bins = 15;
  static Fields<BinnedErrorParameters> fields() {
    return {
        field("bins", &BinnedErrorParameters::bins, between(2, 100),
              "bins of equal width; more, up to 100, where 90 % of the points would fall into fewer than 5 of them")};
  }
};

/// Bins that hold points: mean sigma, root-mean-square residual, number of points.
struct ErrorBins {
  Vector sigma, rms, count;
};

/// y = intercept + slope x by least squares with weights; r_squared where y varies.
struct Line {
  double slope = 0, intercept = 0;
  std::optional<double> r_squared;

  Line(const Vector& x, const Vector& y, const Vector& weight) {
    const double total = weight.sum(), x_mean = weight.dot(x) / total, y_mean = weight.dot(y) / total;
    const Vector dx = x.array() - x_mean, dy = y.array() - y_mean;
    slope = weight.cwiseProduct(dx).dot(dy) / weight.dot(dx.cwiseAbs2());
    intercept = y_mean - slope * x_mean;
    const double left = weight.dot((dy - slope * dx).cwiseAbs2()), all = weight.dot(dy.cwiseAbs2());
    constexpr double kRounding = 1e-26;  // of y's own size, squared
    if (all > kRounding * weight.dot(y.cwiseAbs2())) r_squared = 1 - left / all;
  }
};

/// Whether large sigmas go with large errors, and in proportion. The test points are sorted into bins of sigma of equal
/// width from the smallest to the largest; each bin's root-mean-square residual is laid against its mean sigma, and a
/// line is fitted with the bins' numbers of points as weights: slope 1 and intercept 0 where sigma is right. Empty bins
/// are left out. Sigma and residual are in units of the standard deviation of the test targets (divisor n), which
/// leaves the slope alone and makes the intercept comparable between data sets. r_squared is the weighted one; with two
/// bins it is 1 whatever they hold. Absent where all sigmas are equal. Source: Palmer et al. 2022, whose rule for more
/// bins is kept: if the first 90 % of the points cover fewer than 5 bins, the number becomes 5 times the whole range
/// over theirs, here at most 100. Departures: mean sigma of a bin in place of its middle; the study's unit is the
/// training targets' standard deviation. Cost: n.
class BinnedError : public Metric {
 public:
  explicit BinnedError(BinnedErrorParameters p) : p_(p) {}

  std::vector<ScoreInfo> describe() const override {
    return {{.name = "binned_error",
             .part = "slope",
             .meaning = "line through binned residuals against sigma: slope, 1 where calibrated",
             .head = "slope"},
            {.name = "binned_error",
             .part = "intercept",
             .unit = "standard deviations of y",
             .meaning = "line through binned residuals against sigma: intercept, 0 where calibrated",
             .head = "intercept"},
            {.name = "binned_error",
             .part = "r_squared",
             .direction = Direction::higher,
             .meaning = "line through binned residuals against sigma: share of the variation it explains",
             .head = "R^2"}};
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction&) const override {
    return marginal_draw_cost(evaluation);
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const ErrorBins bins = bins_of(test_marginals(evaluation, prediction));
    const Line line(bins.sigma, bins.rms, bins.count);
    const Vector fitted = line.intercept + line.slope * bins.sigma.array();
    return {{line.slope, line.intercept, line.r_squared},
            {{"sigma", to_json_list(bins.sigma)},
             {"rms", to_json_list(bins.rms)},
             {"count", to_json_list(bins.count)},
             {"line", to_json_list(fitted)}}};
  }

  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    return draws_of_marginals(evaluation, prediction, targets, 3, [&](const Marginals& m) {
      const ErrorBins bins = bins_of(m);
      const Line line(bins.sigma, bins.rms, bins.count);
      return std::vector<std::optional<double>>{line.slope, line.intercept, line.r_squared};
    });
  }

  std::string why_absent() const override { return "the binned residuals do not vary"; }

  ErrorBins bins_of(const Marginals& m) const {
    const double unit = root_mean_square(m.y.array() - m.y.mean());
    const double low = m.sigma.minCoeff(), high = m.sigma.maxCoeff();
    // A constant standard deviation differs by rounding, of float factors above all.
    require(high - low > 1e-5 * high, ErrorKind::data, "all predicted standard deviations are equal: there is no line");
    // Equal up to their own rounding; an offset as such, 1e9 +- 0.4 say, leaves a unit that is known well enough.
    constexpr double kRounding = 4 * std::numeric_limits<double>::epsilon();
    require(unit > kRounding * m.y.cwiseAbs().maxCoeff(), ErrorKind::data,
            "all test targets are equal: their standard deviation is no unit");
    const Index bins = number_of_bins(m.sigma, low, high);
    const double scale = static_cast<double>(bins) / (high - low);
    Vector sigma = Vector::Zero(bins), square = sigma, count = sigma;
    for (Index i = 0; i < m.size(); ++i) {
      const Index bin = std::min(static_cast<Index>((m.sigma(i) - low) * scale), bins - 1);
      const double error = (m.y(i) - m.mean(i)) / unit;
      sigma(bin) += m.sigma(i) / unit;
      square(bin) += error * error;
      count(bin) += 1;
    }
    Rows filled;
    for (Index b = 0; b < bins; ++b)
      if (count(b) > 0) filled.push_back(b);
    const Vector points = count(filled);
    return {sigma(filled).cwiseQuotient(points), square(filled).cwiseQuotient(points).cwiseSqrt(), points};
  }

  Index number_of_bins(const Vector& sigma, double low, double high) const {
    constexpr double kMost = 100;
    const Vector ordered = sorted(sigma);
    const double ninety = ordered(static_cast<Index>(0.9 * static_cast<double>(ordered.size()))) - low;
    const double width = (high - low) / p_.bins;
    if (ninety >= 5 * width) return p_.bins;
    return static_cast<Index>(std::clamp(std::floor(5 * (high - low) / ninety), static_cast<double>(p_.bins), kMost));
  }

  BinnedErrorParameters p_;
};

PREDCORR_REGISTER(Metric, "binned_error", BinnedError, BinnedErrorParameters,
                  "root-mean-square residual against sigma in bins, with a line", "Palmer et al. 2022");

}  // namespace
}  // namespace predcorr::metrics
