// SPDX-License-Identifier: Apache-2.0
// Models whose predictions break one rule each, and the check that must notice.
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "tests/support/conformance_faults.hpp"

namespace predcorr {
namespace {

using test::Fault;
using test::line;
using test::Scene;

std::vector<Fault> prediction_faults() {
  const auto by_count = [](const Scene& scene, const Matrix& query) {
    return line(scene, query).affine(1, scene.fits);
  };
  const auto nan = [](const Scene& scene, const Matrix& query) {
    return line(scene, query).affine(1, std::numeric_limits<double>::quiet_NaN());
  };
  const auto predictions = std::make_shared<std::atomic<int>>(0);
  const auto draws = [predictions](const Scene& scene, const Matrix& query) {
    return line(scene, query).affine(1, 0.001 * ++*predictions);
  };
  const auto by_position = [](const Scene& scene, const Matrix& query) {
    JointPrediction p = line(scene, query);
    p.mean += Stream(scene.stream.key()).normals(query.rows());
    return p;
  };
  const auto by_company = [](const Scene& scene, const Matrix& query) {
    JointPrediction p = line(scene, query);
    p.latent = p.latent.scaled(1 / std::sqrt(static_cast<double>(query.rows())));
    return p;
  };
  const auto unsorted = [](const Scene& scene, const Matrix& query) {
    JointPrediction p = line(scene, query);
    std::sort(p.mean.begin(), p.mean.end());
    return p;
  };
  const auto short_noise = [](const Scene& scene, const Matrix& query) {
    JointPrediction p = line(scene, query);
    p.noise_variance = Vector::Constant(1, 0.1);
    return p;
  };
  const auto negative_noise = [](const Scene& scene, const Matrix& query) {
    JointPrediction p = line(scene, query);
    p.noise_variance = -p.noise_variance;
    return p;
  };
  const auto indefinite = [](const Scene& scene, const Matrix& query) {
    JointPrediction p = line(scene, query);
    const Index n = query.rows();
    Matrix latent = Matrix::Constant(n, n, -0.5);
    latent.diagonal().setOnes();
    p.latent = Covariance::dense(latent);
    return p;
  };
  const auto noise_twice = [](const Scene& scene, const Matrix& query) {
    JointPrediction p = line(scene, query);
    Matrix latent = p.latent.matrix();
    latent.diagonal().array() += 0.1;
    p.latent = Covariance::dense(latent);
    return p;
  };
  const auto refuses_rows = [](Index rows) {
    return [rows](const Scene& scene, const Matrix& query) {
      if (query.rows() == rows) throw std::out_of_range("index 1 of 1");
      return line(scene, query);
    };
  };
  const auto by_threads = [](const Scene& scene, const Matrix& query) {
    return line(scene, query).affine(1, 1e-12 * tbb::this_task_arena::max_concurrency());
  };
  return {
      {"one noise variance for all rows", {.predict = short_noise}, "shape", "1 noise variances for 9 points", {"any"}},
      {"noise below 0", {.predict = negative_noise}, "values", "the predicted noise variance is negative", {"any"}},
      {"NaN everywhere", {.predict = nan}, "values", "mean is not finite", {"any"}},
      // 1 and -0.5: eigenvalue 1 - 8 / 2 for nine points.
      {"anticorrelated with all",
       {.predict = indefinite},
       "positive-semi-definite",
       "9 new rows: the latent covariance is not positive semi-definite: its eigenvalues are from -3 to 1.5",
       {"any"}},
      {"another result for each fit",
       {.predict = by_count},
       "determinism",
       "second fit with the same seed: the mean of row",
       {"threads", "target-units"}},
      {"draws in predict", {.predict = draws}, "repeated-prediction", "(off by 0.002)", {"any"}},
      {"noise by the row's place",
       {.predict = by_position},
       "subset",
       "rows 7, 2 and 5 alone differ from the joint prediction: the mean of row",
       {"query-order", "single-query", "twin-queries"}},
      {"covariance over the number of rows",
       {.predict = by_company},
       "subset",
       "the latent variance of row",
       {"single-query", "twin-queries"}},
      {"means sorted",
       {.predict = unsorted},
       "query-order",
       "the rows backwards differ",
       {"subset", "single-query", "twin-queries"}},
      {"a crash at one row",
       {.predict = refuses_rows(1)},
       "single-query",
       "prediction of row 0 alone: a model: predict: unexpected exception: index 1 of 1",
       {}},
      {"a crash at no rows",
       {.predict = refuses_rows(0)},
       "empty-query",
       "prediction of no rows: a model: predict: unexpected exception: index 1 of 1",
       {}},
      {"noise within the latent covariance",
       {.predict = noise_twice},
       "twin-queries",
       "the latent covariance of rows",
       {}},
      {"as many results as threads",
       {.predict = by_threads},
       "threads",
       "two fits at once on 4 threads, against one thread",
       {}},
  };
}

TEST_CASE("conformance: faults of predictions are caught by the checks about them", "[models]") {
  test::check_caught(prediction_faults(), conformance::prediction_checks());
}

}  // namespace
}  // namespace predcorr
