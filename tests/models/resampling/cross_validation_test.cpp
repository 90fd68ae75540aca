// SPDX-License-Identifier: Apache-2.0
#include "models/resampling/cross_validation.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <set>

#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"

namespace predcorr::models {
namespace {

using test::error_of;
using test::missing;

/// Predicts the weighted mean of the targets it saw, with a covariance of 0.25 between any two points and noise of 2;
/// refuses to have seen what it is asked about if told to.
class SeenMean : public PrivilegedModel {
 public:
  explicit SeenMean(bool in_pool = false) : in_pool_(in_pool) {}
  ModelTraits traits() const override { return {.reads_labelled_pool = in_pool_, .takes_weights = true}; }

 private:
  class SeenMeanPosterior : public Posterior {
   public:
    SeenMeanPosterior(double mean, Matrix seen) : mean_(mean), seen_(std::move(seen)) {}

   private:
    JointPrediction do_predict(const Matrix& query) const override {
      for (Index i = 0; i < query.rows(); ++i)
        for (Index j = 0; j < seen_.rows(); ++j)
          require(query.row(i) != seen_.row(j), ErrorKind::data, "a row to predict was seen");
      return {Vector::Constant(query.rows(), mean_),
              Covariance::from_factor(RowMatrix(RowMatrix::Constant(query.rows(), 1, 0.5))),
              Vector::Constant(query.rows(), 2)};
    }
    double mean_;
    Matrix seen_;
  };

