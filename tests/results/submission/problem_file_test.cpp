// SPDX-License-Identifier: Apache-2.0
#include "results/submission/problem_file.hpp"

#include <cmath>

#include "core/base/stream.hpp"
#include "core/numpy/npz.hpp"
#include "tests/metrics/fixtures.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

using Arrays = std::map<std::string, Matrix>;

/// A problem of four pool and three test points, and files whose arrays change from check to check.
class Files {
 public:
  Files() : p_(test::densified(test::random_prediction(7, 3, 5))) {
    evaluation_.y = Stream(3).normals(7);
    evaluation_.n_pool = 4;
  }
  const JointPrediction& prediction() const { return p_; }
  EvaluationData& evaluation() { return evaluation_; }

  /// The arrays of a good prediction and a good problem.
  Arrays good() const {
    return {{"mean", p_.mean}, {"latent_cov", p_.latent.matrix()}, {"noise_var", p_.noise_variance}};
  }
  Arrays good_problem() const {
    return {{"y", evaluation_.y},
            {"oracle_mean", p_.mean},
            {"oracle_latent_cov", p_.latent.matrix()},
            {"oracle_noise_var", p_.noise_variance}};
  }
  static Arrays with(Arrays arrays, const std::string& name, const Matrix& array) {
    arrays[name] = array;
    return arrays;
  }
  static Arrays without(Arrays arrays, const std::string& name) {
    arrays.erase(name);
    return arrays;
  }

  Submission load(const Arrays& arrays) const {
    write(arrays, "pred.npz", -1);
    return load_submission("p", folder_ / "pred.npz", evaluation_);
  }
  EvaluationData load_problem(const Arrays& arrays, Index n_pool = 4) const {
    write(arrays, "problem.npz", n_pool);
    return load_evaluation_data(folder_ / "problem.npz");
  }
  std::string refusal(const Arrays& arrays) const {
    return error_of([&] { load(arrays); });
  }
  std::string problem_refusal(const Arrays& arrays, Index n_pool = 4) const {
    return error_of([&] { load_problem(arrays, n_pool); });
  }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  void write(const Arrays& arrays, const char* name, Index n_pool) const {
    NpzWriter npz;
    for (const auto& [key, array] : arrays) npz.add(key, array);
    if (n_pool >= 0) npz.add("n_pool", n_pool);
    npz.save(folder_ / name);
  }
  test::TemporaryFolder folder_;
  JointPrediction p_;
  EvaluationData evaluation_;
};

TEST_CASE("problems and predictions come back as they were saved", "[results]") {
  Files files;
  EvaluationData& evaluation = files.evaluation();
  evaluation.oracle = files.prediction();
  evaluation.inputs = Stream(4).normals(14).reshaped(7, 2);
  save_evaluation_data(evaluation, files / "a.npz");
  const EvaluationData back = load_evaluation_data(files / "a.npz");
  CHECK(back.y == evaluation.y);
  CHECK(back.n_pool == 4);
  CHECK(back.inputs == evaluation.inputs);
  REQUIRE(back.oracle.has_value());
  CHECK(back.oracle->latent.matrix() == files.prediction().latent.matrix());
  CHECK(arrays_without_use(files / "a.npz", true).empty());
  CHECK(arrays_without_use(files / "a.npz", false).size() == 6);
  const RowMatrixF single = test::normals(7, 3).cast<float>();
  for (const Covariance& latent : {files.prediction().latent, Covariance::from_factor(single, Vector::Ones(7)),
                                   Covariance::from_factor(RowMatrix(single.cast<double>()))}) {
    const JointPrediction p{files.prediction().mean, latent, files.prediction().noise_variance};
    save_submission(p, files / "p.npz");
    const Submission loaded = load_submission("p", files / "p.npz", evaluation);
    CHECK(loaded.prediction.mean == p.mean);
    CHECK(loaded.prediction.noise_variance == p.noise_variance);
    CHECK(loaded.prediction.latent.matrix() == latent.matrix());
    CHECK((loaded.prediction.latent.stored_float_factor() != nullptr) == (latent.stored_float_factor() != nullptr));
    CHECK_FALSE(loaded.noise_included);
  }
}

TEST_CASE("a problem of images has their shape", "[results]") {
  Files files;
  EvaluationData& evaluation = files.evaluation();
  save_evaluation_data(evaluation, files / "a.npz", ImageShape{1, 2, 3});  // without inputs there are no images
  CHECK_FALSE(NpzReader(files / "a.npz").contains("image"));
  evaluation.inputs = Stream(4).normals(42).reshaped(7, 6);
  save_evaluation_data(evaluation, files / "a.npz", ImageShape{1, 2, 3});
  CHECK(NpzReader(files / "a.npz").rows("image") == Rows{1, 2, 3});
  CHECK(load_evaluation_data(files / "a.npz").inputs == evaluation.inputs);
  CHECK(arrays_without_use(files / "a.npz", true).empty());
  for (const ImageShape& wrong : {ImageShape{2, 2, 3}, ImageShape{-1, -2, 3}, ImageShape{6, 1, 0}}) {
    save_evaluation_data(evaluation, files / "b.npz", wrong);
    CHECK(missing(error_of([&] { load_evaluation_data(files / "b.npz"); }),
                  {"data: ", "array 'image'", "height, width and channels", "6 inputs"}) == "");
  }
}

