// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/split_overlap.hpp"

#include <algorithm>

namespace predcorr {

double split_overlap(const std::vector<Run>& runs, const std::string& dataset, const RowCounts& rows) {
  Index all = 0;
  for (const Run& run : runs)
    for (const RunDataset& one : run.datasets) {
      if (one.label != dataset) continue;
      if (one.table)
        all = one.table->rows;
      else if (run.protocol.at("name") == "paper")
        all = rows.train + rows.pool + rows.test;
    }
  // A protocol may leave rows unused, but never uses more than there are.
  return all > rows.test ? static_cast<double>(rows.test) / static_cast<double>(all) : 0.0;
}

}  // namespace predcorr
