// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "harness/suites/suite.hpp"

namespace predcorr {

/// Adds every registered control (models named "control-...") of the models that `labels` names, with the parameters
/// each has on each data set: "gp" gets "gp (independent)", "gp (shrunk)" and so on.
/// @param labels a list of labels of the suite's models  @param path where it stands, for messages
/// @throws Error (config)
void add_controls(const Json& labels, Suite& suite, const std::string& path);

}  // namespace predcorr
