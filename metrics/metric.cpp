// SPDX-License-Identifier: Apache-2.0
#include "metrics/metric.hpp"

#include <algorithm>
#include <cmath>
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
  std::set<std::string> keys;
  for (const ScoreInfo& info : infos) {
    require(is_utf8(info.name + info.part + info.unit + info.meaning), ErrorKind::internal,
            "{}: describe has text that is not UTF-8", who);
    require(!info.name.empty(), ErrorKind::internal, "{}: describe has a score without a name", who);
    const std::string key = Score{info.name, info.part, {}, ""}.key();
    require(keys.insert(key).second, ErrorKind::internal, "{}: describe has the score '{}' twice", who, key);
  }
  return infos;
}

/// Calls `body` for every registered metric of a kind that can be made and described.
template <class M>
void add_registered(std::vector<ScoreInfo>& all) {
  const auto& registry = Registry<M>::instance();
  for (const std::string& name : registry.names()) {
    try {
      for (ScoreInfo& info : described(*registry.make({.name = name}, name).object)) all.push_back(std::move(info));
    } catch (const Error&) {  // said where it is used
    }
  }
}

}  // namespace

const char* to_string(Direction direction) {
  return direction == Direction::higher ? "higher" : direction == Direction::lower ? "lower" : "none";
}

JointPrediction test_part(const EvaluationData& evaluation, const JointPrediction& prediction) {
  return prediction.subset(consecutive_rows(evaluation.n_pool, evaluation.n_test()));
}

std::vector<ScoreInfo> described(const Metric& metric) { return checked_description(metric); }
std::vector<ScoreInfo> described(const CrossMetric& metric) { return checked_description(metric); }

std::vector<ScoreInfo> registered_scores() {
  std::vector<ScoreInfo> all;
  add_registered<Metric>(all);
  add_registered<CrossMetric>(all);
  return all;
}

std::vector<std::optional<double>> Metric::values(const EvaluationData& evaluation,
                                                  const JointPrediction& prediction) const {
  const std::string who = called(kKind);
  const std::size_t expected = described(*this).size();
  std::vector<std::optional<double>> all = guarded(who, "do_score", [&] { return do_score(evaluation, prediction); });
  require(all.size() == expected, ErrorKind::internal,
          "{}: do_score returned {} values for the {} scores that it describes", who, all.size(), expected);
  return all;
}

std::vector<Score> Metric::score(const EvaluationData& evaluation, const JointPrediction& prediction) const {
  require(evaluation.y.size() == prediction.size(), ErrorKind::shape, "score: {} targets for a prediction of {} points",
          evaluation.y.size(), prediction.size());
  require(evaluation.n_test() >= 1, ErrorKind::shape, "score: there are no test points");
  std::vector<ScoreInfo> infos;
  try {
    infos = described(*this);
  } catch (const Error& e) {
    return {{registered_name().empty() ? kKind : registered_name(), "", std::nullopt, e.what()}};
  }
  std::vector<std::optional<double>> all(infos.size());
  std::string reason;
  try {
    all = values(evaluation, prediction);
    reason = guarded(called(kKind), "why_absent", [&] { return why_absent(); });
  } catch (const Error& e) {
    all.assign(infos.size(), std::nullopt);
    reason = e.what();
  } catch (const std::bad_alloc&) {
    all.assign(infos.size(), std::nullopt);
    reason = "not enough memory";
  }
  std::vector<Score> scores;
  for (std::size_t i = 0; i < infos.size(); ++i) {
    const bool infinite = all[i] && !std::isfinite(*all[i]);
    if (infinite) all[i].reset();
    const std::string why = infinite ? kNotFinite : reason;
    scores.push_back({infos[i].name, infos[i].part, all[i], all[i] ? "" : why});
  }
  return scores;
}

Json Metric::checked_curves(const EvaluationData& evaluation, const JointPrediction& prediction) const {
  const std::string who = called(kKind);
  Json all;
  try {
    all = guarded(who, "curves", [&] { return curves(evaluation, prediction); });
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::internal) throw;
    return nullptr;  // the metric's scores hold the reason
  }
  if (all.is_null()) return all;
  require(all.is_object(), ErrorKind::internal, "{}: curves must be null or an object of lists of numbers", who);
  std::size_t numbers = 0;
  for (const auto& [name, curve] : all.items()) {
    const auto is_finite = [](const Json& value) { return value.is_number() && std::isfinite(value.get<double>()); };
    require(is_utf8(name), ErrorKind::internal, "{}: curves has a name that is not UTF-8", who);
    require(curve.is_array() && std::all_of(curve.begin(), curve.end(), is_finite), ErrorKind::internal,
            "{}: curves: '{}' is not a list of finite numbers", who, name);
    numbers += curve.size();
  }
  require(numbers <= kMostCurveNumbers, ErrorKind::internal, "{}: curves: {} numbers, at most {} are kept with a cell",
          who, numbers, kMostCurveNumbers);
  return all;
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
    std::set<std::string> keys;
    for (Score& score : all[i].scores) {
      const auto fits = [&](const ScoreInfo& info) {
        return info.name == score.name && (info.part == score.part || (info.part == "*" && is_utf8(score.part)));
      };
      require(std::any_of(infos.begin(), infos.end(), fits), ErrorKind::internal,
              "{}: score gave '{}' a score that describe does not have", who, all[i].label);
      require(keys.insert(score.key()).second, ErrorKind::internal, "{}: score gave '{}' the score '{}' twice", who,
              all[i].label, score.key());
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
