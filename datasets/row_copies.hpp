// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "datasets/dataset.hpp"

namespace predcorr {

/// Rows of a table that repeat one another. Rows with the same inputs are **copies** where all their targets are the
/// same too: whoever learns from one knows the other. Where targets differ they are **replicates**: measurements under
/// the same conditions, each with noise of its own.
struct RowCopies {
  Index copies = 0;        ///< rows that an earlier row is equal to
  Index replicates = 0;    ///< rows that have others' inputs and not their targets
  std::vector<Index> set;  ///< n set numbers, from 0 by first row: copies share one, every other row has its own
};

/// Equal means equal numbers (0 and -0 are). Cost: n log n comparisons of rows.
/// @param inputs n x d  @param targets n
RowCopies find_row_copies(const Matrix& inputs, const Vector& targets);

/// A sentence on copies for whoever splits the rows at random; empty where groups keep all of them together, or there
/// are none.
std::string words_on_copies(const Dataset& data);

/// How many rows have a copy that is in another group than they are.
Index copies_across_groups(const RowCopies& copies, const std::vector<Index>& groups);

}  // namespace predcorr
