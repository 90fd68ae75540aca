// SPDX-License-Identifier: Apache-2.0
#include "core/parameters.hpp"

#include <algorithm>

namespace predcorr {
namespace {

Allowed number_where(std::string text, std::function<bool(double)> holds) {
  return {std::move(text),
          [holds = std::move(holds)](const Json& v) { return v.is_number() && holds(v.get<double>()); }};
}

}  // namespace

Allowed anything() {
  return {"", [](const Json&) { return true; }};
}
Allowed at_least(double low) {
  return number_where(fmt::format("at least {}", low), [=](double v) { return v >= low; });
}
Allowed above(double low) {
  return number_where(fmt::format("above {}", low), [=](double v) { return v > low; });
}
Allowed between(double low, double high) {
  return number_where(fmt::format("from {} to {}", low, high), [=](double v) { return v >= low && v <= high; });
}
Allowed one_of(std::vector<std::string> choices) {
  const std::string text = "one of " + comma_list(choices);
  return {text, [choices = std::move(choices)](const Json& v) {
            return v.is_string() && contains(choices, v.get<std::string>());
          }};
}
Allowed not_empty() {
  return {"a text that is not empty", [](const Json& v) { return v.is_string() && !v.get<std::string>().empty(); }};
}

}  // namespace predcorr
