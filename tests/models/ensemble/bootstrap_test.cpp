// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/linalg/cholesky.hpp"
#include "models/resampling/resampling.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using namespace models;

std::shared_ptr<const Model> bootstrap(const Json& base, Json parameters = Json::object()) {
  parameters["base"] = base;
  return test::model("bootstrap", parameters);
}
Json ridge(double penalty) { return {{"model", "ridge"}, {"parameters", {{"penalties", penalty}}}}; }

/// What bootstrap should be, one member after the other.
struct Loop {
  Loop(const Json& base, const Json& resampling, const TrainingData& data, const Matrix& query, Index members,
       bool as_weights, const PrivilegedData& privileged = {})
      : counts(members, data.targets.size()), values(query.rows(), members), at_rows(data.targets.size(), members) {
    const auto model = JsonType<Nested<Model>>::read(base).object;
    const Resampler resampler(read_parameters<Resampling>(resampling, "test"), data.targets.size(), data.groups);
    noise = Vector::Zero(query.rows());
    for (Index m = 0; m < members; ++m) {
      const Stream stream = Stream(6).fork("member", static_cast<std::uint64_t>(m));
      Stream own = stream;
      const Vector drawn = resampler.draw(own);
      TrainingData resample = data;
      if (as_weights) {
        resample.weights = drawn;
      } else {
        resample = data.subset(repeated_rows(drawn));
      }
      const auto posterior = model->fit(resample, stream.fork("fit"), privileged);
      const JointPrediction p = posterior->predict(query);
      counts.row(m) = drawn.transpose().cast<float>();
      values.col(m) = p.mean.cast<float>();
      at_rows.col(m) = posterior->predict(data.inputs).mean.cast<float>();
      noise += p.noise_variance / static_cast<double>(members);
    }
  }
  Counts counts;
  RowMatrixF values, at_rows;
  Vector noise;
};

TEST_CASE("bootstrap: one member after the other gives the same", "[models]") {
  const TrainingData data = test::curve(30, 3, 5);
  const Matrix query = test::query_points(7);
  const Json half = {{"replacement", false}, {"fraction", 0.5}}, bayesian = {{"scheme", "bayesian"}};
  for (const Json& resampling : {Json::object(), half, bayesian}) {
    const bool all_rows = resampling == bayesian;
    const Loop loop(ridge(2), resampling, data, query, 40, true);
    Json parameters = resampling;
    parameters["members"] = 40;
    for (const auto& [word, spread] : words_of(Spread{})) {
      if (all_rows && spread == Spread::jackknife_after_bootstrap) continue;
      INFO(resampling << ", " << word);
      parameters["spread"] = word;
      parameters["noise"] = "members";
      JointPrediction expected = ensemble_prediction(loop.values, loop.counts, spread, loop.noise);
      test::check_equal(bootstrap(ridge(2), parameters)->fit(data, Stream(6))->predict(query), expected);
      parameters["noise"] = "none";
      expected.noise_variance.setZero();
      test::check_equal(bootstrap(ridge(2), parameters)->fit(data, Stream(6))->predict(query), expected);
      if (all_rows) continue;
      parameters["noise"] = "out-of-bag";
      const OutOfBag out = out_of_bag(loop.at_rows, loop.counts, data.targets);
      const Vector variance =
          ensemble_prediction(loop.at_rows, loop.counts, spread, Vector::Zero(30)).latent.diagonal();
      const auto posterior = bootstrap(ridge(2), parameters)->fit(data, Stream(6));
      CHECK(posterior->predict(query).noise_variance(3) == test::close(unexplained_noise(out, variance), 1e-5));
      CHECK(posterior->diagnostics().at("out_of_bag_rmse") == test::close(std::sqrt(out.square), 1e-5));
      CHECK(posterior->diagnostics().at("out_of_bag_rows") == 30);
    }
  }
}

TEST_CASE("bootstrap: a base that takes no weights gets repeated rows", "[models]") {
  const TrainingData data = test::curve(20, 2, 5);
  const Matrix query = test::query_points(4, 2);
  const Json base = {{"model", "gp"}, {"parameters", {{"steps", 5}}}};
  const Loop loop(base, Json::object(), data, query, 6, false);
  const auto posterior = bootstrap(base, {{"members", 6}, {"noise", "members"}})->fit(data, Stream(6));
  test::check_equal(posterior->predict(query), ensemble_prediction(loop.values, {}, Spread::members, loop.noise));
}

