// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/epoch_choice.hpp"

#include <cmath>
#include <limits>

#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

const std::vector<std::string> kModels = {"bbb", "deep-ensemble", "fbnn", "mc-dropout", "nng", "nng-eigen"};

Json cheap(const std::string& name, const std::string& choice) {
  Json parameters = test::cheap_parameters(name);
  parameters["epochs"] = 60;
  parameters["choose_epoch"] = choice;
  return parameters;
}

/// 12 noisy training rows and a pool of 60 of another level, so that the last epoch is not the pool's best.
test::CheckData noisy(double pool_shift = 0) {
  TrainingData all = test::curve(72, 1, 7);
  all.targets += 0.5 * Stream(5).normals(72);
  const TrainingData data = all.subset(consecutive_rows(0, 12));
  all.targets.tail(60).array() += pool_shift;
  return {data, {.labelled_pool = std::make_shared<TrainingData>(all)}};
}

double pool_loss(const std::string& name, const std::string& choice, int epochs,
                 const test::CheckData& data = noisy()) {
  Json parameters = cheap(name, choice);
  parameters["epochs"] = epochs;
  const TrainingData pool = pool_rows(data.privileged, data);
  return negative_log_likelihood(
      test::model(name, parameters)->fit(data, Stream(2), data.privileged)->predict(pool.inputs), pool.targets);
}

TEST_CASE("epoch choice: the pool is what is known and not trained on", "[models]") {
  test::CheckData data{{Vector{{1, 2, 2}}, Vector{{5, 6, 7}}}};
  data.privileged.labelled_pool =
      std::make_shared<TrainingData>(TrainingData{Vector{{1, 2, 2, 3, 1, 1}}, Vector{{5, 6, 7, 8, 5, 4}}});
  const TrainingData pool = pool_rows(data.privileged, data);
  CHECK(pool.inputs.col(0) == Vector{{3, 1, 1}});
  CHECK(pool.targets == Vector{{8, 5, 4}});  // of the two rows (1, 5) one is trained on
  CHECK_FALSE(pool.image.has_value());
  TrainingData images = *data.privileged.labelled_pool;
  images.image = ImageShape{1, 1, 1};
  data.privileged.labelled_pool = std::make_shared<TrainingData>(images);
  CHECK(pool_rows(data.privileged, data).image == images.image);
  data.privileged.labelled_pool = std::make_shared<TrainingData>(data);
  CHECK(test::error_of([&] { pool_rows(data.privileged, data); }) ==
        "data: choose_epoch 'pool': no row of the pool is left to choose the epoch by");
}

TEST_CASE("epoch choice: looks a hundred times or more, at the last epoch too, and keeps the least loss", "[models]") {
  BestEpoch best(250);
  int looks = 0;
  for (int epoch = 1; epoch <= 250; ++epoch) looks += best.looks_at(epoch) ? 1 : 0;
  CHECK(looks == 125);
  CHECK(BestEpoch(10000).looks_at(100));
  CHECK_FALSE(BestEpoch(10000).looks_at(99));
  CHECK_FALSE(BestEpoch(40000).looks_at(350));
  CHECK(BestEpoch(40000).looks_at(300));
  CHECK(BestEpoch(257).looks_at(257));
  CHECK(best.improves(2, 3.0));
  CHECK_FALSE(best.improves(4, 3.0));
  CHECK_FALSE(best.improves(6, std::nan("")));
  CHECK(best.improves(8, 2.0));
  CHECK(best.epoch() == 8);
  CHECK_NOTHROW(best.require_found());
  CHECK(test::error_of([] { BestEpoch(7).require_found(); }) ==
        "numerical: the pool's log-likelihood was never finite in 7 epochs; lower learning_rate");
}

TEST_CASE("epoch choice: the likelihood is that of each point by itself", "[models]") {
  const JointPrediction p{Vector{{1, 2}}, Covariance::dense(Matrix{{2, 1}, {1, 3}}), Vector{{1, 1}}};
  // variances 3 and 4, residuals 3 and -2
  CHECK(negative_log_likelihood(p, Vector{{4, 0}}) == test::close(0.25 * (std::log(3) + 3 + std::log(4) + 1)));
}

