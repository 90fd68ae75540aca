// SPDX-License-Identifier: Apache-2.0
#include "models/trees/tree_growing.hpp"

#include <cmath>
#include <functional>

#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

struct Data {
  Matrix x;
  Vector y;
};

Data data(Index n, Index d, std::uint64_t seed = 3) {
  Stream stream(seed);
  Data made{stream.normals(n * d).reshaped(n, d), Vector()};
  made.y = (2 * made.x.col(0)).array().sin().matrix() + 0.3 * stream.normals(n);
  return made;
}

/// Few distinct values, so that there are ties everywhere.
Data tied_data(Index n, Index d, int values) {
  Data made = data(n, d);
  made.x = (made.x.array() * values / 4).round().matrix();
  return made;
}

Tree grown(const Data& data, const TreeOptions& options, const Vector& weights = {}, std::uint64_t seed = 1) {
  Stream stream(seed);
  return TreeGrower(data.x, options).grow(data.y, weights, stream);
}

Vector values(const Tree& tree, const Matrix& points) {
  const RowMatrix rows = points;
  Vector out(points.rows());
  tree.predict(rows.data(), rows.rows(), rows.cols(), out.data());
  return out;
}

bool same(const Tree& a, const Tree& b) {
  return std::equal(a.nodes.begin(), a.nodes.end(), b.nodes.begin(), b.nodes.end(), [](const auto& p, const auto& q) {
    return p.number == q.number && p.left == q.left && p.feature == q.feature && p.inner == q.inner;
  });
}

double squares(const Vector& a, const Vector& b) { return (a - b).squaredNorm(); }

TEST_CASE("tree growing: scikit-learn's trees, split for split", "[models]") {
  for (const auto& [name, expected] : test::reference("forest_reference.json").at("trees").items()) {
    INFO(name);
    const Json& given = expected.at("options");
    const TreeOptions options{.min_split = given.value("min_samples_split", 2),
                              .min_leaf = given.value("min_samples_leaf", 1),
                              .max_depth = given.value("max_depth", 0)};
    const Data d{test::matrix(expected.at("x")), test::vector(expected.at("y"))};
    const Json& weight_list = expected.at("weights");
    const Tree tree = grown(d, options, weight_list.empty() ? Vector() : test::vector(weight_list));
    REQUIRE(tree.nodes.size() == expected.at("feature").size());
    int compared = 0;
    const std::function<void(std::uint32_t, std::size_t)> compare = [&](std::uint32_t ours, std::size_t theirs) {
      const Tree::Node& node = tree.nodes[ours];
      const int feature = expected.at("feature")[theirs];
      INFO("scikit-learn's node " << theirs);
      REQUIRE(node.is_leaf() == (feature < 0));
      ++compared;
      if (feature < 0) {
        CHECK(node.number == test::close(expected.at("value")[theirs], 1e-12));
        return;
      }
      CHECK(node.feature == feature);
      CHECK(node.number == test::close(expected.at("threshold")[theirs], 1e-12));
      compare(node.left, expected.at("left")[theirs]);
      compare(node.left + 1, expected.at("right")[theirs]);
    };
    compare(0, 0);
    CHECK(compared == std::ssize(tree.nodes));
    const Vector found = values(tree, test::matrix(expected.at("query")));
    CHECK((found - test::vector(expected.at("prediction"))).cwiseAbs().maxCoeff() <= 1e-12);
  }
}

TEST_CASE("tree growing: grown out, a tree repeats its targets", "[models]") {
  const Data d = data(700, 4);  // more rows than a histogram node turns into lists
  for (const Splits splits : {Splits::exact, Splits::random}) {
    const Tree tree = grown(d, {.splits = splits});
    CHECK(tree.leaves() == 700);
    CHECK(values(tree, d.x) == d.y);
  }
}

TEST_CASE("tree growing: the root cut is the one an exhaustive search finds", "[models]") {
  const Data d = tied_data(60, 3, 8);
  const Tree tree = grown(d, {.min_leaf = 4, .max_depth = 1});
  REQUIRE(tree.leaves() == 2);
  double best = 1e300;
  for (Index f = 0; f < 3; ++f)
    for (Index i = 0; i < 60; ++i) {
      double n[2] = {0, 0}, sum[2] = {0, 0}, square[2] = {0, 0};
      for (Index r = 0; r < 60; ++r) {
        const int side = d.x(r, f) <= d.x(i, f) ? 0 : 1;
        n[side] += 1;
        sum[side] += d.y(r);
        square[side] += d.y(r) * d.y(r);
      }
      if (n[0] < 4 || n[1] < 4) continue;
      best = std::min(best, square[0] - sum[0] * sum[0] / n[0] + square[1] - sum[1] * sum[1] / n[1]);
    }
  CHECK(squares(values(tree, d.x), d.y) == test::close(best, 1e-10));
}

