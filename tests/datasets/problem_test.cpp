// SPDX-License-Identifier: Apache-2.0
#include "datasets/problem.hpp"

#include <cmath>

#include "datasets/generators/gp_truth.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::close;
using test::difference;

/// A data set given by the test, with a truth where a kernel is given.
class Given : public DatasetSource {
 public:
  explicit Given(Dataset data, bool standardise = true) : data_(std::move(data)), standardise_(standardise) {}
  Dataset load(const DataRequest&) const override { return data_; }
  bool standardises(const DataRequest&) const override { return standardise_; }

 private:
  Dataset data_;
  bool standardise_;
};

/// 60 rows: two columns of different scale and one that is constant; targets far from 0.
Dataset example() {
  Stream stream = Stream(8).fork("problem");
  Dataset data;
  data.name = "example";
  data.inputs.resize(60, 3);
  data.inputs.col(0) = stream.normals(60).array() * 5 + 100;
  data.inputs.col(1) = stream.normals(60) * 0.01;
  data.inputs.col(2).setConstant(0.1);
  data.targets = 300 + 40 * (data.inputs.col(0).array() / 7).sin() + 3 * stream.normals(60).array();
  data.input_names = {"a", "b", "c"};
  data.target_name = "y";
  const Json kernel = {{"variance", 1500.0}, {"length_scale", {4.0, 0.02, 1.0}}};
  data.truth = std::make_shared<GpTruth>(
      Registry<Kernel>::instance().make({.name = "rbf", .parameters = kernel}, "test").object, 9.0);
  return data;
}
const DataRequest kRequest{.protocol = {}, .seed = 4, .folders = {}};

TEST_CASE("Standardisation takes population deviations and leaves constants alone", "[datasets]") {
  Matrix x(4, 3);
  x << 1, 0.1, -3, 2, 0.1, -3, 3, 0.1, 5, 4, 0.1, 5;
  const Standardisation s = Standardisation::of(x);
  CHECK(s.mean(0) == close(2.5, 1e-15));
  CHECK(s.scale(0) == close(std::sqrt(1.25), 1e-15));
  CHECK(s.scale(1) == 1.0);
  CHECK(s.mean(2) == close(1, 1e-15));
  CHECK(s.scale(2) == close(4, 1e-15));
  const Matrix z = s.apply(x);
  CHECK(difference(z.col(2), Eigen::Vector4d(-1, -1, 1, 1)) < 1e-15);
  CHECK(z(0, 0) == close(-1.5 / std::sqrt(1.25), 1e-14));
  CHECK(z.col(1).cwiseAbs().maxCoeff() < 1e-15);
  CHECK(difference(s.undo(z), x) < 1e-15);
  CHECK(Standardisation::none(3).apply(x) == x);
  CHECK(Standardisation::of(x.topRows(1)).scale == Vector::Ones(3));
}

TEST_CASE("Columns of extreme scale are standardised as others are", "[datasets]") {
  const Matrix x = test::normals(20, 2);
  const Standardisation s = Standardisation::of(x);
  for (const int power : {-900, -520, 520, 900}) {
    const Standardisation far = Standardisation::of(x * std::ldexp(1.0, power));
    CHECK(far.mean == s.mean * std::ldexp(1.0, power));
    CHECK(far.scale == s.scale * std::ldexp(1.0, power));
  }
}

TEST_CASE("A column that varies by rounding alone is no scale", "[datasets]") {
  Matrix x(4, 3);
  x << 0.3, 1e9, 5, 0.1 + 0.2, 1e9 + 0.4, 5, 0.3, 1e9 - 0.4, 5, 0.3, 1e9, 5 + 1e-9;
  const Standardisation s = Standardisation::of(x);
  CHECK(s.scale(0) == 1);
  CHECK(s.apply(x).col(0).cwiseAbs().maxCoeff() < 1e-15);
  CHECK(s.scale(1) == close(std::sqrt(0.08), 1e-6));
  CHECK(difference(s.apply(x).col(1), Eigen::Vector4d(0, 1, -1, 0) * std::sqrt(2)) < 1e-5);
  CHECK(s.scale(2) == close(1e-9 * std::sqrt(3.0) / 4, 1e-5));
}

