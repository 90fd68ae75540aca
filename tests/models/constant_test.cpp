// SPDX-License-Identifier: Apache-2.0
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

JointPrediction predicted(const Vector& targets, std::uint64_t seed = 1) {
  const TrainingData data{test::normals(targets.size(), 2), targets};
  return test::model("constant")->fit(data, Stream(seed))->predict(test::query_points(3, 2));
}

TEST_CASE("constant: mean and variance by hand", "[models]") {
  // 1, 2, 4, 9: mean 4, squares 9 + 4 + 0 + 25 = 38, divided by n - 1 = 3; the mean's variance is a fourth of that.
  const JointPrediction p = predicted(Vector{{1, 2, 4, 9}});
  for (Index i = 0; i < 3; ++i) {
    CHECK(p.mean(i) == test::close(4));
    CHECK(p.noise_variance(i) == test::close(38.0 / 3));
    for (Index j = 0; j < 3; ++j) CHECK(p.latent.matrix()(i, j) == test::close(38.0 / 12));
  }
}

TEST_CASE("constant: the covariance is a factor of one column", "[models]") {
  const JointPrediction p = predicted(Vector{{1, 2, 4, 9}});
  CHECK(p.latent.is_factor());
  CHECK(p.latent.width() == 1);
}

TEST_CASE("constant: the stream does not matter", "[models]") {
  CHECK(test::identical(predicted(Vector{{1, 2, 4}}, 1), predicted(Vector{{1, 2, 4}}, 2)));
}

TEST_CASE("constant: units of the targets carry through", "[models]") {
  const Vector y{{0.3, -1.2, 0.8, 2.5, -0.1}};
  const JointPrediction p = predicted(y), scaled = predicted((1000 * y).array() + 7);
  test::check_equal(scaled, p.affine(1000, 7), 1e-12);
}

}  // namespace
}  // namespace predcorr
