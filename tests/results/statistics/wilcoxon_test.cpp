// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/wilcoxon.hpp"

#include <cmath>

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("wilcoxon: SciPy's sums and p, exact with ties and zeros, and approximate", "[results]") {
  for (const Json& expected : test::reference("statistics_reference.json").at("wilcoxon")) {
    const auto differences = expected.at("differences").get<std::vector<double>>();
    INFO(differences.size() << " differences, p " << expected.at("p"));
    const WilcoxonTest test = wilcoxon(differences);
    CHECK(test.w_plus == expected.at("w_plus").get<double>());
    CHECK(test.w_minus == expected.at("w_minus").get<double>());
    CHECK(test.p == test::close(expected.at("p").get<double>(), 1e-12));
    CHECK(test.exact == expected.at("exact").get<bool>());
  }
}

TEST_CASE("wilcoxon: the comparison of reference", "[results]") {
  const Json& json = test::reference("comparison.json");
  const Matrix scores = test::matrix(json.at("scores"));
  const Vector d = scores.col(2) - scores.col(0);
  const WilcoxonTest test = wilcoxon({d.begin(), d.end()});
  CHECK(std::min(test.w_plus, test.w_minus) == json.at("wilcoxon_2_vs_0").at("statistic").get<double>());
  CHECK(test.p == test::close(json.at("wilcoxon_2_vs_0").at("p_value").get<double>(), 1e-13));
}

TEST_CASE("wilcoxon: few differences have no small p, and six the first below 5 %", "[results]") {
  for (int n = 1; n <= 8; ++n) {
    std::vector<double> all_positive;
    for (int i = 1; i <= n; ++i) all_positive.push_back(i);
    CHECK(wilcoxon(all_positive).p == std::exp2(1 - n));
    CHECK(wilcoxon(std::vector<double>(static_cast<std::size_t>(n), -2.5)).p == std::exp2(1 - n));  // all tied
  }
}

TEST_CASE("wilcoxon: signs turned round, scale and order change nothing", "[results]") {
  const Vector d = Stream(3).normals(20).array() + 0.3;
  const WilcoxonTest test = wilcoxon({d.begin(), d.end()});
  const Vector turned = (-1e100 * d).reverse();
  const WilcoxonTest other = wilcoxon({turned.begin(), turned.end()});
  CHECK(other.p == test.p);
  CHECK(other.w_plus == test.w_minus);
  CHECK(test.w_plus + test.w_minus == 20 * 21 / 2.0);
}

TEST_CASE("wilcoxon: the approximation takes over without a jump", "[results]") {
  // The same fifty with one more that is too small to matter much.
  Vector d = Stream(8).normals(51).array() + 0.35;
  d(50) = 1e-9;
  const WilcoxonTest exact = wilcoxon({d.begin(), d.begin() + 50}), approximate = wilcoxon({d.begin(), d.end()});
  CHECK(exact.exact);
  CHECK_FALSE(approximate.exact);
  CHECK(approximate.p == Approx(exact.p).epsilon(0.1));
}

TEST_CASE("wilcoxon: nothing differs", "[results]") {
  for (const WilcoxonTest& test : {wilcoxon({}), wilcoxon({0, 0, -0.0})}) {
    CHECK(test.n == 0);
    CHECK(test.p == 1);
  }
  CHECK(wilcoxon({1, -1}).p == 1);
  CHECK(test::error_of([] { wilcoxon({1, std::nan("")}); }) ==
        "numerical: wilcoxon: differences must be finite, got nan");
}

}  // namespace
}  // namespace predcorr
