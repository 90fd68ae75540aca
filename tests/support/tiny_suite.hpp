// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/base/json.hpp"

namespace predcorr::test {

/// A suite of a second: a toy with its truth, a generated set without, three covariance forms, active learning.
inline Json tiny_suite() {
  return Json::parse(R"({
    "name": "tiny",
    "protocol": "modern",
    "datasets": [
      {"dataset": "toy-relu", "label": "toy", "parameters": {"dim": 2, "pool": 30, "test": 20}},
      {"dataset": "friedman-3", "parameters": {"rows": 60}}
    ],
    "models": [
      "oracle", "constant", {"model": "gp", "parameters": {"steps": 20}},
      {"model": "bootstrap", "label": "ridge", "parameters": {"base": "ridge", "members": 10}},
      {"model": "bbb", "parameters": {"epochs": 5, "samples": 20, "units": 5}}
    ],
    "seeds": "1..2",
    "active_learning": {"criteria": ["random", "bmig"], "rounds": 2, "batch": 2, "models": ["gp", "ridge"],
                        "predictors": ["self", "gp"]}
  })");
}

/// Everything of a leaderboard that must not differ between two equal runs.
inline std::string comparable(Json leaderboard) {
  leaderboard.erase("cost");
  leaderboard.erase("provenance");
  return leaderboard.dump(1);
}
inline std::string comparable_file(const std::filesystem::path& folder) {
  return comparable(read_json_file(folder / "leaderboard.json"));
}

}  // namespace predcorr::test
