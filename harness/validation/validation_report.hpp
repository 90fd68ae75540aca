// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/base/json.hpp"
#include "harness/validation/validation.hpp"

namespace predcorr {

inline constexpr const char* kValidationSchema = "predcorr/validation/1";

/// results/schema/validation.schema.json.
OrderedJson to_json(const SuiteValidation& validation);

/// The same for people.
std::string validation_report(const SuiteValidation& validation);

}  // namespace predcorr