TEST_CASE("epoch choice: by the pool it makes a ceiling, by training data a contender", "[models]") {
  for (const std::string& name : kModels) {
    INFO(name);
    CHECK(test::model(name, {{"choose_epoch", "pool"}})->traits().kind == ModelKind::ceiling);
    CHECK(test::model(name, {{"choose_epoch", "training"}})->traits().kind == ModelKind::contender);
    CHECK(test::model(name)->traits().kind == ModelKind::contender);
    CHECK_FALSE(test::model(name, {{"choose_epoch", "pool"}})->traits().reads_truth);
    const Json base = {{"model", name}, {"parameters", {{"choose_epoch", "pool"}}}};
    CHECK(test::model("bootstrap", {{"base", base}})->traits().kind == ModelKind::ceiling);
    CHECK(test::model("calibrated", {{"base", base}})->traits().kind == ModelKind::ceiling);
    const TrainingData data = noisy();  // and nothing privileged
    CHECK(test::error_of([&] { test::model(name, cheap(name, "pool"))->fit(data, Stream(1)); }) ==
          "data: choose_epoch 'pool': the rows of the pool are not known here; it is for benchmarks that repeat the "
          "study");
  }
  CHECK(test::error_of([] { test::model("bbb", {{"choose_epoch", "pool"}, {"validation", 0.2}}); }) ==
        "config: test.parameters: choose_epoch 'pool' leaves no choice to held-out rows; leave out validation 0.2");
  CHECK_THAT(test::error_of([] { test::model("nng", {{"choose_epoch", "test"}}); }), test::contains("pool"));
}

TEST_CASE("epoch choice: the pool's targets matter where it chooses, and nowhere else", "[models]") {
  const Matrix query = test::query_points(5, 1);
  const test::CheckData data = noisy(), other = noisy(3);
  for (const std::string& name : kModels) {
    INFO(name);
    const auto predicted = [&](const char* choice, const test::CheckData& from) {
      Json parameters = cheap(name, choice);
      if (name == "bbb" || name == "mc-dropout") parameters["epochs"] = 500;  // whose noise settles late
      return test::model(name, parameters)->fit(from, Stream(1), from.privileged)->predict(query);
    };
    CHECK(test::identical(predicted("training", data), predicted("training", other)));
    CHECK_FALSE(test::identical(predicted("pool", data), predicted("pool", other)));
    CHECK(test::identical(predicted("pool", data), predicted("pool", data)));
  }
}

TEST_CASE("epoch choice: it is no worse for the pool than the last epoch, and better where that over-fits",
          "[models]") {
  for (const std::string& name : kModels) {
    INFO(name);
    const double last = pool_loss(name, "training", 300), best = pool_loss(name, "pool", 300);
    CHECK(best < last + 0.05);  // draws of the prediction are not those the epoch was judged by
  }
  CHECK(pool_loss("deep-ensemble", "pool", 1500) < pool_loss("deep-ensemble", "training", 1500) - 0.2);
}

TEST_CASE("epoch choice: a model is handed what its traits name, and nothing else", "[models]") {
  struct Looking : PrivilegedModel {
    Looking(bool truth, bool pool) : reads_truth(truth), reads_pool(pool) {}
    ModelTraits traits() const override { return {.reads_truth = reads_truth, .reads_labelled_pool = reads_pool}; }
    std::unique_ptr<Posterior> do_fit(const PrivilegedData& privileged, const TrainingData&,
                                      const Stream&) const override {
      require((privileged.truth != nullptr) == reads_truth, ErrorKind::data, "truth");
      require((privileged.labelled_pool != nullptr) == reads_pool, ErrorKind::data, "pool");
      fail(ErrorKind::data, "looked");
    }
    bool reads_truth, reads_pool;
  };
  const test::CheckData data = test::training_data();
  const auto posterior = test::model("constant")->fit(data, Stream(1));
  for (const bool truth : {false, true})
    for (const bool pool : {false, true}) {
      const Looking model(truth, pool);
      CHECK(test::error_of([&] { model.fit(data, Stream(1), data.privileged); }) == "data: looked");
      CHECK(test::error_of([&] { model.refit(*posterior, data, Stream(1), data.privileged); }) == "data: looked");
    }
}

}  // namespace
}  // namespace predcorr::models
