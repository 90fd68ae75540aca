// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/kernel.hpp"
#include "datasets/problem.hpp"
#include "metrics/gaussian.hpp"
#include "metrics/ranks.hpp"
#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

const std::string kName = "meta_correlation";

/// All four scores must be the reference's.
void check_scores(const Json& expected, const EvaluationData& evaluation, const JointPrediction& p,
                  double tolerance = 1e-8) {
  const auto scores = test::scores(kName, evaluation, p);
  REQUIRE(scores.size() == 4);
  for (const Score& s : scores) {
    INFO(s.key().text() << " " << s.reason);
    REQUIRE(s.value.has_value());
    CHECK(*s.value == test::close(expected.at(s.part).get<double>(), tolerance));
  }
}

TEST_CASE("meta_correlation: SciPy's values", "[metrics]") {
  test::for_every_prediction([](const test::Fixture& fixture, const Json& expected, const JointPrediction& p) {
    check_scores(expected.at(kName), fixture.evaluation, p);
  });
}

TEST_CASE("meta_correlation: the study's toy problem, an RBF process beside the oracle", "[metrics]") {
  for (const Json& toy : test::reference("toy.json")) {
    const Json& gp = toy.at("rbf_gp");
    INFO("dim " << toy.at("dim"));
    const auto source =
        Registry<DatasetSource>::instance().make({.name = "toy-relu", .parameters = {{"dim", toy.at("dim")}}}, "test");
    const auto seed = toy.at("split_seed").get<std::uint64_t>();
    const Problem problem(*source.object, {.protocol = {}, .seed = seed, .folders = {}});
    const Rows query = joined(problem.split().pool, problem.split().test);
    const TrainingData data = problem.training(problem.split().train).data;
    REQUIRE(data.inputs.rows() == toy.at("n_train").get<Index>());

    const Json parameters = {{"variance", gp.at("variance")}, {"length_scale", gp.at("lengthscale")}};
    const auto kernel = Registry<Kernel>::instance().make({.name = "rbf", .parameters = parameters}, "test").object;
    const double noise = gp.at("noise_var").get<double>();
    Matrix observed = kernel->cross(data.inputs, data.inputs);
    observed.diagonal().array() += noise;
    const Matrix x = problem.inputs(query);
    const JointPrediction p = condition_gp(Cholesky(observed), kernel->cross(x, data.inputs), kernel->cross(x, x),
                                           data.targets, Vector::Constant(x.rows(), noise));
    const EvaluationData evaluation{.y = problem.targets(query),
                                    .n_pool = toy.at("n_pool").get<Index>(),
                                    .oracle = problem.oracle(problem.split().train, query)};
    check_scores(gp.at(kName), evaluation, p, 1e-6);
    CHECK(test::score("joint_log_likelihood", evaluation, p) ==
          test::close(gp.at("joint_log_likelihood").get<double>(), 1e-6));
    CHECK(test::select("bmig", p, evaluation.n_pool, 7).picks == gp.at("bmig_selected").get<Rows>());
  }
}

TEST_CASE("meta_correlation: the oracle agrees with itself in any units", "[metrics]") {
  const test::Fixture fixture("metrics_medium.json");
  for (const double scale : {1.0, 1e-4, 300.0})
    for (const Score& s : test::scores(kName, fixture.evaluation, fixture.evaluation.oracle->affine(scale, 5)))
      CHECK(s.value.value() == Approx(1).epsilon(1e-12));
}

TEST_CASE("meta_correlation: noise and means do not count", "[metrics]") {
  const test::Fixture fixture("metrics_small.json");
  JointPrediction p = fixture.models.at("far");
  p.noise_variance.array() += 3;
  p.mean.setConstant(-8);
  check_scores(fixture.expected("far").at(kName), fixture.evaluation, p);
}

