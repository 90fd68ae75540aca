// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <set>

#include "models/gp/evidence.hpp"
#include "models/gp/gp_prior.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

std::unique_ptr<const Posterior> fitted(const TrainingData& data, const Json& parameters = Json::object(),
                                        std::uint64_t seed = 1) {
  return test::model("gp", parameters)->fit(data, Stream(seed));
}

double log_likelihood(const TrainingData& data, const Json& parameters) {
  return fitted(data, parameters)->diagnostics().at("log_marginal_likelihood");
}

TrainingData read_data(const Json& c) { return {test::matrix(c.at("x")), test::vector(c.at("y"))}; }

/// The optimum is flat: what is within 1e-3 of it in evidence is within a few per cent in predictions.
void check_optimum(const Json& expected, const Json& parameters) {
  INFO(parameters.dump());
  const auto posterior = fitted(read_data(expected), parameters);
  const Diagnostics found = posterior->diagnostics();
  CHECK(found.at("log_marginal_likelihood") >= expected.at("log_marginal_likelihood").get<double>() - 1e-3);
  CHECK(found.at("noise_variance") == Approx(expected.at("noise_variance").get<double>()).epsilon(0.05));
  const JointPrediction p = posterior->predict(test::matrix(expected.at("query")));
  const Vector mean = test::vector(expected.at("mean"));
  const Matrix latent = test::matrix(expected.at("latent_cov"));
  CHECK((p.mean - mean).cwiseAbs().maxCoeff() < 0.02);
  CHECK((p.latent.matrix() - latent).cwiseAbs().maxCoeff() < 0.05 * latent.maxCoeff());
}

TEST_CASE("gp: reaches scikit-learn's optimum", "[models]") {
  const Json& expected = test::reference("model_reference.json").at("gp");
  check_optimum(expected, Json::object());
  CHECK(fitted(read_data(expected))->diagnostics().at("signal_variance") ==
        Approx(expected.at("signal_variance").get<double>()).epsilon(0.15));
}

TEST_CASE("gp: reaches scikit-learn's optimum with other kernels", "[models]") {
  const Json& cases = test::reference("gp_reference.json").at("fits");
  REQUIRE(cases.size() == 3);
  for (const Json& c : cases) check_optimum(c, {{"kernel", c.at("kernel")}, {"restarts", 2}});
}

TEST_CASE("gp: with priors it finds the most probable hyper-parameters", "[models]") {
  const Json& expected = test::reference("gp_reference.json").at("map");
  const auto with_prior = [&](std::size_t i) -> Json {
    return {{"prior", {expected.at("medians").at(i), expected.at("widths").at(i)}}};
  };
  const Json parameters = {{"kernel", {{"rbf", {{"variance", with_prior(0)}, {"length_scale", with_prior(1)}}}}},
                           {"noise_variance", with_prior(2)},
                           {"hyper_priors", true}};
  const Diagnostics found = fitted(read_data(expected), parameters)->diagnostics();
  CHECK(found.at("kernel.1.variance") == Approx(expected.at("variance").get<double>()).epsilon(2e-3));
  CHECK(found.at("kernel.1.length_scale") == Approx(expected.at("length_scale").get<double>()).epsilon(2e-3));
  CHECK(found.at("noise_variance") == Approx(expected.at("noise_variance").get<double>()).epsilon(2e-3));
  // On record is the evidence, without the priors.
  CHECK(found.at("log_marginal_likelihood") ==
        Approx(expected.at("log_marginal_likelihood").get<double>()).margin(1e-2));
  Json without = parameters;
  without["hyper_priors"] = false;
  CHECK(log_likelihood(read_data(expected), without) > found.at("log_marginal_likelihood") + 0.05);
}

TEST_CASE("gp: optimising raises the evidence and never lowers it", "[models]") {
  const TrainingData data = test::training_data(40, 2);
  const double first = log_likelihood(data, {{"steps", 0}}), few = log_likelihood(data, {{"steps", 5}});
  CHECK(few > first + 1);
  CHECK(log_likelihood(data, {{"steps", 200}}) >= few);
  CHECK(fitted(data, {{"steps", 0}})->diagnostics().at("evidence_evaluations") == 1);
}

