// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/parallel.hpp"
#include "metrics/expectation/score_expectation.hpp"
#include "metrics/gaussian.hpp"
#include "metrics/joint/grouped_draws.hpp"
#include "metrics/metric.hpp"
#include "metrics/points/content_order.hpp"
#include "metrics/points/point_groups.hpp"

namespace predcorr::metrics {
namespace {

struct GroupedLogLikelihoodParameters {
  int groups = 100;
  static Fields<GroupedLogLikelihoodParameters> fields() {
    return {field("groups", &GroupedLogLikelihoodParameters::groups, between(1, 100000),
                  "groups of each size: so many dyadic ones, and at least so many random ones")};
  }
};

/// Means over groups, nats per point.
struct GroupMeans {
  double marginal = 0, copula = 0;
  double joint() const { return marginal + copula; }
};

/// Joint log-likelihood per point over groups of tau = 2, 5, ..., 100 test points, the mean over groups. Random groups
/// use every test point about equally often, so their marginal part is nearly the marginal log-likelihood, and the
/// copula part, log c = log N(z; 0, R) - sum log N(z_i; 0, 1), grows with tau as more correlated points meet. Dyadic
/// groups are two clusters of neighbours in the inputs, where correlations matter at small tau already; how they stand
/// in for repeated observations of two inputs is told in metrics/points/point_groups.hpp. Each kind and size has two
/// parts, joint and copula; the marginal part is their difference, and with the other two in the curves.
///
/// Groups come from a fixed stream and the order of the targets (test_order): all models meet the same ones, in
/// whatever rows the points stand. A size is absent where there are fewer test points, or where y's covariance is
/// singular in some group (metrics/gaussian.hpp). Groups no larger than the number of members less one are regular even
/// where the whole test set is not. Cost: for each size, groups (or n / tau if that is more) densities of tau points:
/// tau^3 / 3 and tau^2 s for a factor. Source: Osband et al. 2022 ("Evaluating high-order predictive distributions in
/// deep learning"; "The neural testbed"). Departures: neighbours in place of repeated inputs; divided by tau; larger is
/// better.
class GroupedLogLikelihood : public Metric {
 public:
  explicit GroupedLogLikelihood(GroupedLogLikelihoodParameters p) : p_(p) {}

  bool draws_points() const override { return true; }

  std::vector<ScoreInfo> describe() const override {
    std::vector<ScoreInfo> infos;
    const auto add = [&](const std::string& part, const std::string& meaning) {
      infos.push_back({.name = "grouped_log_likelihood",
                       .part = part,
                       .unit = "nats per point",
                       .direction = Direction::higher,
                       .meaning = meaning});
    };
    for (const char* kind : {"random", "dyadic"})
      for (const Index size : kGroupSizes) {
        const std::string part = fmt::format("{}_{}", kind, size);
        add(part, fmt::format("joint log density of {} groups of {} test points", kind, size));
        add(part + "_copula", fmt::format("what correlations add to it; the rest is marginal ({}, {})", kind, size));
      }
    return infos;
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction&) const override {
    const double n = static_cast<double>(evaluation.n_test());
    double cost = 0;
    for (const bool dyadic : {false, true})
      for (const Index size : kGroupSizes) {
        const double points = static_cast<double>(size);
        cost += std::min(n * n, number_of_groups(evaluation.n_test(), size, dyadic) * points * points);
      }
    return cost;
  }

 private:
  struct Sample {
    Sample(const EvaluationData& evaluation, const JointPrediction& all)
        : y(evaluation.test_targets()), prediction(test_part(evaluation, all)) {
      require(evaluation.inputs.size() == 0 || evaluation.inputs.rows() == evaluation.y.size(), ErrorKind::shape,
              "score: {} rows of inputs for {} points", evaluation.inputs.rows(), evaluation.y.size());
      points = test_order(evaluation, all).points;
      if (evaluation.inputs.size() > 0) inputs = evaluation.inputs.bottomRows(y.size())(points, Eigen::all);
    }
    Vector y;
    JointPrediction prediction;
    Rows points;    // in the order from which groups are drawn
    Matrix inputs;  // in that order; empty where they are not at hand
  };

