// SPDX-License-Identifier: Apache-2.0
#include "core/linalg/huge_pages.hpp"

#include "tests/support/catch.hpp"

using namespace predcorr;

TEST_CASE("Advice about pages changes no number", "[core]") {
  prefer_huge_pages(Matrix());
  for (const Index n : {1, 300, 1500}) {
    INFO(n);
    Matrix a = Matrix::Constant(n, n, 3.0);
    prefer_huge_pages(a);
    CHECK((a.array() == 3.0).all());
  }
}
