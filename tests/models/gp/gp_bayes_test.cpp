// SPDX-License-Identifier: Apache-2.0
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "models/gp/exact_posterior.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

std::unique_ptr<const Posterior> fitted(const std::string& name, const TrainingData& data,
                                        const Json& parameters = Json::object(), std::uint64_t seed = 1) {
  return test::model(name, parameters)->fit(data, Stream(seed));
}

TEST_CASE("gp-bayes: hyper-parameters integrated out on a grid by NumPy", "[models]") {
  const Json& expected = test::reference("gp_reference.json").at("marginal");
  const TrainingData data{test::matrix(expected.at("x")), test::vector(expected.at("y"))};
  const auto prior = [&](std::size_t i) -> Json {
    return {{"prior", {expected.at("medians").at(i), expected.at("widths").at(i)}}};
  };
  const Json parameters = {{"kernel", {{"rbf", {{"variance", prior(0)}, {"length_scale", prior(1)}}}}},
                           {"noise_variance", {{"start", expected.at("noise_variance")}, {"learn", false}}},
                           {"chains", 4},
                           {"warmup", 100},
                           {"draws", 800}};
  const auto posterior = fitted("gp-bayes", data, parameters);
  const Diagnostics found = posterior->diagnostics();
  // 3200 draws; where they count as a fifth as many, a standard error is 0.04 standard deviations.
  const Vector centre = test::vector(expected.at("log_mean")), spread = test::vector(expected.at("log_spread"));
  CHECK(std::log(found.at("kernel.1.variance")) == Approx(centre(0)).margin(0.12 * spread(0)));
  CHECK(std::log(found.at("kernel.1.length_scale")) == Approx(centre(1)).margin(0.12 * spread(1)));
  CHECK(found.at("log_spread.1.variance") == Approx(spread(0)).epsilon(0.1));
  CHECK(found.at("log_spread.1.length_scale") == Approx(spread(1)).epsilon(0.1));
  const JointPrediction p = posterior->predict(test::matrix(expected.at("query")));
  const Matrix latent = test::matrix(expected.at("latent_cov")), off = p.latent.matrix() - latent;
  const Vector deviation = latent.diagonal().cwiseSqrt();
  CHECK((p.mean - test::vector(expected.at("mean"))).cwiseQuotient(deviation).cwiseAbs().maxCoeff() < 0.1);
  CHECK((deviation.cwiseInverse().asDiagonal() * off * deviation.cwiseInverse().asDiagonal()).cwiseAbs().maxCoeff() <
        0.12);
  CHECK(p.noise_variance(1) == test::close(expected.at("noise_variance").get<double>()));
  CHECK(found.at("r_hat") < 1.05);
}

TEST_CASE("gp-bayes: one draw is a GP with that kernel", "[models]") {
  const TrainingData data = test::curve(15, 1, 3);
  const Matrix query = test::query_points(6, 1);
  const auto posterior = fitted("gp-bayes", data, {{"chains", 1}, {"warmup", 10}, {"draws", 1}});
  const Diagnostics found = posterior->diagnostics();
  const Json rbf = {{"variance", found.at("kernel.1.variance")}, {"length_scale", found.at("kernel.1.length_scale")}};
  const KernelPtr kernel =
      read_kernel({{"sum", {{{"rbf", rbf}}, {{"white", {{"variance", found.at("kernel.2.variance")}}}}}}});
  test::check_equal(posterior->predict(query), ExactPosterior(kernel, data, {}).posterior_at(query), 1e-9);
  CHECK(found.at("log_spread.1.variance") == 0);
}

TEST_CASE("gp-bayes: the mixture has its parts' moments", "[models]") {
  // Chain 0's two draws, and its first alone, are known; so the second's moments follow and must be those of a GP.
  const TrainingData data = test::curve(15, 1, 3);
  const Matrix query = test::query_points(6, 1);
  const auto one = fitted("gp-bayes", data, {{"chains", 1}, {"warmup", 10}, {"draws", 1}});
  const auto two = fitted("gp-bayes", data, {{"chains", 1}, {"warmup", 10}, {"draws", 2}});
  const Diagnostics first = one->diagnostics(), both = two->diagnostics();
  const auto second = [&](const std::string& name) {  // logarithms' means add up
    return std::exp(2 * std::log(both.at(name)) - std::log(first.at(name)));
  };
  const Json rbf = {{"variance", second("kernel.1.variance")}, {"length_scale", second("kernel.1.length_scale")}};
  const KernelPtr kernel =
      read_kernel({{"sum", {{{"rbf", rbf}}, {{"white", {{"variance", second("kernel.2.variance")}}}}}}});
  const JointPrediction a = one->predict(query), b = ExactPosterior(kernel, data, {}).posterior_at(query);
  REQUIRE((a.mean - b.mean).cwiseAbs().maxCoeff() > 1e-3);
  JointPrediction mixture;
  mixture.mean = 0.5 * (a.mean + b.mean);
  mixture.noise_variance = 0.5 * (a.noise_variance + b.noise_variance);
  mixture.latent = Covariance::dense(0.5 * (a.latent.matrix() + b.latent.matrix()) +
                                     0.25 * (a.mean - b.mean) * (a.mean - b.mean).transpose());
  test::check_equal(two->predict(query), mixture, 1e-9);
}

