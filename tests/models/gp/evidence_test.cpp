// SPDX-License-Identifier: Apache-2.0
#include "models/gp/evidence.hpp"

#include <numbers>

#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

Evidence evidence_at(const TrainingData& data, const Vector& packed) {
  return rbf_evidence(data.inputs, data.targets, RbfHyperParameters::unpacked(packed));
}

TEST_CASE("evidence: scikit-learn's value and gradient", "[models]") {
  const Json file = test::reference("gp.json"), expected = file.at("cases").at(0);
  REQUIRE(expected.at("kernel") == "rbf");
  const RbfHyperParameters at{std::log(expected.at("variance").get<double>()),
                              test::vector(expected.at("lengthscales")).array().log(),
                              std::log(expected.at("noise_var").get<double>())};
  const Evidence evidence = rbf_evidence(test::matrix(file.at("x")), test::vector(file.at("y")), at);
  CHECK(evidence.log_likelihood == test::close(expected.at("log_marginal_likelihood").get<double>()));
  REQUIRE(evidence.gradient.size() == 5);
  CHECK(evidence.gradient(0) == test::close(expected.at("gradient_log_variance").get<double>()));
  const Vector scales = test::vector(expected.at("gradient_log_lengthscales"));
  for (Index j = 0; j < 3; ++j) CHECK(evidence.gradient(1 + j) == test::close(scales(j)));
  CHECK(evidence.gradient(4) == test::close(expected.at("gradient_log_noise_var").get<double>()));
  CHECK(evidence.jitter == 0);
}

TEST_CASE("evidence: one point by hand", "[models]") {
  // y ~ N(0, v + s) with v = 2, s = 0.5, y = 1.5: -(y^2 / 2.5 + log 2.5 + log 2 pi) / 2.
  const TrainingData data{Matrix::Ones(1, 1), Vector{{1.5}}, nullptr};
  const Evidence evidence = evidence_at(data, Vector{{std::log(2.0), 0.3, std::log(0.5)}});
  CHECK(evidence.log_likelihood == test::close(-0.5 * (2.25 / 2.5 + std::log(2.5) + std::log(2 * std::numbers::pi))));
  // d/dlog v = v/2 (y^2 / 2.5^2 - 1 / 2.5), the length-scale plays no part.
  CHECK(evidence.gradient(0) == test::close(2.25 / 6.25 - 1 / 2.5));
  CHECK(evidence.gradient(1) == test::close(0));
  CHECK(evidence.gradient(2) == test::close(0.25 * (2.25 / 6.25 - 1 / 2.5)));
}

TEST_CASE("evidence: gradient against central differences", "[models]") {
  const Index d = GENERATE(1, 2, 5);
  const TrainingData data = test::training_data(30, d, 17);
  Stream stream(23);
  for (int repeat = 0; repeat < 3; ++repeat) {
    const Vector at = 0.7 * stream.normals(d + 2) - Vector::Unit(d + 2, d + 1);
    const Vector gradient = evidence_at(data, at).gradient;
    REQUIRE(gradient.size() == d + 2);
    for (Index j = 0; j < d + 2; ++j) {
      CAPTURE(d, repeat, j);
      const Vector step = 1e-5 * Vector::Unit(d + 2, j);
      const double difference =
          (evidence_at(data, at + step).log_likelihood - evidence_at(data, at - step).log_likelihood) / 2e-5;
      CHECK(gradient(j) == Approx(difference).epsilon(1e-5).margin(1e-6));
    }
  }
}

TEST_CASE("evidence: packing keeps the order variance, length-scales, noise", "[models]") {
  const RbfHyperParameters at{0.1, Vector{{0.2, 0.3}}, 0.4};
  CHECK(at.packed() == Vector{{0.1, 0.2, 0.3, 0.4}});
  const RbfHyperParameters back = RbfHyperParameters::unpacked(at.packed());
  CHECK(back.log_variance == 0.1);
  CHECK(back.log_length_scales == Vector{{0.2, 0.3}});
  CHECK(back.log_noise_variance == 0.4);
}

TEST_CASE("evidence: jitter is reported where it was needed", "[models]") {
  TrainingData data = test::training_data(10, 2);
  data.inputs = data.inputs.row(0).replicate(10, 1).eval();
  const Evidence evidence = evidence_at(data, Vector{{0, 0, 0, std::log(1e-25)}});
  CHECK(evidence.jitter > 0);
  CHECK(std::isfinite(evidence.log_likelihood));
}

TEST_CASE("evidence: parameters without a finite matrix are a numerical error", "[models]") {
  const TrainingData data = test::training_data(10, 2);
  CHECK(test::error_of([&] {
          evidence_at(data, Vector{{800, 0, 0, 0}});
        }) == "numerical: Cholesky: matrix has entries that are not finite");
}

}  // namespace
}  // namespace predcorr::models
