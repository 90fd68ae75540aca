// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <utility>

#include "metrics/gaussian.hpp"
#include "metrics/metric.hpp"
#include "metrics/ranks.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

/// How well a model's posterior correlations between pool and test points agree with the true posterior's: Pearson's
/// and Spearman's correlation of corr(C_f) over the pool x test block, and of the latent variances over the pool.
/// Correlations closer than kTie, and variances closer than that part of their size, are equal: they share their rank,
/// and where all are equal both scores are absent. (Predictions of rank one have correlations of 1 and -1, and of
/// rounding.)
class MetaCorrelation : public Metric {
 public:
  explicit MetaCorrelation(NoParameters) {}
  std::vector<ScoreInfo> describe() const override {
    const auto info = [](const char* part, const char* meaning) {
      return ScoreInfo{.name = "meta_correlation",
                       .part = part,
                       .direction = Direction::higher,
                       .meaning = meaning,
                       .of_latent = true};
    };
    ScoreInfo shown = info("correlation_pearson", "agreement of posterior correlations with the oracle's (Pearson)");
    shown.head = "meta-corr.";
    shown.default_column = 30;
    return {shown, info("correlation_spearman", "agreement of posterior correlations with the oracle's (Spearman)"),
            info("variance_pearson", "agreement of pool variances with the oracle's (Pearson)"),
            info("variance_spearman", "agreement of pool variances with the oracle's (Spearman)")};
  }

  /// Its scores do not depend on y.
  double draw_cost(const EvaluationData&, const JointPrediction&) const override {
    return std::numeric_limits<double>::infinity();
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    require(evaluation.oracle.has_value(), ErrorKind::data, "the true posterior of this data set is not known");
    require(evaluation.n_pool > 0, ErrorKind::data, "the pool was not predicted");
    const Vector model = pool_test_correlations(evaluation, prediction);
    const Vector oracle = pool_test_correlations(evaluation, *evaluation.oracle);
    const Vector model_variance = prediction.latent.diagonal().head(evaluation.n_pool);
    const Vector oracle_variance = evaluation.oracle->latent.diagonal().head(evaluation.n_pool);
    constexpr Ties kCorrelations = {.absolute = kTie}, kVariances = {.relative = kTie};
    const auto [of_correlations, by_rank] = agreement(model, oracle, kCorrelations);
    const auto [of_variances, variances_by_rank] = agreement(model_variance, oracle_variance, kVariances);
    return {of_correlations, by_rank, of_variances, variances_by_rank};
  }

  using Value = std::optional<double>;

  /// Pearson's and Spearman's.
  static std::pair<Value, Value> agreement(const Vector& model, const Vector& oracle, Ties ties) {
    if (!varies(model, ties) || !varies(oracle, ties)) return {};
    return {pearson(model, oracle), spearman(model, oracle, ties)};
  }

  std::string why_absent() const override { return "the predicted values do not vary, so they correlate with nothing"; }

  static Vector pool_test_correlations(const EvaluationData& evaluation, const JointPrediction& p) {
    const Index pool = evaluation.n_pool, test = evaluation.n_test();
    const Vector variance = p.latent.diagonal();
    require_held(variance, "f");
    return correlation_block(p.latent.block(0, pool, pool, test), variance.head(pool), variance.tail(test)).reshaped();
  }
};

PREDCORR_REGISTER(Metric, "meta_correlation", MetaCorrelation, NoParameters,
                  "agreement of posterior correlations (and variances) with the true posterior's",
                  "Wang, Sun & Grosse 2021, section 4.1");

}  // namespace
}  // namespace predcorr::metrics
