// SPDX-License-Identifier: Apache-2.0
#include "metrics/metric.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/base/text.hpp"

namespace predcorr {
namespace {

constexpr std::size_t kMostCurveNumbers = 10000;
constexpr const char* kNotFinite = "came out as a number that is not finite";

bool is_utf8(const std::string& text) { return utf8_prefix(text) == text.size(); }

template <class M>
std::vector<ScoreInfo> checked_description(const M& metric) {
  const std::string who = metric.called(M::kKind);
  std::vector<ScoreInfo> infos = guarded(who, "describe", [&] { return metric.describe(); });
  require(!infos.empty(), ErrorKind::internal, "{}: describe names no score", who);
  std::set<ScoreKey> keys;
  for (const ScoreInfo& info : infos) {
    require(is_utf8(info.name + info.part + info.unit + info.meaning + info.head + info.parts), ErrorKind::internal,
            "{}: describe has text that is not UTF-8", who);
    require(!info.name.empty(), ErrorKind::internal, "{}: describe has a score without a name", who);
    require(info.name.find('.') == std::string::npos, ErrorKind::internal,
            "{}: describe has a score '{}': a dot stands between name and part, a name has none", who, info.name);
    require(keys.insert(info.key()).second, ErrorKind::internal, "{}: describe has the score '{}' twice", who,
            info.key().text());
  }
  return infos;
}

}  // namespace

JointPrediction test_part(const EvaluationData& evaluation, const JointPrediction& prediction) {
  return prediction.subset(consecutive_rows(evaluation.n_pool, evaluation.n_test()));
}

std::vector<ScoreInfo> described(const Metric& metric) { return checked_description(metric); }
std::vector<ScoreInfo> described(const CrossMetric& metric) { return checked_description(metric); }

MetricResult Metric::result(const EvaluationData& evaluation, const JointPrediction& prediction) const {
  const std::string who = called(kKind);
  const std::size_t expected = described(*this).size();
  MetricResult all = guarded(who, "do_score", [&] { return do_score(evaluation, prediction); });
  require(all.values.size() == expected, ErrorKind::internal,
          "{}: do_score returned {} values for the {} scores that it describes", who, all.values.size(), expected);
  return all;
}

Matrix Metric::score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                           const Matrix& targets) const {
  require(evaluation.y.size() == prediction.size() && targets.rows() == evaluation.n_test(), ErrorKind::shape,
          "score: draws of {} targets for {} test points of {} points, and a prediction of {}", targets.rows(),
          evaluation.n_test(), evaluation.y.size(), prediction.size());
  const std::string who = called(kKind);
  const auto expected = static_cast<Index>(described(*this).size());
  Matrix all = guarded(who, "do_score_draws", [&] { return do_score_draws(evaluation, prediction, targets); });
  require(all.rows() == expected && all.cols() == targets.cols(), ErrorKind::internal,
          "{}: do_score_draws returned {} x {} values for {} scores of {} draws", who, all.rows(), all.cols(), expected,
          targets.cols());
  return all;
}

double Metric::draw_cost(const EvaluationData& evaluation, const JointPrediction& prediction) const {
  const double width = static_cast<double>(std::min(prediction.latent.width(), evaluation.n_test()));
  return static_cast<double>(evaluation.n_test()) * width * width;
}

Matrix Metric::do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                              const Matrix& targets) const {
  EvaluationData other = evaluation;
  if (other.dealt_by.size() == 0) other.dealt_by = evaluation.test_targets();
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  Matrix all = Matrix::Constant(static_cast<Index>(describe().size()), targets.cols(), kNone);
  for (Index draw = 0; draw < targets.cols(); ++draw) {
    other.y.tail(targets.rows()) = targets.col(draw);
    try {
      const MetricResult one = result(other, prediction);
      for (std::size_t i = 0; i < one.values.size(); ++i)
        all(static_cast<Index>(i), draw) = one.values[i].value_or(kNone);
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::internal) throw;  // else as absent as it would be for that y
    }
  }
  return all;
}

