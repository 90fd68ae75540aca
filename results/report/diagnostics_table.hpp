// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "results/store/store.hpp"

namespace predcorr {

enum class DiagnosticLines { means, each_seed };

/// What models said of their fits (Posterior::diagnostics) in a run, as CSV (RFC 4180). A line for each data set, model
/// and diagnostic: mean, standard error over seeds (empty for one), how many seeds; or for each seed: its value.
/// Failed and missing cells have no lines. Values have the digits that give the same double back.
/// Cost: reads and checks every file of the run.
std::string diagnostics_csv(const Store& store, DiagnosticLines lines = DiagnosticLines::means);

}  // namespace predcorr
