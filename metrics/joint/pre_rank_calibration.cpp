// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "core/base/parallel.hpp"
#include "metrics/gaussian.hpp"
#include "metrics/joint/pre_ranks.hpp"
#include "metrics/marginal/miscalibration_area.hpp"
#include "metrics/marginal/residuals.hpp"
#include "metrics/points/content_order.hpp"
#include "metrics/points/point_groups.hpp"

namespace predcorr::metrics {
namespace {

struct PreRankCalibrationParameters {
  int size = 5;
  int groups = 200;
  int draws = 100;
  int bins = 20;
  static Fields<PreRankCalibrationParameters> fields() {
    using P = PreRankCalibrationParameters;
    return {field("size", &P::size, between(2, 50), "test points in a group"),
            field("groups", &P::groups, between(1, 10000), "groups of each kind at most; no point is in two of a kind"),
            field("draws", &P::draws, between(10, 10000), "of the prediction in each group, for the copula pre-rank"),
            field("bins", &P::bins, between(2, 40), "bars of the histograms")};
  }
};

constexpr std::array<const char*, 4> kPreRanks = {"hdr", "copula", "dependence", "principal_component"};

/// A group's transforms, in the order of kPreRanks; nothing where there is none.
using GroupPits = std::array<std::optional<double>, kPreRanks.size()>;

/// Is the prediction of several points together calibrated? A pre-rank function makes one number of a group's values,
/// and its probability integral transform under the prediction is uniform where the prediction is right
/// (metrics/joint/pre_ranks.hpp, with formulas and sources): hdr, how far out the values are; copula, whether they are
/// jointly low; dependence, how much they go together; principal_component, where they lie along the direction of most
/// variance. Test points are dealt to groups of `size` that do not overlap, so that one test set gives many transforms:
/// `random` groups, whose correlations are mostly weak, and `neighbours` in the inputs, where they are strong.
///
/// The score of a pre-rank is the area int |F_n(u) - u| du between the transforms' distribution and the uniform one, 0
/// to 1/2: the probabilistic calibration error of order 1 with all levels in place of a grid of them. `expected` is
/// what n independent groups of a right prediction have on average. Groups of one test set are not independent (they
/// share the errors of one fit, and nearby ones their errors too), so that a right prediction may well have more: no p
/// value is given, and models are to be compared with each other over seeds. The histograms, as densities, are curves.
///
/// All models meet the same groups and the same random numbers, drawn in the order of the targets (test_order). A kind
/// is absent where there are fewer test points than a group has, `neighbours` also where the inputs are not at hand;
/// hdr where y's covariance is singular in some group, dependence where it leaves no spread of it, or where all
/// residuals of a group are 0. Cost: for each group draws^2 size comparisons at most, and for neighbours n d.
/// Source: Allen, Ziegel & Ginsbourger 2024; Desobry, Zhalieva & Ben Taieb 2025 ("Enforcing calibration in multi-output
/// probabilistic regression with pre-rank regularization"), who have one vector of outputs for each input. Departures:
/// groups of points in place of outputs, closed forms for all pre-ranks but the copula's, and what pre_ranks.hpp says.
class PreRankCalibration : public Metric {
 public:
  explicit PreRankCalibration(PreRankCalibrationParameters p) : p_(p) {}

  bool draws_points() const override { return true; }

  /// The comparisons of all draws of all groups, which are no multiply-adds: some ten each. So there are too few draws
  /// for an expectation.
  double draw_cost(const EvaluationData& evaluation, const JointPrediction&) const override {
    return 10.0 * static_cast<double>(evaluation.n_test()) * p_.draws * p_.draws;
  }

