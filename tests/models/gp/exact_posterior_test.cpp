// SPDX-License-Identifier: Apache-2.0
#include "models/gp/exact_posterior.hpp"

#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

KernelPtr rbf_and_noise(double noise = 0.05) {
  return read_kernel(
      {{"sum", {{{"rbf", {{"variance", 1.2}, {"length_scale", 0.8}}}}, {{"white", {{"variance", noise}}}}}}});
}

/// Posteriors are made by models, which tell them how many inputs there are; these tests ask them directly.
JointPrediction predicted(const Posterior& posterior, const Matrix& query) {
  return dynamic_cast<const ExactPosterior&>(posterior).posterior_at(query);
}

void check_same(const JointPrediction& a, const JointPrediction& b, double tolerance = 1e-9) {
  CHECK(test::difference(a.mean, b.mean) < tolerance);
  CHECK(test::difference(a.latent.matrix(), b.latent.matrix()) < tolerance);
  CHECK(test::difference(a.noise_variance, b.noise_variance) < tolerance);
}

const Matrix& query() {
  static const Matrix points = test::query_points(7, 2);
  return points;
}

TEST_CASE("exact posterior: one point by hand", "[models]") {
  // k(x, x) = 1.2, k(0, 0.8) = 1.2 e^-1/2, noise 0.05.
  const TrainingData data{Matrix::Zero(1, 1), Vector{{2}}};
  const JointPrediction p = ExactPosterior(rbf_and_noise(), data, {}).posterior_at(Matrix::Constant(1, 1, 0.8));
  const double k = 1.2 * std::exp(-0.5);
  CHECK(p.mean(0) == test::close(k * 2 / 1.25));
  CHECK(p.latent.matrix()(0, 0) == test::close(1.2 - k * k / 1.25));
  CHECK(p.noise_variance(0) == test::close(0.05));
}

TEST_CASE("exact posterior: scikit-learn's posterior with radial kernels", "[models]") {
  const Json& file = test::reference("gp.json");
  const TrainingData data{test::matrix(file.at("x")), test::vector(file.at("y"))};
  const Json& c = file.at("cases").at(3);
  REQUIRE(c.at("kernel") == "matern52");
  const KernelPtr kernel =
      read_kernel({{"sum",
                    {{{"matern", {{"variance", c.at("variance")}, {"length_scale", c.at("lengthscales")}}}},
                     {{"white", {{"variance", c.at("noise_var")}}}}}}});
  const JointPrediction p = ExactPosterior(kernel, data, {}).posterior_at(test::matrix(file.at("x_query")));
  CHECK(test::difference(p.mean, test::vector(c.at("mean"))) < 1e-9);
  CHECK(test::difference(p.latent.matrix(), test::matrix(c.at("latent_cov"))) < 1e-9);
}

TEST_CASE("exact posterior: an extended one is the one made of all rows", "[models]") {
  const Index added = GENERATE(0, 1, 30, 120);  // 120 crosses a tile of 96
  const TrainingData data = test::curve(60, 2, 5), all = test::with_rows(data, test::curve(added, 2, 6));
  const ExactPosterior first(rbf_and_noise(), data, {{"evidence_evaluations", 9}});
  const auto longer = first.extended(all);
  check_same(predicted(*longer, query()), ExactPosterior(rbf_and_noise(), all, {}).posterior_at(query()));
  const Diagnostics found = longer->diagnostics();
  CHECK(found.at("rows_added") == static_cast<double>(added));
  CHECK(found.at("evidence_evaluations") == 9);
  CHECK(found.at("kernel.1.length_scale") == test::close(0.8));
  CHECK(found.at("cholesky_jitter") == 0);
}

TEST_CASE("exact posterior: extensions of extensions count all rows", "[models]") {
  const TrainingData one = test::curve(20, 2, 5), two = test::with_rows(one, test::curve(10, 2, 6)),
                     three = test::with_rows(two, test::curve(5, 2, 7));
  const auto second = ExactPosterior(rbf_and_noise(), one, {}).extended(two);
  const auto third = dynamic_cast<const ExactPosterior&>(*second).extended(three);
  check_same(predicted(*third, query()), ExactPosterior(rbf_and_noise(), three, {}).posterior_at(query()));
  CHECK(third->diagnostics().at("rows_added") == 15);
}

