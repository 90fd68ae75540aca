// SPDX-License-Identifier: Apache-2.0
#include "models/gp/sparse_posterior.hpp"

#include <Eigen/Cholesky>
#include <cmath>

#include "models/gp/collapsed_bound.hpp"
#include "models/gp/exact_posterior.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

using Form = SparsePosterior::Form;

KernelPtr matern_and_noise(double noise = 0.05) {
  return read_kernel(
      {{"sum", {{{"matern", {{"variance", 1.2}, {"length_scale", 0.8}}}}, {{"white", {{"variance", noise}}}}}}});
}

/// A model that needs no learning, so that predictions pass all checks of Posterior::predict.
class Known : public Model {
 public:
  Known(KernelPtr kernel, Matrix inducing, Form form)
      : kernel_(std::move(kernel)), inducing_(std::move(inducing)), form_(form) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream&) const override {
    return std::make_unique<SparsePosterior>(kernel_, inducing_, data, form_, Diagnostics{{"steps", 4}});
  }
  KernelPtr kernel_;
  Matrix inducing_;
  Form form_;
};

std::unique_ptr<const Posterior> posterior(const KernelPtr& kernel, const Matrix& inducing, const TrainingData& data,
                                           Form form) {
  return Known(kernel, inducing, form).fit(data, Stream(1));
}

TEST_CASE("sparse posterior: predictions of a dense implementation in NumPy", "[models]") {
  const Json& cases = test::reference("gp_reference.json").at("bounds");
  REQUIRE(cases.size() == 3);
  for (const Json& c : cases) {
    INFO(c.at("kernel").dump());
    const TrainingData data{test::matrix(c.at("x")), test::vector(c.at("y"))};
    const KernelPtr kernel = read_kernel(c.at("kernel"));
    const Matrix inducing = test::matrix(c.at("inducing")), query = test::matrix(c.at("query"));
    const Matrix latent = test::matrix(c.at("latent_cov"));
    const auto full = posterior(kernel, inducing, data, Form::full);
    const JointPrediction p = full->predict(query);
    CHECK(test::difference(p.mean, test::vector(c.at("mean"))) < 1e-8);
    CHECK(test::difference(p.latent.matrix(), latent) < 1e-8);
    CHECK(test::difference(p.noise_variance, test::vector(c.at("noise_var"))) < 1e-12);
    CHECK(full->diagnostics().at("evidence_lower_bound") == test::close(c.at("bound").get<double>()));
    const JointPrediction low = posterior(kernel, inducing, data, Form::low_rank)->predict(query);
    CHECK(test::difference(low.mean, p.mean) < 1e-12);
    CHECK(test::difference(low.latent.diagonal(), latent.diagonal()) < 1e-8);
  }
}

TEST_CASE("sparse posterior: with all rows as inducing points it is the exact one", "[models]") {
  const TrainingData data = test::curve(40, 2, 3);
  const Matrix query = test::query_points(8, 2);
  const JointPrediction exact = ExactPosterior(matern_and_noise(), data, {}).posterior_at(query);
  const JointPrediction full = posterior(matern_and_noise(), data.inputs, data, Form::full)->predict(query);
  CHECK(test::difference(full.mean, exact.mean) < 1e-4);
  CHECK(test::difference(full.latent.matrix(), exact.latent.matrix()) < 1e-4);
  CHECK(full.noise_variance == exact.noise_variance);
  const JointPrediction low = posterior(matern_and_noise(), data.inputs, data, Form::low_rank)->predict(query);
  CHECK(test::difference(low.mean, exact.mean) < 1e-4);
  CHECK(test::difference(low.latent.diagonal(), exact.latent.diagonal()) < 1e-4);
}

TEST_CASE("sparse posterior: the low-rank form is a factor with exact variances", "[models]") {
  const TrainingData data = test::curve(60, 2, 3);
  const Matrix query = test::query_points(30, 2), inducing = data.inputs.topRows(7);
  const Covariance full = posterior(matern_and_noise(), inducing, data, Form::full)->predict(query).latent;
  const Covariance low = posterior(matern_and_noise(), inducing, data, Form::low_rank)->predict(query).latent;
  CHECK_FALSE(full.is_factor());
  REQUIRE(low.is_factor());
  CHECK(low.width() == 7);
  REQUIRE(low.extra_diagonal().size() == 30);
  CHECK(low.extra_diagonal().minCoeff() >= 0);
  CHECK(low.extra_diagonal().maxCoeff() > 0.1);
  CHECK(test::difference(low.diagonal(), full.diagonal()) < 1e-10);
  // What it leaves out is k(x, z) - q(x, z) off the diagonal.
  const Matrix cross = matern_and_noise()->cross(query, inducing);
  Matrix kuu = matern_and_noise()->cross(inducing, inducing);
  kuu.diagonal().array() += kInducingJitter * 1.2;
  Matrix left_out = matern_and_noise()->cross(query, query) - cross * kuu.ldlt().solve(cross.transpose());
  left_out.diagonal().setZero();
  CHECK(test::difference(full.matrix() - low.matrix(), left_out) < 1e-8);
}