TEST_CASE("Training targets that are all equal are refused with their value", "[datasets]") {
  Dataset data = example();
  data.truth = nullptr;
  const std::string needed = "needed to learn how far targets vary";
  for (const bool standardise : {true, false}) {
    data.targets.setConstant(0.3);
    data.targets(0) = 0.7;  // of a row that is not trained on
    const auto refusal = [&](const Rows& rows) {
      const Problem problem(Given(data, standardise), kRequest);
      return test::error_of([&] { problem.training(rows); });
    };
    CHECK(refusal({3, 5, 8}) ==
          "data: example: the training targets are all 0.3 (3 rows); at least 2 different ones are " + needed);
    CHECK(refusal({3}) == "data: example: 1 training row(s); at least 2 with different targets are " + needed);
    data.targets(5) = 0.1 + 0.2;  // the next number
    CHECK(test::missing(refusal({3, 5, 8}), {"data: example: the training targets are all 0.3, up to rounding"}) == "");
    data.targets(5) = 0.4;
    CHECK_NOTHROW(Problem(Given(data, standardise), kRequest).training({3, 5, 8}));
    CHECK(test::missing(refusal({3, 8}), {"are all 0.3 (2 rows)"}) == "");
  }
  // Far from 0 is not all equal.
  data.targets = (1e9 + 0.4 * Vector::LinSpaced(60, -1, 1).array()).matrix();
  const TrainingSet set = Problem(Given(data), kRequest).training(consecutive_rows(0, 60));
  CHECK(set.target_scale == close(0.4 * std::sqrt((60.0 + 1) / (3 * 59.0)), 1e-6));
  CHECK(set.data.targets.maxCoeff() == close(1.7038, 1e-3));
}

TEST_CASE("Inputs are standardised by train and pool", "[datasets]") {
  const Problem problem(Given(example()), kRequest);
  const Split& split = problem.split();
  CHECK(split.test == paper_split(60, 4).test);
  const Matrix z = problem.inputs(joined(split.train, split.pool));
  for (Index j = 0; j < 2; ++j) {
    CHECK(std::abs(z.col(j).mean()) < 1e-12);
    CHECK(z.col(j).array().square().mean() == close(1, 1e-11));
  }
  CHECK(z.col(2).cwiseAbs().maxCoeff() < 1e-12);
  // Test rows go through the same map, so they are not centred themselves.
  const Matrix raw = problem.dataset().inputs(split.test, Eigen::all);
  const Standardisation s = Standardisation::of(problem.dataset().inputs(joined(split.train, split.pool), Eigen::all));
  CHECK(difference(problem.inputs(split.test), s.apply(raw)) < 1e-15);
  CHECK(std::abs(problem.inputs(split.test).col(0).mean()) > 1e-6);
}

TEST_CASE("Test rows never influence what a model sees", "[datasets]") {
  const Dataset data = example();
  Dataset changed = data;
  const Split split = paper_split(60, 4);
  for (const Index row : split.test) {
    changed.inputs.row(row).array() += 1e4;
    changed.targets(row) *= -50;
  }
  const Problem before(Given(data), kRequest), after(Given(changed), kRequest);
  CHECK(before.inputs(split.train) == after.inputs(split.train));
  CHECK(before.inputs(split.pool) == after.inputs(split.pool));
  CHECK(before.inputs(split.test) != after.inputs(split.test));
  const TrainingSet a = before.training(split.train), b = after.training(split.train);
  CHECK(a.data.inputs == b.data.inputs);
  CHECK(a.data.targets == b.data.targets);
  CHECK(a.target_mean == b.target_mean);
  CHECK(a.target_scale == b.target_scale);
}

TEST_CASE("Targets are standardised by the training rows in force", "[datasets]") {
  const Problem problem(Given(example()), kRequest);
  const Split& split = problem.split();
  for (const Rows& rows : {split.train, joined(split.train, {split.pool[3], split.pool[0]})}) {
    const TrainingSet set = problem.training(rows);
    const Vector y = problem.targets(rows);
    CHECK(set.target_mean == close(y.mean(), 1e-14));
    CHECK(set.target_scale == close(std::sqrt((y.array() - y.mean()).square().mean()), 1e-13));
    CHECK(difference((set.data.targets.array() * set.target_scale + set.target_mean).matrix(), y) < 1e-14);
    CHECK(set.data.inputs == problem.inputs(rows));
  }
}

TEST_CASE("The labelled pool is train and pool in the training rows' units, and never a test row", "[datasets]") {
  const Problem problem(Given(example()), kRequest);
  const Split& split = problem.split();
  const Rows known = joined(split.train, split.pool);
  // The same of fewer training rows: what is known stays, only the targets' units follow the training.
  for (const Rows& rows : {split.train, Rows(split.train.begin(), split.train.begin() + 5)}) {
    const TrainingSet set = problem.training(rows);
    const PrivilegedData privileged = problem.privileged(set);
    REQUIRE(privileged.labelled_pool != nullptr);
    CHECK(privileged.labelled_pool->inputs == problem.inputs(known));
    const Vector back = privileged.labelled_pool->targets.array() * set.target_scale + set.target_mean;
    CHECK(difference(back, problem.targets(known)) < 1e-14);
  }
}

