// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "models/conformance/trial.hpp"

namespace predcorr::conformance {

// The checks of models ask what the benchmark relies on and a score would not show: that a prediction is one joint
// distribution, the same for the same seed, and that odd data are no obstacle. All are exact up to rounding, for
// approximate models, too: whatever is random is drawn in fit, with the stream given.

/// One question. A new one is a row in prediction_checks.cpp or training_checks.cpp.
using Check = CheckOf<Trial>;

/// Of the prediction of rows, in whatever company they are asked for.
std::vector<Check> prediction_checks();

/// Of fits to odd data, in other units, with weights, to more rows.
std::vector<Check> training_checks();

/// All, in the order they are best read in: what the first ones find may explain the later ones' findings.
/// Together they make some 30 fits to 36 rows or fewer.
const std::vector<Check>& all_checks();

/// Never throws: whatever the model throws is a failed check.
CheckResult run(const Check& check, Trial& trial);

/// All checks, as questions about one trial, which must outlive them.
std::vector<Question> model_questions(Trial& trial);

}  // namespace predcorr::conformance