TEST_CASE("tree growing: whole weights are rows that are repeated", "[models]") {
  const Data d = tied_data(200, 3, 12);
  Vector weights(200);
  Rows rows;
  for (Index i = 0; i < 200; ++i) {
    weights(i) = static_cast<double>(i * 7 % 4);
    for (int k = 0; k < weights(i); ++k) rows.push_back(i);
  }
  const Data repeated{d.x(rows, Eigen::all), d.y(rows)};
  for (const Splits splits : {Splits::exact, Splits::histogram, Splits::random}) {
    const Tree a = grown(d, {.splits = splits, .max_depth = 6}, weights);
    const Tree b = grown(repeated, {.splits = splits, .max_depth = 6});
    CHECK((values(a, d.x) - values(b, d.x)).cwiseAbs().maxCoeff() <= 1e-12);
  }
}

TEST_CASE("tree growing: histograms with a bin for each value find the exact tree", "[models]") {
  const Data d = tied_data(3000, 4, 60);  // at most 255 values; several levels above the size where lists take over
  const Vector weights = Vector::NullaryExpr(3000, [](Index i) { return static_cast<double>(i % 3); });
  for (const Index min_leaf : {1, 5}) {
    const Tree a = grown(d, {.splits = Splits::exact, .min_leaf = min_leaf}, weights);
    const Tree b = grown(d, {.splits = Splits::histogram, .min_leaf = min_leaf}, weights);
    CHECK(a.nodes.size() > 500);
    CHECK(a.nodes.size() == b.nodes.size());
    CHECK((values(a, d.x) - values(b, d.x)).cwiseAbs().maxCoeff() <= 1e-12);
  }
}

TEST_CASE("tree growing: histograms of drawn features alone", "[models]") {
  // Few features per node: no subtraction. One that tells everything is found as soon as it is drawn.
  Data d = data(3000, 6);
  d.y = (d.x.col(4).array() > 0).cast<double>();
  const Tree tree = grown(d, {.splits = Splits::histogram, .max_features = 2});
  CHECK(squares(values(tree, d.x), d.y) <= 10);  // rows of the bin that has 0 in it
  CHECK(tree.leaves() > 2);
}

TEST_CASE("tree growing: 255 bins fit nearly as well as exact cuts", "[models]") {
  const Data d = data(5000, 3), fresh = data(5000, 3, 8);
  const Vector exact = values(grown(d, {.max_depth = 5}), fresh.x);
  const Tree tree = grown(d, {.splits = Splits::histogram, .max_depth = 5});
  CHECK(tree.leaves() > 20);
  // Errors of about 0.1 of the targets' variance; cuts move by up to 1/255 of the rows.
  CHECK(squares(values(tree, fresh.x), fresh.y) == Approx(squares(exact, fresh.y)).epsilon(0.02));
}

TEST_CASE("tree growing: limits hold", "[models]") {
  const Data d = data(900, 3);
  for (const Splits splits : {Splits::exact, Splits::histogram, Splits::random}) {
    const Tree tree = grown(d, {.splits = splits, .max_features = 2, .min_leaf = 7});
    const Vector found = values(tree, d.x);
    for (const Tree::Node& node : tree.nodes)
      if (node.is_leaf()) CHECK((found.array() == node.number).count() >= 7);
    CHECK(grown(d, {.splits = splits, .max_depth = 3}).depth() == 3);
    CHECK(grown(d, {.splits = splits, .min_split = 901}).leaves() == 1);
    CHECK(grown(d, {.splits = splits, .min_leaf = 451}).leaves() == 1);
  }
}

TEST_CASE("tree growing: ties go to the feature tried first and to its lowest cut", "[models]") {
  // Both columns order the rows alike; the cuts after the first and the third row are equally good.
  const Data d{(Matrix(4, 2) << 1, 10, 2, 20, 3, 30, 4, 40).finished(), (Vector(4) << 1, 0, 0, 1).finished()};
  const Tree tree = grown(d, {.max_depth = 1});
  CHECK(tree.nodes[0].feature == 0);
  CHECK(tree.nodes[0].number == 1.5);
  const Data reversed{d.x * -1, d.y};
  CHECK(grown(reversed, {.max_depth = 1}).nodes[0].number == -3.5);
  // In a drawn order both features come first sometimes: 40 times the same has probability 2^-39.
  int second = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    second += grown(d, {.max_depth = 1, .random_order = true}, {}, seed).nodes[0].feature;
  CHECK(second > 0);
  CHECK(second < 40);
}

TEST_CASE("tree growing: features are drawn without preference", "[models]") {
  // Pure noise; the root of each of 600 trees tries one of three features: 200 each, standard deviation 11.5.
  const Data d = data(20, 3);
  int count[3] = {};
  for (std::uint64_t seed = 0; seed < 600; ++seed)
    ++count[grown(d, {.max_features = 1, .max_depth = 1}, {}, seed).nodes[0].feature];
  for (const int c : count) CHECK(std::abs(c - 200) < 4 * 11.5);
}

