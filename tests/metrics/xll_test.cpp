// SPDX-License-Identifier: Apache-2.0
#include "metrics/xll.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "metrics/gaussian.hpp"
#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::metrics {
namespace {

std::vector<ContenderScores> scored(const Vector& y, const std::vector<Contender>& contenders, int neighbours = 5) {
  return Registry<CrossMetric>::instance()
      .make({.name = "xll", .parameters = {{"neighbours", neighbours}}}, "test")
      .object->score(y, contenders);
}

/// The score of that name and part; fails the test where there is none.
Score find(const ContenderScores& scores, const std::string& name, const std::string& part = "") {
  for (const Score& s : scores.scores)
    if (s.name == name && s.part == part) return s;
  FAIL("no score " << name << "." << part);
  return {};
}

TEST_CASE("xll: NumPy's table, means and mean ranks", "[metrics]") {
  for (const char* file : {"metrics_small.json", "metrics_medium.json"}) {
    const test::Fixture fixture(file);
    for (std::size_t form = 0; form < 3; ++form) {
      std::vector<Contender> contenders;
      for (const auto& [name, p] : fixture.models)
        contenders.push_back({name, test_part(fixture.outcome, test::forms(p).at(form).second)});
      const auto all = scored(fixture.outcome.test_targets(), contenders, fixture.json.at("neighbours").get<int>());
      REQUIRE(all.size() == 3);
      for (std::size_t m = 0; m < 3; ++m) {
        INFO(file << ", form " << form << ", model " << contenders[m].label);
        CHECK(all[m].label == contenders[m].label);
        const Json& expected = fixture.expected(contenders[m].label);
        for (const auto& [reference, value] : expected.at("xll").items())
          CHECK(find(all[m], "xll", reference).value.value() == test::close(value.get<double>()));
        CHECK(find(all[m], "xll_mean").value.value() == test::close(expected.at("xll_mean").get<double>()));
        CHECK(find(all[m], "xllr").value.value() == test::close(expected.at("xllr").get<double>()));
      }
    }
  }
}

/// Straight from the definition: k times the strongest point not yet taken, the lowest where several are.
Rows neighbours_by_force(const Matrix& r, Index i, Index k) {
  Rows set = {i};
  while (std::ssize(set) < k) {
    Index best = -1;
    for (Index j = 0; j < r.rows(); ++j) {
      if (std::find(set.begin(), set.end(), j) != set.end()) continue;
      if (best < 0 || std::abs(r(i, j)) > std::abs(r(i, best))) best = j;
    }
    set.push_back(best);
  }
  return set;
}

TEST_CASE("xll: neighbour sets against brute force, with ties", "[metrics]") {
  Stream stream(4);
  for (int repeat = 0; repeat < 20; ++repeat) {
    const Index n = 12;
    Matrix r = Matrix::Identity(n, n);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < i; ++j) r(i, j) = r(j, i) = 0.25 * static_cast<double>(stream.index(9) - 4);  // ties abound
    for (const Index k : {1, 2, 5, 12}) {
      const auto sets = neighbour_sets(r, k);
      REQUIRE(sets.rows() == k);
      REQUIRE(sets.cols() == n);
      for (Index i = 0; i < n; ++i) CHECK(Rows(sets.col(i).begin(), sets.col(i).end()) == neighbours_by_force(r, i, k));
    }
  }
}

TEST_CASE("xll: groups are no larger than the test set, and negative correlations count", "[metrics]") {
  const Matrix r{{1, 0.1, -0.9}, {0.1, 1, 0.2}, {-0.9, 0.2, 1}};
  CHECK(neighbour_sets(r, 7).rows() == 3);
  CHECK(neighbour_sets(r, 2).row(1) == Eigen::Matrix<Index, 1, 3>(2, 2, 0));
}

TEST_CASE("xll: independent correlations give the neighbours' marginal densities", "[metrics]") {
  const JointPrediction p = test::random_prediction(10, 4, 2);
  const Vector y = Stream(3).normals(10), variance = p.observed_variance();
  const auto sets = neighbour_sets(correlation_matrix(observed_covariance(p)), 4);
  double total = 0;
  for (Index i = 0; i < 10; ++i)
    for (Index a = 0; a < 4; ++a) {
      const Index j = sets(a, i);
      total -= 0.5 * (std::pow(y(j) - p.mean(j), 2) / variance(j) + std::log(2 * std::numbers::pi * variance(j)));
    }
  CHECK(cross_log_likelihood(y, Matrix::Identity(10, 10), p.mean, variance, sets) == test::close(total / 40));
}

