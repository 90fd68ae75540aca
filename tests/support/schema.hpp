// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/base/json.hpp"

namespace predcorr::test {

/// What a document breaks of results/schema/<name>.schema.json, one line for each; empty where it fits.
std::string schema_errors(const Json& document, const std::string& name);

}  // namespace predcorr::test