  std::vector<ScoreInfo> describe() const override {
    const std::array<const char*, kPreRanks.size()> of = {
        "density of a group of", "joint distribution function at a group of",
        "dependence between the residuals of a group of", "first principal component of a group of"};
    std::vector<ScoreInfo> infos;
    for (const char* kind : {"random", "neighbours"})
      for (std::size_t k = 0; k < kPreRanks.size(); ++k)
        infos.push_back({.name = "pre_rank_calibration",
                         .part = fmt::format("{}_{}", kind, kPreRanks[k]),
                         .direction = Direction::lower,
                         .meaning = fmt::format("distance from uniform of the transforms of the {} {} test points",
                                                of[k], kind == std::string("random") ? "random" : "neighbouring")});
    infos.push_back({.name = "pre_rank_calibration",
                     .part = "expected",
                     .meaning = "the same of a right prediction on average, if groups were independent"});
    return infos;
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    require(evaluation.inputs.size() == 0 || evaluation.inputs.rows() == evaluation.y.size(), ErrorKind::shape,
            "score: {} rows of inputs for {} points", evaluation.inputs.rows(), evaluation.y.size());
    const Marginals marginals = test_marginals(evaluation, prediction);
    const Vector z = marginals.standardised_residuals();
    const JointPrediction p = test_part(evaluation, prediction);
    const Rows points = test_order(evaluation, prediction).points;
    std::vector<std::optional<double>> scores;
    Json curves;
    std::optional<double> expected;
    for (const std::string kind : {"random", "neighbours"}) {
      const std::vector<Rows> groups = at_places(dealt(kind, evaluation, points), points);
      const auto pits = pits_of(kind, groups, z, marginals.sigma, p);
      if (!groups.empty()) expected = expected_area_from_uniform(std::ssize(groups));
      for (std::size_t k = 0; k < kPreRanks.size(); ++k) {
        const std::optional<Vector> u = sorted_pits(pits, k);
        scores.push_back(u ? std::optional(area_from_uniform(*u)) : std::nullopt);
        if (!u) continue;
        const Histogram histogram(*u, 0, 1, p_.bins);
        curves["edges"] = to_json_list(histogram.edges);
        curves[fmt::format("{}_{}", kind, kPreRanks[k])] = to_json_list(histogram.density(u->size()));
      }
    }
    scores.push_back(expected);
    return {scores, curves};
  }

  std::string why_absent() const override {
    return "there are fewer test points than a group has, or (neighbours) the inputs are not at hand; or in some group "
           "y's covariance is singular (hdr), or all residuals are 0 or the prediction leaves them one dependence "
           "(dependence)";
  }

  /// Places in the order of `points`.
  std::vector<Rows> dealt(const std::string& kind, const EvaluationData& evaluation, const Rows& points) const {
    std::vector<Rows> groups;
    if (kind == "neighbours") {
      if (evaluation.inputs.size() == 0) return groups;
      return neighbour_groups(evaluation.inputs.bottomRows(evaluation.n_test())(points, Eigen::all), p_.size,
                              p_.groups);
    }
    groups = random_groups(evaluation.n_test(), p_.size, 1);  // one round: no point twice
    if (std::ssize(groups) > p_.groups) groups.resize(static_cast<std::size_t>(p_.groups));
    return groups;
  }

  std::vector<GroupPits> pits_of(const std::string& kind, const std::vector<Rows>& groups, const Vector& z,
                                 const Vector& sigma, const JointPrediction& p) const {
    const Stream stream = Stream(0).fork("pre-ranks").fork(kind, static_cast<std::uint64_t>(p_.size));
    std::vector<GroupPits> pits(groups.size());
    parallel_for(std::ssize(groups), [&](Index g) {
      const Rows& rows = groups[static_cast<std::size_t>(g)];
      const Matrix r = correlation_matrix(observed_covariance(observations_at(p, rows)));
      const Vector residual = z(rows), deviation = sigma(rows);
      GroupPits& own = pits[static_cast<std::size_t>(g)];
      try {
        own[0] = highest_density_pit(residual, r);
      } catch (const Error&) {  // singular, as why_absent says
      }
      own[1] = copula_pit(residual, r, p_.draws, stream.fork("group", static_cast<std::uint64_t>(g)));
      own[2] = dependence_pit(residual, r);
      own[3] = principal_component_pit(residual, deviation, r);
    });
    return pits;
  }

  /// Of one pre-rank, smallest first; nothing where a group has none, or there is no group.
  static std::optional<Vector> sorted_pits(const std::vector<GroupPits>& pits, std::size_t pre_rank) {
    if (pits.empty()) return std::nullopt;
    Vector u(std::ssize(pits));
    for (std::size_t g = 0; g < pits.size(); ++g) {
      if (!pits[g][pre_rank]) return std::nullopt;
      u(static_cast<Index>(g)) = *pits[g][pre_rank];
    }
    return sorted(std::move(u));
  }

  PreRankCalibrationParameters p_;
};

PREDCORR_REGISTER(Metric, "pre_rank_calibration", PreRankCalibration, PreRankCalibrationParameters,
                  "calibration of small groups of test points together, by pre-rank functions",
                  "Allen, Ziegel & Ginsbourger 2024; Desobry, Zhalieva & Ben Taieb 2025");

}  // namespace
}  // namespace predcorr::metrics
