// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json.hpp"

namespace predcorr {

/// "0.1.0".
std::string version();

/// The commit predcorr was built from, "-dirty" behind it where files had been changed; "unknown" without git.
std::string commit();

/// Everything about this program and machine that may decide a bit or a second: version, commit, compiler, flags,
/// instruction level, CPU, system, library versions; and "remade_on", a sentence that says where the same bits come
/// out.
Json provenance();

/// Largest resident memory of this process since the last reset, bytes; 0 where the system does not tell.
double peak_resident_bytes();

/// Starts the largest resident memory anew. Concerns the whole process.
void reset_peak_resident_bytes();

}  // namespace predcorr
