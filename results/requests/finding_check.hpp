// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "results/requests/board_request.hpp"
#include "results/requests/score_source.hpp"

namespace predcorr {

enum class FindingVerdict {
  holds,           ///< the interval lies in the expected range
  does_not_hold,   ///< the interval lies outside it
  cannot_be_told,  ///< it reaches over an end of the range, or there is no interval
  not_measured     ///< something that the finding needs has no value
};
const char* to_string(FindingVerdict verdict);

/// A published finding beside what was measured.
struct CheckedFinding {
  Finding finding;
  FindingVerdict verdict = FindingVerdict::not_measured;
  std::vector<std::string> datasets;  ///< that it was checked on
  std::string over;                   ///< what the interval is over: "seeds" or "data sets"; empty if not measured
  std::optional<Summary> value;       ///< nothing where it is not measured
  std::string missing;                ///< what is not measured
};

/// The value on a data set is the mean over seeds of the model's score; with `than` of the difference model - than at
/// the seeds that both have. On one data set the interval is over its seeds (with overlap, as in summarise). On several
/// the unit is the data set: the value is the mean of the data sets' means, which weigh equally, and the interval is
/// Student's over these means, so that it speaks of data sets like these. The interval is at kConfidence.
///
/// A finding is decided by the whole interval: where it lies in [at_least, at_most] it holds, where it has no point in
/// common with the range it does not hold. One seed on one data set has no interval.
/// A finding that one of its data sets cannot speak for is not measured, rather than measured on the rest.
/// @throws Error (numerical) if a mean is not finite
CheckedFinding check_finding(const Finding& finding, const ScoreSource& source);

/// {"finding", "source", "score", "model", "than"?, "datasets", "at_least"?, "at_most"?, "verdict", "value",
///  "interval", "n", "over", "missing"?}
OrderedJson to_ordered_json(const CheckedFinding& checked);

}  // namespace predcorr