TEST_CASE("gp: restarts are never worse", "[models]") {
  const TrainingData data = test::curve(20, 1, 4);
  // At the first start no row tells anything about another: the gradient is 0 there, and all is noise.
  const Json kernel =
      Json::parse(R"({"rbf": {"length_scale": {"start": 1e-4, "range": [1e-5, 100], "prior": [0.1, 2]}}})");
  double before = log_likelihood(data, {{"kernel", kernel}});
  const double first = before;
  for (const int restarts : {1, 3, 6}) {
    const double now = log_likelihood(data, {{"kernel", kernel}, {"restarts", restarts}});
    CHECK(now >= before);
    before = now;
  }
  CHECK(before > first + 1);
}

TEST_CASE("gp: without steps the first guess is kept", "[models]") {
  // Five points at 0, 1, 2, 3, 10: sorted distances 1 1 1 2 2 3 7 8 9 10, the sixth of ten is 3.
  // The targets' mean square is 1.
  const TrainingData data{Vector{{0, 1, 2, 3, 10}}, Vector{{1, -1, 1, -1, 1}}};
  const Diagnostics found = fitted(data, {{"steps", 0}})->diagnostics();
  CHECK(found.at("signal_variance") == test::close(1));
  CHECK(found.at("noise_variance") == test::close(0.1));
  CHECK(found.at("kernel.1.length_scale") == test::close(3));
  const KernelPtr guess = read_kernel(
      Json::parse(R"({"sum": [{"rbf": {"variance": 1, "length_scale": 3}}, {"white": {"variance": 0.1}}]})"));
  Evidence evidence(data.inputs, data.targets);
  CHECK(found.at("log_marginal_likelihood") == test::close(evidence.at(*guess).log_likelihood));
  const Evidence::LeaveOneOut loo = evidence.leave_one_out(*guess);
  CHECK(found.at("loo_log_likelihood") == test::close(loo.log_likelihood));
  CHECK(found.at("loo_rmse") == test::close(loo.rmse));
}

TEST_CASE("gp: diagnostics say what was learned and how well it went", "[models]") {
  const Diagnostics found = fitted(test::training_data(20, 2), {{"mean", "constant"}})->diagnostics();
  std::set<std::string> names;
  for (const auto& [name, value] : found) names.insert(name);
  CHECK(names == std::set<std::string>{"cholesky_jitter", "condition_estimate", "evidence_evaluations", "failed_starts",
                                       "kernel.1.length_scale[1]", "kernel.1.length_scale[2]", "kernel.1.variance",
                                       "kernel.3.variance", "log_marginal_likelihood", "loo_log_likelihood", "loo_rmse",
                                       "noise_variance", "signal_variance"});
  CHECK(found.at("kernel.3.variance") == test::close(found.at("noise_variance")));
  CHECK(found.at("failed_starts") == 0);
  CHECK(found.at("cholesky_jitter") == 0);
  CHECK(found.at("condition_estimate") > 1);
}

TEST_CASE("gp: the noise stays above its bound", "[models]") {
  TrainingData data = test::training_data(30, 1);
  data.targets = data.inputs.col(0).array().sin();  // no noise at all
  const double variance = data.targets.squaredNorm() / 30;
  const double noise = fitted(data, {{"smallest_noise_variance", 0.02}})->diagnostics().at("noise_variance");
  CHECK(noise == Approx(0.02 * variance).epsilon(1e-6));
}

