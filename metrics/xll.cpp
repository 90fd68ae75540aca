// SPDX-License-Identifier: Apache-2.0
#include "metrics/xll.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/parallel.hpp"
#include "metrics/gaussian.hpp"
#include "metrics/metric.hpp"
#include "metrics/ranks.hpp"

namespace predcorr::metrics {

using NeighbourSets = Eigen::Matrix<Index, Eigen::Dynamic, Eigen::Dynamic>;

NeighbourSets neighbour_sets(const Matrix& correlation, Index k) {
  const Index n = correlation.rows();
  k = std::min(k, n);
  NeighbourSets sets(k, n);
  Rows order(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) {
    order = consecutive_rows(0, n);
    // A point is its own first neighbour, whatever rounding makes of its correlation with a twin.
    const auto strength = [&](Index j) {
      return j == i ? std::numeric_limits<double>::infinity() : std::abs(correlation(j, i));
    };
    std::partial_sort(order.begin(), order.begin() + k, order.end(),
                      [&](Index a, Index b) { return strength(a) != strength(b) ? strength(a) > strength(b) : a < b; });
    std::copy_n(order.begin(), k, sets.col(i).begin());
  }
  return sets;
}

double cross_log_likelihood(const Vector& y, const Matrix& model_correlation, const Vector& reference_mean,
                            const Vector& reference_variance, const NeighbourSets& neighbours) {
  const Index k = neighbours.rows(), n = neighbours.cols();
  const Vector z = (y - reference_mean).cwiseQuotient(reference_variance.cwiseSqrt());
  const Vector log_variance = reference_variance.array().log();
  Matrix block(k, k);
  Vector standardised(k);
  Eigen::LLT<Matrix> factor(k);
  double total = 0;
  for (Index i = 0; i < n; ++i) {
    const auto set = neighbours.col(i);
    double log_scale = 0;
    for (Index a = 0; a < k; ++a) {
      standardised(a) = z(set(a));
      log_scale += log_variance(set(a));
      for (Index b = 0; b < k; ++b) block(a, b) = model_correlation(set(a), set(b));
    }
    factor.compute(block);
    require(factor.info() == Eigen::Success && factor.matrixLLT().diagonal().minCoeff() > 0, ErrorKind::numerical,
            "the model's correlations of test point {} and its neighbours are singular", i);
    factor.matrixL().solveInPlace(standardised);
    total -= 0.5 * (standardised.squaredNorm() + 2 * factor.matrixLLT().diagonal().array().log().sum() + log_scale);
  }
  return (total / static_cast<double>(k) / static_cast<double>(n)) - 0.5 * std::log(2 * std::numbers::pi);
}

namespace {

struct XllParameters {
  int neighbours = 5;
  static Fields<XllParameters> fields() {
    return {field("neighbours", &XllParameters::neighbours, between(1, 100),
                  "k: points in a group, the point itself included")};
  }
};

/// XLL of every model against every model as reference, its mean, and XLLR: the model's mean rank among all models over
/// the references (1 is best).
class Xll : public CrossMetric {
 public:
  explicit Xll(XllParameters p) : p_(p) {}

  std::vector<ScoreInfo> describe() const override {
    return {
        {"xll_mean", "", "nats per point", Direction::higher, "cross-normalised log-likelihood, mean over references"},
        {"xllr", "", "rank", Direction::lower, "mean rank by cross-normalised log-likelihood over references"},
        {"xll", "*", "nats per point", Direction::higher, "cross-normalised log-likelihood with the named reference"}};
  }

  std::vector<ContenderScores> score(const Vector& y, const std::vector<Contender>& contenders) const override {
    const Index count = std::ssize(contenders);
    for (const Contender& contender : contenders)
      require(contender.test.size() == y.size(), ErrorKind::shape, "xll: '{}' predicts {} points, there are {} targets",
              contender.label, contender.test.size(), y.size());
    std::vector<Matrix> correlations(contenders.size());
    std::vector<std::string> reasons(contenders.size());
    std::vector<Vector> variances(contenders.size());
    parallel_for(count, [&](Index m) {
      const auto c = static_cast<std::size_t>(m);
      variances[c] = contenders[c].test.observed_variance();
      if ((variances[c].array() > 0).all())
        correlations[c] = correlation_matrix(observed_covariance(contenders[c].test));
      else
        reasons[c] = "a predicted variance of y is 0";
    });
    Matrix table = Matrix::Constant(count, count, kAbsent);  // model x reference
    parallel_for(count, [&](Index r) {
      const auto ref = static_cast<std::size_t>(r);
      if (!reasons[ref].empty()) return;
      const auto sets = neighbour_sets(correlations[ref], p_.neighbours);
      for (std::size_t m = 0; m < contenders.size(); ++m) {
        if (!reasons[m].empty()) continue;
        try {
          table(static_cast<Index>(m), r) =
              cross_log_likelihood(y, correlations[m], contenders[ref].test.mean, variances[ref], sets);
        } catch (const Error&) {  // this pair stays absent
        }
      }
    });
    return summarise(contenders, table, reasons);
  }

 private:
  static constexpr double kAbsent = -std::numeric_limits<double>::infinity();

  /// Only models and references that have a value in every pair are compared: all the others drop out, model first.
  static std::vector<ContenderScores> summarise(const std::vector<Contender>& contenders, const Matrix& table,
                                                const std::vector<std::string>& reasons) {
    const Index count = table.rows();
    // References that no model could be scored with are not references at all.
    Rows references;
    for (Index r = 0; r < count; ++r)
      if ((table.col(r).array() != kAbsent).any()) references.push_back(r);
    Rows ranked;
    for (Index m = 0; m < count; ++m)
      if (!references.empty() && (table(m, references).array() != kAbsent).all()) ranked.push_back(m);
    const Matrix complete = table(ranked, references);
    Vector mean_rank = Vector::Zero(std::ssize(ranked));
    for (Index r = 0; r < complete.cols() && complete.rows() > 0; ++r)
      mean_rank += average_ranks(-complete.col(r)) / static_cast<double>(complete.cols());

    std::vector<ContenderScores> all;
    for (Index m = 0; m < count; ++m) {
      const auto c = static_cast<std::size_t>(m);
      const auto place = std::find(ranked.begin(), ranked.end(), m);
      ContenderScores scores{contenders[c].label, {}};
      const std::string reason =
          !reasons[c].empty() ? reasons[c] : "the model's correlations are singular in some group";
      if (place != ranked.end()) {
        const Index row = place - ranked.begin();
        scores.scores = {{"xll_mean", "", complete.row(row).mean(), ""}, {"xllr", "", mean_rank(row), ""}};
      } else {
        scores.scores = {{"xll_mean", "", std::nullopt, reason}, {"xllr", "", std::nullopt, reason}};
      }
      for (const Index r : references)
        if (table(m, r) != kAbsent)
          scores.scores.push_back({"xll", contenders[static_cast<std::size_t>(r)].label, table(m, r), ""});
      all.push_back(std::move(scores));
    }
    return all;
  }

  XllParameters p_;
};

PREDCORR_REGISTER(
    CrossMetric, "xll", Xll, XllParameters,
    "XLL and XLLR: which model's correlations explain the test targets best, models as each other's reference",
    "Wang, Sun & Grosse 2021, section 4.2");

}  // namespace
}  // namespace predcorr::metrics
