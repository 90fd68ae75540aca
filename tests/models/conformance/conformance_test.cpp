// SPDX-License-Identifier: Apache-2.0
#include "models/conformance/conformance.hpp"

#include "tests/support/conformance_faults.hpp"

namespace predcorr {
namespace {

using conformance::Verdict;
using test::line;
using test::names_of;
using test::outcomes;
using test::Scene;
using test::Scripted;

TEST_CASE("conformance: a model that keeps the rules passes, with notes", "[models]") {
  const auto all = outcomes(Scripted({}));
  CHECK(names_of(all, Verdict::failed).empty());
  CHECK(names_of(all, Verdict::not_applicable) == std::set<std::string>{"weights"});
  CHECK(all.at("determinism").detail == "another seed gives the same prediction");
  CHECK(all.at("more-rows").detail == "as a fresh fit");
  CHECK_THAT(all.at("raw-targets").detail, test::contains("has a scale of its own") && test::contains("in old units"));
}

TEST_CASE("conformance: rounding where nothing is left to know is no fault", "[models]") {
  // A variance of 1 everywhere but at the training rows, where a difference of equal numbers left -1e-13 off the
  // diagonal.
  const auto interpolates = [](const Scene& scene, const Matrix& query) {
    JointPrediction p = line(scene, query);
    Vector variance = Vector::Ones(query.rows());
    for (Index i = 0; i < query.rows(); ++i)
      if (((scene.data.inputs.rowwise() - query.row(i)).rowwise().squaredNorm().array() == 0).any()) variance(i) = 0;
    Matrix latent = variance.asDiagonal();
    if (variance.isZero(0)) latent = Matrix::Constant(query.rows(), query.rows(), -1e-13);
    latent.diagonal() = variance;
    p.latent = Covariance::dense(latent);
    return p;
  };
  const auto all = outcomes(Scripted({.predict = interpolates}));
  INFO(all.at("positive-semi-definite").detail);
  CHECK(all.at("positive-semi-definite").verdict == Verdict::passed);
}

TEST_CASE("conformance: where a plain fit fails, every check says so and none hides it", "[models]") {
  const auto all = outcomes(Scripted({.on_fit = [](const TrainingData&) { throw 7; }}));
  for (const auto& [name, evaluation] : all) {
    if (name == "weights") continue;  // not asked of this model
    INFO(name << ": " << evaluation.detail);
    CHECK(evaluation.verdict == Verdict::failed);
    CHECK_THAT(evaluation.detail, test::contains("something was thrown that is no std::exception"));
  }
  CHECK_THAT(all.at("subset").fix, test::contains("A plain fit to 24 rows"));
}

TEST_CASE("conformance: little data may be refused, ordinary data may not", "[models]") {
  const auto refuse_below = [](Index rows) {
    return Scripted({.on_fit = [rows](const TrainingData& data) {
      require(data.targets.size() >= rows, ErrorKind::data, "at least {} rows are needed", rows);
    }});
  };
  const auto some = outcomes(refuse_below(3));
  CHECK(names_of(some, Verdict::failed).empty());
  CHECK(some.at("two-rows").detail == "refused: fit to 2 rows: at least 3 rows are needed");
  const auto all = outcomes(refuse_below(25));
  CHECK(all.at("two-rows").verdict == Verdict::passed);
  CHECK(all.at("shape").detail == "fit to 24 rows of 3 inputs: at least 25 rows are needed");
  CHECK(all.at("shape").verdict == Verdict::failed);
  CHECK(all.at("duplicate-rows").verdict == Verdict::failed);
}

}  // namespace
}  // namespace predcorr
