// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/learning_options.hpp"

#include <algorithm>
#include <cmath>

namespace predcorr {
namespace {

bool is_amount(const Json& value) {
  return (value.is_number() && value > 0 && value < 1) || (value.is_number_integer() && value >= 1);
}

Constraint amount_of(const std::string& rows) {
  return {fmt::format("a part of {} between 0 and 1, or a whole number of rows", rows), is_amount};
}

template <class T>
void read_rule(const Json& object, const char* key, const Constraint& allowed, std::optional<T>& rule) {
  if (!object.contains(key)) return;
  const Json& value = object.at(key);
  try {
    rule = JsonType<T>::read(value);
    require(allowed.holds(value), ErrorKind::config, "must be {}, got {}", allowed.text, value.dump());
  } catch (const Error& e) {
    throw e.in(key);
  }
}

}  // namespace

Index rows_of(double amount, Index all) {
  constexpr double kMost = 1e15;  // what an Index can hold, and no table has
  if (amount >= 1) return static_cast<Index>(std::min(amount, kMost));
  return std::max<Index>(1, static_cast<Index>(std::floor(amount * static_cast<double>(all) + 1e-9)));
}

EnumWords<LearningUpdate> words_of(LearningUpdate) {
  return {{"refit", LearningUpdate::refit}, {"condition", LearningUpdate::condition}};
}

Index LearningOptions::initial_rows(Index training_rows) const {
  return initial.amount ? std::min(training_rows, rows_of(*initial.amount, training_rows)) : training_rows;
}

Fields<LearningOptions> LearningOptions::fields() {
  using P = LearningOptions;
  Constraint initial = amount_of("the training rows");
  initial.text += ", or \"all\"";
  initial.holds = [](const Json& value) { return value == "all" || is_amount(value); };
  return {field("rounds", &P::rounds, at_least(1), "batches acquired, one a round; round 0 is before the first"),
          field("batch", &P::batch, amount_of("all rows"), "rows acquired in a round"),
          field("initial", &P::initial, initial,
                "training rows to begin with, drawn from the seed alone (again where their targets are all equal); the "
                "others join the "
                "end of the pool"),
          field("update", &P::update,
                "fit again each round, or fit once and condition the joint prediction on the targets acquired"),
          field("stop", &P::stop, any_value(),
                "end early, by any of {\"patience\": rounds without a better best RMSE, \"rmse\": reached by every "
                "predictor, \"gain\": least gain of a round's first pick}")};
}

Json JsonType<InitialRows>::write(const InitialRows& value) { return value.amount ? Json(*value.amount) : Json("all"); }

InitialRows JsonType<InitialRows>::read(const Json& value) {
  if (value == "all") return {};
  if (!value.is_number()) wrong_type("a number or \"all\"", value);
  return {value.get<double>()};
}

Json JsonType<EarlyStop>::write(const EarlyStop& value) {
  Json object = Json::object();
  if (value.patience) object["patience"] = *value.patience;
  if (value.rmse) object["rmse"] = *value.rmse;
  if (value.gain) object["gain"] = *value.gain;
  return object;
}

EarlyStop JsonType<EarlyStop>::read(const Json& value) {
  if (!value.is_object()) wrong_type("an object such as {\"patience\": 3}", value);
  const std::vector<std::string> known = {"patience", "rmse", "gain"};
  for (const auto& [key, rule] : value.items())
    if (!contains(known, key)) fail(ErrorKind::config, "unknown key '{}'{}", key, suggestion(key, known));
  EarlyStop stop;
  read_rule(value, "patience", at_least(1), stop.patience);
  read_rule(value, "rmse", at_least(0), stop.rmse);
  read_rule(value, "gain", any_value(), stop.gain);
  return stop;
}

}  // namespace predcorr
