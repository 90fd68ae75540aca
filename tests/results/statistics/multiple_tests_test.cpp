// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/multiple_tests.hpp"

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using P = std::vector<std::optional<double>>;

TEST_CASE("holm: the adjusted p-values of statsmodels", "[results]") {
  const Json& json = test::reference("statistics_reference.json").at("holm");
  P p;
  for (const Json& one : json.at("p")) p.emplace_back(one.get<double>());
  const P adjusted = holm(p);
  REQUIRE(adjusted.size() == p.size());
  for (std::size_t i = 0; i < p.size(); ++i)
    CHECK(adjusted[i].value() == test::close(json.at("adjusted").at(i).get<double>(), 1e-14));
}

TEST_CASE("holm: by hand", "[results]") {
  CHECK(holm({0.01, 0.03, 0.02}) == P{0.03, 0.04, 0.04});
  CHECK(holm({0.5, 0.5}) == P{1.0, 1.0});
  CHECK(holm({0.03}) == P{0.03});
  CHECK(holm({}).empty());
}

TEST_CASE("holm: absent tests do not count", "[results]") {
  CHECK(holm({std::nullopt, 0.01, 0.02, std::nullopt}) == P{std::nullopt, 0.02, 0.02, std::nullopt});
}

TEST_CASE("holm: never below p, in its order, at most Bonferroni's", "[results]") {
  Stream stream(5);
  for (int round = 0; round < 50; ++round) {
    P p(static_cast<std::size_t>(1 + stream.index(30)));
    for (auto& one : p) one = std::pow(stream.uniform(), 4);
    const P adjusted = holm(p);
    for (std::size_t i = 0; i < p.size(); ++i) {
      CHECK(*adjusted[i] >= *p[i]);
      CHECK(*adjusted[i] <= std::min(1.0, *p[i] * static_cast<double>(p.size())));
      for (std::size_t j = 0; j < i; ++j)
        CHECK((*p[i] < *p[j] ? *adjusted[i] <= *adjusted[j] : *adjusted[i] >= *adjusted[j]));
    }
  }
}

TEST_CASE("holm: what is no probability is refused", "[results]") {
  CHECK(test::error_of([] { holm({0.1, 1.5}); }) == "numerical: holm: p-values must be from 0 to 1, got 1.5");
  CHECK_THAT(test::error_of([] { holm({std::nan("")}); }), test::contains("got nan"));
}

}  // namespace
}  // namespace predcorr
