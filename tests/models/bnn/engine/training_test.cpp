// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/training.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// Seven rows whose inputs are (y, -y).
Batch seven() {
  TrainingData data{Matrix::Zero(7, 2), Vector::LinSpaced(7, 0, 6)};
  data.inputs.col(0) = data.targets;
  data.inputs.col(1) = -data.targets;
  return network_data(data);
}

/// The rows handed out, by target, batch after batch.
std::vector<std::vector<float>> batches(int epochs, int size, std::uint64_t seed) {
  const Batch all = seven();
  MiniBatches mini(all, consecutive_rows(0, 7), size, Stream(seed));
  std::vector<std::vector<float>> handed;
  for (Index b = 0; b < epochs * mini.per_epoch(); ++b) {
    const Batch& batch = mini.next();
    const Index n = batch.targets.size();
    REQUIRE(batch.inputs.count == n);
    CHECK(batch.inputs.columns.row(0).head(n).transpose() == batch.targets);
    CHECK(batch.inputs.columns.row(1).head(n).transpose() == -batch.targets);
    handed.emplace_back(batch.targets.begin(), batch.targets.end());
  }
  return handed;
}

TEST_CASE("training: every epoch visits every row once, in random order", "[models]") {
  const auto all = batches(4, 3, 1);
  REQUIRE(all.size() == 12);  // 3 + 3 + 1 rows, four times
  std::vector<std::vector<float>> orders;
  for (std::size_t epoch = 0; epoch < 4; ++epoch) {
    CHECK(all[3 * epoch].size() == 3);
    CHECK(all[3 * epoch + 2].size() == 1);
    std::vector<float> rows;
    for (std::size_t b = 0; b < 3; ++b) rows.insert(rows.end(), all[3 * epoch + b].begin(), all[3 * epoch + b].end());
    orders.push_back(rows);
    std::sort(rows.begin(), rows.end());
    CHECK(rows == std::vector<float>{0, 1, 2, 3, 4, 5, 6});
  }
  CHECK(orders[0] != orders[1]);
  CHECK(batches(4, 3, 1) == all);
  CHECK(batches(4, 3, 2) != all);
  CHECK(batches(1, 100, 1).front().size() == 7);  // a batch larger than the data is all of them
}

/// Half the squared distance of the one parameter from the batch's mean target.
double bowl(const VectorF& at, const Batch& batch, VectorF& gradient) {
  gradient(0) = at(0) - batch.targets.mean();
  return 0.5 * gradient(0) * gradient(0);
}
double bowl_held_out(const VectorF& at, const Batch& batch) {
  VectorF unused(1);
  return bowl(at, batch, unused);
}
const HeldOutLoss kNotAsked = [](const VectorF&, const Batch&) -> double { throw Error(ErrorKind::config, "asked"); };

TEST_CASE("training: a bowl's bottom is found by either optimiser, and hooks see every epoch", "[models]") {
  const Batch all = seven();
  for (const OptimiserKind optimiser : {OptimiserKind::adam, OptimiserKind::sgd}) {
    TrainingParameters options;
    options.epochs = 400;
    options.batch = 7;
    options.optimiser = optimiser;
    options.learning_rate = 0.05;
    std::vector<int> epochs;
    const Trained trained = train(options, all, VectorF::Zero(1), Stream(1),
                                  {bowl, kNotAsked, [&](int epoch, const VectorF&) { epochs.push_back(epoch); }});
    CHECK(trained.parameters(0) == Approx(3).epsilon(1e-3));
    CHECK(trained.epochs == 400);
    CHECK(epochs.size() == 400);
    CHECK(epochs.front() == 1);
  }
}

TEST_CASE("training: schedule and clipping shorten steps", "[models]") {
  const Batch all = seven();
  TrainingParameters options;
  options.epochs = 4;
  options.batch = 7;
  options.optimiser = OptimiserKind::sgd;
  options.momentum = 0;
  options.learning_rate = 0.1;
  const auto reached = [&] {
    return train(options, all, VectorF::Zero(1), Stream(1), {bowl, kNotAsked}).parameters(0);
  };
  CHECK(reached() == Approx(3 * (1 - std::pow(0.9, 4))));
  options.schedule = Schedule::step;
  CHECK(reached() == Approx(3 * (1 - std::pow(0.9, 2) * std::pow(0.99, 2))));
  options.schedule = Schedule::constant;
  options.clip_norm = 0.5;
  CHECK(reached() == Approx(4 * 0.1 * 0.5));
}