TEST_CASE("bootstrap: jackknives count groups that are drawn together once", "[models]") {
  TrainingData data = test::curve(40, 2, 5);
  for (Index i = 0; i < 40; ++i) data.groups.push_back(i % 8);
  const Matrix query = test::query_points(5, 2);
  const Loop loop(ridge(1), Json::object(), data, query, 200, true);
  const Counts units = loop.counts.leftCols(8);
  for (const Spread spread : {Spread::infinitesimal_jackknife, Spread::jackknife_after_bootstrap}) {
    const auto posterior =
        bootstrap(ridge(1), {{"members", 200}, {"spread", word_of(spread)}, {"noise", "none"}})->fit(data, Stream(6));
    test::check_equal(posterior->predict(query), ensemble_prediction(loop.values, units, spread, Vector::Zero(5)));
  }
}

TEST_CASE("bootstrap: many ridge regressions against NumPy's bootstrap", "[models]") {
  // 40000 resamples there and 20000 here: variances to 1.2%, means to 0.9% of a deviation, one standard error.
  const Json expected = test::reference("model_reference.json").at("ridge");
  const TrainingData data{test::matrix(expected.at("x")), test::vector(expected.at("y"))};
  const auto posterior =
      bootstrap(ridge(expected.at("penalty")), {{"members", 20000}, {"noise", "none"}})->fit(data, Stream(1));
  const JointPrediction p = posterior->predict(test::matrix(expected.at("query")));
  const Vector mean = test::vector(expected.at("bootstrap_mean"));
  const Matrix cov = test::matrix(expected.at("bootstrap_cov")), found = p.latent.matrix();
  for (Index i = 0; i < mean.size(); ++i) {
    CHECK(p.mean(i) == Approx(mean(i)).margin(0.04 * std::sqrt(cov(i, i))));
    for (Index j = 0; j < mean.size(); ++j)
      CHECK(found(i, j) == Approx(cov(i, j)).margin(0.06 * std::sqrt(cov(i, i) * cov(j, j))));
  }
}

TEST_CASE("bootstrap: linear regressions have the sandwich covariance", "[models]") {
  // A^-1 (sum_i e_i^2 x_i x_i') A^-1, A = X'X, for resampled rows with noise that grows with |x| (White 1980); the
  // bootstrap's own is 1 + O(d / n) times that. 4000 members: one standard error is 2.2% of a variance. Least squares
  // with equal noise would be off by a factor of about 3 for the slope.
  constexpr Index n = 600;
  Stream stream(3);
  TrainingData data{stream.normals(n), stream.normals(n)};
  data.targets = data.targets.cwiseProduct(data.inputs.col(0)) + 2 * data.inputs.col(0);
  Matrix x = Matrix::Ones(n, 2);
  x.col(1) = data.inputs.col(0);
  const Matrix inverse = Cholesky(x.transpose() * x).solve(Matrix::Identity(2, 2));
  const Vector residual = data.targets - x * (inverse * (x.transpose() * data.targets));
  const Matrix squares = residual.cwiseAbs2().asDiagonal() * x;
  const Matrix query{{1, 0.5}, {1, -2}, {1, 2}};
  const Matrix root = query * inverse, expected = root * (x.transpose() * squares) * root.transpose();
  const auto posterior = bootstrap(ridge(1e-6), {{"members", 4000}})->fit(data, Stream(1));
  const Matrix found = posterior->predict(query.col(1)).latent.matrix();
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 3; ++j)
      CHECK(found(i, j) == Approx(expected(i, j)).margin(0.11 * std::sqrt(expected(i, i) * expected(j, j))));
}

