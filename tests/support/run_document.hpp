// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "results/store/run.hpp"

namespace predcorr::test {

/// A run of one data set, "boston" under protocol `paper`, for records made by hand.
inline Run run_of(const std::string& suite, const std::vector<std::string>& models = {},
                  const std::vector<PlannedCells>& plan = {}) {
  Run run;
  run.suite = {{"name", suite}};
  run.protocol = {{"name", "paper"}};
  run.datasets = {{"boston", "boston", Json::object(), "x", std::nullopt}};
  run.models = models;
  run.plan = plan;
  run.provenance = {{"predcorr", "0.1.0"}, {"commit", "c"}, {"compiler", "g"},
                    {"flags", "f"},        {"cpu", "p"},    {"libraries", Json::object()}};
  return run;
}

/// XLL with so many neighbours, as a run names it.
inline std::vector<Spec> xll_of(int neighbours) {
  return {{.name = "xll", .parameters = {{"neighbours", neighbours}}}};
}

}  // namespace predcorr::test
