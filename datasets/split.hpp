// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/base/matrix.hpp"
#include "core/base/stream.hpp"
#include "core/plugins/parameters.hpp"

namespace predcorr {

/// See Protocol.
enum class ProtocolName { paper, modern };
EnumWords<ProtocolName> words_of(ProtocolName);

/// How rows become train, pool and test. `paper` is the study's rule, row for row; `modern` draws a fresh split (and
/// a fresh function, where one is drawn) for every seed, keeps groups together and always standardises.
struct Protocol {
  ProtocolName name = ProtocolName::paper;
  double train = 0.2;  ///< part of all rows
  double test = 0.2;   ///< part of all rows; the study's is fixed

  static Fields<Protocol> fields();
  bool is_paper() const { return name == ProtocolName::paper; }
};

/// Row numbers of a data set; no row is in two parts.
struct Split {
  Rows train, pool, test;
};

/// A seed of the study's generators, which have 32 bits. @throws Error (config) if it is larger
std::uint32_t study_seed(std::uint64_t seed);

/// The study's split of `rows` rows: scikit-learn's train_test_split twice, then NumPy's shuffle by seed.
/// @throws Error (data) if there are fewer than 10 rows, (config) if train or pool would be empty
Split paper_split(Index rows, std::uint64_t seed, double train_part = 0.2);

/// A fresh random split. @param groups n group numbers kept together, or empty.
/// @throws Error (data) if a part would be empty
Split modern_split(Index rows, const std::vector<Index>& groups, const Protocol& protocol, const Stream& stream);

}  // namespace predcorr
