// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace predcorr::test {

/// What became of the arrays in some bytes.
struct NpzOutcome {
  int read = 0;     ///< arrays that came out
  int refused = 0;  ///< arrays, or the whole, that ended in an Error
};

/// Takes any bytes for a .npy and for a .npz file, and reads all that is in them in every way there is. Whatever the
/// bytes, only Error may be thrown, and an array that comes out is as large as its header says; else this aborts.
NpzOutcome exercise_npz(std::string_view bytes);

}  // namespace predcorr::test
