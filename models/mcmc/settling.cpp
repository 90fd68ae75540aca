// SPDX-License-Identifier: Apache-2.0
#include "models/mcmc/settling.hpp"

#include <fmt/format.h>

#include <cmath>

namespace predcorr::models {

std::map<std::string, double> Settling::recorded(std::map<std::string, double> record) const {
  record[name_ + ".moved"] = moved();
  return record;
}

std::vector<std::string> Settling::warnings(const std::string& advice, std::vector<std::string> others) const {
  if (std::abs(moved()) > kLargestTrustedMove)
    others.push_back(
        fmt::format("training ended before {} had settled: its logarithm moved by {:.2g} over the last {} of the steps "
                    "(trusted up to {}); {}",
                    name_, moved(), parts_ == 2 ? "half" : "tenth", kLargestTrustedMove, advice));
  return others;
}

}  // namespace predcorr::models