TEST_CASE("exact posterior: noise of each row its own is extended, too", "[models]") {
  const KernelPtr kernel = read_kernel(Json::parse(R"({"sum": [
    {"rbf": {"variance": 1.2, "length_scale": 0.8}}, {"white": {"variance": 0.02}},
    {"product": [{"white": {"variance": 0.3}}, {"linear": {"variance": 1}}]}]})"));
  const TrainingData data = test::curve(30, 2, 5), all = test::with_rows(data, test::curve(10, 2, 6));
  check_same(predicted(*ExactPosterior(kernel, data, {}).extended(all), query()),
             ExactPosterior(kernel, all, {}).posterior_at(query()));
}

TEST_CASE("exact posterior: targets in new units give predictions in them", "[models]") {
  const TrainingData data = test::curve(40, 2, 5), all = test::with_rows(data, test::curve(15, 2, 6));
  const JointPrediction before = ExactPosterior(rbf_and_noise(), all, {}).posterior_at(query());
  const auto in_units = [](TrainingData d, double scale, double shift) {
    d.targets = (d.targets * scale).array() + shift;
    return d;
  };
  const ExactPosterior first(rbf_and_noise(), data, {});
  const auto second = first.extended(in_units(all, 2.5, -4));
  check_same(predicted(*second, query()), before.affine(2.5, -4));
  // And from there to others, with rows added: the units are always those of the last targets.
  const TrainingData more = test::with_rows(all, test::curve(3, 2, 8));
  const auto third = dynamic_cast<const ExactPosterior&>(*second).extended(in_units(more, 1e-3, 50));
  check_same(predicted(*third, query()),
             ExactPosterior(rbf_and_noise(), more, {}).posterior_at(query()).affine(1e-3, 50));
}

TEST_CASE("exact posterior: one row, or targets all equal, show a shift of units only", "[models]") {
  const TrainingData data = test::curve(1, 2, 5);
  TrainingData all = test::with_rows(data, test::curve(4, 2, 6));
  const JointPrediction before = ExactPosterior(rbf_and_noise(), all, {}).posterior_at(query());
  all.targets.array() += 3;
  check_same(predicted(*ExactPosterior(rbf_and_noise(), data, {}).extended(all), query()), before.affine(1, 3));
}

TEST_CASE("exact posterior: rows that are not the first ones are refused", "[models]") {
  const TrainingData data = test::curve(20, 2, 5);
  const ExactPosterior first(rbf_and_noise(), data, {});
  TrainingData other = test::with_rows(data, test::curve(5, 2, 6));
  other.inputs(7, 1) += 1e-9;
  const std::string refused = "data: refit: the first 20 rows must be those the GP was fitted to";
  CHECK(test::error_of([&] { first.extended(other); }) == refused);
  CHECK(test::error_of([&] { first.extended(test::curve(19, 2, 5)); }) == refused);
}

TEST_CASE("exact posterior: rows again that need jitter are factorised anew", "[models]") {
  const KernelPtr kernel = rbf_and_noise(1e-25);
  TrainingData data = test::curve(8, 2, 5);
  const ExactPosterior first(kernel, data, {});
  REQUIRE(first.diagnostics().at("cholesky_jitter") == 0);
  const TrainingData all = test::with_rows(data, data);
  const auto longer = first.extended(all);
  CHECK(longer->diagnostics().at("cholesky_jitter") > 0);
  CHECK(longer->diagnostics().at("rows_added") == 8);
  check_same(predicted(*longer, query()), ExactPosterior(kernel, all, {}).posterior_at(query()));
  test::check_sound(predicted(*longer, query()), 7);
}

TEST_CASE("exact posterior: diagnostics name the kernel's values", "[models]") {
  const TrainingData data = test::curve(20, 2, 5);
  const Diagnostics found = ExactPosterior(rbf_and_noise(), data, {{"loo_rmse", 0.5}}).diagnostics();
  CHECK(found.at("loo_rmse") == 0.5);
  CHECK(found.at("kernel.1.variance") == test::close(1.2));
  CHECK(found.at("kernel.2.variance") == test::close(0.05));
  CHECK(found.at("signal_variance") == test::close(1.2));
  CHECK(found.at("noise_variance") == test::close(0.05));
  CHECK(found.at("cholesky_jitter") == 0);
  CHECK(found.at("condition_estimate") > 10);
  CHECK(found.at("condition_estimate") < 20 * 1.2 / 0.05 + 1);  // trace over noise
}

}  // namespace
}  // namespace predcorr::models