TEST_CASE("sparse posterior: at inducing points there is nothing extra", "[models]") {
  const TrainingData data = test::curve(60, 2, 3);
  const Matrix inducing = data.inputs.topRows(7);
  const JointPrediction p = posterior(matern_and_noise(), inducing, data, Form::low_rank)->predict(inducing);
  CHECK(p.latent.extra_diagonal().maxCoeff() < 1e-5);
  test::check_sound(p, 7);
}

TEST_CASE("sparse posterior: far from the data the prior comes back", "[models]") {
  const TrainingData data = test::curve(60, 2, 3);
  const Form form = GENERATE(Form::low_rank, Form::full);
  const JointPrediction p =
      posterior(matern_and_noise(), data.inputs.topRows(7), data, form)->predict(Matrix::Constant(1, 2, 1e3));
  CHECK(p.mean(0) == Approx(0).margin(1e-9));
  CHECK(p.latent.diagonal()(0) == test::close(1.2));
}

TEST_CASE("sparse posterior: many rows, in batches, are what they are together", "[models]") {
  // 4096 rows are looked at together, so these are three batches. Dense: m x m sums over all rows.
  const Index n = 9000, m = 10;
  const TrainingData data = test::curve(n, 1, 3);
  const Matrix inducing = Vector::LinSpaced(m, -2, 2), query = Vector::LinSpaced(5, -3, 3);
  const KernelPtr kernel = matern_and_noise(0.4);
  const auto sparse = posterior(kernel, inducing, data, Form::full);
  const JointPrediction p = sparse->predict(query);
  Matrix kuu = kernel->cross(inducing, inducing);
  kuu.diagonal().array() += kInducingJitter * 1.2;
  const Matrix kuf = kernel->cross(inducing, data.inputs), kqu = kernel->cross(query, inducing);
  const Eigen::LDLT<Matrix> sigma_inverse(kuu + kuf * kuf.transpose() / 0.4);
  const Vector mean = kqu * sigma_inverse.solve(kuf * data.targets / 0.4);
  const Matrix covariance = kernel->cross(query, query) - kqu * kuu.ldlt().solve(kqu.transpose()) +
                            kqu * sigma_inverse.solve(kqu.transpose());
  CHECK(test::difference(p.mean, mean) < 1e-8);
  CHECK(test::difference(p.latent.matrix(), covariance) < 1e-8);
  CHECK(sparse->diagnostics().at("evidence_lower_bound") ==
        test::close(CollapsedBound(data.inputs, data.targets).at(*kernel, inducing, false).bound));
}

TEST_CASE("sparse posterior: diagnostics name what was used", "[models]") {
  const TrainingData data = test::curve(30, 2, 3);
  const Matrix inducing = data.inputs.topRows(6);
  const Diagnostics found = posterior(matern_and_noise(), inducing, data, Form::low_rank)->diagnostics();
  CHECK(found.at("steps") == 4);
  CHECK(found.at("inducing_points") == 6);
  CHECK(found.at("cholesky_jitter") == 0);
  CHECK(found.at("condition_estimate") >= 1);
  CHECK(found.at("signal_variance") == test::close(1.2));
  CHECK(found.at("noise_variance") == test::close(0.05));
  CHECK(found.at("kernel.1.length_scale") == test::close(0.8));
  CHECK(found.at("evidence_lower_bound") ==
        test::close(CollapsedBound(data.inputs, data.targets).at(*matern_and_noise(), inducing).bound));
}

TEST_CASE("sparse posterior: without noise the fit fails, and says why", "[models]") {
  const TrainingData data = test::curve(30, 2, 3);
  CHECK(test::error_of([&] {
          posterior(read_kernel("rbf"), data.inputs.topRows(6), data, Form::full);
        }).starts_with("numerical: "));
}

}  // namespace
}  // namespace predcorr::models
