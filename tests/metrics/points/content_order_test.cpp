// SPDX-License-Identifier: Apache-2.0
#include "metrics/points/content_order.hpp"

#include <algorithm>

#include "tests/metrics/fixtures.hpp"

namespace predcorr::metrics {
namespace {

TEST_CASE("content order: by the first key, then the next, then the rows", "[metrics]") {
  const ContentOrder order = content_order({Vector{{2, 1, 2, 1, 0}}, Vector{{5, 7, 4, 7, 9}}});
  CHECK(order.points == Rows{4, 1, 3, 2, 0});
  CHECK(order.ranks == Rows{4, 1, 3, 2, 0});
  CHECK(!order.distinct);
  CHECK(content_order({Vector{{2, 1, 2}}, Vector{{5, 7, 4}}}).distinct);
  CHECK(content_order({}).points.empty());
  CHECK(test::error_of([] { content_order({Vector::Zero(2), Vector::Zero(3)}); }) ==
        "shape: order of points: keys of 2 and 3 points");
}

TEST_CASE("content order: the shuffled points are SplitMix64's", "[metrics]") {
  // SplitMix64 started at 0 begins e220a8397b1dcdaf, 6e789e6aa1b965f4, 06c45d188009454f, f88bb8a8724c81ec (Steele et
  // al.'s reference implementation): ranks 2, 1, 0, 3.
  CHECK(shuffled(content_order({Vector{{30, 10, 40, 20}}})) == Rows{0, 3, 1, 2});
  const Vector keys = Stream(1).normals(500);
  Rows points = shuffled(content_order({keys}));
  CHECK(shuffled(content_order({3 * keys})) == points);
  double steps = 0;  // of neighbours: far apart on average, as two of 500 are
  const Rows ranks = content_order({keys}).ranks;
  for (std::size_t i = 1; i < points.size(); ++i)
    steps += std::abs(static_cast<double>(ranks[static_cast<std::size_t>(points[i])] -
                                          ranks[static_cast<std::size_t>(points[i - 1])]));
  CHECK(steps / 499 > 140);
  CHECK(steps / 499 < 195);
  std::sort(points.begin(), points.end());
  CHECK(points == consecutive_rows(0, 500));
}

/// Zero-inflated targets behind a pool, with inputs, some of them twice, and the truth.
EvaluationData inflated(Index pool, Index test) {
  EvaluationData evaluation;
  const Index n = pool + test;
  evaluation.n_pool = pool;
  evaluation.oracle = test::random_prediction(n, 40, 4);
  evaluation.y = evaluation.oracle->mean + 0.5 * Stream(5).normals(n);
  evaluation.inputs = Stream(6).normals(2 * n).reshaped(n, 2);
  for (Index i = 0; i < n; i += 3) evaluation.y(i) = 0;
  for (Index i = pool - pool % 3 + 3; i < n - 9; i += 9) evaluation.inputs.row(i) = evaluation.inputs.row(i + 3);
  return evaluation;
}

EvaluationData permuted(const EvaluationData& evaluation, const Rows& rows) {
  EvaluationData moved{.y = evaluation.y(rows), .n_pool = evaluation.n_pool, .oracle = evaluation.oracle->subset(rows)};
  if (evaluation.inputs.size() > 0) moved.inputs = evaluation.inputs(rows, Eigen::all);
  return moved;
}

/// The rows of pool and test, each permuted among themselves.
Rows permutation(const EvaluationData& evaluation, std::uint64_t seed) {
  Rows pool = Stream(seed).permutation(evaluation.n_pool), test = Stream(seed + 1).permutation(evaluation.n_test());
  for (Index& row : test) row += evaluation.n_pool;
  return joined(pool, test);
}

TEST_CASE("content order: no score of any metric depends on the order of the rows", "[metrics]") {
  for (const bool with_inputs : {true, false}) {
    EvaluationData evaluation = inflated(25, 130);
    if (!with_inputs) evaluation.inputs = Matrix();
    const JointPrediction p = test::random_prediction(155, 60, 8);
    JointPrediction leaves = p;  // the same for many points
    RowMatrix factor = RowMatrix::Zero(155, 40);
    for (Index i = 0; i < 155; ++i) {
      factor(i, (7 * i) % 40) = 1;
      leaves.mean(i) = static_cast<double>((7 * i) % 40);
    }
    leaves.latent = Covariance::from_factor(factor);
    leaves.noise_variance.setConstant(0.3);
    for (const auto& [form, prediction] : {std::pair{"factor", p}, {"dense", test::densified(p)}, {"leaves", leaves}})
      for (const std::string& name : Registry<Metric>::instance().names())
        for (const bool sampled : {false, true}) {
          Spec spec{.name = name};
          const auto parameters = Registry<Metric>::instance().find(name).parameters();
          const bool samples =
              std::any_of(parameters.begin(), parameters.end(), [](const auto& q) { return q.name == "points"; });
          if (sampled && !samples) continue;
          if (sampled) spec.parameters["points"] = 50;
          if (name.rfind("grouped", 0) == 0) spec.parameters["groups"] = 4;
          const auto metric = Registry<Metric>::instance().make(spec, "test").object;
          const auto before = metric->score(evaluation, prediction);
          const Rows rows = permutation(evaluation, 11);
          const auto after = metric->score(permuted(evaluation, rows), prediction.subset(rows));
          for (std::size_t s = 0; s < before.size(); ++s) {
            INFO(before[s].key().text() << " of " << form << (sampled ? ", sampled" : "") << ", inputs "
                                        << with_inputs);
            REQUIRE(before[s].value.has_value() == after[s].value.has_value());
            CHECK(before[s].reason == after[s].reason);
            if (!before[s].value) continue;
            const double one = *before[s].value, other = *after[s].value;
            // What health tells are multiples of rounding, or of what decides at it.
            if (name == "covariance_health" && std::abs(one) < 1e-12) continue;
            CHECK(std::abs(one - other) < 1e-9 * (1 + std::abs(one)));
          }
        }
  }
}

}  // namespace
}  // namespace predcorr::metrics
