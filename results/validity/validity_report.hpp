// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "results/validity/validity_study.hpp"

namespace predcorr {

/// Tables of what make_validity found: which scores tell who learns well, what they add to the marginal likelihood, and
/// how many seeds they need. @param markdown else for a terminal
std::string validity_report(const ValidityStudy& validity, bool markdown);

}  // namespace predcorr
