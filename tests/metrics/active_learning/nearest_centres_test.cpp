// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/nearest_centres.hpp"

#include "tests/metrics/acquisition/brute_force.hpp"

namespace predcorr::metrics {
namespace {

TEST_CASE("nearest_centres: distances and centres against brute force", "[metrics]") {
  for (const auto& [form, p] : test::random_forms(17, 4, 3)) {
    INFO(form);
    const Matrix c = p.latent.matrix();
    NearestCentres centres(p, 12);
    Rows taken;
    for (const Index next : {7, 0, 11, 4}) {
      for (Index i = 0; i < 12; ++i) {
        double least = c(i, i);
        Index nearest = 0;
        for (std::size_t k = 0; k < taken.size(); ++k) {
          const Index q = taken[k];
          const double squared = i == q ? 0 : c(i, i) + c(q, q) - 2 * c(i, q);
          if (squared < least) least = squared, nearest = static_cast<Index>(k) + 1;
        }
        CAPTURE(taken.size(), i);
        CHECK(centres.squared_distance()(i) == test::close(least));
        CHECK(centres.nearest()[static_cast<std::size_t>(i)] == nearest);
        CHECK(centres.is_centre(i) == test::has(taken, i));
      }
      CHECK(centres.centres() == std::ssize(taken) + 1);
      centres.add(next);
      taken.push_back(next);
    }
  }
}

TEST_CASE("nearest_centres: twins are no distance apart, and an extra diagonal parts them", "[metrics]") {
  JointPrediction p = test::random_prediction(9, 4, 3);
  p = p.subset({0, 1, 2, 0, 3, 4});
  NearestCentres centres(p, 5);
  centres.add(0);
  CHECK(centres.squared_distance()(3) == 0);
  CHECK_FALSE(centres.is_centre(3));
  CHECK(centres.nearest()[3] == 1);
  p.latent = Covariance::from_factor(p.latent.factor_rows(0, 6), Vector::Constant(6, 0.25));
  NearestCentres parted(p, 5);
  parted.add(0);
  CHECK(parted.squared_distance()(3) == test::close(0.5));
}

TEST_CASE("nearest_centres: the farthest point, ties to the lower position", "[metrics]") {
  const JointPrediction p{Vector::Zero(5), Covariance::dense(Vector{{1, 3, 2, 3, 9}}.asDiagonal()), Vector::Zero(5)};
  NearestCentres centres(p, 4);
  CHECK(centres.farthest() == 1);
  centres.add(1);
  CHECK(centres.farthest() == 3);
  CHECK(centres.farthest(1) == -1);  // all others are nearer to the origin
  centres.add(3);
  centres.add(2);
  centres.add(0);
  CHECK(centres.farthest() == -1);
}

TEST_CASE("nearest_centres: a centre twice, or outside, is refused", "[metrics]") {
  NearestCentres centres(test::random_prediction(6, 3, 1), 5);
  centres.add(2);
  CHECK(test::error_of([&] { centres.add(2); }) == "shape: centres: pool point 2 is outside 0..4 or a centre already");
  CHECK(test::error_of([&] { centres.add(5); }) == "shape: centres: pool point 5 is outside 0..4 or a centre already");
}

}  // namespace
}  // namespace predcorr::metrics
