// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/base/json.hpp"

namespace predcorr {

/// A report of `predcorr calibrate` for people: what the error bars were worth before and after, how they are
/// calibrated, and what to make of it.  @param report after results/schema/calibration.schema.json
std::string calibration_markdown(const OrderedJson& report);

}  // namespace predcorr
