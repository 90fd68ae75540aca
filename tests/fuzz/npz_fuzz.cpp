// SPDX-License-Identifier: Apache-2.0
// libFuzzer's way into the reader of .npy and .npz files: ./run fuzz.
#include <cstddef>
#include <cstdint>

#include "tests/support/npz_exercise.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  predcorr::test::exercise_npz({reinterpret_cast<const char*>(data), size});
  return 0;
}