  double number_of_groups(Index n, Index size, bool dyadic) const {
    if (size > n) return 0;
    const double at_once = std::floor(static_cast<double>(n) / static_cast<double>(size));
    return dyadic ? p_.groups : at_once * std::ceil(p_.groups / at_once);
  }

  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const Sample sample(evaluation, prediction);
    std::vector<std::optional<double>> scores;
    Json curves;
    for (const bool dyadic : {false, true}) {
      const std::string kind = dyadic ? "dyadic_" : "random_";
      for (const Index size : kGroupSizes) {
        const auto means = means_of(sample, dyadic, size);
        scores.push_back(means ? std::optional(means->joint()) : std::nullopt);
        scores.push_back(means ? std::optional(means->copula) : std::nullopt);
        if (!means) continue;
        curves[kind + "size"].push_back(static_cast<double>(size));
        curves[kind + "joint"].push_back(means->joint());
        curves[kind + "marginal"].push_back(means->marginal);
        curves[kind + "copula"].push_back(means->copula);
      }
    }
    return {scores, curves};
  }

  std::string why_absent() const override {
    return "there are fewer test points than a group has, y's covariance is singular in some group, or (dyadic groups) "
           "the inputs are not at hand";
  }

  std::vector<Rows> groups_of(const Sample& sample, bool dyadic, Index size) const {
    return at_places(
        dyadic ? dyadic_groups(sample.inputs, size, p_.groups) : random_groups(sample.y.size(), size, p_.groups),
        sample.points);
  }

  std::optional<GroupMeans> means_of(const Sample& sample, bool dyadic, Index size) const {
    const std::vector<Rows> groups = groups_of(sample, dyadic, size);
    if (groups.empty()) return std::nullopt;
    std::vector<JointDensity> densities(groups.size());
    try {
      parallel_for(std::ssize(groups), [&](Index g) {
        const auto at = static_cast<std::size_t>(g);
        densities[at] = joint_density(sample.y(groups[at]), observations_at(sample.prediction, groups[at]));
      });
    } catch (const Error&) {  // singular
      return std::nullopt;
    }
    GroupMeans means;
    for (const JointDensity& density : densities) {
      means.marginal += density.marginal;
      means.copula += density.copula;
    }
    const double points = static_cast<double>(size) * static_cast<double>(groups.size());
    return GroupMeans{means.marginal / points, means.copula / points};
  }

  /// Sizes whose groups cost more than their draws may (metrics/expectation/score_expectation.hpp) have none. Both
  /// parts are quadratic forms in the standardised residuals, which GroupedDraws adds up over the groups.
  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    const Sample sample(evaluation, prediction);
    const GroupedDraws draws(sample.prediction, targets);
    const double most = most_draw_steps(evaluation.n_test(), sample.prediction.latent.width());
    Matrix all =
        Matrix::Constant(4 * std::ssize(kGroupSizes), targets.cols(), std::numeric_limits<double>::quiet_NaN());
    Index row = 0;
    for (const bool dyadic : {false, true})
      for (const Index size : kGroupSizes) {
        const double cubed = static_cast<double>(size * size * size);
        const bool is_dear = 0.5 * number_of_groups(evaluation.n_test(), size, dyadic) * cubed > most;
        const std::vector<Rows> groups = is_dear ? std::vector<Rows>() : groups_of(sample, dyadic, size);
        try {
          if (!groups.empty()) all.middleRows<2>(row) = draws.means(groups);
        } catch (const Error&) {  // singular
        }
        row += 2;
      }
    return all;
  }

  GroupedLogLikelihoodParameters p_;
};

PREDCORR_REGISTER(Metric, "grouped_log_likelihood", GroupedLogLikelihood, GroupedLogLikelihoodParameters,
                  "joint log density of random and dyadic groups of test points, and its copula part",
                  "Osband et al. 2022");

}  // namespace
}  // namespace predcorr::metrics
