// SPDX-License-Identifier: Apache-2.0
#include "datasets/row_copies.hpp"

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using Numbers = std::vector<Index>;

TEST_CASE("row copies: the same inputs and target are copies, another target makes replicates", "[datasets]") {
  const Matrix x{{1, 2}, {3, 4}, {1, 2}, {3, 4}, {5, 6}, {-0.0, 6}, {0, 6}, {1, 2}};
  const RowCopies found = find_row_copies(x, Vector{{7, 8, 7, 9, 7, 1, 1, 7}});
  CHECK(found.copies == 3);
  CHECK(found.replicates == 2);
  CHECK(found.set == Numbers{0, 1, 0, 2, 3, 4, 4, 0});
  CHECK(copies_across_groups(found, {0, 0, 1, 0, 0, 5, 5, 0}) == 3);
  CHECK(copies_across_groups(found, found.set) == 0);
}

TEST_CASE("row copies: rows that all differ are sets of their own", "[datasets]") {
  Stream stream(1);
  const Matrix x = stream.normals(60).reshaped(30, 2);
  const RowCopies found = find_row_copies(x, stream.normals(30));
  CHECK(found.copies == 0);
  CHECK(found.replicates == 0);
  CHECK(found.set == Numbers(consecutive_rows(0, 30)));
}

TEST_CASE("row copies: a sentence only where groups do not keep them together", "[datasets]") {
  Dataset data;
  data.inputs = Matrix{{1}, {2}, {1}};
  data.targets = Vector{{3, 4, 3}};
  CHECK_THAT(words_on_copies(data), test::contains("1 rows are copies"));
  data.groups = {0, 1, 0};
  CHECK(words_on_copies(data).empty());
  data.groups = {0, 1, 1};
  CHECK_THAT(words_on_copies(data), test::contains("2 rows have a copy"));
}

}  // namespace
}  // namespace predcorr
