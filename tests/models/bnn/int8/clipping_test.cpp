// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/clipping.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr::models {
namespace {

using test::contains;
using test::refusal_of;

Rounding rounding_named(const Json& name) { return name == "nearest" ? Rounding::nearest : Rounding::stochastic; }

VectorF gaussian(Index n) {
  VectorF g(n);
  Stream(1).fill_normals(g);
  return g;
}

VectorF laplace(Index n) {
  Stream stream(2);
  VectorF g(n);
  for (float& value : g) {
    const double u = stream.uniform() - 0.5;
    value = static_cast<float>(std::copysign(std::log1p(-2 * std::abs(u)), u));
  }
  return g;
}

/// Most entries near zero, few large ones: logarithms of magnitudes with a deviation of 2.
VectorF sharp_and_wide(Index n) {
  const VectorF magnitudes = (2 * gaussian(n)).array().exp();
  Stream stream(3);
  VectorF g(n);
  for (Index i = 0; i < n; ++i) g(i) = stream.uniform() < 0.5 ? magnitudes(i) : -magnitudes(i);
  return g;
}

VectorF mostly_zero(Index n) { return (gaussian(n).array() > 1).select(gaussian(n), 0); }

VectorF one_outlier(Index n) {
  VectorF g = VectorF::Ones(n + 1);
  g(0) = 300;
  return g;
}

double loss(const QuantisationError& error, Clipping method) {
  return method == Clipping::direction ? error.deviation : error.mean_square;
}

TEST_CASE("The errors of quantisation are NumPy's", "[models]") {
  const Json& reference = test::reference("int8_reference.json");
  const VectorF g = test::vector(reference["errors"]["g"]).cast<float>();
  const auto check = [](const VectorF& tensor, const Json& one) {
    const auto e = quantisation_error(tensor.data(), tensor.size(), one["clip"], rounding_named(one["rounding"]));
    INFO(one.dump());
    CHECK(e.deviation == Approx(one["deviation"].get<double>()).epsilon(1e-4));  // the step is a float
    CHECK(e.mean_square == Approx(one["mean_square"].get<double>()).epsilon(1e-4));
    CHECK(e.clipped == Approx(one["clipped"].get<double>()));
  };
  for (const Json& one : reference["errors"]["errors"]) check(g, one);
  for (const Json& one : reference["outlier"]) check(one_outlier(1000000), one);
  for (const Json& one : reference["errors"]["percentiles"])
    CHECK(choose_clip(g.data(), g.size(), {Clipping::percentile, Rounding::stochastic, one[0]}).clip ==
          Approx(one[1].get<double>()).epsilon(1e-6));
  for (const Json& one : reference["rate_factors"]) CHECK(rate_factor(one[0]) == test::close(one[1]));
}

TEST_CASE("Draws have the deviation that is expected", "[models]") {
  for (const VectorF& g : {gaussian(100000), sharp_and_wide(100000), one_outlier(100000)})
    for (const float clip : {g.maxCoeff(), g.maxCoeff() / 5}) {
      std::vector<std::int8_t> q(static_cast<std::size_t>(g.size()));
      quantise_stochastic(g.data(), g.size(), clip, rounding_key(1, 2, 3), 0, q.data());
      const Vector z = Eigen::Map<const Eigen::Array<std::int8_t, -1, 1>>(q.data(), g.size()).cast<double>().matrix();
      const double deviation = 1 - z.dot(g.cast<double>()) / (z.norm() * g.cast<double>().norm());
      CHECK(quantisation_error(g.data(), g.size(), clip, Rounding::stochastic).deviation ==
            Approx(deviation).epsilon(0.03));
    }
}

TEST_CASE("The clipping value found is as good as the best of a fine grid", "[models]") {
  for (const Index n : {700, 30000})
    for (const VectorF& g : {gaussian(n), laplace(n), sharp_and_wide(n), mostly_zero(n), one_outlier(n)})
      for (const Rounding rounding : {Rounding::nearest, Rounding::stochastic})
        for (const Clipping method : {Clipping::direction, Clipping::mean_square}) {
          const ClippingChoice choice = choose_clip(g.data(), g.size(), {method, rounding, 99.9});
          const float largest = g.cwiseAbs().maxCoeff();
          double best = std::numeric_limits<double>::infinity();
          for (int k = 0; k < 600; ++k)
            best =
                std::min(best, loss(quantisation_error(g.data(), g.size(),
                                                       largest * std::exp2(-0.02f * static_cast<float>(k)), rounding),
                                    method));
          CHECK(loss(choice.error, method) < (n < 1000 ? 1.1 : 1.03) * best);
          CHECK(choice.clip > 0);
          CHECK(choice.clip <= largest);
        }
}

TEST_CASE("One large entry among a million small ones is clipped", "[models]") {
  const VectorF g = one_outlier(1000000);
  const auto deviation = [&](float clip, Rounding rounding) {
    return quantisation_error(g.data(), g.size(), clip, rounding).deviation;
  };
  CHECK(deviation(300, Rounding::nearest) == Approx(0.71).margin(0.005));
  CHECK(deviation(300, Rounding::stochastic) == Approx(0.33).margin(0.005));
  CHECK(deviation(1, Rounding::nearest) == Approx(0.04).margin(0.005));
  CHECK(deviation(1, Rounding::stochastic) == Approx(0.04).margin(0.005));
  // Best is where 1 is a whole step, so that nothing but the outlier is wrong.
  const ClippingChoice choice = choose_clip(g.data(), g.size());
  CHECK(choice.clip == Approx(127).epsilon(0.002));
  CHECK(choice.error.deviation == Approx(0.0136).margin(0.0005));
  CHECK(choose_clip(g.data(), g.size(), {Clipping::max, Rounding::stochastic, 99.9}).clip == 300);
  CHECK(choose_clip(g.data(), g.size(), {Clipping::percentile, Rounding::stochastic, 99.9}).clip == 1);
}

TEST_CASE("Clipping scales with the gradient, and no sign or order matters", "[models]") {
  const VectorF g = laplace(5000);
  const ClippingChoice choice = choose_clip(g.data(), g.size());
  for (const float scale : {0x1p-20f, 0x1p30f}) {
    const VectorF scaled = -scale * g.reverse();
    const ClippingChoice other = choose_clip(scaled.data(), scaled.size());
    CHECK(other.clip == scale * choice.clip);
    CHECK(other.error.deviation == Approx(choice.error.deviation).epsilon(1e-9));
  }
}

TEST_CASE("Zero gradients, and those below what a float's step can be, have no error or are all error", "[models]") {
  const VectorF zero = VectorF::Zero(50), tiny = VectorF::Constant(50, 1e-37f);
  for (const Clipping method : {Clipping::direction, Clipping::max, Clipping::percentile, Clipping::mean_square}) {
    const ClippingChoice none = choose_clip(zero.data(), 50, {method, Rounding::stochastic, 99.9});
    CHECK(none.clip == 0);
    CHECK(none.error.deviation == 0);
    CHECK(none.error.mean_square == 0);
    CHECK(none.error.clipped == 0);
    CHECK(choose_clip(tiny.data(), 50, {method, Rounding::stochastic, 99.9}).error.deviation == 1);
    CHECK(choose_clip(zero.data(), 0, {method, Rounding::nearest, 99.9}).clip == 0);
    const VectorF one = VectorF::Constant(1, -2.5f);
    CHECK(choose_clip(one.data(), 1, {method, Rounding::stochastic, 99.9}).error.deviation < 1e-5);
  }
}

TEST_CASE("What clipping cannot work on is refused", "[models]") {
  VectorF g = gaussian(100);
  CHECK_THAT(refusal_of([&] { choose_clip(g.data(), 100, {Clipping::percentile, Rounding::nearest, 0}); }),
             contains("config: clipping: percentile must be above 0 and at most 100, got 0"));
  g(17) = std::numeric_limits<float>::infinity();
  CHECK_THAT(refusal_of([&] { choose_clip(g.data(), 100); }), contains("entry 17 of 100 is inf"));
  CHECK_THAT(refusal_of([&] { quantisation_error(g.data(), 100, 1, Rounding::nearest); }), contains("numerical"));
  CHECK_THAT(refusal_of([] { rate_factor(std::nan("")); }), contains("deviation must be finite"));
  CHECK_THAT(refusal_of([] { rate_factor(0.1, -1); }), contains("alpha"));
  CHECK_THAT(refusal_of([] { rate_factor(0.1, 20, 2); }), contains("beta"));
}

}  // namespace
}  // namespace predcorr::models