MetricOutcome Metric::evaluate(const EvaluationData& evaluation, const JointPrediction& prediction) const {
  require(evaluation.y.size() == prediction.size(), ErrorKind::shape, "score: {} targets for a prediction of {} points",
          evaluation.y.size(), prediction.size());
  require(evaluation.n_test() >= 1, ErrorKind::shape, "score: there are no test points");
  std::vector<ScoreInfo> infos;
  try {
    infos = described(*this);
  } catch (const Error& e) {
    return {{{registered_name().empty() ? kKind : registered_name(), "", std::nullopt, e.what()}}, nullptr, ""};
  }
  const MetricResult none(std::vector<std::optional<double>>(infos.size()));
  MetricResult all = none;
  std::string reason;
  try {
    all = result(evaluation, prediction);
    reason = guarded(called(kKind), "why_absent", [&] { return why_absent(); });
  } catch (const Error& e) {
    all = none;
    reason = e.what();
  } catch (const std::bad_alloc&) {
    all = none;
    reason = "not enough memory";
  }
  MetricOutcome outcome;
  for (std::size_t i = 0; i < infos.size(); ++i) {
    std::optional<double>& value = all.values[i];
    const bool infinite = value && !std::isfinite(*value);
    if (infinite) value.reset();
    const std::string why = infinite ? kNotFinite : reason;
    outcome.scores.push_back({infos[i].name, infos[i].part, value, value ? "" : why});
  }
  try {
    check_curves(all.curves);
    outcome.curves = std::move(all.curves);
  } catch (const Error& e) {
    outcome.fault = e.what();
  }
  return outcome;
}

void Metric::check_curves(const Json& curves) const {
  if (curves.is_null()) return;
  const std::string who = called(kKind);
  require(curves.is_object(), ErrorKind::internal, "{}: curves must be null or an object of lists of numbers", who);
  std::size_t numbers = 0;
  for (const auto& [name, curve] : curves.items()) {
    const auto is_finite = [](const Json& value) { return value.is_number() && std::isfinite(value.get<double>()); };
    require(is_utf8(name), ErrorKind::internal, "{}: curves has a name that is not UTF-8", who);
    require(curve.is_array() && std::all_of(curve.begin(), curve.end(), is_finite), ErrorKind::internal,
            "{}: curves: '{}' is not a list of finite numbers", who, name);
    numbers += curve.size();
  }
  require(numbers <= kMostCurveNumbers, ErrorKind::internal, "{}: curves: {} numbers, at most {} are kept with a cell",
          who, numbers, kMostCurveNumbers);
}

std::vector<ContenderScores> CrossMetric::checked_scores(const Vector& y,
                                                         const std::vector<Contender>& contenders) const {
  const std::string who = called(kKind);
  const std::vector<ScoreInfo> infos = described(*this);
  std::vector<ContenderScores> all = guarded(who, "score", [&] { return score(y, contenders); });
  require(all.size() == contenders.size(), ErrorKind::internal, "{}: score returned {} entries for {} contenders", who,
          all.size(), contenders.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    require(all[i].label == contenders[i].label, ErrorKind::internal,
            "{}: score returned '{}' where '{}' stands; keep the order of the contenders", who, all[i].label,
            contenders[i].label);
    std::set<ScoreKey> keys;
    for (Score& score : all[i].scores) {
      const auto fits = [&](const ScoreInfo& info) {
        return info.name == score.name && (info.part == score.part || (info.part == "*" && is_utf8(score.part)));
      };
      require(std::any_of(infos.begin(), infos.end(), fits), ErrorKind::internal,
              "{}: score gave '{}' a score that describe does not have", who, all[i].label);
      require(keys.insert(score.key()).second, ErrorKind::internal, "{}: score gave '{}' the score '{}' twice", who,
              all[i].label, score.key().text());
      if (!score.value || std::isfinite(*score.value)) continue;
      score.value.reset();
      score.reason = kNotFinite;
    }
  }
  return all;
}

std::vector<ContenderScores> CrossMetric::scores(const Vector& y, const std::vector<Contender>& contenders) const {
  const auto absent = [&](const std::string& reason) {
    std::vector<Score> none;
    try {
      for (const ScoreInfo& info : described(*this))
        if (info.part != "*") none.push_back({info.name, info.part, std::nullopt, reason});
    } catch (const Error&) {
      none = {{registered_name().empty() ? kKind : registered_name(), "", std::nullopt, reason}};
    }
    std::vector<ContenderScores> all;
    for (const Contender& contender : contenders) all.push_back({contender.label, none});
    return all;
  };
  try {
    return checked_scores(y, contenders);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::internal) throw;
    return absent(e.what());
  } catch (const std::bad_alloc&) {
    return absent("not enough memory");
  }
}

}  // namespace predcorr
