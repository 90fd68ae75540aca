// SPDX-License-Identifier: Apache-2.0
#include "metrics/joint/xll.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "metrics/gaussian.hpp"
#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::metrics {
namespace {

std::vector<ContenderScores> scored(const Vector& y, const std::vector<Contender>& contenders, const Json& parameters) {
  return Registry<CrossMetric>::instance()
      .make({.name = "xll", .parameters = parameters}, "test")
      .object->score(y, contenders);
}

std::vector<ContenderScores> scored(const Vector& y, const std::vector<Contender>& contenders, int neighbours = 5) {
  return scored(y, contenders, Json{{"neighbours", neighbours}});
}

/// A noise-free prediction with unit variances: y's correlations are `r`.
JointPrediction with_correlations(const Matrix& r) {
  return {Vector::Zero(r.rows()), Covariance::dense(r), Vector::Zero(r.rows())};
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
        contenders.push_back({name, test_part(fixture.evaluation, test::forms(p).at(form).second)});
      const auto all = scored(fixture.evaluation.test_targets(), contenders, fixture.json.at("neighbours").get<int>());
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

TEST_CASE("xll: independent correlations give the neighbours' marginal densities", "[metrics]") {
  const JointPrediction p = test::random_prediction(10, 4, 2);
  const Vector y = Stream(3).normals(10), variance = p.observed_variance();
  const auto sets = neighbour_sets(p, 4);
  double total = 0;
  for (Index i = 0; i < 10; ++i)
    for (Index a = 0; a < 4; ++a) {
      const Index j = sets.groups(a, i);
      total -= 0.5 * (std::pow(y(j) - p.mean(j), 2) / variance(j) + std::log(2 * std::numbers::pi * variance(j)));
    }
  CHECK(cross_log_likelihood(y, with_correlations(Matrix::Identity(10, 10)), p, sets) == test::close(total / 40));
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
  const JointPrediction ones = with_correlations(Matrix::Ones(8, 8));
  CHECK(test::error_of([&] { cross_log_likelihood(p.mean, ones, ones, neighbour_sets(ones, 3)); }) ==
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

TEST_CASE("xll: NumPy's means and ranks for every selection, with and without self-reference", "[metrics]") {
  const Json& json = test::reference("joint_scores_reference.json");
  const Vector y = test::vector(json.at("y"));
  for (std::size_t form = 0; form < 3; ++form) {
    std::vector<Contender> contenders;
    for (const auto& [label, p] : json.at("xll").at("models").items())
      contenders.push_back({label, test::forms(test::prediction(p)).at(form).second});
    for (const Json& table : json.at("xll").at("tables")) {
      INFO("form " << form << ", " << table.at("selection") << ", self-reference " << table.at("self_reference"));
      const auto all = scored(y, contenders,
                              {{"neighbours", json.at("xll").at("neighbours")},
                               {"selection", table.at("selection")},
                               {"self_reference", table.at("self_reference")}});
      for (const ContenderScores& scores : all)
        for (const char* name : {"xll_mean", "xllr"})
          CHECK(find(scores, name).value.value() ==
                test::close(table.at("scores").at(scores.label).at(name).get<double>()));
    }
  }
}

TEST_CASE("xll: named references alone judge", "[metrics]") {
  const JointPrediction p = test::random_prediction(8, 3, 2), q = test::random_prediction(8, 3, 5);
  const Vector y = Stream(3).normals(8);
  const auto all = scored(y, {{"p", p}, {"q", q}}), one = scored(y, {{"p", p}, {"q", q}}, {{"references", {"q", "r"}}});
  for (std::size_t m : {0, 1}) {
    CHECK(find(one[m], "xll_mean").value.value() == find(all[m], "xll", "q").value.value());
    CHECK(one[m].scores.size() == 3);
  }
  const auto none = scored(y, {{"p", p}, {"q", q}}, {{"references", {"r"}}});
  CHECK(find(none[0], "xll_mean").reason == "no model can be its reference");
  const auto alone = scored(y, {{"p", p}}, {{"self_reference", false}});
  CHECK(find(alone[0], "xllr").reason == "no model can be its reference");
  const auto pair = scored(y, {{"p", p}, {"q", q}}, {{"self_reference", false}});
  CHECK(find(pair[0], "xll_mean").value.value() == find(all[0], "xll", "q").value.value());
  CHECK(find(pair[0], "xllr").value.value() == 1);  // q's table ranks p alone
}

TEST_CASE("xll: guests are scored like the others and change nothing for them", "[metrics]") {
  const JointPrediction p = test::random_prediction(8, 3, 2), q = test::random_prediction(8, 3, 5),
                        r = test::random_prediction(8, 3, 7);
  const Vector y = Stream(3).normals(8);
  const auto without = scored(y, {{"p", p}, {"q", q}});
  const auto with = scored(y, {{"guest", r, true}, {"p", p}, {"q", q}, {"twin", p, true}});
  for (std::size_t m : {0, 1})
    for (const Score& score : without[m].scores)
      CHECK(find(with[m + 1], score.name, score.part).value.value() == score.value.value());
  CHECK(with[1].scores.size() == without[0].scores.size());

  double mean = 0, rank = 0;  // of the guest, by hand
  for (const auto& [label, reference] : {std::pair{"p", p}, std::pair{"q", q}}) {
    const double own = cross_log_likelihood(y, r, reference, neighbour_sets(reference, 5));
    CHECK(find(with[0], "xll", label).value.value() == own);
    mean += own / 2;
    rank += 0.5;
    for (std::size_t m : {1, 2}) rank += find(with[m], "xll", label).value.value() > own ? 0.5 : 0;
  }
  CHECK(find(with[0], "xll_mean").value.value() == test::close(mean));
  CHECK(find(with[0], "xllr").value.value() == test::close(rank));
  // A guest that equals a model shares its rank: with two models 1.5 where it is first, 2.5 where it is second.
  CHECK(find(with[3], "xllr").value.value() == find(with[1], "xllr").value.value() + 0.5);

  const auto named = scored(y, {{"guest", r, true}, {"p", p}}, {{"references", {"guest"}}});
  CHECK(find(named[1], "xll", "guest").value.has_value());
  CHECK(find(scored(y, {{"guest", r, true}})[0], "xllr").reason == "no model can be its reference");
}

TEST_CASE("xll: whether a reference counts for a guest is no matter of other guests", "[metrics]") {
  // Three members and no noise: a reference like any other, but nothing that can be scored itself.
  JointPrediction one = test::random_prediction(8, 2, 9);
  one.noise_variance.setZero();
  const JointPrediction p = test::random_prediction(8, 3, 2);
  const Vector y = Stream(3).normals(8);
  const auto alone = scored(y, {{"one", one}, {"guest", p, true}});
  const auto crowd = scored(y, {{"one", one}, {"guest", p, true}, {"same", one, true}, {"more", p, true}});
  CHECK(find(alone[1], "xll_mean").value.value() == find(alone[1], "xll", "one").value.value());
  CHECK(find(crowd[1], "xll_mean").value.value() == find(alone[1], "xll_mean").value.value());
  CHECK(find(crowd[1], "xllr").value.value() == 1);
  const std::string reason = find(scored(y, {{"one", one}, {"same", one, true}})[1], "xllr").reason;
  CHECK(reason == "no model can be its reference");
  CHECK(find(crowd[2], "xllr").reason == reason);
}

TEST_CASE("xll: NumPy's mean over every choice among tied neighbours", "[metrics]") {
  const Json& json = test::reference("joint_scores_reference.json").at("xll_ties");
  const Vector y = test::vector(json.at("y"));
  const JointPrediction reference = test::prediction(json.at("reference")), model = test::prediction(json.at("model"));
  for (const Json& value : json.at("values")) {
    const int k = value.at("neighbours").get<int>();
    REQUIRE(value.at("most_choices").get<Index>() <= kMostGroups);
    for (const auto& [form, p] : test::forms(model)) {
      INFO(k << " points in a group, " << form);
      const auto all = scored(y, {{"model", p}, {"tree", reference}}, k);
      CHECK(find(all[0], "xll", "tree").value.value() == test::close(value.at("value").get<double>()));
    }
  }
}

TEST_CASE("xll: where choices are drawn, their mean is that of all of them", "[metrics]") {
  // Of 13 points 12 tie for the 4 places beside the first one: 495 choices. The other points name their own.
  const Index n = 13, k = 5;
  Matrix r = Matrix::Identity(n, n);
  for (Index i = 1; i < n; ++i)
    for (Index j = 1; j < i; ++j) r(i, j) = r(j, i) = 0.2 + 0.001 * static_cast<double>(i * n + j);
  r.row(0).tail(n - 1).setConstant(0.1);
  r.col(0).tail(n - 1).setConstant(0.1);
  const JointPrediction reference = with_correlations(r), model = test::random_prediction(n, 6, 3);
  const Vector y = 2 * Stream(8).normals(n);
  NeighbourSets sets = neighbour_sets(reference, k);
  REQUIRE(sets.drawn);
  REQUIRE(sets.first[1] == kMostGroups);
  REQUIRE(sets.groups.cols() == kMostGroups + n - 1);
  const auto of_first = [&](const NeighbourSets::Groups& groups) {  // the first point's mean over these
    NeighbourSets one{groups, {0, groups.cols()}};
    return cross_log_likelihood(y, model, reference, one);
  };
  std::vector<double> values;
  for (unsigned bits = 0; bits < 1u << 12; ++bits) {
    if (std::popcount(bits) != 4) continue;
    NeighbourSets::Groups group(k, 1);
    group(0, 0) = 0;
    for (Index j = 0, at = 1; j < 12; ++j)
      if ((bits >> j & 1) != 0) group(at++, 0) = j + 1;
    values.push_back(of_first(group));
  }
  REQUIRE(values.size() == 495);
  const Eigen::Map<const Vector> all(values.data(), 495);
  const double deviation = std::sqrt((all.array() - all.mean()).square().mean());
  CHECK(deviation > 0.1);
  CHECK(std::abs(of_first(sets.groups.leftCols(kMostGroups)) - all.mean()) < 4.5 * deviation / std::sqrt(kMostGroups));
}

/// What a board may meet: two that tell all points apart, and three that tell none.
std::vector<Contender> with_blind_ones(Index n) {
  const JointPrediction p = test::random_prediction(n, 3, 2), q = test::random_prediction(n, 3, 5);
  const JointPrediction constant{Vector::Constant(n, 0.2),
                                 Covariance::from_factor(RowMatrix(RowMatrix::Constant(n, 1, 0.3))),
                                 Vector::Constant(n, 2)};
  const JointPrediction independent{p.mean, Covariance::dense(p.latent.diagonal().asDiagonal()), p.noise_variance};
  const JointPrediction rank_one{p.mean, Covariance::from_factor(RowMatrix(Stream(3).normals(n))), Vector::Zero(n)};
  return {{"p", p}, {"constant", constant}, {"independent", independent}, {"rank one", rank_one}, {"q", q}};
}

TEST_CASE("xll: a reference whose correlations do not vary is none, but a model all the same", "[metrics]") {
  const std::vector<Contender> contenders = with_blind_ones(12);
  const Vector y = Stream(3).normals(12);
  const auto all = scored(y, contenders), seeing = scored(y, {contenders[0], contenders[4]});
  for (const ContenderScores& scores : all) {
    INFO(scores.label);
    for (const char* blind : {"constant", "independent", "rank one"}) {
      if (scores.label == "rank one" && !find(scores, "xll_mean").value) continue;  // singular itself
      CHECK(!find(scores, "xll", blind).value);
      CHECK(find(scores, "xll", blind).reason ==
            "as a reference it names no neighbours: what it predicts of two test points is the same for all pairs");
    }
  }
  for (const std::size_t m : {0, 1, 2, 4}) {
    const double mean = 0.5 * (find(all[m], "xll", "p").value.value() + find(all[m], "xll", "q").value.value());
    CHECK(find(all[m], "xll_mean").value.value() == test::close(mean));
  }
  for (const auto& [label, at, of] : {std::tuple{"p", 0, 0}, std::tuple{"q", 4, 1}})
    CHECK(find(all[static_cast<std::size_t>(at)], "xll_mean").value.value() ==
          find(seeing[static_cast<std::size_t>(of)], "xll_mean").value.value());
  double ranks = 0;
  for (const std::size_t m : {0, 1, 2, 4}) ranks += find(all[m], "xllr").value.value();
  CHECK(ranks == test::close(10));
  const auto none = scored(y, {contenders[1], contenders[2]});
  CHECK_THAT(find(none[0], "xll_mean").reason,
             test::contains("no model can be its reference: as a reference it names no neighbours"));
  // Two points and groups of two: nothing is to be named.
  const auto pair = scored(Vector{{0.1, 0.4}}, {{"constant", contenders[1].test.subset({0, 1})}}, 2);
  CHECK(find(pair[0], "xll", "constant").value.has_value());
}

TEST_CASE("xll: models that differ by rounding share their rank", "[metrics]") {
  const JointPrediction p = test::random_prediction(8, 3, 2);
  JointPrediction q = p;
  q.latent = Covariance::dense(p.latent.matrix() * (1 + 1e-14));
  const auto all = scored(Stream(3).normals(8), {{"a", p}, {"b", q}});
  CHECK(find(all[0], "xllr").value.value() == 1.5);
  CHECK(find(all[1], "xllr").value.value() == 1.5);
}

TEST_CASE("xll: no score depends on the order of the rows", "[metrics]") {
  // Zero-inflated targets, and trees of few leaves that predict the same for many points: ties of all kinds.
  const Index n = 60;
  Stream stream(6);
  std::vector<Contender> contenders = with_blind_ones(n);
  contenders.pop_back();
  RowMatrix leaves = RowMatrix::Zero(n, 7), halves(n, 2);
  Vector means(n), y(n);
  for (Index i = 0; i < n; ++i) {
    const Index leaf = stream.index(7);
    leaves(i, leaf) = 1;
    means(i) = static_cast<double>(leaf);
    halves.row(i) << static_cast<double>(stream.index(2)), 0.5;
    y(i) = stream.index(3) == 0 ? 0 : stream.normal();
  }
  contenders.push_back({"leaves", {means, Covariance::from_factor(leaves), Vector::Ones(n)}});
  contenders.push_back({"halves", {Vector::Zero(n), Covariance::from_factor(halves), Vector::Constant(n, 0.1)}});
  for (const char* selection : {"absolute", "signed", "local", "random"}) {
    const Json parameters = {{"selection", selection}};
    const auto before = scored(y, contenders, parameters);
    for (const std::uint64_t seed : {1, 2}) {
      const Rows rows = Stream(seed).permutation(n);
      std::vector<Contender> moved = contenders;
      for (Contender& c : moved) c.test = c.test.subset(rows);
      const auto after = scored(y(rows), moved, parameters);
      for (std::size_t m = 0; m < before.size(); ++m)
        for (std::size_t s = 0; s < before[m].scores.size(); ++s) {
          const Score &one = before[m].scores[s], &other = after[m].scores[s];
          INFO(selection << ", " << before[m].label << " " << one.key().text());
          REQUIRE(one.value.has_value() == other.value.has_value());
          CHECK(one.reason == other.reason);
          if (one.value) CHECK(std::abs(*one.value - *other.value) < 1e-9 * (1 + std::abs(*one.value)));
        }
    }
  }
}

TEST_CASE("xll: large groups and singular ones beyond the first are seen", "[metrics]") {
  // 150 nearly equal correlated points: the product of the pivots would underflow.
  const Index n = 150;
  JointPrediction p{Vector::Zero(n), Covariance::from_factor(RowMatrix(RowMatrix::Ones(n, 1))),
                    Vector::Constant(n, 1e-5)};
  const Vector y = 0.003 * Stream(3).normals(n);
  CHECK(cross_log_likelihood(y, p, p, neighbour_sets(p, n)) == test::close(joint_log_density(y, p) / n, 1e-7));
  p.noise_variance.tail(3).setZero();
  CHECK(test::error_of([&] { cross_log_likelihood(y, p, p, neighbour_sets(p, 2)); }) ==
        "numerical: the model's correlations of test point 147 and its neighbours are singular");
}

TEST_CASE("xll: parameters out of range are named", "[metrics]") {
  CHECK_THAT(test::error_of([] { scored(Vector::Zero(1), {}, {{"selection", "strong"}}); }),
             test::contains("test.parameters.selection: must be"));
  CHECK(test::error_of([] { scored(Vector::Zero(1), {}, 0); }) ==
        "config: test.parameters.neighbours: must be from 1 to 100, got 0");
}

}  // namespace
}  // namespace predcorr::metrics
