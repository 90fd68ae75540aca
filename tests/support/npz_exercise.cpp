// SPDX-License-Identifier: Apache-2.0
#include "tests/support/npz_exercise.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "core/base/error.hpp"
#include "core/numpy/npz.hpp"

namespace predcorr::test {
namespace {

template <class F>
void attempt(NpzOutcome& evaluation, const F& f) {
  try {
    f();
    ++evaluation.read;
  } catch (const Error&) {
    ++evaluation.refused;
  }
}

void check(bool holds) {
  if (!holds) std::abort();
}

void look_at(const NpyArray& array, NpzOutcome& evaluation) {
  const NpyHeader& h = array.header;
  check(h.rows >= 0 && h.cols >= 0 && h.dimensions >= 0 && h.dimensions <= kImageDimensions);
  check(array.bytes.size() == static_cast<std::size_t>(h.rows * h.cols * h.item_bytes));
  const Matrix m = array.matrix();
  check(m.rows() == h.rows && m.cols() == h.cols);
  check(array.floats().size() == m.size());
  check(!h.shape().empty());
  attempt(evaluation, [&] { check(array.vector().size() == h.rows); });
  attempt(evaluation, [&] { check(array.integers().size() == static_cast<std::size_t>(h.rows)); });
}

}  // namespace

NpzOutcome exercise_npz(std::string_view bytes) {
  NpzOutcome evaluation;
  attempt(evaluation, [&] {
    std::size_t at = 0;
    const auto next = [&](char* to, std::size_t count) {
      const std::size_t got = std::min(count, bytes.size() - at);
      if (got > 0) std::memcpy(to, bytes.data() + at, got);
      at += got;
      return got;
    };
    look_at(read_npy({next, bytes.size(), bytes.size()}, "bytes", kImageDimensions), evaluation);
  });
  attempt(evaluation, [&] {
    const NpzReader reader(bytes, "bytes");
    for (const std::string& name : reader.names()) {
      attempt(evaluation, [&] { reader.header(name); });
      attempt(evaluation, [&] { look_at(reader.array(name), evaluation); });
    }
  });
  return evaluation;
}

}  // namespace predcorr::test
