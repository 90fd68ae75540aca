// SPDX-License-Identifier: Apache-2.0
#include <tbb/global_control.h>

#include <cmath>

#include "datasets/dataset_source.hpp"
#include "datasets/fetch.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/skip.hpp"

namespace predcorr {
namespace {

std::unique_ptr<const Posterior> fitted(const TrainingData& data, const Json& parameters, std::uint64_t seed = 1) {
  return test::model("random-forest", parameters)->fit(data, Stream(seed));
}

TEST_CASE("random-forest: scikit-learn's errors on real data", "[models]") {
  test::data_folder();
  for (const auto& [name, key, trees] : {std::tuple("concrete", "concrete", 500), {"power-plant", "power_plant", 50}}) {
    const Json& expected = test::reference("forest_reference.json").at(key);
    const DataRequest request{.protocol = {}, .seed = 1, .folders = datasets::data_folders("")};
    const Dataset all = Registry<DatasetSource>::instance().make({.name = name}, "test").object->load(request);
    const Index n = expected.at("rows"), train = expected.at("train");
    REQUIRE(all.rows() == n);
    Rows rows;
    for (Index i = 0; i < n; ++i) rows.push_back(i * 389 % n);
    const Rows first(rows.begin(), rows.begin() + train), rest(rows.begin() + train, rows.end());
    const TrainingData data{all.inputs(first, Eigen::all), all.targets(first)};
    for (const std::string what : {"all", "third", "extra"}) {
      INFO(name << ", " << what);
      const Json& theirs = expected.at(what);
      Json parameters = {{"members", trees}, {"noise", "none"}};
      if (what == "third")
        parameters.update({{"max_features", std::max<Index>(1, all.inputs.cols() / 3)}, {"min_split", 6}});
      // One tried input of four is written as a share: 1 alone means all of them.
      if (parameters.value("max_features", 0) == 1) parameters["max_features"] = 0.25;
      const auto model = test::model(what == "extra" ? "extra-trees" : "random-forest", parameters);
      const Vector mean = model->fit(data, Stream(3))->predict(all.inputs(rest, Eigen::all)).mean;
      const double rmse = std::sqrt((mean - all.targets(rest)).squaredNorm() / static_cast<double>(n - train));
      // The difference of one seed to the mean of ten others has a standard deviation of sqrt(1.1) theirs.
      const double stddev = theirs.at("stddev").get<double>() * std::sqrt(1.1);
      CHECK(std::abs(rmse - theirs.at("mean").get<double>()) <= 4 * stddev);
    }
  }
}

TEST_CASE("random-forest: the bootstrap distribution of one leaf", "[models]") {
  // Trees of one leaf predict the mean of a resample: variance sum of squares / n^2 everywhere, fully correlated
  // (Efron & Tibshirani 1993, chapter 6). Standard error of a variance of 4000 draws: 2.2%.
  const TrainingData data = test::training_data(15, 2);
  const double squares = (data.targets.array() - data.targets.mean()).square().sum();
  const auto posterior = fitted(data, {{"members", 4000}, {"min_leaf", 100}});
  const Matrix latent = posterior->predict(test::query_points(2, 2)).latent.matrix();
  CHECK(latent(0, 0) == Approx(squares / 225).epsilon(0.09));
  CHECK(latent(0, 1) == Approx(latent(0, 0)).epsilon(1e-6));
  CHECK(posterior->diagnostics().at("mean_leaves") == 1);
  // A row left out is off from the mean of the others: (n / (n - 1))^2 of the variance, roughly.
  CHECK(posterior->diagnostics().at("out_of_bag_rmse") == Approx(std::sqrt(squares / 15)).epsilon(0.15));
}

TEST_CASE("random-forest: noise and latent variance make up the error of new rows", "[models]") {
  // y = sin(2 x) + noise of variance 0.09.
  const TrainingData data = test::noisy_sine(400);
  const auto posterior = fitted(data, {{"members", 100}, {"min_leaf", 10}});
  CHECK(posterior->diagnostics().at("out_of_bag_rmse") == Approx(0.3).epsilon(0.15));
  const JointPrediction p = posterior->predict(data.inputs);
  const double total = p.observed_variance().mean();
  CHECK(total == Approx(0.09).epsilon(0.3));
  CHECK(fitted(data, {{"members", 10}, {"noise", "none"}})->predict(data.inputs).noise_variance.isZero(0));
}

TEST_CASE("random-forest: rows are drawn as everywhere", "[models]") {
  TrainingData data = test::training_data(40, 2);
  const auto leaves = [&](const Json& parameters) { return fitted(data, parameters)->diagnostics().at("mean_leaves"); };
  CHECK(leaves({{"members", 20}, {"fraction", 0.5}, {"replacement", false}}) == 20);
  CHECK(leaves({{"members", 20}, {"scheme", "bayesian"}, {"noise", "none"}}) == 40);
  // Three of five groups of eight rows.
  for (Index i = 0; i < 40; ++i) data.groups.push_back(i % 5);
  const double grouped = leaves({{"members", 20}, {"fraction", 0.6}, {"replacement", false}});
  CHECK(grouped == 24);
  const auto posterior = fitted(data, {{"members", 100}, {"spread", "jackknife-after-bootstrap"}});
  test::check_sound(posterior->predict(test::query_points(6, 2)), 6);
}

TEST_CASE("random-forest: what cannot be had without rows left out is refused", "[models]") {
  CHECK_THAT(test::error_of([] { test::model("random-forest", {{"replacement", false}}); }),
             test::contains("without replacement fraction must be below 1"));
  CHECK_THAT(test::error_of([] { test::model("random-forest", {{"scheme", "bayesian"}}); }),
             test::contains("noise cannot be 'out-of-bag'"));
}

TEST_CASE("random-forest: a jackknife's variance is smaller than the members'", "[models]") {
  const TrainingData data = test::training_data(40, 2);
  const Matrix query = test::query_points(6, 2);
  const double members = fitted(data, {{"members", 400}})->predict(query).latent.diagonal().mean();
  for (const char* spread : {"infinitesimal-jackknife", "jackknife-after-bootstrap"}) {
    INFO(spread);
    const auto posterior = fitted(data, {{"members", 400}, {"spread", spread}});
    test::check_sound(posterior->predict(query), 6);
    const double jackknife = posterior->predict(query).latent.diagonal().mean();
    CHECK(jackknife > 0.02 * members);
    CHECK(jackknife < members);
  }
}

TEST_CASE("random-forest: histograms give nearly the same error", "[models]") {
  const TrainingData data = test::curve(1500, 3, 3), fresh = test::curve(1500, 3, 4);
  const auto rmse = [&](const char* splits) {
    const auto posterior = fitted(data, {{"members", 30}, {"splits", splits}});
    return std::sqrt((posterior->predict(fresh.inputs).mean - fresh.targets).squaredNorm() / 1500);
  };
  CHECK(rmse("histogram") == Approx(rmse("exact")).epsilon(0.15));  // the outermost of 255 bins are wide
}

TEST_CASE("random-forest: the same bits on one thread and on several", "[models]") {
  const TrainingData data = test::training_data(60, 3);
  const Json parameters = {{"members", 12}, {"max_features", 2}};
  const JointPrediction several = fitted(data, parameters)->predict(test::query_points(9));
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  CHECK(test::identical(fitted(data, parameters)->predict(test::query_points(9)), several));
}

TEST_CASE("random-forest: two rows to learn from, which some trees see one of", "[models]") {
  const TrainingData two{Vector{{0, 1}}, Vector{{4, 6}}};
  for (const char* name : {"random-forest", "extra-trees"}) {
    const auto posterior = test::model(name, {{"members", 30}})->fit(two, Stream(1));
    const JointPrediction p = posterior->predict(Vector{{-1, 0, 1}});
    test::check_sound(p, 3);
    CHECK(p.mean.minCoeff() >= 4);
    CHECK(p.mean.maxCoeff() <= 6);
  }
}

}  // namespace
}  // namespace predcorr
