// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

std::unique_ptr<const Posterior> fitted(const TrainingData& data, const Json& parameters, std::uint64_t seed = 1) {
  return test::model("gradient-boosting", parameters)->fit(data, Stream(seed));
}

double rmse(const Posterior& posterior, const TrainingData& data) {
  return std::sqrt((posterior.predict(data.inputs).mean - data.targets).squaredNorm() /
                   static_cast<double>(data.targets.size()));
}

TEST_CASE("gradient-boosting: scikit-learn's predictions, with weights", "[models]") {
  const Json& expected = test::reference("forest_reference.json").at("boosting");
  TrainingData data{test::matrix(expected.at("x")), test::vector(expected.at("y"))};
  data.weights = test::vector(expected.at("weights"));
  const auto posterior = fitted(data, {{"rounds", 12}, {"learning_rate", 0.2}, {"max_depth", 2}, {"min_leaf", 4}});
  const JointPrediction p = posterior->predict(test::matrix(expected.at("query")));
  CHECK((p.mean - test::vector(expected.at("prediction"))).cwiseAbs().maxCoeff() <= 1e-10);
  CHECK(p.latent.matrix().isZero(0));
  CHECK(posterior->diagnostics().at("rounds") == 12);
}

TEST_CASE("gradient-boosting: the noise variance is the error on new rows", "[models]") {
  const TrainingData data = test::noisy_sine(600);  // noise variance 0.09
  const double noise = fitted(data, {})->diagnostics().at("noise_variance");
  CHECK(noise > 0.08);  // on its own rows the fit is off by less
  CHECK(noise < 0.13);
  CHECK(std::pow(rmse(*fitted(data, {}), data), 2) < 0.08);
}

TEST_CASE("gradient-boosting: it stops where validation rows say so", "[models]") {
  const TrainingData data = test::noisy_sine(600);
  const Json many = {{"rounds", 400}, {"learning_rate", 0.2}};
  Json stopping = many;
  stopping.update({{"validation", 0.3}, {"patience", 5}});
  const auto stopped = fitted(data, stopping);
  CHECK(stopped->diagnostics().at("rounds") < 100);
  CHECK(stopped->diagnostics().at("rounds") > 3);
  CHECK(stopped->diagnostics().at("noise_variance") < fitted(data, many)->diagnostics().at("noise_variance"));
}

TEST_CASE("gradient-boosting: pure noise leaves the mean", "[models]") {
  // With validation, boosting keeps few rounds or none where there is nothing to learn.
  Stream stream(5);
  const TrainingData noise{stream.normals(900).reshaped(300, 3), stream.normals(300)};
  const auto posterior = fitted(noise, {{"validation", 0.5}, {"patience", 3}});
  CHECK(posterior->diagnostics().at("rounds") <= 8);
}

TEST_CASE("gradient-boosting: subsamples and histograms fit about as well", "[models]") {
  const TrainingData data = test::curve(800, 3, 3), fresh = test::curve(800, 3, 4);
  const double plain = rmse(*fitted(data, {}), fresh);
  CHECK(rmse(*fitted(data, {{"subsample", 0.5}}), fresh) == Approx(plain).epsilon(0.15));
  // The outermost of 255 bins are wide where inputs are normal.
  CHECK(rmse(*fitted(data, {{"splits", "histogram"}}), fresh) == Approx(plain).epsilon(0.2));
  const auto one = fitted(data, {{"subsample", 0.5}}, 1)->predict(fresh.inputs);
  const auto other = fitted(data, {{"subsample", 0.5}}, 2)->predict(fresh.inputs);
  CHECK(one.mean != other.mean);
}

TEST_CASE("gradient-boosting: a handful of rows", "[models]") {
  for (const Index n : {2, 3}) {
    const TrainingData data = test::training_data(n, 2);
    const Vector& y = data.targets;
    // Trees that tell all rows apart take a tenth of what is left in each of five rounds.
    const JointPrediction at_rows = fitted(data, {{"rounds", 5}})->predict(data.inputs);
    const Vector expected = y.mean() + (1 - std::pow(0.9, 5)) * (y.array() - y.mean());
    CHECK((at_rows.mean - expected).cwiseAbs().maxCoeff() < 1e-12);
    // Where some of the rows validate, or none are left for that, nothing beyond the targets is predicted.
    const JointPrediction p = fitted(data, {{"validation", 0.3}, {"rounds", 5}})->predict(test::query_points(30, 2));
    test::check_sound(p, 30);
    CHECK(p.mean.minCoeff() >= y.minCoeff() - 1e-12);
    CHECK(p.mean.maxCoeff() <= y.maxCoeff() + 1e-12);
  }
}

}  // namespace
}  // namespace predcorr