TEST_CASE("meta_correlation: a constant's correlations do not vary, which is a reason", "[metrics]") {
  const test::Fixture fixture("metrics_small.json");
  JointPrediction p = fixture.models.at("near");
  p.latent = Covariance::from_factor(RowMatrix(RowMatrix::Constant(p.size(), 1, 0.3)));
  for (const JointPrediction& constant : {p, test::densified(p)})
    for (const Score& s : test::scores(kName, fixture.evaluation, constant)) {
      CHECK(!s.value);
      CHECK(s.reason == "the predicted values do not vary, so they correlate with nothing");
    }
}

TEST_CASE("meta_correlation: of a prediction of rank one only the signs count", "[metrics]") {
  // Two members: every correlation is 1 or -1, and differs from it by rounding alone.
  EvaluationData evaluation;
  evaluation.n_pool = 70;
  evaluation.oracle = test::random_prediction(120, 12, 4);
  evaluation.y = evaluation.oracle->mean;
  const Vector member = Stream(3).normals(120);
  const Matrix signs = member.head(70).cwiseSign() * member.tail(50).cwiseSign().transpose();
  const Vector variance = evaluation.oracle->latent.diagonal();
  const Vector oracle =
      metrics::correlation_block(evaluation.oracle->latent.block(0, 70, 70, 50), variance.head(70), variance.tail(50))
          .reshaped();
  JointPrediction p = *evaluation.oracle;
  p.latent = Covariance::from_factor(RowMatrix(member));
  for (const JointPrediction& form : {p, test::densified(p)}) {
    const auto scores = test::scores(kName, evaluation, form);
    CHECK(scores[0].value.value() == test::close(metrics::pearson(signs.reshaped(), oracle).value()));
    CHECK(scores[1].value.value() == test::close(metrics::spearman(signs.reshaped(), oracle).value()));
  }
  // One sign: nothing is left but rounding.
  p.latent = Covariance::from_factor(RowMatrix(member.cwiseAbs()));
  for (const JointPrediction& form : {p, test::densified(p)}) {
    const auto scores = test::scores(kName, evaluation, form);
    CHECK(!scores[0].value);
    CHECK(!scores[1].value);
    CHECK(scores[3].value.has_value());
  }
}

TEST_CASE("meta_correlation: equal variances leave the correlations' scores", "[metrics]") {
  const test::Fixture fixture("metrics_small.json");
  JointPrediction p = fixture.models.at("near");
  const Vector root = p.latent.diagonal().cwiseSqrt().cwiseInverse();
  Matrix correlations = root.asDiagonal() * p.latent.matrix() * root.asDiagonal();
  correlations.diagonal().setOnes();
  p.latent = Covariance::dense(correlations);
  const auto scores = test::scores(kName, fixture.evaluation, p);
  const Json& expected = fixture.expected("near").at(kName);
  CHECK(scores[0].value.value() == test::close(expected.at("correlation_pearson").get<double>()));
  CHECK(scores[1].value.value() == test::close(expected.at("correlation_spearman").get<double>()));
  CHECK(!scores[2].value);
  CHECK(!scores[3].value);
  CHECK(scores[0].reason.empty());
  CHECK(!scores[2].reason.empty());
}

TEST_CASE("meta_correlation: without an oracle or a pool there is a reason", "[metrics]") {
  test::Fixture fixture("metrics_small.json");
  const JointPrediction& p = fixture.models.at("near");
  EvaluationData evaluation = fixture.evaluation;
  evaluation.n_pool = 0;
  for (const Score& s : test::scores(kName, evaluation, p)) CHECK(s.reason == "the pool was not predicted");
  evaluation = fixture.evaluation;
  evaluation.oracle.reset();
  const auto scores = test::scores(kName, evaluation, p);
  REQUIRE(scores.size() == 4);
  for (const Score& s : scores) {
    CHECK(!s.value);
    CHECK(s.reason == "the true posterior of this data set is not known");
  }
}

}  // namespace
}  // namespace predcorr
