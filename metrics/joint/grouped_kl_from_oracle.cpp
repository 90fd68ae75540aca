// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "core/base/parallel.hpp"
#include "metrics/gaussian.hpp"
#include "metrics/metric.hpp"
#include "metrics/points/content_order.hpp"
#include "metrics/points/point_groups.hpp"

namespace predcorr::metrics {
namespace {

struct GroupedKlFromOracleParameters {
  int groups = 100;
  static Fields<GroupedKlFromOracleParameters> fields() {
    return {field("groups", &GroupedKlFromOracleParameters::groups, between(1, 100000),
                  "groups of each size: so many dyadic ones, and at least so many random ones")};
  }
};

/// KL(N(oracle) || N(model)) of y over groups of tau = 2, 5, ..., 100 observations, exact for each group, mean over
/// groups, divided by tau. Random groups are different test points. Dyadic ones are tau observations at two test
/// points, each at one of them at even odds (Osband et al. 2022): the oracle knows how they are distributed (one value
/// of f at a point, independent noise), so that no stand-ins are needed. The groups are the same for every model, and
/// drawn in the order of the targets (test_order). A
/// size is absent where there are fewer test points than a random group has, or where the model's covariance of y is
/// singular in some group (metrics/gaussian.hpp), as it is without noise in dyadic groups. Cost: for each size, groups
/// (or n / tau if that is more) of 5 tau^3 / 3. Source: Osband et al. 2022. Departure: divided by tau.
class GroupedKlFromOracle : public Metric {
 public:
  explicit GroupedKlFromOracle(GroupedKlFromOracleParameters p) : p_(p) {}

  bool draws_points() const override { return true; }

  std::vector<ScoreInfo> describe() const override {
    std::vector<ScoreInfo> infos;
    const auto add = [&](const char* kind, Index size, const std::string& of_what) {
      infos.push_back({.name = "grouped_kl_from_oracle",
                       .part = fmt::format("{}_{}", kind, size),
                       .unit = "nats per point",
                       .direction = Direction::lower,
                       .meaning = "divergence from the true posterior of " + of_what});
    };
    for (const Index size : kGroupSizes) add("random", size, fmt::format("y at {} random test points", size));
    for (const Index size : kGroupSizes) add("dyadic", size, fmt::format("{} observations at two test points", size));
    return infos;
  }

  /// Its scores do not depend on y.
  double draw_cost(const EvaluationData&, const JointPrediction&) const override {
    return std::numeric_limits<double>::infinity();
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    require(evaluation.oracle.has_value(), ErrorKind::data, "the true posterior of this data set is not known");
    const JointPrediction truth = test_part(evaluation, *evaluation.oracle), model = test_part(evaluation, prediction);
    const Rows points = test_order(evaluation, prediction).points;
    std::vector<std::optional<double>> scores;
    for (const Index size : kGroupSizes)
      scores.push_back(mean_of(at_places(random_groups(evaluation.n_test(), size, p_.groups), points), truth, model));
    for (const Index size : kGroupSizes)
      scores.push_back(mean_of(at_places(dyadic_draws(evaluation.n_test(), size, p_.groups), points), truth, model));
    return scores;
  }

  std::string why_absent() const override {
    return "there are fewer test points than a group has, or y's covariance is singular in some group";
  }

  static std::optional<double> mean_of(const std::vector<Rows>& groups, const JointPrediction& truth,
                                       const JointPrediction& model) {
    if (groups.empty()) return std::nullopt;
    Vector divergences(std::ssize(groups));
    try {
      parallel_for(std::ssize(groups), [&](Index g) {
        const Rows& rows = groups[static_cast<std::size_t>(g)];
        divergences(g) = kl_divergence(observations_at(truth, rows), observations_at(model, rows));
      });
    } catch (const Error&) {  // singular
      return std::nullopt;
    }
    return divergences.mean() / static_cast<double>(groups.front().size());
  }

  GroupedKlFromOracleParameters p_;
};

PREDCORR_REGISTER(Metric, "grouped_kl_from_oracle", GroupedKlFromOracle, GroupedKlFromOracleParameters,
                  "divergence from the true posterior of groups of observations", "Osband et al. 2022");

}  // namespace
}  // namespace predcorr::metrics
