// SPDX-License-Identifier: Apache-2.0
#include "results/store/test_points.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr {
namespace {

TEST_CASE("targets are told apart to a thousandth of the largest, rows exactly", "[results]") {
  StoredPrediction stored;
  stored.y = (Vector(4) << 100, 3, -1.5, 0.25).finished();  // one of the pool, three to test
  stored.n_pool = 1;
  stored.rows.test = {7, 8, 9};
  const TestHashes hashes = test_hashes(stored);
  // Largest 3 = 0.75 * 4, so in steps of 4 / 1024: made with Python's hashlib of int64 768, -384, 64 and 7, 8, 9.
  CHECK(hashes.targets == "8468fa8ddd6c64f89bd70f855fa1ad9096330d14bbc5945704d1ef9abd2bb718");
  CHECK(hashes.rows == "0dbcb41a913242dbecb3f46d3e5bcee92b4d5ac8629d570f371e5a27a5f8c572");
  stored.y(0) = -5;  // the pool's targets do not matter
  CHECK(test_hashes(stored).targets == hashes.targets);
  stored.y(3) += 4 / 1024.0;
  CHECK(test_hashes(stored).targets != hashes.targets);
  stored.y = Vector::Zero(4);
  CHECK_NOTHROW(test_hashes(stored));
}

TEST_CASE("predictions that are judged together are of the same test points", "[results]") {
  StoredPrediction first;
  first.y = Vector{{100, 3, -1.5, 0.25}};
  first.n_pool = 1;
  first.rows.test = {7, 8, 9};
  StoredPrediction without_pool = first, moved = first, changed = first;
  without_pool.y = first.y.tail(3);
  without_pool.n_pool = 0;
  moved.rows.test = {7, 9, 8};
  changed.y(2) = -1.6;
  const auto refusal = [](SharedTestPoints points, const StoredPrediction& stored) {
    return test::refusal_of([&] { points.add("newcomer", stored); });
  };
  SharedTestPoints points("toy seed 2");
  points.add("gp", first);
  CHECK(points.hashes().rows == test_hashes(first).rows);
  CHECK(refusal(points, first) == "");
  CHECK(refusal(points, without_pool) == "");
  CHECK(refusal(points, moved) == "data: toy seed 2: model 'newcomer' was tested on other rows than 'gp'");
  CHECK(refusal(points, changed) == "data: toy seed 2: the test targets of model 'newcomer' differ from those of 'gp'");
  const SharedTestPoints pool("toy seed 2", "pool toy-v1", test_hashes(first));
  CHECK(refusal(pool, first) == "");
  CHECK(refusal(pool, moved) == "data: toy seed 2: model 'newcomer' was tested on other rows than pool toy-v1");
}

}  // namespace
}  // namespace predcorr
