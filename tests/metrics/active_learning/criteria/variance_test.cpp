// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("variance: NumPy's picks", "[metrics]") {
  test::for_every_prediction([](const test::Fixture& fixture, const Json& expected, const JointPrediction& p) {
    const Selection chosen =
        test::select("variance", p, fixture.evaluation.n_pool, fixture.json.at("batch").get<Index>());
    CHECK(chosen.picks == expected.at("active_learning").at("variance_selected").get<Rows>());
    for (std::size_t k = 0; k < chosen.picks.size(); ++k)
      CHECK(chosen.gains[k] == test::close(p.observed_variance()(chosen.picks[k])));
  });
}

TEST_CASE("variance: noise counts, and equal variances go to the lower position", "[metrics]") {
  const JointPrediction p{Vector::Zero(5), Covariance::dense(Vector{{1, 3, 2, 1, 100}}.asDiagonal()),
                          Vector{{2, 0, 1, 4, 100}}};
  CHECK(test::select("variance", p, 4, 4).picks == Rows{3, 0, 1, 2});  // variances of y: 3, 3, 3, 5
}

TEST_CASE("variance: the targets do not matter", "[metrics]") {
  const JointPrediction p = test::random_prediction(20, 5, 1);
  const Rows fewer = consecutive_rows(0, 11);
  CHECK(test::select("variance", p, 10, 4).picks == test::select("variance", p.subset(fewer), 10, 4).picks);
}

}  // namespace
}  // namespace predcorr
