// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/model.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr::test {

/// Python that answers requests by hand, for models that misbehave: `answer(request)` is to be defined before it, and
/// returns the answer, or None for none. NumPy is `np`; `good(request)` does all that a good model would.
std::string by_hand(const std::string& answer);

/// Parameters of an external model that runs this Python script, which is written into the folder.
Json python_script(const TemporaryFolder& folder, const std::string& script, const Json& more = Json::object());

/// Whether Python here has the module, or R the package.
bool has_python(const std::string& module);
bool has_r(const std::string& package);

/// Processes, other than zombies, whose command line has this text in it.
std::vector<pid_t> processes_naming(const std::string& text);

/// Waits, half a minute at most, until there are none. @return whether that came about
bool none_naming(const std::string& text);

}  // namespace predcorr::test
