// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json.hpp"
#include "results/store/run_index.hpp"

namespace predcorr {

/// What models said against their own fits on a data set (Posterior::warnings), by model; those that said nothing are
/// left out:
///
///     {label: [{"text": .., "seeds": "1..4, 7", "n": 5}]}
///
/// Sentences that differ in numbers only are one; the text is that of its first seed.
OrderedJson fit_warnings(const RunIndex& records, const std::string& dataset);

}  // namespace predcorr
