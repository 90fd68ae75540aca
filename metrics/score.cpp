// SPDX-License-Identifier: Apache-2.0
#include "metrics/score.hpp"

namespace predcorr {

const char* to_string(Direction direction) {
  return direction == Direction::higher ? "higher" : direction == Direction::lower ? "lower" : "none";
}

const char* arrow(Direction direction) {
  return direction == Direction::higher ? " ↑" : direction == Direction::lower ? " ↓" : "";
}

std::string ScoreKey::text() const { return part.empty() ? name : name + "." + part; }

ScoreKey ScoreKey::parse(const std::string& text) {
  const auto dot = text.find('.');
  if (dot == std::string::npos) return {text};
  return {text.substr(0, dot), text.substr(dot + 1)};
}

}  // namespace predcorr
