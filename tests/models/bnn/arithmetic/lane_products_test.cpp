// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/arithmetic/lane_products.hpp"

#include "core/base/stream.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr::models {
namespace {

MatrixF random(Index rows, Index cols, std::uint64_t seed) {
  MatrixF m(rows, cols);
  for (Index j = 0; j < cols; ++j) Stream(seed).fork("column", static_cast<std::uint64_t>(j)).fill_normals(m.col(j));
  return m;
}

TEST_CASE("Padding rounds up, and no more than it must", "[models]") {
  const Index lanes = padded_rows(1), columns = padded_columns(1);
  CHECK(padded_rows(0) == 0);
  CHECK(padded_rows(lanes) == lanes);
  CHECK(padded_rows(lanes + 1) == 2 * lanes);
  CHECK(padded_columns(5 * columns) == 5 * columns);
  CHECK(padded_columns(5 * columns + 1) == 6 * columns);
}

TEST_CASE("Lane products are products", "[models]") {
  for (const Index m : {1, 16, 17, 50, 64, 100})
    for (const Index depth : {1, 2, 5, 6, 7, 33})
      for (const Index n : {1, 6, 40}) {
        INFO(m << " x " << depth << " x " << n);
        const MatrixF w = random(padded_rows(m), depth, 1), x = random(padded_rows(depth), padded_columns(n), 2);
        const MatrixF d = random(padded_rows(m), padded_columns(n), 3);
        MatrixF y = MatrixF::Constant(w.rows() + 16, x.cols(), 7), g(w.rows(), depth);
        multiply(w, x, depth, y);
        // Floats: sums of up to 33 products of normals.
        CHECK((y.topRows(w.rows()) - w * x.topRows(depth)).cwiseAbs().maxCoeff() < 3e-5);
        CHECK((y.bottomRows(16).array() == 7).all());
        const MatrixF sum = y.topRows(w.rows()), others = random(w.rows() + 3, x.cols(), 6);
        multiply_rectified(w, x, depth, y);
        CHECK(y.topRows(w.rows()) == sum.cwiseMax(0.0f));
        multiply_where_positive(w, x, depth, others, y);
        CHECK(y.topRows(w.rows()) == MatrixF((others.topRows(w.rows()).array() > 0).select(sum, 0.0f)));
        multiply_transposed(d, x, depth, g);
        CHECK((g - d * x.topRows(depth).transpose()).cwiseAbs().maxCoeff() < 3e-5);
        if (depth > 5) continue;
        const MatrixF few = random(padded_rows(m), depth, 4);
        MatrixF sums = MatrixF::Constant(padded_rows(depth), x.cols(), 7);
        const MatrixF tall = random(padded_rows(m), padded_columns(n), 5);
        multiply_few(few, tall, sums);
        CHECK((sums.topRows(depth) - few.transpose() * tall).cwiseAbs().maxCoeff() < 3e-5);
        CHECK((sums.bottomRows(sums.rows() - depth).array() == 7).all());
      }
}

}  // namespace
}  // namespace predcorr::models
