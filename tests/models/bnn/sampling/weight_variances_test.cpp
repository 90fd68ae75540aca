// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sampling/weight_variances.hpp"

#include <cmath>

#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

const WeightVariances::Options kPlan{.noise = {2, 3}, .prior = {1, 0.5}, .smallest_noise = 1e-3};
const WeightHyper kNow{.noise_variance = 0.4, .prior_variance = 1.2};

TEST_CASE("weight variances: the M-step is the mode of both conditionals", "[models]") {
  const WeightHyper best = WeightVariances(kPlan, 10, 6).most_probable(kNow, {.residuals = 8, .weights = 9});
  CHECK(best.noise_variance == Approx((3 + 4) / (2 + 5.0)).epsilon(1e-12));
  CHECK(best.prior_variance == Approx((0.5 + 4.5) / (1 + 3.0)).epsilon(1e-12));
  // Without priors: mean squares.
  const WeightHyper likeliest = WeightVariances({}, 10, 6).most_probable(kNow, {.residuals = 8, .weights = 9});
  CHECK(likeliest.noise_variance == Approx(0.8).epsilon(1e-12));
  CHECK(likeliest.prior_variance == Approx(1.5).epsilon(1e-12));
  WeightVariances::Options floor{.smallest_noise = 1e-3};
  CHECK(WeightVariances(floor, 10, 6).most_probable(kNow, {0, 9}).noise_variance == 1e-3);
}

TEST_CASE("weight variances: the Gibbs step has its conditionals' means", "[models]") {
  const WeightVariances variances(kPlan, 10, 6);
  Stream stream(4);
  double noise = 0, prior = 0;
  constexpr int kDraws = 40000;
  for (int i = 0; i < kDraws; ++i) {
    const WeightHyper drawn = variances.drawn(kNow, {.residuals = 8, .weights = 9}, stream);
    noise += drawn.noise_variance / kDraws;
    prior += drawn.prior_variance / kDraws;
  }
  // scale / (shape - 1), standard deviation that by sqrt(shape - 2): 0.45 and 0.7 of the mean.
  CHECK(noise == Approx(7.0 / 6).epsilon(4 * 0.45 / 200));
  CHECK(prior == Approx(5.0 / 3).epsilon(4 * 0.71 / 200));
}

TEST_CASE("weight variances: one that is not learned stays", "[models]") {
  WeightVariances::Options options = kPlan;
  options.learn_noise = false;
  Stream stream(4);
  const WeightVariances prior_alone(options, 10, 6);
  CHECK(prior_alone.learns());
  CHECK_FALSE(prior_alone.learns_noise());
  CHECK(prior_alone.drawn(kNow, {8, 9}, stream).noise_variance == 0.4);
  CHECK(prior_alone.drawn(kNow, {8, 9}, stream).prior_variance != 1.2);
  options.learn_prior = false;
  const WeightVariances none(options, 10, 6);
  CHECK_FALSE(none.learns());
  CHECK(none.most_probable(kNow, {8, 9}).prior_variance == 1.2);
  CHECK(none.drawn(kNow, {8, 9}, stream).noise_variance == 0.4);
}

/// One weight w ~ N(0, prior), prior ~ IG(2, 1), and n values y ~ N(w, 0.5) with a mean of 1.5. Moves of the scale
/// alone keep the sign and z = w / sqrt(prior); with z drawn anew from its conditional, which is normal, they are a
/// sampler of the joint posterior. Of log prior that is, by the density with w integrated out on a grid, the mean and
/// deviation below.
TEST_CASE("scale move: with draws of z it samples the posterior of the prior variance", "[models]") {
  constexpr double kNoise = 0.5, kMean = 1.5, kRows = 4;
  const WeightVariances variances({.learn_noise = false, .prior = {2, 1}}, static_cast<Index>(kRows), 1);
  double total = 0, centre = 0, square = 0;
  for (double t = -6; t < 8; t += 0.001) {
    const double v = std::exp(t), around = v + kNoise / kRows;
    const double p = std::exp(-2 * t - 1 / v - 0.5 * std::log(around) - 0.5 * kMean * kMean / around);
    total += p;
    centre += p * t;
    square += p * t * t;
  }
  centre /= total;
  const double deviation = std::sqrt(square / total - centre * centre);

  Stream stream(6);
  ScaleMove move;
  WeightHyper now{kNoise, 1};
  const auto residuals = [&](double w) { return kRows * (kMean - w) * (kMean - w); };
  double mean = 0, spread = 0, accepted = 0;
  constexpr int kWarmUp = 2000, kDraws = 40000;
  for (int i = 0; i < kWarmUp + kDraws; ++i) {
    const double root = std::sqrt(now.prior_variance);
    const double precision = 1 + kRows * root * root / kNoise;
    const double z = kRows * root * kMean / kNoise / precision + stream.normal() / std::sqrt(precision);
    const double s = move.propose(i < kWarmUp, stream);
    const WeightHyper then{kNoise, now.prior_variance * s * s};
    const double odds = variances.log_odds(now, residuals(root * z), then, residuals(s * root * z));
    const bool moved = move.accept(odds, i < kWarmUp, stream);
    if (moved) now = then;
    if (i < kWarmUp) continue;
    mean += std::log(now.prior_variance) / kDraws;
    spread += std::pow(std::log(now.prior_variance) - centre, 2) / kDraws;
    accepted += moved ? 1.0 / kDraws : 0;
  }
  // 40000 draws that count as a tenth as many.
  CHECK(mean == Approx(centre).margin(4 * deviation / std::sqrt(4000.0)));
  CHECK(std::sqrt(spread) == Approx(deviation).epsilon(0.08));
  CHECK(accepted == Approx(0.44).margin(0.06));
}

TEST_CASE("scale move: what is impossible is refused", "[models]") {
  ScaleMove move;
  Stream stream(1);
  for (int i = 0; i < 50; ++i) {
    CHECK_FALSE(move.accept(std::nan(""), false, stream));
    CHECK_FALSE(move.accept(-1e9, false, stream));
    CHECK(move.accept(1, false, stream));
  }
}

}  // namespace
}  // namespace predcorr::models
