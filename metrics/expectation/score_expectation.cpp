// SPDX-License-Identifier: Apache-2.0
#include "metrics/expectation/score_expectation.hpp"

#include <algorithm>
#include <cmath>
#include <new>
#include <optional>

#include "metrics/expectation/simulated_targets.hpp"

namespace predcorr {
namespace {

constexpr double kMostNumbers = 2e7;  // of simulated targets

/// As many as `steps` pay for, at most `most`.
Index affordable(double steps, double each, Index most) {
  return each * static_cast<double>(most) <= steps ? most : static_cast<Index>(steps / each);
}

double dots_per_draw(const JointPrediction& test) {
  const double n = static_cast<double>(test.size());
  return metrics::simulates_by_factor(test) ? n * static_cast<double>(test.latent.width()) : 0.5 * n * n;
}

/// @param drawn its values; NaN where there is none
std::optional<ScoreExpectation> expectation_of(const ScoreInfo& info, double observed, const Vector& drawn) {
  std::vector<double> values;
  for (const double value : drawn)
    if (std::isfinite(value)) values.push_back(value);
  const Index count = std::ssize(values);
  if (count < kFewestDraws) return std::nullopt;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  constexpr double kRounding = 1e-10;
  if (*most - *least <= kRounding * std::max(std::abs(*least), std::abs(*most))) return std::nullopt;
  ScoreExpectation e{.key = info.key(), .draws = count};
  // About the least value: sums of squares of what may be far from 0.
  const Eigen::Map<const Vector> all(values.data(), count);
  const double about = (all.array() - *least).mean();
  e.mean = *least + about;
  e.sd = std::sqrt((all.array() - *least - about).square().sum() / static_cast<double>(count - 1));
  // What is equal to the observed value but for rounding is as bad: scores may be steps.
  const double tolerance = 1e-9 * e.sd + 1e-12 * std::abs(observed);
  const auto share = [&](Index as_bad) { return static_cast<double>(1 + as_bad) / static_cast<double>(1 + count); };
  const double high = share((all.array() >= observed - tolerance).count()),
               low = share((all.array() <= observed + tolerance).count());
  switch (info.direction) {
    case Direction::lower: e.tail = high; break;
    case Direction::higher: e.tail = low; break;
    case Direction::none: e.tail = std::min(1.0, 2 * std::min(high, low)); break;
  }
  if (!std::isfinite(e.mean) || !std::isfinite(e.sd)) return std::nullopt;  // scores near the largest double
  return e;
}

}  // namespace

Fields<ExpectationOptions> ExpectationOptions::fields() {
  return {field("draws", &ExpectationOptions::draws, between(0, kMostDraws),
                "sets of targets drawn from each prediction, to tell what its scores should be; 0 for none")};
}

double most_draw_steps(Index n, Index width) {
  const double points = static_cast<double>(n), columns = static_cast<double>(std::min(n, width));
  const double most = std::max(1e9, static_cast<double>(kFewestDraws) * points * columns);
  return std::clamp(500 * points * points, 5e6, most);
}

Index draws_of(const Metric& metric, const EvaluationData& evaluation, const JointPrediction& prediction, Index most) {
  const double steps = most_draw_steps(evaluation.n_test(), prediction.latent.width());
  const double each =
      guarded(metric.called(Metric::kKind), "draw_cost", [&] { return metric.draw_cost(evaluation, prediction); });
  require(each >= 0, ErrorKind::internal, "{}: draw_cost must not be negative, got {}", metric.called(Metric::kKind),
          each);
  const Index draws = std::isfinite(each) ? affordable(steps, each, most) : 0;
  return draws < kFewestDraws ? 0 : draws;
}

ScoreExpectations::ScoreExpectations(const EvaluationData& evaluation, const JointPrediction& prediction,
                                     const ExpectationOptions& options, const Stream& stream)
    : evaluation_(evaluation), prediction_(prediction) {
  require(evaluation.y.size() == prediction.size() && evaluation.n_test() >= 1, ErrorKind::shape,
          "expectation: {} targets, {} of them test points, for a prediction of {} points", evaluation.y.size(),
          evaluation.n_test(), prediction.size());
  const Index n = evaluation.n_test();
  if (options.draws < kFewestDraws) return;
  try {
    const JointPrediction test = test_part(evaluation, prediction);
    Index draws = affordable(most_draw_steps(n, test.latent.width()), dots_per_draw(test), options.draws);
    draws = std::min(draws, affordable(kMostNumbers, static_cast<double>(n), draws));
    targets_ = metrics::simulated_targets(test, std::max(draws, kFewestDraws), stream);
  } catch (const Error&) {  // no draws, no expectations
  } catch (const std::bad_alloc&) {
  }
}

std::vector<ScoreExpectation> ScoreExpectations::of(const Metric& metric, const std::vector<Score>& scores) const {
  std::vector<ScoreExpectation> all;
  const bool has_value = std::any_of(scores.begin(), scores.end(), [](const Score& s) { return s.value.has_value(); });
  if (targets_.cols() == 0 || !has_value) return all;
  const Index draws = draws_of(metric, evaluation_, prediction_, targets_.cols());
  if (draws == 0) return all;
  const std::vector<ScoreInfo> infos = described(metric);
  require(infos.size() == scores.size(), ErrorKind::shape, "expectation: {} scores of {}, which describes {}",
          scores.size(), metric.called(Metric::kKind), infos.size());
  Matrix drawn;
  try {
    drawn = metric.score_draws(evaluation_, prediction_, targets_.leftCols(draws));
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::internal) throw;
    return all;
  } catch (const std::bad_alloc&) {
    return all;
  }
  for (std::size_t i = 0; i < infos.size(); ++i) {
    if (!scores[i].value) continue;
    if (auto e = expectation_of(infos[i], *scores[i].value, drawn.row(static_cast<Index>(i)).transpose()))
      all.push_back(std::move(*e));
  }
  return all;
}

}  // namespace predcorr