TEST_CASE("gp: a noise that is known stays as it is", "[models]") {
  const TrainingData data = test::training_data(30, 1);
  const auto posterior = fitted(data, {{"noise_variance", {{"start", 0.25}, {"learn", false}}}});
  CHECK(posterior->diagnostics().at("noise_variance") == test::close(0.25));
  CHECK(posterior->predict(test::query_points(3, 1)).noise_variance(2) == test::close(0.25));
  const double in_range =
      fitted(data, {{"noise_variance", {{"range", {0.2, 0.6}}}}})->diagnostics().at("noise_variance");
  CHECK(in_range == Approx(0.2).epsilon(1e-6));  // the best, about 0.01, is below the range
}

TEST_CASE("gp: noise that varies with the inputs is learned and predicted", "[models]") {
  // Standard deviation |x| / 2: a white kernel times a linear one.
  Stream stream(12);
  TrainingData data;
  data.inputs = 2 * stream.normals(150);
  const Vector draws = stream.normals(150);
  data.targets = data.inputs.col(0).array().sin() + 0.5 * data.inputs.col(0).array() * draws.array();
  const auto posterior =
      fitted(data, {{"kernel", Json::parse(R"({"sum": ["rbf", {"product": ["white", "linear"]}]})")}});
  const JointPrediction p = posterior->predict(Vector{{0.1, 1, 3}});
  CHECK(p.noise_variance(0) < 0.1);
  // One number is learned from 150 draws, whose own mean square is known; the curve's ten degrees of freedom or so move
  // it by sqrt(2 * 10) / 150 = 3%, and four times that is allowed. A floor of the noise is a thousandth of it.
  CHECK(p.noise_variance(1) == Approx(0.25 * draws.squaredNorm() / 150).epsilon(0.12));
  CHECK(p.noise_variance(2) == Approx(9 * p.noise_variance(1)).epsilon(1e-3));
}

TEST_CASE("gp: learns the noise and finds the curve", "[models]") {
  const TrainingData data = test::training_data(150, 1);
  const auto posterior = fitted(data);
  test::check_noise_found(*posterior, data);
  CHECK(posterior->diagnostics().at("noise_variance") ==
        Approx(test::stationary_noise(*posterior, data)).epsilon(1e-3));
  const Matrix query = Vector::LinSpaced(9, -1.5, 1.5);
  const JointPrediction p = posterior->predict(query);
  CHECK((p.mean - (2 * query.col(0)).array().sin().matrix()).cwiseAbs().maxCoeff() < 0.15);
}

TEST_CASE("gp: an input that does nothing gets a long length-scale", "[models]") {
  const auto posterior = fitted(test::training_data(60, 2));
  Matrix query(2, 2);
  query << 0.5, -1, 0.5, 1;  // they differ in the second input alone
  const Matrix latent = posterior->predict(query).latent.matrix();
  CHECK(latent(0, 1) / std::sqrt(latent(0, 0) * latent(1, 1)) > 0.5);
  const JointPrediction p = posterior->predict(query);
  CHECK(p.mean(0) == Approx(p.mean(1)).margin(0.1));
}

TEST_CASE("gp: a linear mean extrapolates a line, a constant one a level", "[models]") {
  Stream stream(8);
  TrainingData data;
  data.inputs = stream.normals(40);
  data.targets = (3 + 2 * data.inputs.col(0).array()).matrix() + 0.1 * stream.normals(40);
  const Matrix far = Vector{{40}};
  const Json kernel = {{"rbf", {{"length_scale", {{"start", 0.5}, {"learn", false}}}}}};
  const auto at = [&](const std::string& mean) {
    return fitted(data, {{"kernel", kernel}, {"mean", mean}})->predict(far);
  };
  const JointPrediction linear = at("linear");
  CHECK(linear.mean(0) == Approx(83).margin(2.5));
  // A slope known to 0.1 / sqrt(40), forty units away.
  const double spread = std::sqrt(linear.latent.diagonal()(0));
  CHECK(spread > 0.5 * 40 * 0.1 / std::sqrt(40.0));
  CHECK(spread < 3 * 40 * 0.1 / std::sqrt(40.0));
  CHECK(at("zero").mean(0) == Approx(0).margin(1e-6));
  const double level = at("constant").mean(0);
  CHECK(level > data.targets.minCoeff());
  CHECK(level < data.targets.maxCoeff());
  CHECK(std::abs(level) > 0.5);
}