TEST_CASE("gp-bayes: the mean covariance may be that of some draws, spread evenly", "[models]") {
  const TrainingData data = test::curve(15, 1, 3);
  const Matrix query = test::query_points(6, 1);
  const Json parameters = {{"chains", 1}, {"warmup", 10}, {"draws", 6}};
  const auto predicted = [&](int covariance_draws) {
    Json some = parameters;
    some["covariance_draws"] = covariance_draws;
    return fitted("gp-bayes", data, some)->predict(query);
  };
  const JointPrediction all = predicted(6), more = predicted(100), one = predicted(1);
  CHECK(test::identical(all, more));
  // Means and noise do not depend on it; the first draw's covariance alone is another.
  test::check_equal({one.mean, all.latent, one.noise_variance}, all, 1e-12);
  const Json first_draw = {{"chains", 1}, {"warmup", 10}, {"draws", 1}};
  const JointPrediction first = fitted("gp-bayes", data, first_draw)->predict(query);
  // latent = C_1 + the covariance of all six means, which one draw alone does not have.
  const Matrix spread = one.latent.matrix() - first.latent.matrix();
  CHECK(spread.diagonal().minCoeff() >= 0);
  CHECK(test::difference(spread, spread.transpose()) < 1e-12);
  CHECK(spread.diagonal().maxCoeff() > 1e-5);
}

TEST_CASE("gp-bayes: the defaults' draws tell standard deviations to a few percent", "[models]") {
  // Against ten times as many; 30 draws are off by 10 % in the median.
  const Matrix query = test::query_points(25, 2);
  std::vector<double> off;
  for (const std::uint64_t seed : {3, 4}) {
    const TrainingData data = test::curve(12, 2, seed);
    const JointPrediction found = fitted("gp-bayes", data)->predict(query);
    const JointPrediction expected =
        fitted("gp-bayes", data, {{"chains", 8}, {"draws", 1000}, {"covariance_draws", 2000}}, 77)->predict(query);
    const Eigen::ArrayXd y = found.observed_variance().array() / expected.observed_variance().array();
    const Eigen::ArrayXd f = found.latent.diagonal().array() / expected.latent.diagonal().array();
    for (Index i = 0; i < 25; ++i) {
      off.push_back(std::abs(std::sqrt(y(i)) - 1));
      off.push_back(std::abs(std::sqrt(f(i)) - 1));
    }
  }
  std::sort(off.begin(), off.end());
  CHECK(off[off.size() / 2] < 0.03);
  CHECK(off[off.size() * 95 / 100] < 0.08);
}

TEST_CASE("gp-bayes: chains that have not mixed are warned of", "[models]") {
  const TrainingData data = test::curve(25, 1, 3);
  CHECK(fitted("gp-bayes", data)->warnings().empty());
  const auto few = fitted("gp-bayes", data, {{"chains", 2}, {"warmup", 3}, {"draws", 6}});
  REQUIRE_FALSE(few->warnings().empty());
  CHECK(
      test::missing(few->warnings().back(), {"the sampler has not mixed, hyper-parameters: ", "effective sample size ",
                                             " of 12 draws", "raise warmup and draws, or chains"}) == "");
  CHECK(few->diagnostics().at("ess") <= 12);
  // With nothing to sample there is nothing to say.
  const Json fixed = Json::parse(R"({
    "kernel": {"rbf": {"variance": {"start": 0.7, "learn": false}, "length_scale": {"start": 0.9, "learn": false}}},
    "noise_variance": {"start": 0.05, "learn": false}, "draws": 2})");
  CHECK(fitted("gp-bayes", data, fixed)->warnings().empty());
}

TEST_CASE("gp-bayes: chains side by side give the same bits as one after the other", "[models]") {
  const TrainingData data = test::curve(40, 2, 3);
  const Matrix query = test::query_points(9, 2);
  const Json parameters = {{"warmup", 5}, {"draws", 8}, {"covariance_draws", 5}};
  const JointPrediction several = fitted("gp-bayes", data, parameters)->predict(query);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  CHECK(test::identical(fitted("gp-bayes", data, parameters)->predict(query), several));
}