  std::unique_ptr<Posterior> do_fit(const PrivilegedData& privileged, const TrainingData& data,
                                    const Stream&) const override {
    const Vector w = data.weights.size() > 0 ? data.weights : Vector(Vector::Ones(data.targets.size()));
    return std::make_unique<SeenMeanPosterior>(data.targets.dot(w) / w.sum(),
                                               in_pool_ ? privileged.labelled_pool->inputs : data.inputs);
  }
  bool in_pool_;
};

/// Each row once, in folds whose sizes differ by at most one.
void check_dealt(const std::vector<Rows>& folds, Index rows) {
  std::set<Index> seen;
  std::size_t least = 1000, most = 0;
  for (const Rows& fold : folds) {
    seen.insert(fold.begin(), fold.end());
    least = std::min(least, fold.size());
    most = std::max(most, fold.size());
  }
  CHECK(std::ssize(seen) == rows);
  CHECK(least >= 1);
  CHECK(most - least <= 1);
}

TEST_CASE("cross-validation: every row is held out once, in folds of equal size", "[models]") {
  for (const Index n : {2, 3, 9, 10, 11, 53}) {
    INFO(n << " rows");
    const auto folds = deal_folds(n, {}, 5, Stream(1));
    CHECK(std::ssize(folds) == std::min<Index>(5, n));
    check_dealt(folds, n);
  }
  CHECK(deal_folds(53, {}, 5, Stream(1)) == deal_folds(53, {}, 5, Stream(1)));
  CHECK(deal_folds(53, {}, 5, Stream(1)) != deal_folds(53, {}, 5, Stream(2)));
}

TEST_CASE("cross-validation: a group stays in one fold", "[models]") {
  std::vector<Index> group;
  for (Index i = 0; i < 40; ++i) group.push_back(9 * ((i * i) % 7));  // 4 groups
  const auto folds = deal_folds(40, group, 3, Stream(5));
  CHECK(folds.size() == 3);
  std::set<Index> values;
  Index rows = 0;
  for (const Rows& fold : folds) {
    std::set<Index> own;
    for (const Index i : fold) own.insert(group[static_cast<std::size_t>(i)]);
    for (const Index v : own) CHECK(values.insert(v).second);
    rows += std::ssize(fold);
  }
  CHECK(rows == 40);
  CHECK(deal_folds(40, group, 10, Stream(5)).size() == 4);
}

TEST_CASE("cross-validation: residuals are those of the mean of the other folds", "[models]") {
  const TrainingData data = test::curve(23, 2, 4);
  const CrossValidation cv = cross_validate(SeenMean(), data, {.folds = 4, .repeats = 2}, Stream(1));
  CHECK(cv.folds == 4);
  REQUIRE(cv.parts.size() == 8);
  CHECK(cv.parts[0].rows != cv.parts[4].rows);
  REQUIRE(cv.rows.size() == 46);
  Index at = 0;
  for (const HeldOut& part : cv.parts) {
    double left_out = 0;
    for (const Index i : part.rows) left_out += data.targets(i);
    const double mean = (data.targets.sum() - left_out) / static_cast<double>(23 - std::ssize(part.rows));
    for (const Index i : part.rows) {
      CHECK(cv.rows[static_cast<std::size_t>(at)] == i);
      CHECK(cv.residual(at) == test::close(data.targets(i) - mean, 1e-12));
      CHECK(cv.observed_stddev(at) == test::close(1.5, 1e-12));
      CHECK(cv.latent_stddev(at++) == test::close(0.5, 1e-12));
    }
  }
  for (const int repeat : {0, 1}) {
    const auto first = cv.rows.begin() + 23 * repeat;
    CHECK(std::set<Index>(first, first + 23).size() == 23);
  }
}

TEST_CASE("cross-validation: blocks are parts of the fold's prediction", "[models]") {
  const TrainingData data = test::curve(23, 2, 4);
  const auto gp = test::model("gp", {{"steps", 3}});
  const CrossValidation whole = cross_validate(*gp, data, {.folds = 2}, Stream(1));
  const CrossValidation cut = cross_validate(*gp, data, {.folds = 2, .most_rows = 5}, Stream(1));
  REQUIRE(cut.parts.size() == 6);
  CHECK(cut.rows == whole.rows);
  CHECK(cut.residual == whole.residual);
  CHECK(test::difference(cut.observed_stddev, whole.observed_stddev) < 1e-15);
  const HeldOut& second = cut.parts[1];
  const Rows rows = consecutive_rows(std::ssize(cut.parts[0].rows), std::ssize(second.rows));
  CHECK(second.prediction.latent.matrix() == whole.parts[0].prediction.latent.block(rows, rows));
}

TEST_CASE("cross-validation: rows of weight 0 take no part, the others' weights go with them", "[models]") {
  TrainingData data = test::curve(12, 2, 4);
  data.weights = Vector::LinSpaced(12, 1, 12);
  data.weights(4) = 0;
  data.targets(4) = 1e9;
  const CrossValidation cv = cross_validate(SeenMean(), data, {.folds = 11}, Stream(1));
  CHECK(cv.rows.size() == 11);
  CHECK(std::count(cv.rows.begin(), cv.rows.end(), 4) == 0);
  const Vector total = data.weights.cwiseProduct(data.targets);
  for (std::size_t k = 0; k < cv.rows.size(); ++k) {
    const Index i = cv.rows[k];
    const double mean = (total.sum() - total(i)) / (data.weights.sum() - data.weights(i));
    CHECK(cv.residual(static_cast<Index>(k)) == test::close(data.targets(i) - mean, 1e-9));
  }
}

TEST_CASE("cross-validation: the labelled pool loses the rows held out, and no others", "[models]") {
  const test::CheckData data = test::training_data();  // 24 rows and a pool of 12
  CHECK_NOTHROW(cross_validate(SeenMean(true), data, {.folds = 3}, Stream(1), data.privileged));
  PrivilegedData no_pool = data.privileged;
  no_pool.labelled_pool = std::make_shared<TrainingData>(test::curve(24, 3, 3));
  CHECK_NOTHROW(cross_validate(SeenMean(true), data, {.folds = 3}, Stream(1), no_pool));
  // The check sees a leak where there is one.
  const auto posterior = SeenMean(true).fit(data, Stream(1), data.privileged);
  CHECK(missing(error_of([&] { posterior->predict(data.inputs); }), {"was seen"}) == "");
}

TEST_CASE("cross-validation: what cannot be held out is refused", "[models]") {
  const TrainingData data = test::curve(8, 2, 4);
  const auto refusal = [](const TrainingData& d, const CrossValidationOptions& options) {
    return error_of([&] { cross_validate(SeenMean(), d, options, Stream(1)); });
  };
  CHECK(missing(refusal(test::curve(1, 2, 4), {}), {"data: ", "1 row(s)", "at least 2"}) == "");
  TrainingData same = data;
  same.groups.assign(8, 3);
  CHECK(missing(refusal(same, {}), {"data: ", "1 group(s)"}) == "");
  CHECK(missing(refusal(data, {.folds = 1}), {"config: ", "2 folds"}) == "");
  CHECK(missing(refusal(data, {.repeats = 0}), {"config: ", "1 repeat"}) == "");
  // What a fit refuses is said with its fold in front.
  CHECK(missing(error_of([&] { cross_validate(*test::model("gp-hindsight"), data, {.folds = 2}, Stream(1)); }),
                {"data: cross-validation: fold ", " of 2: gp-hindsight: "}) == "");
}

TEST_CASE("cross-validation: one row that differs is held out by a level with the noise of all", "[models]") {
  TrainingData data = test::curve(8, 2, 4);
  data.targets.setConstant(2);
  data.targets(6) = 10;
  for (const char* name : {"gp", "ridge", "constant"}) {
    const CrossValidation cv = cross_validate(*test::model(name), data, {.folds = 4}, Stream(1));
    for (const HeldOut& part : cv.parts) {
      const auto at = std::find(part.rows.begin(), part.rows.end(), 6);
      if (at == part.rows.end()) continue;
      // The others are all 2; squares about it are 64 / 8.
      CHECK(part.prediction.mean == Vector::Constant(2, 2));
      CHECK(part.prediction.noise_variance == Vector::Constant(2, 8));
      CHECK(part.prediction.latent.matrix() == Matrix::Zero(2, 2));
    }
    CHECK(cv.residual.cwiseAbs().maxCoeff() == 8);
    CHECK(cv.observed_stddev.minCoeff() > 0);
  }
}

TEST_CASE("cross-validation: what varies is never held out as a whole where that can be helped", "[models]") {
  Vector mostly_zero = Vector::Zero(10);
  mostly_zero(2) = 1;
  mostly_zero(7) = 3;
  int dealt_again = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const std::vector<Rows> folds = deal_varied_folds(mostly_zero, {}, 2, Stream(seed));
    REQUIRE(folds.size() == 2);
    for (const Rows& fold : folds)
      CHECK(std::count(fold.begin(), fold.end(), 2) + std::count(fold.begin(), fold.end(), 7) == 1);
    if (folds == deal_folds(10, {}, 2, Stream(seed))) continue;
    ++dealt_again;
    CHECK(folds == deal_varied_folds(mostly_zero, {}, 2, Stream(seed)));
  }
  // By chance both are in one fold in 4 of 9 deals: 18 of 40, standard deviation 3.
  CHECK(dealt_again > 6);
  CHECK(dealt_again < 30);
  // Where targets differ everywhere it is the first deal.
  CHECK(deal_varied_folds(Vector::LinSpaced(10, 0, 1), {}, 3, Stream(5)) == deal_folds(10, {}, 3, Stream(5)));
}

}  // namespace
}  // namespace predcorr::models