TEST_CASE("xll: with all points in every group and itself as reference it is the joint density", "[metrics]") {
  const JointPrediction p = test::random_prediction(8, 3, 2);
  const Vector y = Stream(3).normals(8);
  const auto all = scored(y, {{"only", p}}, 8);
  const double joint = joint_log_density(y, p) / 8;
  CHECK(find(all.at(0), "xll", "only").value.value() == test::close(joint));
  CHECK(find(all.at(0), "xll_mean").value.value() == test::close(joint));
  CHECK(find(all.at(0), "xllr").value.value() == 1);
}

TEST_CASE("xll: a model is judged by its correlations alone", "[metrics]") {
  const JointPrediction p = test::random_prediction(8, 3, 2), q = test::random_prediction(8, 3, 5);
  const Vector y = Stream(3).normals(8);
  const auto all = scored(y, {{"p", p}, {"q", q}, {"scaled q", q.affine(30, 7)}});
  CHECK(find(all[2], "xll", "p").value.value() == test::close(find(all[1], "xll", "p").value.value()));
  CHECK(find(all[2], "xll", "q").value.value() == test::close(find(all[1], "xll", "q").value.value()));
}

TEST_CASE("xll: identical models share their average rank", "[metrics]") {
  const JointPrediction p = test::random_prediction(8, 3, 2);
  const auto all = scored(Stream(3).normals(8), {{"a", p}, {"b", p}, {"c", p}});
  for (const ContenderScores& c : all) CHECK(find(c, "xllr").value.value() == 2);
}

TEST_CASE("xll: a model whose y has no variance drops out, the others are ranked", "[metrics]") {
  const JointPrediction p = test::random_prediction(8, 3, 2), q = test::random_prediction(8, 3, 5);
  JointPrediction sure = test::densified(p);
  Matrix latent = sure.latent.matrix();
  latent.row(4).setZero();
  latent.col(4).setZero();
  sure.latent = Covariance::dense(latent);
  sure.noise_variance(4) = 0;
  const Vector y = Stream(3).normals(8);
  const auto all = scored(y, {{"p", p}, {"sure", sure}, {"q", q}}), without = scored(y, {{"p", p}, {"q", q}});
  REQUIRE(all.size() == 3);
  CHECK(all[1].label == "sure");
  for (const char* name : {"xll_mean", "xllr"}) {
    CHECK(!find(all[1], name).value);
    CHECK(find(all[1], name).reason == "a predicted variance of y is 0");
    CHECK(find(all[0], name).value.value() == find(without[0], name).value.value());
    CHECK(find(all[2], name).value.value() == find(without[1], name).value.value());
  }
  for (const ContenderScores& c : all)
    for (const Score& s : c.scores) CHECK(s.part != "sure");
}

TEST_CASE("xll: singular correlations drop a model with a reason", "[metrics]") {
  const JointPrediction p = test::random_prediction(8, 3, 2), q = test::random_prediction(8, 3, 5);
  JointPrediction flat = p;
  flat.latent = Covariance::from_factor(RowMatrix(RowMatrix::Ones(8, 1)));
  flat.noise_variance.setZero();
  const auto all = scored(Stream(3).normals(8), {{"p", p}, {"flat", flat}, {"q", q}});
  CHECK(find(all[1], "xllr").reason == "the model's correlations are singular in some group");
  CHECK(find(all[0], "xllr").value.value() + find(all[2], "xllr").value.value() == test::close(3));
  const auto sets = neighbour_sets(Matrix::Ones(8, 8), 3);
  CHECK(test::error_of([&] { cross_log_likelihood(p.mean, Matrix::Ones(8, 8), p.mean, Vector::Ones(8), sets); }) ==
        "numerical: the model's correlations of test point 0 and its neighbours are singular");
}

TEST_CASE("xll: a lone model without variance is no crash", "[metrics]") {
  JointPrediction p = test::random_prediction(4, 2, 2);
  p.latent = Covariance::dense(Matrix::Zero(4, 4));
  p.noise_variance.setZero();
  const auto all = scored(p.mean, {{"sure", p}});
  REQUIRE(all.size() == 1);
  CHECK(find(all[0], "xll_mean").reason == "a predicted variance of y is 0");
  CHECK(scored(p.mean, {}).empty());
}

TEST_CASE("xll: parameters out of range are named", "[metrics]") {
  CHECK(test::error_of([] { scored(Vector::Zero(1), {}, 0); }) ==
        "config: test.parameters.neighbours: must be from 1 to 100, got 0");
}

}  // namespace
}  // namespace predcorr::metrics
