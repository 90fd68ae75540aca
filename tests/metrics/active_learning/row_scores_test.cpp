// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/row_scores.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/metrics/fixtures.hpp"

namespace predcorr::metrics {
namespace {

template <class Scalar>
struct Terms {
  std::vector<Scalar> x, left;
};

template <class Scalar>
Terms<Scalar> random_terms(Index n, std::uint64_t seed) {
  Stream stream(seed);
  Terms<Scalar> terms;
  for (Index i = 0; i < n; ++i) {
    const double left = stream.uniform() + 0.01;
    terms.left.push_back(static_cast<Scalar>(left));
    terms.x.push_back(static_cast<Scalar>(std::sqrt(left * 0.99 * stream.uniform())));
  }
  return terms;
}

template <class Scalar>
double by_one(const Terms<Scalar>& terms, Index n, double variance, double least) {
  double sum = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    const double x = terms.x[i];
    sum += std::log(std::max(terms.left[i] - x * x / variance, least));
  }
  return sum;
}

TEST_CASE("row_scores: sums of logarithms of every length", "[metrics]") {
  const Terms<double> doubles = random_terms<double>(200, 1);
  const Terms<float> floats = random_terms<float>(200, 2);
  for (Index n = 0; n <= 200; ++n) {
    CAPTURE(n);
    CHECK(sum_of_logs(doubles.x.data(), doubles.left.data(), n, 1.3) ==
          Approx(by_one(doubles, n, 1.3, 1e-14)).epsilon(1e-12).margin(1e-12));
    // A float's rounding moves a term by up to 6e-8 of `left`, of which at least 0.23 remain: 3e-7 each, a tenth of it
    // on average, of either sign.
    CHECK(sum_of_logs(floats.x.data(), floats.left.data(), n, 1.3) ==
          Approx(by_one(floats, n, 1.3, 1e-6)).epsilon(1e-5).margin(1e-5));
  }
}

TEST_CASE("row_scores: terms that nothing is left of count as the least, many in a row", "[metrics]") {
  // 200 logarithms of 1e-14 are products of 20 just above the smallest double; 5 of 1e-6 just above the smallest float.
  const Terms<double> doubles{std::vector<double>(200, 1.0), std::vector<double>(200, 1.0)};
  const Terms<float> floats{std::vector<float>(200, 1.0F), std::vector<float>(200, 1.0F)};
  for (const Index n : {1, 15, 16, 31, 32, 160, 199, 200}) {
    CAPTURE(n);
    const double count = static_cast<double>(n);
    CHECK(sum_of_logs(doubles.x.data(), doubles.left.data(), n, 1) == test::close(count * std::log(1e-14)));
    CHECK(sum_of_logs(floats.x.data(), floats.left.data(), n, 1) == test::close(count * std::log(1e-6), 1e-6));
    // More explained than there is, by rounding: the same.
    CHECK(sum_of_logs(doubles.x.data(), doubles.left.data(), n, 0.999) == test::close(count * std::log(1e-14)));
  }
}

TEST_CASE("row_scores: terms of very different sizes", "[metrics]") {
  Terms<double> terms;
  for (int i = 0; i < 64; ++i) {
    terms.left.push_back(std::pow(10.0, -(i % 12)));
    terms.x.push_back(0);
  }
  CHECK(sum_of_logs(terms.x.data(), terms.left.data(), 64, 2.0) == test::close(by_one(terms, 64, 2.0, 1e-14)));
}

}  // namespace
}  // namespace predcorr::metrics