TEST_CASE("Predictions return to the target's units", "[datasets]") {
  TrainingSet set;
  set.target_scale = 3;
  set.target_mean = -2;
  const JointPrediction p =
      set.to_target_units({Vector::Ones(2), Covariance::dense(Matrix::Identity(2, 2)), Vector::Constant(2, 0.5)});
  CHECK(p.mean == Vector::Ones(2));
  CHECK(p.latent.matrix() == 9 * Matrix::Identity(2, 2));
  CHECK(p.noise_variance == Vector::Constant(2, 4.5));
}

TEST_CASE("The truth handed to models is the oracle, in their units", "[datasets]") {
  for (const bool standardise : {true, false}) {
    INFO("standardised: " << standardise);
    const Problem problem(Given(example(), standardise), kRequest);
    const Split& split = problem.split();
    const Rows query = joined(split.pool, split.test);
    const auto oracle = problem.oracle(split.train, query);
    REQUIRE(oracle.has_value());
    const TrainingSet set = problem.training(split.train);
    const JointPrediction seen =
        problem.privileged(set).truth->posterior(set.data.inputs, set.data.targets, problem.inputs(query));
    CHECK(difference(seen.noise_variance, Vector::Constant(query.size(), 9 / std::pow(set.target_scale, 2))) < 1e-12);
    const JointPrediction back = set.to_target_units(seen);
    CHECK(difference(back.mean, oracle->mean) < 1e-9);
    CHECK(difference(back.latent.matrix(), oracle->latent.matrix()) < 1e-9);
    CHECK(difference(back.noise_variance, oracle->noise_variance) < 1e-12);
    CHECK((std::abs(set.target_scale - 1) > 1) == standardise);
  }
}

TEST_CASE("The oracle is the posterior in the data's own units", "[datasets]") {
  const Problem problem(Given(example()), kRequest);
  const Rows train = {3, 1, 20, 40}, query = {5, 1};
  const Dataset& data = problem.dataset();
  const JointPrediction expected =
      data.truth->posterior(data.inputs(train, Eigen::all), data.targets(train), data.inputs(query, Eigen::all));
  const auto oracle = problem.oracle(train, query);
  CHECK(oracle->mean == expected.mean);
  CHECK(oracle->latent.matrix() == expected.latent.matrix());
}

TEST_CASE("Data left in their own units are not touched", "[datasets]") {
  const Problem problem(Given(example(), false), kRequest);
  const Rows rows = {7, 0, 59};
  CHECK(problem.inputs(rows) == problem.dataset().inputs(rows, Eigen::all));
  const TrainingSet set = problem.training(rows);
  CHECK(set.data.targets == problem.targets(rows));
  CHECK(set.target_scale == 1.0);
  CHECK(set.target_mean == 0.0);
}

TEST_CASE("Groups go with their rows", "[datasets]") {
  Dataset data = example();
  for (Index i = 0; i < 60; ++i) data.groups.push_back(i / 4);
  DataRequest request = kRequest;
  request.protocol.name = ProtocolName::modern;
  const Problem problem(Given(data), request);
  const Rows& rows = problem.split().train;
  const std::vector<Index> groups = problem.training(rows).data.groups;
  REQUIRE(groups.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(groups[i] == rows[i] / 4);
  CHECK(Problem(Given(example()), request).training(rows).data.groups.empty());
}

TEST_CASE("Some rows of training data, repeated ones too", "[datasets]") {
  TrainingData data{Matrix{{1, 2}, {3, 4}, {5, 6}}, Vector{{7, 8, 9}}};
  const TrainingData plain = data.subset({2, 0, 2});
  CHECK(plain.inputs == Matrix{{5, 6}, {1, 2}, {5, 6}});
  CHECK(plain.targets == Vector{{9, 7, 9}});
  CHECK(plain.weights.size() == 0);
  CHECK(plain.groups.empty());
  data.weights = Vector{{1, 0, 3}};
  data.groups = {4, 4, 6};
  CHECK(data.subset({2, 0}).weights == Vector{{3, 1}});
  CHECK(data.subset({2, 0}).groups == std::vector<Index>{6, 4});
}

TEST_CASE("Without a truth there is no oracle", "[datasets]") {
  Dataset data = example();
  data.truth = nullptr;
  const Problem problem{Given(data), kRequest};
  CHECK_FALSE(problem.oracle({0, 1}, {2}).has_value());
  CHECK(problem.privileged(problem.training({0, 1})).truth == nullptr);
}

}  // namespace
}  // namespace predcorr
