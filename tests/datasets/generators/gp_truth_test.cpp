// SPDX-License-Identifier: Apache-2.0
#include "datasets/generators/gp_truth.hpp"

#include "core/base/stream.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::close;
using test::difference;

std::shared_ptr<const Kernel> kernel(const std::string& name, const Json& parameters) {
  return Registry<Kernel>::instance().make({.name = name, .parameters = parameters}, "test").object;
}

TEST_CASE("The truth of a GP matches scikit-learn's posterior", "[datasets]") {
  const Json r = test::reference("gp.json");
  const Matrix x = test::matrix(r.at("x")), query = test::matrix(r.at("x_query"));
  for (const Json& c : r.at("cases")) {
    const auto name = c.at("kernel").get<std::string>();
    if (name != "rbf" && name != "matern52") continue;
    INFO(name);
    const GpTruth truth(
        kernel(name == "rbf" ? "rbf" : "matern", {{"variance", 1.3}, {"length_scale", c.at("lengthscales")}}), 0.07);
    const JointPrediction p = truth.posterior(x, test::vector(r.at("y")), query);
    CHECK(difference(p.mean, test::vector(c.at("mean"))) < 1e-10);
    CHECK(difference(p.latent.matrix(), test::matrix(c.at("latent_cov"))) < 1e-10);
    CHECK(p.noise_variance == Vector::Constant(5, 0.07));
  }
}

TEST_CASE("Far from the data the truth is the prior", "[datasets]") {
  const GpTruth truth(kernel("rbf", {{"variance", 2.0}}), 0.1);
  const Matrix x = test::normals(5, 2), far = x.topRows(2).array() + 1000;
  const JointPrediction p = truth.posterior(x, Vector::Ones(5), far);
  CHECK(p.mean.cwiseAbs().maxCoeff() < 1e-100);
  CHECK(p.latent.diagonal()(0) == close(2));
}

TEST_CASE("Repeated observations average their noise", "[datasets]") {
  // n readings of one point: mean v sum(y) / (n v + s), variance v s / (n v + s).
  const double v = 1.5, s = 0.2;
  const GpTruth truth(kernel("rbf", {{"variance", v}}), s);
  const Vector y = Eigen::Vector4d(1, 2, 1.5, 0.5);
  const JointPrediction p = truth.posterior(Matrix::Ones(4, 2), y, Matrix::Ones(2, 2));
  CHECK(p.mean(0) == close(v * y.sum() / (4 * v + s)));
  CHECK(p.latent.diagonal()(1) == close(v * s / (4 * v + s)));
  CHECK(p.latent.matrix()(1, 0) == close(v * s / (4 * v + s)));
}

TEST_CASE("More data never widen the truth", "[datasets]") {
  const GpTruth truth(kernel("matern", Json::object()), 0.05);
  const Matrix x = Stream(6).normals(60).reshaped(30, 2), query = Stream(7).normals(20).reshaped(10, 2);
  const Vector y = Vector::Zero(30);
  const Vector few = truth.posterior(x.topRows(10), y.head(10), query).latent.diagonal();
  const Vector many = truth.posterior(x, y, query).latent.diagonal();
  CHECK((many.array() <= few.array() + 1e-12).all());
  CHECK(many.sum() < few.sum());
}

}  // namespace
}  // namespace predcorr
