// SPDX-License-Identifier: Apache-2.0
#include "metrics/conformance/scenes.hpp"

#include "core/base/stream.hpp"
#include "core/linalg/cholesky.hpp"

namespace predcorr::conformance {
namespace {

Scene make_rich_scene() {
  constexpr Index n_pool = 20, n_all = n_pool + 150;
  Scene scene{"pool, oracle and inputs", {}, drawn_prediction(n_all, 70, 8)};
  scene.evaluation.n_pool = n_pool;
  scene.evaluation.oracle = drawn_prediction(n_all, 60, 4);
  scene.evaluation.y = scene.evaluation.oracle->mean + Stream(5).normals(n_all);
  scene.evaluation.inputs = Stream(6).normals(2 * n_all).reshaped(n_all, 2);
  return scene;
}

Scene plain_scene(std::string name, Index n, Index width, std::uint64_t seed) {
  Scene scene{std::move(name), {}, drawn_prediction(n, width, seed)};
  scene.evaluation.y = scene.prediction.mean + Stream(seed + 1).normals(n);
  return scene;
}

std::vector<Scene> make_scenes() {
  std::vector<Scene> all = {rich_scene(), plain_scene("25 test points and nothing else", 25, 10, 20),
                            plain_scene("one test point", 1, 3, 30)};
  Scene singular = plain_scene("20 points of rank 2, no noise", 20, 2, 40);
  singular.prediction.noise_variance.setZero();
  Scene certain = plain_scene("no uncertainty at all", 12, 1, 50);
  certain.prediction = {certain.prediction.mean, Covariance::from_factor(RowMatrix(RowMatrix::Zero(12, 1))),
                        Vector::Zero(12)};
  constexpr double kLarge = 1e60;
  Scene large = plain_scene("targets of about 1e60", 25, 10, 60);
  large.evaluation.y *= kLarge;
  large.prediction = large.prediction.affine(kLarge, 0);
  for (Scene* scene : {&singular, &certain, &large}) all.push_back(std::move(*scene));
  return all;
}

}  // namespace

JointPrediction drawn_prediction(Index n, Index width, std::uint64_t seed) {
  Stream stream(seed);
  JointPrediction p;
  p.mean = stream.normals(n);
  p.latent = Covariance::from_factor(RowMatrix(stream.normals(n * width).reshaped(n, width)));
  p.noise_variance = Vector::NullaryExpr(n, [&] { return 0.05 + 0.2 * stream.uniform(); });
  return p;
}

const Scene& rich_scene() {
  static const Scene scene = make_rich_scene();
  return scene;
}

const std::vector<Scene>& scenes() {
  static const std::vector<Scene> all = make_scenes();
  return all;
}

std::vector<std::pair<std::string, JointPrediction>> forms_of(const JointPrediction& prediction) {
  const Index n = prediction.size();
  // A little of each point's own keeps the Cholesky factorisation exact.
  const Matrix dense = prediction.latent.matrix() + 0.05 * Matrix::Identity(n, n);
  JointPrediction matrix = prediction, factored = prediction, split = prediction;
  matrix.latent = Covariance::dense(dense);
  factored.latent = Covariance::from_factor(RowMatrix(Cholesky(dense, 0).lower()));
  split.latent = Covariance::from_factor(RowMatrix(Cholesky(dense - 0.03 * Matrix::Identity(n, n), 0).lower()),
                                         Vector::Constant(n, 0.03));
  return {{"dense", matrix}, {"a factor", factored}, {"a factor and a diagonal", split}};
}

Scene shuffled(const Scene& scene) {
  const Index n_pool = scene.evaluation.n_pool;
  Rows rows = Stream(91).permutation(n_pool);
  for (const Index i : Stream(92).permutation(scene.evaluation.n_test())) rows.push_back(n_pool + i);
  Scene other = scene;
  other.evaluation.y = scene.evaluation.y(rows);
  if (scene.evaluation.oracle) other.evaluation.oracle = scene.evaluation.oracle->subset(rows);
  if (scene.evaluation.inputs.size() > 0) other.evaluation.inputs = scene.evaluation.inputs(rows, Eigen::all);
  other.prediction = scene.prediction.subset(rows);
  return other;
}

}  // namespace predcorr::conformance
