// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/kernels/kernel.hpp"
#include "core/linalg/cholesky.hpp"
#include "datasets/problem.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::difference;
using test::error_of;
using test::missing;

const Json kKernel = {{"kernel", "matern"},
                      {"parameters", {{"smoothness", "3/2"}, {"variance", 2.5}, {"length_scale", 0.8}}}};

std::shared_ptr<const DatasetSource> source(const Json& parameters) {
  return Registry<DatasetSource>::instance()
      .make({.name = "gp-sample", .parameters = parameters}, "datasets[0]")
      .object;
}
Dataset load(const Json& parameters, std::uint64_t seed = 1) {
  return source(parameters)->load({.protocol = {}, .seed = seed, .folders = {}});
}

TEST_CASE("Targets have the distribution of the kernel plus noise", "[datasets]") {
  const auto kernel =
      Registry<Kernel>::instance().make({.name = "matern", .parameters = kKernel.at("parameters")}, "test").object;
  double squared = 0, counted = 0;
  Vector inputs(0);
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const Dataset data = load({{"kernel", kKernel}, {"dim", 3}, {"rows", 100}, {"noise_variance", 0.2}}, seed);
    Matrix covariance = kernel->cross(data.inputs, data.inputs);
    covariance.diagonal().array() += 0.2;
    const Matrix white = Cholesky(covariance).whiten(data.targets);
    squared += white.squaredNorm();
    counted += 100;
    inputs.conservativeResize(inputs.size() + 300);
    inputs.tail(300) = data.inputs.reshaped();
  }
  // Whitened targets are N(0, 1), and so are the inputs; 4.5 standard errors of their mean square.
  CHECK(std::abs(squared / counted - 1) < 4.5 * std::sqrt(2 / counted));
  CHECK(std::abs(inputs.array().square().mean() - 1) < 4.5 * std::sqrt(2.0 / static_cast<double>(inputs.size())));
}

TEST_CASE("A kernel's own white noise is in the targets", "[datasets]") {
  const Json white = {{"sum", {"rbf", {{"white", {{"variance", 1.5}}}}}}};
  const KernelPtr kernel = read_kernel(white);
  double squared = 0, counted = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const Dataset data = load({{"kernel", white}, {"rows", 100}, {"noise_variance", 0.2}}, seed);
    Matrix covariance = kernel->cross(data.inputs, data.inputs);
    covariance.diagonal().array() += 0.2 + 1.5;
    squared += Cholesky(covariance).whiten(data.targets).squaredNorm();
    counted += 100;
  }
  // 1 but for chance: without it in y 0.2, with it twice 2. 4.5 standard errors of the mean square.
  CHECK(std::abs(squared / counted - 1) < 4.5 * std::sqrt(2 / counted));
}

TEST_CASE("The data carry the posterior of their own kernel", "[datasets]") {
  const Json r = test::reference("gp.json");
  const Json& c = r.at("cases").at(0);
  const Json rbf = {{"kernel", "rbf"}, {"parameters", {{"variance", 1.3}, {"length_scale", c.at("lengthscales")}}}};
  const Dataset data = load({{"kernel", rbf}, {"dim", 3}, {"rows", 10}, {"noise_variance", 0.07}});
  REQUIRE(data.truth != nullptr);
  const JointPrediction p =
      data.truth->posterior(test::matrix(r.at("x")), test::vector(r.at("y")), test::matrix(r.at("x_query")));
  CHECK(difference(p.mean, test::vector(c.at("mean"))) < 1e-10);
  CHECK(difference(p.latent.matrix(), test::matrix(c.at("latent_cov"))) < 1e-10);
  CHECK(source({{"kernel", "rbf"}})->knows_truth());
}

TEST_CASE("Every seed draws its own inputs and function", "[datasets]") {
  const Json parameters = {{"kernel", kKernel}, {"rows", 30}};
  const Dataset a = load(parameters), b = load(parameters), c = load(parameters, 2);
  CHECK(a.inputs == b.inputs);
  CHECK(a.targets == b.targets);
  CHECK(a.inputs != c.inputs);
  CHECK(a.rows() == 30);
  CHECK(a.input_names == std::vector<std::string>{"x1", "x2"});
}

TEST_CASE("A sampled problem splits, standardises and has an oracle", "[datasets]") {
  DataRequest request{.protocol = {ProtocolName::modern}, .seed = 5, .folders = {}};
  const auto sample = source({{"kernel", "relu-network"}, {"dim", 4}, {"rows", 50}});
  CHECK(sample->standardises(request));
  const Problem problem(*sample, request);
  CHECK(problem.split().train.size() == 10);
  CHECK(problem.oracle(problem.split().train, problem.split().test)->size() == 10);
}

TEST_CASE("Wrong parameters are refused with where they stand", "[datasets]") {
  CHECK(missing(error_of([] { load(Json::object()); }), {"config: datasets[0].parameters", "'kernel' must be given"}) ==
        "");
  CHECK(missing(error_of([] { load({{"kernel", "rfb"}}); }),
                {"datasets[0].parameters.kernel", "unknown kernel 'rfb'", "rbf"}) == "");
  CHECK(missing(error_of([] { load({{"kernel", {{"kernel", "rbf"}, {"parameters", {{"variance", -1}}}}}}); }),
                {"datasets[0].parameters.kernel", "variance: must be above 0, got -1"}) == "");
  CHECK(missing(error_of([] { load({{"kernel", "rbf"}, {"rows", 5}}); }), {"rows: must be from 10 to 20000, got 5"}) ==
        "");
  CHECK(missing(error_of([] { load({{"kernel", "rbf"}, {"dim", 2.5}}); }), {"dim: must be an integer, got 2.5"}) == "");
  CHECK(missing(error_of([] { load({{"kernel", "rbf"}, {"noise_variance", 0}}); }),
                {"noise_variance: must be above 0"}) == "");
}

}  // namespace
}  // namespace predcorr
