// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "datasets/dataset_source.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::close;
using test::error_of;
using test::missing;

Dataset load(const Json& parameters, std::uint64_t seed = 1) {
  const Spec spec{.name = "friedman-palmer", .parameters = parameters};
  return Registry<DatasetSource>::instance()
      .make(spec, "datasets[0]")
      .object->load({.protocol = {}, .seed = seed, .folders = {}});
}

double formula(const Vector& x) {
  return 30 * std::sin(4 * std::acos(-1.0) * x(0) * x(1)) + 20 * std::pow(x(2) - 0.5, 2) + 10 * x(3) + 5 * x(4);
}

TEST_CASE("friedman-palmer: the formula gives the study's published targets", "[datasets]") {
  // The first and third row of SI/Friedman_500/Friedman_Training_Data.csv (uw-cmg/ML-error).
  CHECK(formula(Vector{{0.2974507868151778, 0.2895840439035016, 0.3886104884004641, 0.2272390966430261,
                        0.2788796921887923}}) == close(30.40795056600734, 1e-12));
  CHECK(formula(Vector{{0.4002908715832708, 0.2823992345779846, 0.1135695238175446, 0.3917145319521278,
                        0.3275851539077103}}) == close(38.20355890430446, 1e-12));
  const Dataset data = load({{"rows", 200}});
  CHECK(data.name == "friedman-palmer");
  CHECK(data.inputs.cols() == 5);
  for (Index i = 0; i < 200; ++i) CHECK(data.targets(i) == close(formula(data.inputs.row(i)), 1e-12));
  CHECK(data.inputs.minCoeff() >= 0);
  CHECK(data.inputs.maxCoeff() <= 0.5);
  CHECK(data.inputs.colwise().maxCoeff().minCoeff() > 0.45);
}

TEST_CASE("friedman-palmer: noise is a share of the function's spread", "[datasets]") {
  constexpr Index n = 4000;
  const Vector f = load({{"rows", n}}).targets;
  const Dataset noisy = load({{"rows", n}, {"noise_share", 0.5}});
  const Vector noise = noisy.targets - f;
  const double stddev = 0.5 * std::sqrt((f.array() - f.mean()).square().mean());
  CHECK(std::abs(noise.mean()) < 4.5 * stddev / std::sqrt(n));
  CHECK(std::abs(noise.array().square().mean() / (stddev * stddev) - 1) < 4.5 * std::sqrt(2.0 / n));
  CHECK(noisy.inputs == load({{"rows", n}}).inputs);
  CHECK(noisy.inputs != load({{"rows", n}}, 2).inputs);
  CHECK(load(Json::object()).rows() == 500);
  CHECK(missing(error_of([] { load({{"noise_share", -1}}); }), {"noise_share: must be at least 0"}) == "");
}

}  // namespace
}  // namespace predcorr
