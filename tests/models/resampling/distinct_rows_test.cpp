// SPDX-License-Identifier: Apache-2.0
#include "models/resampling/distinct_rows.hpp"

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using models::distinct_rows, models::row_weights;

TEST_CASE("distinct_rows: equal rows are one, in order of the first", "[models]") {
  const Matrix inputs{{2, 0}, {1, 0}, {2, 0}, {2, 0}, {1, 0}, {1, 1}};
  const Vector targets{{5, 3, 5, 4, 3, 3}};  // rows 0 and 2, rows 1 and 4 are equal
  TrainingData data{inputs, targets};
  CHECK(row_weights(data) == Vector::Ones(6));
  CHECK(distinct_rows(data).rows == Rows{0, 1, 3, 5});
  CHECK(distinct_rows(data).weights == Vector{{2, 2, 1, 1}});
  data.weights = Vector{{0, 1, 2.5, 0, 0.5, 3}};
  CHECK(row_weights(data) == data.weights);
  CHECK(distinct_rows(data).rows == Rows{1, 2, 5});
  CHECK(distinct_rows(data).weights == Vector{{1.5, 2.5, 3}});
}

TEST_CASE("distinct_rows: one row, and rows without inputs", "[models]") {
  CHECK(distinct_rows({Matrix::Zero(1, 2), Vector::Ones(1)}).rows == Rows{0});
  CHECK(distinct_rows({Matrix::Zero(3, 0), Vector{{1, 2, 1}}}).weights == Vector{{2, 1}});
}

}  // namespace
}  // namespace predcorr