TEST_CASE("bootstrap: a huge penalty leaves the mean, its variances and its noise", "[models]") {
  // Weights vanish and the mean is left. Members: sum of squares / n^2 (Efron & Tibshirani 1993, chapter 6); so for the
  // infinitesimal jackknife, and times n / (n - 1) for the other, by Monte-Carlo errors as in ensemble_prediction's
  // test, here four of 1%, 1.4% and 1.9%. The out-of-bag error is that of the mean of the other rows: residuals times
  // n / (n - 1), and what the mean's variance leaves of it is noise.
  const TrainingData data = test::curve(15, 2, 3);
  const double n = 15, squares = (data.targets.array() - data.targets.mean()).square().sum();
  const auto fitted = [&](const char* spread) {
    return bootstrap(ridge(1e12), {{"members", 20000}, {"spread", spread}})->fit(data, Stream(2));
  };
  const auto of_members = fitted("members");
  const JointPrediction p = of_members->predict(test::query_points(2, 2));
  const Matrix latent = p.latent.matrix();
  CHECK(latent(0, 0) == Approx(squares / (n * n)).epsilon(0.04));
  CHECK(latent(0, 1) == Approx(latent(0, 0)).epsilon(1e-5));
  CHECK(p.mean(0) == Approx(data.targets.mean()).margin(0.01));
  const double out = std::pow(of_members->diagnostics().at("out_of_bag_rmse"), 2);
  CHECK(out == Approx(squares / n * std::pow(n / (n - 1), 2)).epsilon(0.02));
  CHECK(p.noise_variance(0) == Approx(out - latent(0, 0)).epsilon(1e-5));
  const Matrix query = test::query_points(1, 2);
  CHECK(fitted("infinitesimal-jackknife")->predict(query).latent.matrix()(0, 0) ==
        Approx(squares / (n * n)).epsilon(0.057));
  CHECK(fitted("jackknife-after-bootstrap")->predict(query).latent.matrix()(0, 0) ==
        Approx(squares / (n * (n - 1))).epsilon(0.075));
}

TEST_CASE("bootstrap: uncertainty grows away from the data", "[models]") {
  const auto posterior = bootstrap("ridge")->fit(test::training_data(50, 1), Stream(1));
  const JointPrediction p = posterior->predict(Vector{{0, 10, 20}});
  CHECK(p.latent.width() == 100);
  const Vector variance = p.latent.diagonal();
  CHECK(variance(1) > 10 * variance(0));
  CHECK(variance(2) > 2 * variance(1));
  // A line's ends move together on one side and against each other on the two sides.
  const Matrix opposite = posterior->predict(Vector{{-20, 20}}).latent.matrix();
  CHECK(opposite(0, 1) < -0.9 * std::sqrt(opposite(0, 0) * opposite(1, 1)));
}

TEST_CASE("bootstrap: around models of every kind it is one member after the other", "[models]") {
  const test::CheckData data = test::training_data();
  const Matrix query = test::query_points(5);
  const auto check = [&](const Json& base, const Json& resampling, Index members, const char* spread) {
    INFO(base << resampling);
    const bool as_weights = JsonType<Nested<Model>>::read(base).object->traits().takes_weights;
    const Loop loop(base, resampling, data, query, members, as_weights, data.privileged);
    Json parameters = resampling;
    parameters.update({{"members", members}, {"spread", spread}, {"noise", "members"}});
    const JointPrediction p = bootstrap(base, parameters)->fit(data, Stream(6), data.privileged)->predict(query);
    test::check_equal(p, ensemble_prediction(loop.values, loop.counts, JsonType<Spread>::read(spread), loop.noise));
    test::check_sound(p, 5);
  };
  const Json bbb = {{"model", "bbb"}, {"parameters", {{"epochs", 3}, {"samples", 5}, {"units", 4}}}};
  const Json gp = {{"model", "gp"}, {"parameters", {{"steps", 3}}}};
  const Json nested = {{"model", "bootstrap"}, {"parameters", {{"base", "constant"}, {"members", 4}}}};
  for (const Json& base : {gp, bbb, nested, Json("constant"), Json("ridge"), Json("kernel-ridge"), Json("oracle")}) {
    check(base, Json::object(), 6, "members");
    check(base, {{"block_size", 3}}, 6, "members");
    check(base, {{"fraction", 0.6}}, 40, "jackknife-after-bootstrap");
  }
  for (const char* base : {"ridge", "kernel-ridge"}) check(base, {{"scheme", "bayesian"}}, 6, "members");
}

TEST_CASE("bootstrap: targets far from 0 keep their digits", "[models]") {
  const TrainingData data = test::curve(20, 2, 5);
  TrainingData moved = data;
  moved.targets.array() += 1e6;
  const Matrix query = test::query_points(5, 2);
  const JointPrediction p = bootstrap("ridge")->fit(moved, Stream(1))->predict(query);
  const JointPrediction expected = bootstrap("ridge")->fit(data, Stream(1))->predict(query);
  CHECK(test::difference((p.mean.array() - 1e6).matrix(), expected.mean) < 1e-6);
  CHECK(test::difference(p.latent.matrix(), expected.latent.matrix()) < 1e-5);
  CHECK(p.noise_variance(0) == test::close(expected.noise_variance(0), 1e-5));
}