TEST_CASE("gp: units of the targets carry through", "[models]") {
  TrainingData data = test::training_data(25, 2);
  const Matrix query = test::query_points(5, 2);
  const JointPrediction p = fitted(data)->predict(query);
  data.targets *= 1e6;
  test::check_equal(fitted(data)->predict(query), p.affine(1e6, 0), 1e-3);  // optimisers stop at slightly other points
}

TEST_CASE("gp: without restarts the stream does not matter", "[models]") {
  const TrainingData data = test::training_data();
  const Matrix query = test::query_points(5);
  CHECK(test::identical(fitted(data, Json::object(), 1)->predict(query),
                        fitted(data, Json::object(), 2)->predict(query)));
}

TEST_CASE("gp: a refit relearns unless told not to", "[models]") {
  const TrainingData data = test::curve(30, 2, 3), more = test::with_rows(data, test::curve(20, 2, 4));
  const Matrix query = test::query_points(6, 2);
  const auto refitted = [&](bool relearn) {
    const auto model = test::model("gp", {{"relearn", relearn}});
    const auto first = model->fit(data, Stream(1));
    return std::pair(first->diagnostics(), model->refit(*first, more, Stream(2)));
  };
  const auto [first, relearned] = refitted(true);
  CHECK(relearned->diagnostics() == fitted(more)->diagnostics());
  CHECK(relearned->diagnostics().at("kernel.1.variance") != first.at("kernel.1.variance"));
  CHECK(relearned->diagnostics().count("rows_added") == 0);

  const auto [before, kept] = refitted(false);
  const Diagnostics after = kept->diagnostics();
  CHECK(after.at("rows_added") == 20);
  for (const auto& [name, value] : before)
    if (name.starts_with("kernel.") || name == "evidence_evaluations") CHECK(after.at(name) == value);
  CHECK(kept->predict(query).mean != relearned->predict(query).mean);
  test::check_sound(kept->predict(query), 6);
}

TEST_CASE("gp: without relearning, another model's posterior is no start", "[models]") {
  const TrainingData data = test::curve(20, 2, 3);
  const auto other = test::model("constant")->fit(data, Stream(1));
  const auto posterior = test::model("gp", {{"relearn", false}})->refit(*other, data, Stream(1));
  CHECK(test::identical(posterior->predict(data.inputs), fitted(data)->predict(data.inputs)));
}

TEST_CASE("gp: parameters out of range are named", "[models]") {
  const auto refusal = [](const Json& parameters) { return test::error_of([&] { test::model("gp", parameters); }); };
  CHECK(refusal({{"steps", -1}}) == "config: test.parameters.steps: must be from 0 to 100000, got -1");
  CHECK(refusal({{"smallest_noise_variance", 0}}) ==
        "config: test.parameters.smallest_noise_variance: must be above 0, got 0");
  CHECK(test::missing(refusal({{"mean", "quadratic"}}), {"config: test.parameters.mean: ", "quadratic", "linear"}) ==
        "");
  CHECK(test::missing(refusal({{"kernel", "materm"}}),
                      {"config: test.parameters.kernel: ", "unknown kernel 'materm'", "'matern'?"}) == "");
  CHECK(test::missing(refusal({{"noise_variance", {{"start", -1}}}}), {"config: test.parameters.noise_variance"}) ==
        "");
}

TEST_CASE("gp: a start outside its range is named", "[models]") {
  const Json kernel = {{"rbf", {{"length_scale", {{"start", 5}, {"range", {0.1, 1}}}}}}};
  CHECK(test::missing(test::error_of([&] { fitted(test::curve(10, 1, 1), {{"kernel", kernel}}); }),
                      {"config: ", "'length_scale'", "outside the range"}) == "");
}

}  // namespace
}  // namespace predcorr::models
