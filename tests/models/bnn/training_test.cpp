// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/training.hpp"

#include <algorithm>
#include <limits>

#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

TEST_CASE("training: Adam's first three steps as NumPy takes them", "[models]") {
  const Json expected = test::reference("model_reference.json").at("adam");
  VectorF parameters = test::vector(expected.at("start")).cast<float>();
  Adam adam(parameters.size(), expected.at("learning_rate").get<double>());
  const Matrix gradients = test::matrix(expected.at("gradients"));
  const Matrix printed = test::matrix(expected.at("printed")), reordered = test::matrix(expected.at("reordered"));
  for (Index step = 0; step < 3; ++step) {
    adam.step(gradients.row(step).transpose().cast<float>(), parameters);
    // Floats: bias corrections near 0.001 carry a relative rounding of 1e-5, steps are as long as the rate, 0.05. The
    // two forms differ by what epsilon is beside the root of the second moment: at most 4e-4 of a step here.
    for (Index j = 0; j < parameters.size(); ++j) {
      CHECK(parameters(j) == Approx(reordered(step, j)).epsilon(0).margin(2e-6));
      CHECK(parameters(j) == Approx(printed(step, j)).epsilon(0).margin(3e-5));
    }
  }
}

/// The rows a run of `train` hands out, by target, batch after batch.
std::vector<std::vector<float>> batches(int epochs, int size, std::uint64_t seed) {
  TrainingData data{Matrix::Zero(7, 2), Vector::LinSpaced(7, 0, 6), nullptr};
  data.inputs.col(0) = data.targets;
  data.inputs.col(1) = -data.targets;
  std::vector<std::vector<float>> all;
  train(data, epochs, size, Stream(seed), [&](const Batch& batch) {
    REQUIRE(batch.inputs.rows() == 2);
    CHECK(batch.inputs.row(0).transpose() == batch.targets);
    CHECK(batch.inputs.row(1).transpose() == -batch.targets);
    all.emplace_back(batch.targets.begin(), batch.targets.end());
    return 0.0;
  });
  return all;
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

TEST_CASE("training: a loss that is not finite or too large names its epoch", "[models]") {
  const TrainingData data = test::training_data(6, 2);
  const auto diverging = [&](double loss) {
    int calls = 0;
    return test::error_of([&] {
      train(data, 9, 2, Stream(1), [&](const Batch&) { return ++calls == 8 ? loss : 1.0; });  // 3 batches an epoch
    });
  };
  CHECK(diverging(std::numeric_limits<double>::quiet_NaN()) ==
        "numerical: training diverged in epoch 3 with a loss of nan; lower learning_rate");
  CHECK(diverging(-std::numeric_limits<double>::infinity()) ==
        "numerical: training diverged in epoch 3 with a loss of -inf; lower learning_rate");
  CHECK(diverging(1e30) == "numerical: training diverged in epoch 3 with a loss of 1e+30; lower learning_rate");
}

TEST_CASE("training: softplus and its slope", "[models]") {
  CHECK(softplus(0) == Approx(std::log(2.0)).epsilon(1e-6));
  CHECK(softplus_slope(0) == 0.5f);
  for (const float v : {-80.0f, -6.0f, -0.3f, 1.7f, 12.0f}) {
    CHECK(softplus(v) == Approx(std::log1p(std::exp(double{v}))).epsilon(1e-6));
    CHECK(softplus_slope(v) == Approx(1 / (1 + std::exp(-double{v}))).epsilon(1e-6));
  }
  CHECK(softplus(1000) == 1000);
  CHECK(softplus(-1000) == 0);
  CHECK(softplus_slope(1000) == 1);
  CHECK(softplus_slope(-1000) == 0);
}

TEST_CASE("training: network inputs are columns", "[models]") {
  const Matrix rows{{1, 2, 3}, {4, 5, 6}};
  CHECK(network_inputs(rows) == MatrixF{{1, 4}, {2, 5}, {3, 6}});
}

}  // namespace
}  // namespace predcorr::models