TEST_CASE("bootstrap: a resample of equal targets is a member that is constant", "[models]") {
  // One resample of 3 rows in nine is one row three times, of 400 members about 44, standard deviation 6.
  const TrainingData data = test::training_data(3, 1);
  for (const char* base : {"constant", "ridge", "gp"}) {
    const auto posterior = bootstrap(base, {{"members", 400}})->fit(data, Stream(1));
    const Diagnostics found = posterior->diagnostics();
    CHECK(found.at("equal_target_members") > 20);
    CHECK(found.at("equal_target_members") < 70);
    CHECK(found.at("redrawn") == 0);
    test::check_sound(posterior->predict(test::query_points(4, 1)), 4);
  }
  CHECK(bootstrap("ridge")->fit(test::training_data(), Stream(1))->diagnostics().at("equal_target_members") == 0);
}

TEST_CASE("bootstrap: of a rare target the members' mean is the mean, their noise the targets' own", "[models]") {
  // One of 20 targets is 1: a resample has it 0, 1, 2, ... times, and not at all in 0.95^20 = 36 %. The mean of
  // resamples' means is 0.05, standard error sqrt(0.05 * 0.95 / 20 / 4000) = 0.0008; with that 36 % drawn again it
  // would be 0.078.
  TrainingData data{Matrix::Zero(20, 1), Vector::Zero(20)};
  data.targets(4) = 1;
  const Json parameters = {{"members", 4000}, {"noise", "members"}};
  const auto posterior = bootstrap("constant", parameters)->fit(data, Stream(1));
  // 0.3585 of 4000, give or take four times sqrt(4000 * 0.3585 * 0.6415) = 30.
  CHECK(posterior->diagnostics().at("equal_target_members") == Approx(1434).margin(121));
  const JointPrediction p = posterior->predict(Matrix::Zero(1, 1));
  CHECK(p.mean(0) == Approx(0.05).margin(0.004));
  // A member with k ones has noise k / 20 (1 - k / 20) 20 / 19, which has the mean 0.0475; one with none has 1 / 20.
  CHECK(p.noise_variance(0) == Approx(0.0475 + 0.05 * 0.3585).epsilon(0.05));
}

TEST_CASE("bootstrap: resamples that the base refuses for reasons of its own are drawn again", "[models]") {
  // gp-hindsight refuses where the pool is not known: always, so in the end the reason is told.
  const TrainingData data = test::training_data(8, 1);
  CHECK(test::error_of([&] { bootstrap("gp-hindsight", {{"members", 2}})->fit(data, Stream(1)); }) ==
        "data: member 0 of 2 (gp-hindsight): gp-hindsight: the rows of the pool are not known here; it is a reference "
        "for benchmarks only");
}

TEST_CASE("bootstrap: what its base needs and is", "[models]") {
  CHECK(bootstrap("oracle")->traits().reads_truth);
  CHECK(bootstrap("oracle")->traits().kind == ModelKind::ceiling);
  CHECK_FALSE(bootstrap("gp-hindsight")->traits().reads_truth);
  CHECK(bootstrap("gp-hindsight")->traits().kind == ModelKind::ceiling);
  CHECK(bootstrap("ridge")->traits().kind == ModelKind::contender);
}

TEST_CASE("bootstrap: what cannot be is refused", "[models]") {
  CHECK_THAT(test::error_of([] { test::model("bootstrap"); }), test::contains("parameter 'base' must be given"));
  CHECK(test::error_of([] { bootstrap("gp", {{"scheme", "bayesian"}, {"noise", "none"}}); }) ==
        "config: test.parameters: scheme 'bayesian' needs a base that weights its rows, which 'gp' cannot; take "
        "scheme 'rows'");
  CHECK_THAT(test::error_of([] { bootstrap("ridge", {{"scheme", "bayesian"}}); }), test::contains("take 'members'"));
  CHECK_THAT(test::error_of([] { bootstrap("ridge", {{"members", 1}}); }), test::contains("from 2 to 100000, got 1"));

  const auto failed = [](const std::shared_ptr<const Model>& model, const TrainingData& data) {
    return test::error_of([&] { model->fit(data, Stream(1)); });
  };
  TrainingData flat = test::training_data();
  flat.targets.setConstant(2);
  CHECK(failed(bootstrap("constant", {{"members", 5}}), flat) ==
        "data: fit: the training targets are all 2 (24 rows); at least 2 different ones are needed to learn how far "
        "targets vary");
  CHECK_THAT(
      failed(bootstrap("ridge", {{"members", 2}, {"spread", "jackknife-after-bootstrap"}}), test::training_data()),
      test::contains("is in every one of 2 members"));
}

}  // namespace
}  // namespace predcorr