TEST_CASE("training: the epoch best for the rows held out is kept, and patience ends it", "[models]") {
  const Batch all = seven();
  TrainingParameters options;
  options.epochs = 300;
  options.batch = 2;
  options.optimiser = OptimiserKind::sgd;
  options.momentum = 0;
  options.validation = 0.4;  // of seven rows: two
  options.patience = 20;
  std::vector<double> seen;
  std::vector<float> where;
  const HeldOutLoss held_out = [&](const VectorF& at, const Batch& batch) {
    CHECK(batch.targets.size() == 2);
    seen.push_back(bowl_held_out(at, batch));
    where.push_back(at(0));
    return seen.back();
  };
  const Trained trained = train(options, all, VectorF::Constant(1, -5), Stream(4), {bowl, held_out});
  const auto least = std::min_element(seen.begin(), seen.end());
  CHECK(trained.epochs == static_cast<int>(least - seen.begin()) + 1);
  CHECK(trained.parameters(0) == where[static_cast<std::size_t>(least - seen.begin())]);
  CHECK((std::ssize(seen) == 300 || std::ssize(seen) == trained.epochs + 20));
}

TEST_CASE("training: rows trained on and rows held out are disjoint, and together all", "[models]") {
  const Batch all = seven();  // row i has target i
  for (const std::uint64_t seed : {1, 2, 3}) {
    TrainingParameters options;
    options.epochs = 3;
    options.batch = 2;
    options.validation = 0.4;  // of seven rows: two
    options.patience = 100;
    std::vector<std::vector<float>> trained(1), held;
    const BatchLoss loss = [&](const VectorF& at, const Batch& batch, VectorF& gradient) {
      trained.back().insert(trained.back().end(), batch.targets.begin(), batch.targets.end());
      return bowl(at, batch, gradient);
    };
    const HeldOutLoss held_out = [&](const VectorF& at, const Batch& batch) {
      CHECK(batch.inputs.columns.row(0).head(batch.targets.size()).transpose() == batch.targets);
      held.emplace_back(batch.targets.begin(), batch.targets.end());
      trained.emplace_back();  // the loss of an epoch is asked before its rows held out
      return bowl_held_out(at, batch);
    };
    train(options, all, VectorF::Zero(1), Stream(seed), {loss, held_out});
    REQUIRE(held.size() == 3);
    for (std::size_t epoch = 0; epoch < 3; ++epoch) {
      CHECK(held[epoch] == held[0]);  // the same rows, epoch after epoch
      CHECK(trained[epoch].size() == 5);
      std::vector<float> rows = trained[epoch];
      rows.insert(rows.end(), held[epoch].begin(), held[epoch].end());
      std::sort(rows.begin(), rows.end());
      CHECK(rows == std::vector<float>{0, 1, 2, 3, 4, 5, 6});
    }
  }
}

TEST_CASE("training: a loss that is not finite or too large names its step", "[models]") {
  const Batch all = network_data(test::training_data(6, 2));
  TrainingParameters options;
  options.epochs = 9;
  options.batch = 2;
  const auto diverging = [&](double loss) {
    int calls = 0;
    return test::error_of([&] {
      train(options, all, VectorF::Zero(1), Stream(1),
            {[&](const VectorF&, const Batch&, VectorF& gradient) {
               gradient.setZero();
               return ++calls == 8 ? loss : 1.0;
             },
             kNotAsked});
    });
  };
  CHECK(diverging(std::numeric_limits<double>::quiet_NaN()) ==
        "numerical: training diverged in step 8 with a loss of nan; lower learning_rate");
  CHECK(diverging(-std::numeric_limits<double>::infinity()) ==
        "numerical: training diverged in step 8 with a loss of -inf; lower learning_rate");
  CHECK(diverging(1e30) == "numerical: training diverged in step 8 with a loss of 1e+30; lower learning_rate");
}

TEST_CASE("training: a validation loss that is never finite is an error", "[models]") {
  TrainingParameters options;
  options.epochs = 3;
  options.validation = 0.5;
  const std::string message = test::error_of([&] {
    train(options, seven(), VectorF::Zero(1), Stream(1),
          {bowl, [](const VectorF&, const Batch&) { return std::numeric_limits<double>::quiet_NaN(); }});
  });
  CHECK(message == "numerical: the validation loss was never finite in 3 epochs; lower learning_rate");
}

}  // namespace
}  // namespace predcorr::models