TEST_CASE("predictions of other points than the problem's are refused with file and array", "[results]") {
  const Files f;
  const Arrays good = f.good();
  REQUIRE_NOTHROW(f.load(good));
  const Submission test_alone =
      f.load({{"mean", Vector{{1.0, 2.0, 3.0}}}, {"cov", Matrix{{2.0, 0.5, 0.0}, {0.5, 1.0, 0.25}, {0.0, 0.25, 1.5}}}});
  CHECK(test_alone.prediction.size() == 3);
  CHECK(test_alone.noise_included);
  CHECK(test_alone.pool_block);
  const auto message = [](const std::string& array) { return "pred.npz: array '" + array + "'"; };
  const auto covariance = [&](const Matrix& m) { return f.refusal(Files::with(good, "latent_cov", m)); };
  CHECK(missing(covariance(Matrix::Identity(5, 5)), {message("latent_cov"), "5 x 5", "has 7, 3 of them"}) == "");
  CHECK(missing(covariance(Matrix::Ones(7, 6)), {message("latent_cov"), "7 x 6; 7 x 7 was expected"}) == "");
  CHECK(missing(f.refusal(Files::with(good, "mean", Vector::Zero(6))), {message("mean"), "7 numbers"}) == "");
  Matrix indefinite = good.at("latent_cov");
  indefinite(2, 6) = indefinite(6, 2) = 50;
  CHECK(missing(covariance(indefinite), {"numerical: ", message("latent_cov"), "correlation of points 2 and 6"}) == "");
}

TEST_CASE("covariances between pool points may be left open, all of them", "[results]") {
  const Files f;
  const auto covariance = [&](const Matrix& m) { return Files::with(f.good(), "latent_cov", m); };
  Matrix open = f.prediction().latent.matrix();
  for (Index i = 0; i < 4; ++i)
    for (Index j = 0; j < 4; ++j)
      if (i != j) open(i, j) = std::nan("");
  const Submission part = f.load(covariance(open));
  CHECK_FALSE(part.pool_block);
  CHECK(f.load(f.good()).pool_block);
  CHECK(part.prediction.latent.block(0, 4, 4, 3) == f.prediction().latent.block(0, 4, 4, 3));
  CHECK(part.prediction.latent.diagonal() == f.prediction().latent.diagonal());
  const EvaluationData problem = f.load_problem(Files::with(f.good_problem(), "oracle_latent_cov", open));
  CHECK(problem.oracle->latent.block(4, 3, 4, 3) == f.prediction().latent.block(4, 3, 4, 3));

  // Every score is that of the whole prediction; only what picks from the pool has nothing to pick by.
  const Submission whole = f.load(f.good());
  const std::vector<ScoreSheet> sheets = score_submissions(problem, {{"a", whole.prediction}, part}, {});
  REQUIRE(sheets[0].scores.size() == sheets[1].scores.size());
  for (std::size_t i = 0; i < sheets[0].scores.size(); ++i) {
    INFO(sheets[0].scores[i].key().text());
    CHECK(sheets[0].scores[i].value == sheets[1].scores[i].value);
  }
  CHECK(sheets[0].selected.count("bmig") == 1);
  CHECK(sheets[1].selected.count("bmig") == 0);
  CHECK(missing(sheets[1].not_selected.at("bmig"), {"between pool points", "--keep all"}) == "");

  Matrix partly = open;
  partly(0, 1) = partly(1, 0) = 0.1;
  CHECK(missing(f.refusal(covariance(partly)), {"'latent_cov'", "nan in row 2, column 0", "NaN for all"}) == "");
  Matrix elsewhere = open;
  elsewhere(5, 4) = elsewhere(4, 5) = std::nan("");
  CHECK(missing(f.refusal(covariance(elsewhere)), {"'latent_cov'", "nan in row 5, column 4"}) == "");
  Matrix lopsided = open;
  lopsided(5, 0) += 0.1;
  CHECK(missing(f.refusal(covariance(lopsided)), {"'latent_cov'", "not symmetric"}) == "");
  Matrix impossible = open;  // a pool point that varies less than the test points say
  impossible(0, 0) *= 1e-3;
  CHECK(missing(f.refusal(covariance(impossible)), {"'latent_cov'", "given the test points"}) == "");
}

TEST_CASE("problems that make no sense are refused with file and array", "[results]") {
  const Files f;
  const Arrays good = f.good_problem();
  REQUIRE_NOTHROW(f.load_problem(good));
  CHECK(f.load_problem({{"y", Vector::Ones(3)}}, -1).n_pool == 0);
  const auto message = [](const std::string& array) { return "problem.npz: array '" + array + "'"; };
  CHECK(missing(f.problem_refusal(good, 7), {"data: ", message("n_pool"), "is 7 of 7 points", "test point"}) == "");
  CHECK(missing(f.problem_refusal(Files::without(good, "y")), {message("y"), "missing"}) == "");
  CHECK(missing(f.problem_refusal(Files::with(good, "y", Matrix::Ones(7, 2))), {message("y"), "7 x 2"}) == "");
  CHECK(missing(f.problem_refusal(Files::with(good, "n_pool", Matrix{{4.0}}), -1), {message("n_pool"), "int64"}) == "");
  CHECK(missing(f.problem_refusal(Files::with(good, "x", Matrix::Ones(6, 2))), {message("x"), "6 x 2; 7 rows"}) == "");
  CHECK(missing(f.problem_refusal(Files::without(good, "oracle_mean")), {"lacks oracle_mean", "all three or none"}) ==
        "");
  CHECK(missing(f.problem_refusal(Files::with(good, "oracle_latent_cov", -Matrix::Identity(7, 7))),
                {message("oracle_latent_cov"), "variance of point 0 is -1"}) == "");
}

}  // namespace
}  // namespace predcorr
