// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "results/store/store.hpp"

namespace predcorr::test {

/// A run.json of one data set, "boston" under protocol `paper`, for records made by hand.
/// @param cross_metrics as in run.json  @param more what else it has, or has instead
inline Json run_document(const std::string& suite, const Json& models, const Json& plan, const Json& cross_metrics,
                         const Json& more = Json::object()) {
  Json run = {
      {"schema", kRunSchema},
      {"suite", {{"name", suite}}},
      {"protocol", {{"name", "paper"}}},
      {"datasets", {{{"label", "boston"}, {"name", "boston"}, {"parameters", Json::object()}, {"sha256", "x"}}}},
      {"models", models},
      {"plan", plan},
      {"cross_metrics", cross_metrics},
      {"places", {{"files", Json::object()}}},
      {"provenance",
       {{"predcorr", "0.1.0"},
        {"commit", "c"},
        {"compiler", "g"},
        {"flags", "f"},
        {"cpu", "p"},
        {"libraries", Json::object()}}}};
  run.update(more);
  return run;
}

/// XLL with so many neighbours, as run.json names it.
inline Json xll_of(int neighbours) {
  return Json::array({Json{{"metric", "xll"}, {"parameters", {{"neighbours", neighbours}}}}});
}

}  // namespace predcorr::test
