// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/base/json.hpp"

namespace predcorr {

/// Mean over seeds with its standard error, s / sqrt(n) with s^2 divided by n - 1.
struct Summary {
  double mean = 0;
  std::optional<double> standard_error;  ///< nothing for one value
  int n = 0;
};

/// @param values one for each seed, at least one, summed in the order given
Summary summarise(const std::vector<double>& values);

/// {"mean": .., "stderr": .. or null, "n": ..}
OrderedJson to_ordered_json(const Summary& summary);

}  // namespace predcorr
