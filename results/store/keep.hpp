// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace predcorr {

/// How much of a cell's prediction a run keeps, each with all before it.
enum class Keep {
  scores,       ///< nothing: no cross metrics, no export, no freeze, and new metrics need a new fit
  test,         ///< the test points: all but what tells of the pool
  predictions,  ///< pool x test as well: what every score needs. Of a factor that is everything
  all           ///< pool x pool as well, for picks from an exported pool and for metrics of plug-ins that look there
};
const char* to_string(Keep keep);

/// @throws Error (config) that names the four. @param subject what messages call it
Keep read_keep(const std::string& name, const std::string& subject);

}  // namespace predcorr