TEST_CASE("tree growing: random cuts are uniform", "[models]") {
  // Between 0 and 1 with the other row at 0.3: half of the 1000 thresholds below 0.5, standard deviation 16.
  const Data d{(Matrix(3, 1) << 0, 0.3, 1).finished(), (Vector(3) << 0, 1, 2).finished()};
  int low = 0, between = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const double threshold = grown(d, {.splits = Splits::random, .max_depth = 1}, {}, seed).nodes[0].number;
    REQUIRE(threshold >= 0);
    REQUIRE(threshold < 1);
    low += threshold < 0.5;
    between += threshold >= 0.3;
  }
  CHECK(std::abs(low - 500) < 4 * 16);
  CHECK(std::abs(between - 700) < 4 * 15);
}

TEST_CASE("tree growing: what cannot be split is a leaf", "[models]") {
  for (const Splits splits : {Splits::exact, Splits::histogram, Splits::random}) {
    const Tree one = grown({Matrix::Ones(1, 2), Vector::Constant(1, 3.25)}, {.splits = splits});
    CHECK(one.leaves() == 1);
    CHECK(one.nodes[0].number == 3.25);
    const Tree constant = grown({data(9, 2).x, Vector::Constant(9, 0.1)}, {.splits = splits});
    CHECK(constant.leaves() == 1);
    CHECK(constant.nodes[0].number == 0.1);
    const Tree same_inputs = grown({Matrix::Ones(4, 2), (Vector(4) << 1, 2, 3, 6).finished()}, {.splits = splits});
    CHECK(same_inputs.leaves() == 1);
    CHECK(same_inputs.nodes[0].number == test::close(3));
  }
}

TEST_CASE("tree growing: exclusive or is cut although its first cut gains nothing", "[models]") {
  const Data d{(Matrix(4, 2) << 0, 0, 0, 1, 1, 0, 1, 1).finished(), (Vector(4) << 0, 1, 1, 0).finished()};
  CHECK(values(grown(d, {}), d.x) == d.y);
}

TEST_CASE("tree growing: weights next to nothing are nothing", "[models]") {
  const Data d = data(30, 2);
  Vector weights = Vector::Ones(30), without = weights;
  weights(4) = 1e-300;
  weights(9) = 1e-14;
  without(4) = without(9) = 0;
  CHECK(same(grown(d, {}, weights), grown(d, {}, without)));
}

TEST_CASE("tree growing: one grower gives the same trees however often it was used", "[models]") {
  const Data d = data(700, 3);
  for (const Splits splits : {Splits::exact, Splits::histogram, Splits::random}) {
    const TreeOptions options{.splits = splits, .max_features = 2};
    const TreeGrower grower(d.x, options);
    Vector few = Vector::Zero(700);
    few.head(20).setOnes();
    for (const Vector& weights : {Vector(), few, Vector(), few}) {
      Stream stream(1);
      CHECK(same(grower.grow(d.y, weights, stream), grown(d, options, weights)));
    }
  }
}

TEST_CASE("tree growing: numbers of two and of four bytes give the same tree", "[models]") {
  // From 65537 rows on lists have four bytes; rows of weight 0 change nothing else.
  const Data few = data(300, 2);
  Data many{Matrix::Zero(65600, 2), Vector::Zero(65600)};
  many.x.topRows(300) = few.x;
  many.y.head(300) = few.y;
  Vector weights = Vector::Zero(65600);
  weights.head(300).setOnes();
  CHECK((values(grown(many, {}, weights), few.x) - values(grown(few, {}), few.x)).cwiseAbs().maxCoeff() <= 1e-12);
}

TEST_CASE("tree growing: shares and counts of features", "[models]") {
  CHECK(feature_count(1, 8) == 8);
  CHECK(feature_count(1.0 / 3, 9) == 3);
  CHECK(feature_count(0.01, 8) == 1);
  CHECK(feature_count(2, 8) == 2);
  CHECK(feature_count(20, 8) == 8);
}

TEST_CASE("tree growing: errors", "[models]") {
  const Data d = data(5, 2);
  CHECK(test::error_of([&] { TreeGrower(d.x, {.min_split = 1}); }) ==
        "shape: trees: needed are min_leaf >= 1, min_split >= 2, max_features >= 0, max_depth >= 0; got 1, 1, 0, 0");
  CHECK(test::error_of([&] { grown({d.x, Vector::Zero(4)}, {}); }) ==
        "shape: trees: 5 rows of inputs, 4 targets and 0 weights");
  CHECK(test::error_of([&] { grown(d, {}, Vector::Zero(5)); }) == "data: trees: every row has weight 0");
  for (const char* name : {"regression-tree", "random-forest", "gradient-boosting"})
    CHECK(test::error_of([&] { test::model(name, {{"splits", "random"}}); }) ==
          "config: test.parameters.splits: must be one of exact, histogram, got \"random\"");
}

}  // namespace
}  // namespace predcorr::models
