// SPDX-License-Identifier: Apache-2.0
#include "models/calibration/isotonic.hpp"

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

using test::error_of;
using test::missing;

Vector spread(const std::vector<Level>& levels) {
  Vector all(levels.empty() ? 0 : levels.back().last + 1);
  for (const Level& l : levels) all.segment(l.first, l.last - l.first + 1).setConstant(l.value);
  return all;
}

TEST_CASE("isotonic: scikit-learn's fit, with weights", "[models]") {
  const Json r = test::reference("calibration_reference.json").at("isotonic");
  const auto levels = pool_adjacent_violators(test::vector(r.at("values")), test::vector(r.at("weights")));
  CHECK(test::difference(spread(levels), test::vector(r.at("pooled"))) < 1e-12);
  for (std::size_t k = 1; k < levels.size(); ++k) {
    CHECK(levels[k].value > levels[k - 1].value);
    CHECK(levels[k].first == levels[k - 1].last + 1);
  }
}

TEST_CASE("isotonic: rising values stay, falling ones become their weighted mean", "[models]") {
  CHECK(spread(pool_adjacent_violators(Vector{{1, 2, 5}}, Vector{{1, 1, 1}})) == Vector{{1, 2, 5}});
  const auto one = pool_adjacent_violators(Vector{{5, 2, 1}}, Vector{{1, 2, 5}});
  REQUIRE(one.size() == 1);
  CHECK(one[0].value == test::close(14.0 / 8));
  CHECK(one[0].weight == 8.0);
  CHECK(pool_adjacent_violators(Vector{{3, 3}}, Vector{{1, 1}}).size() == 1);
  CHECK(pool_adjacent_violators(Vector(), Vector()).empty());
}

TEST_CASE("isotonic: weights that do not fit are refused", "[models]") {
  CHECK(missing(error_of([] { pool_adjacent_violators(Vector::Ones(3), Vector::Ones(2)); }),
                {"shape: ", "3 values", "2 weights"}) == "");
  CHECK(missing(error_of([] { pool_adjacent_violators(Vector::Ones(2), Vector{{1, 0}}); }),
                {"numerical: ", "above 0"}) == "");
}

}  // namespace
}  // namespace predcorr::models