TEST_CASE("gp-bayes: with few rows it is less certain than the best GP", "[models]") {
  const Matrix query = test::query_points(30, 1);
  double sampled = 0, best = 0;
  for (const std::uint64_t seed : {3, 4, 5, 6}) {
    const TrainingData data = test::curve(8, 1, seed);
    sampled += fitted("gp-bayes", data)->predict(query).observed_variance().mean();
    best += fitted("gp", data)->predict(query).observed_variance().mean();
  }
  CHECK(sampled > 1.1 * best);
}

TEST_CASE("gp-bayes: with many rows it is the best GP", "[models]") {
  const TrainingData data = test::curve(120, 1, 3);
  const Matrix query = Vector::LinSpaced(9, -1.5, 1.5);
  const JointPrediction sampled = fitted("gp-bayes", data)->predict(query), best = fitted("gp", data)->predict(query);
  CHECK((sampled.mean - best.mean).cwiseAbs().maxCoeff() < 0.02);
  CHECK(sampled.noise_variance(0) == Approx(best.noise_variance(0)).epsilon(0.15));
}

TEST_CASE("gp-bayes: without data to tell, the prior of a hyper-parameter comes back", "[models]") {
  // The length-scale has no say where all inputs are far apart.
  const TrainingData data{Vector{{-200, 200}}, Vector{{0.5, -0.5}}};
  const Json kernel = {
      {"rbf", {{"variance", {{"start", 1}, {"learn", false}}}, {"length_scale", {{"prior", {2, 0.5}}}}}}};
  const Diagnostics found =
      fitted("gp-bayes", data,
             {{"kernel", kernel}, {"noise_variance", {{"start", 0.1}, {"learn", false}}}, {"draws", 1500}})
          ->diagnostics();
  CHECK(std::log(found.at("kernel.1.length_scale")) == Approx(std::log(2.0)).margin(0.08));
  CHECK(found.at("log_spread.1.length_scale") == Approx(0.5).epsilon(0.1));
}

TEST_CASE("gp-bayes: draws stay within the ranges", "[models]") {
  const TrainingData data = test::curve(20, 1, 3);
  const auto posterior =
      fitted("gp-bayes", data, {{"noise_variance", {{"start", 0.3}, {"range", {0.25, 0.35}}}}, {"draws", 100}});
  const double noise = posterior->predict(data.inputs).noise_variance(0);
  CHECK(noise > 0.25);
  CHECK(noise < 0.30);  // the data, whose noise is 0.01, push to the lower end
  CHECK(posterior->diagnostics().at("acceptance") > 0.2);
}

TEST_CASE("gp-bayes: with nothing to learn it is the GP", "[models]") {
  const TrainingData data = test::curve(15, 1, 3);
  const Json parameters = Json::parse(R"({
    "kernel": {"rbf": {"variance": {"start": 0.7, "learn": false}, "length_scale": {"start": 0.9, "learn": false}}},
    "noise_variance": {"start": 0.05, "learn": false}})");
  const Matrix query = test::query_points(6, 1);
  test::check_equal(fitted("gp-bayes", data, parameters)->predict(query),
                    fitted("gp", data, parameters)->predict(query), 1e-9);
}

TEST_CASE("gp-bayes: diagnostics tell whether the chains agree", "[models]") {
  const Diagnostics found = fitted("gp-bayes", test::curve(25, 1, 3))->diagnostics();
  std::set<std::string> names;
  for (const auto& [name, value] : found) names.insert(name);
  CHECK(names == std::set<std::string>{"acceptance", "ess", "kernel.1.length_scale", "kernel.1.variance",
                                       "kernel.2.variance", "log_marginal_likelihood_at_mode",
                                       "log_spread.1.length_scale", "log_spread.1.variance", "log_spread.2.variance",
                                       "r_hat", "step_size"});
  CHECK(found.at("r_hat") >= 1);
  CHECK(found.at("r_hat") < 1.5);
  CHECK(found.at("acceptance") > 0.5);
  CHECK(found.at("acceptance") <= 1);
}

TEST_CASE("gp-bayes: the same seed gives the same bits", "[models]") {
  const TrainingData data = test::curve(20, 2, 3);
  const Matrix query = test::query_points(6, 2);
  const Json parameters = {{"warmup", 5}, {"draws", 4}};
  const JointPrediction first = fitted("gp-bayes", data, parameters)->predict(query);
  CHECK(test::identical(first, fitted("gp-bayes", data, parameters)->predict(query)));
  CHECK(first.mean != fitted("gp-bayes", data, parameters, 2)->predict(query).mean);
}

TEST_CASE("gp-bayes: parameters out of range are named", "[models]") {
  CHECK(test::error_of([] { test::model("gp-bayes", {{"draws", 0}}); }) ==
        "config: test.parameters.draws: must be from 1 to 10000, got 0");
}

}  // namespace
}  // namespace predcorr::models
