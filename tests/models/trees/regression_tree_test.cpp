// SPDX-License-Identifier: Apache-2.0
#include "models/resampling/row_folds.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("regression-tree: scikit-learn's predictions, with weights", "[models]") {
  const Json& expected = test::reference("forest_reference.json").at("trees").at("bootstrap_leaves");
  TrainingData data{test::matrix(expected.at("x")), test::vector(expected.at("y"))};
  data.weights = test::vector(expected.at("weights"));
  const auto posterior = test::model("regression-tree", {{"min_leaf", 5}, {"max_depth", 5}})->fit(data, Stream(1));
  const JointPrediction p = posterior->predict(test::matrix(expected.at("query")));
  CHECK((p.mean - test::vector(expected.at("prediction"))).cwiseAbs().maxCoeff() <= 1e-12);
  CHECK(p.latent.is_factor());
  CHECK(p.latent.matrix().isZero(0));
  CHECK(posterior->diagnostics().at("leaves") == static_cast<double>((expected.at("feature").size() + 1) / 2));
}

TEST_CASE("regression-tree: the noise variance is that of rows held out", "[models]") {
  // Targets are noise of variance 1 alone, so a grown tree is off by one draw less another: mean square 2. Of 2000 rows
  // it has a standard error of about 2 sqrt(2 / 2000) times 1.4 for shared neighbours = 0.09.
  Stream stream(5);
  const TrainingData noise{stream.normals(4000).reshaped(2000, 2), stream.normals(2000)};
  const auto posterior = test::model("regression-tree")->fit(noise, Stream(1));
  CHECK(posterior->diagnostics().at("noise_variance") == Approx(2).margin(0.36));
  // One leaf: the variance of the targets, and 1/1600 of it for the mean's error.
  const auto stump = test::model("regression-tree", {{"min_leaf", 2000}})->fit(noise, Stream(1));
  const double variance = (noise.targets.array() - noise.targets.mean()).square().mean();
  CHECK(stump->diagnostics().at("noise_variance") == Approx(variance).epsilon(0.005));
}

TEST_CASE("regression-tree: rows that are all the same", "[models]") {
  const TrainingData same{Matrix::Ones(4, 2), (Vector(4) << 1, 2, 3, 6).finished()};
  const JointPrediction p = test::model("regression-tree")->fit(same, Stream(1))->predict(Matrix::Ones(1, 2));
  CHECK(p.mean(0) == test::close(3));
  CHECK(p.noise_variance(0) == test::close(3.5));
}

TEST_CASE("row folds: copies share a fold, distinct rows are dealt out evenly", "[models]") {
  Matrix x = Stream(2).normals(300).reshaped(100, 3);
  x.bottomRows(40) = x.topRows(40).eval();  // 60 distinct rows
  TrainingData data{x, Vector::Zero(100)};
  const std::vector<int> fold = models::row_folds(data, 5, 7);
  std::vector<int> count(5, 0);
  for (std::size_t i = 0; i < 100; ++i) {
    if (i < 60) ++count[fold[i]];
    if (i >= 60) CHECK(fold[i] == fold[i - 60]);
  }
  for (const int c : count) CHECK(c == 12);
  // Neither the order of the rows nor how often they are there matters; the key does.
  const TrainingData once{x.topRows(60), Vector::Zero(60)};
  CHECK(models::row_folds(once, 5, 7) == std::vector<int>(fold.begin(), fold.begin() + 60));
  CHECK(models::row_folds(data, 5, 8) != fold);
  // Rows of weight 0 are as good as absent.
  data.weights = Vector::Ones(100);
  data.weights.tail(40).setZero();
  const std::vector<int> weighted = models::row_folds(data, 5, 7);
  CHECK(std::vector<int>(weighted.begin(), weighted.begin() + 60) == models::row_folds(once, 5, 7));
  CHECK(weighted[99] == -1);
}

}  // namespace
}  // namespace predcorr
