// SPDX-License-Identifier: Apache-2.0
#include "models/calibration/sigma_map.hpp"

#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "core/base/stream.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

using test::close;
using test::error_of;
using test::missing;

const std::vector<SigmaForm> kForms = {SigmaForm::linear, SigmaForm::scale, SigmaForm::power, SigmaForm::isotonic};

const Json& reference(const char* part) { return test::reference("calibration_reference.json").at(part); }

SigmaFit fitted(SigmaForm form, const Json& r) {
  return fit_sigma_map(form, test::vector(r.at("residual")), test::vector(r.at("sigma")),
                       test::vector(r.at("weights")));
}

struct Sample {
  Vector residual, sigma;
};

Sample scripted(Index n, double a, double b, std::uint64_t seed = 8) {
  Stream stream(seed);
  Sample d{stream.normals(n), Vector(n)};
  for (double& s : d.sigma) s = 0.2 - std::log(1 - stream.uniform());
  d.residual.array() *= a * d.sigma.array() + b;
  return d;
}

TEST_CASE("sigma map: the study's line on the shared reference", "[models]") {
  const Json r = test::reference("bootstrap_calibration.json"), e = r.at("expected");
  const SigmaFit fit = fit_sigma_map(SigmaForm::linear, test::vector(r.at("residual")), test::vector(r.at("sigma")));
  CHECK(fit.map.a == close(e.at("a"), 1e-6));
  CHECK(fit.map.b == close(e.at("b"), 1e-6));
  CHECK(fit.nll_after == close(e.at("nll"), 1e-10));
  CHECK(fit.nll_before == close(e.at("nll_uncalibrated"), 1e-12));
  CHECK(fit.r_before.mean == close(e.at("r_before").at("mean"), 1e-10));
  CHECK(fit.r_before.stddev == close(e.at("r_before").at("std"), 1e-10));
  CHECK(fit.r_after.mean == close(e.at("r_after").at("mean"), 1e-6));
  CHECK(fit.r_after.stddev == close(e.at("r_after").at("std"), 1e-6));
  REQUIRE(fit.unconstrained);
  CHECK(fit.unconstrained->a == close(fit.map.a, 1e-9));
  CHECK(fit.unconstrained->b == close(fit.map.b, 1e-9));
}

TEST_CASE("sigma map: lines of SciPy's best of many starts, with weights", "[models]") {
  for (const char* name : {"weighted", "negative_b", "large_unit", "falling"}) {
    INFO(name);
    const Json r = reference("linear").at(name);
    const SigmaFit fit = fitted(SigmaForm::linear, r);
    REQUIRE(fit.unconstrained);
    CHECK(fit.unconstrained->a == close(r.at("a"), 1e-6));
    CHECK(fit.unconstrained->b == close(r.at("b"), 1e-6));
    if (r.at("a") < 0) continue;
    CHECK(fit.map.a == close(r.at("a"), 1e-6));
    CHECK(fit.map.b == close(r.at("b"), 1e-6));
    CHECK(fit.nll_after == close(r.at("nll"), 1e-10));
  }
}

TEST_CASE("sigma map: power and scale of SciPy's minimiser", "[models]") {
  const Json r = reference("power");
  const SigmaFit power = fitted(SigmaForm::power, r), scale = fitted(SigmaForm::scale, r);
  CHECK(power.map.coefficient == close(r.at("coefficient"), 1e-6));
  CHECK(power.map.exponent == close(r.at("exponent"), 1e-6));
  CHECK(power.nll_after == close(r.at("nll"), 1e-10));
  CHECK(scale.map.a == close(r.at("scale"), 1e-6));
  CHECK(scale.map.b == 0.0);
  CHECK(scale.nll_after == close(r.at("scale_nll"), 1e-10));
}

TEST_CASE("sigma map: scikit-learn's isotonic variances, interpolated and flat outside", "[models]") {
  const Json r = reference("isotonic");
  const SigmaFit fit = fitted(SigmaForm::isotonic, r);
  const Vector query = test::vector(r.at("query")), sigma_cal = fit.map(query);
  CHECK(test::difference(sigma_cal, test::vector(r.at("sigma_cal"))) < 1e-12);
  CHECK(fit.nll_after == close(r.at("nll"), 1e-10));
  CHECK(sigma_cal(0) > 0);
  CHECK(sigma_cal(query.size() - 1) == fit.map(1e9));
}

TEST_CASE("sigma map: a known line is found within its standard error", "[models]") {
  const double a = 1.5, b = 0.2;
  const Sample d = scripted(4000, a, b);
  const SigmaFit fit = fit_sigma_map(SigmaForm::linear, d.residual, d.sigma);
  // Fisher information of (a, b): sum_i 2 / s_i^2 (sigma_i, 1)(sigma_i, 1)'.
  Matrix information = Matrix::Zero(2, 2);
  for (const double s : d.sigma) {
    const Vector v{{s, 1}};
    information += 2 / std::pow(a * s + b, 2) * v * v.transpose();
  }
  const Matrix covariance = information.inverse();
  const double error_a = std::sqrt(covariance(0, 0)), error_b = std::sqrt(covariance(1, 1));
  CHECK(error_a < 0.05);
  CHECK(std::abs(fit.map.a - a) < 3 * error_a);
  CHECK(std::abs(fit.map.b - b) < 3 * error_b);
  CHECK(fit.r_after.stddev == Approx(1).margin(3 / std::sqrt(2 * 4000.0)));
  CHECK(fit.nll_after < fit.nll_before);
}

TEST_CASE("sigma map: every form's likelihood is at least that of the sigmas as they are and of a constant",
          "[models]") {
  const Sample d = scripted(200, 0.8, 0.3);
  const double rms = std::sqrt(d.residual.cwiseAbs2().mean());
  for (const SigmaForm form : kForms) {
    INFO(word_of(form));
    const SigmaFit fit = fit_sigma_map(form, d.residual, d.sigma);
    CHECK(fit.nll_after <= fit.nll_before);
    if (form != SigmaForm::scale && form != SigmaForm::isotonic)
      CHECK(fit.nll_after <= mean_gaussian_nll(d.residual, Vector::Constant(200, rms)));
    const Vector sigma_cal = fit.map(Vector(Vector::LinSpaced(400, 0, 12)));
    CHECK(sigma_cal.minCoeff() > 0);
    for (Index i = 1; i < 400; ++i) CHECK(sigma_cal(i) >= sigma_cal(i - 1) * (1 - 1e-15));
  }
}

TEST_CASE("sigma map: a change of unit changes sigma_cal alone", "[models]") {
  const Sample d = scripted(60, 1.3, 0.1);
  for (const SigmaForm form : kForms)
    for (const double unit : {1e-7, 3.0, 1e6}) {
      INFO(word_of(form) << ", unit " << unit);
      const SigmaFit one = fit_sigma_map(form, d.residual, d.sigma);
      const SigmaFit other = fit_sigma_map(form, unit * d.residual, unit * d.sigma);
      const Vector query = Vector::LinSpaced(30, 0, 5);
      CHECK(test::difference(other.map(Vector(unit * query)), unit * one.map(query)) < 1e-10);
      CHECK(other.r_after.stddev == close(one.r_after.stddev, 1e-10));
      CHECK(other.nll_after == close(one.nll_after + std::log(unit), 1e-10));
    }
}

TEST_CASE("sigma map: a weight counts rows, a weight of 0 none", "[models]") {
  Sample d = scripted(40, 1.3, 0.1), repeated = d;
  Vector weights = Vector::Ones(40);
  weights(3) = 3;
  weights(7) = 0;
  d.residual(7) = 1e9;
  repeated.residual(7) = d.residual(3);
  repeated.sigma(7) = d.sigma(3);
  repeated.residual.conservativeResize(41);
  repeated.sigma.conservativeResize(41);
  repeated.residual(40) = d.residual(3);
  repeated.sigma(40) = d.sigma(3);
  for (const SigmaForm form : {SigmaForm::linear, SigmaForm::scale, SigmaForm::power}) {
    INFO(word_of(form));
    const SigmaFit by_weight = fit_sigma_map(form, d.residual, d.sigma, weights);
    const SigmaFit by_row = fit_sigma_map(form, repeated.residual, repeated.sigma);
    CHECK(by_weight.rows == 39);
    CHECK(test::difference(by_weight.map(d.sigma), by_row.map(d.sigma)) < 1e-9);
    CHECK(by_weight.r_after.stddev == close(by_row.r_after.stddev, 1e-9));
  }
}

TEST_CASE("sigma map: sigmas that fall as residuals grow carry nothing: the constant of the RMS", "[models]") {
  const SigmaFit fit = fitted(SigmaForm::linear, reference("linear").at("falling"));
  const Json r = reference("linear").at("falling");
  const Vector residual = test::vector(r.at("residual")), w = test::vector(r.at("weights"));
  CHECK(fit.map.a == 0.0);
  CHECK(fit.map.b == close(std::sqrt(residual.cwiseAbs2().dot(w) / w.sum()), 1e-12));
  CHECK(fit.unconstrained->a < 0);
  // The free line crosses 0 at -b / a.
  const double zero = -fit.unconstrained->b / fit.unconstrained->a;
  CHECK(fit.unconstrained->non_positive(Vector{{0.9 * zero, 1.1 * zero, 2 * zero}}) == 2);
  CHECK(fitted(SigmaForm::power, r).map.exponent == 0.0);
}

TEST_CASE("sigma map: below the least sigma seen, a line that starts below 0 is held", "[models]") {
  const SigmaFit fit = fitted(SigmaForm::linear, reference("linear").at("negative_b"));
  const double least = test::vector(reference("linear").at("negative_b").at("sigma")).minCoeff();
  CHECK(fit.map.b < 0);
  CHECK(fit.map(0) == fit.map(least));
  CHECK(fit.map(least) == close(fit.map.a * least + fit.map.b, 1e-12));
  CHECK(fit.map.bounded(Vector{{0, 0.5 * least, least, 2 * least}}) == 2);
  CHECK(fit.unconstrained->non_positive(Vector{{0, 0.2 * least, least}}) == 2);
}

TEST_CASE("sigma map: degenerate input has the answers that are documented", "[models]") {
  const Sample d = scripted(30, 1, 0.1);
  const double rms = std::sqrt(d.residual.cwiseAbs2().mean());
  for (const SigmaForm form : kForms) {
    INFO(word_of(form));
    const auto fit = [&](const Vector& residual, const Vector& sigma) { return fit_sigma_map(form, residual, sigma); };
    // All sigmas equal, or equal to 0.
    CHECK(fit(d.residual, Vector::Constant(30, 0.4)).map(0.4) == close(rms, 1e-12));
    const SigmaFit zero = fit(d.residual, Vector::Zero(30));
    CHECK(zero.map(0) == close(rms, 1e-12));
    CHECK(zero.map(5) == close(rms, 1e-12));
    CHECK(zero.zero_sigmas == 30);
    CHECK(zero.r_after.stddev <= 1);
    CHECK(std::isnan(zero.nll_before));
    // Some sigmas 0.
    Vector some = d.sigma;
    some.head(7).setZero();
    const SigmaFit partly = fit(d.residual, some);
    CHECK(partly.zero_sigmas == 7);
    CHECK(partly.map(0) > 0);
    CHECK(std::isfinite(partly.nll_before));
    CHECK(std::isfinite(partly.nll_after));
    // Residuals all 0: the identity. Most of them 0: positive all the same.
    CHECK(fit(Vector::Zero(30), d.sigma).map(0.7) == 0.7);
    Vector sparse = Vector::Zero(30);
    sparse(11) = 2;
    CHECK(fit(sparse, d.sigma).map(Vector(d.sigma)).minCoeff() > 0);
    CHECK(std::isfinite(fit(sparse, d.sigma).nll_after));
    // Few rows: one factor.
    const SigmaFit few = fit(Vector{{1, -2, 0.5}}, Vector{{0.5, 1, 0.25}});
    CHECK(few.map.form == SigmaForm::scale);
    CHECK(few.map(3) == close(6, 1e-12));
    CHECK(fit(Vector{{3}}, Vector{{0}}).map(1) == close(3, 1e-12));
    CHECK(fit(Vector(), Vector()).map(0.3) == 0.3);
    // Units that are far off.
    CHECK(std::isfinite(fit(1e100 * d.residual, 1e100 * d.sigma).map(1e100)));
    CHECK(fit(1e-100 * d.residual, 1e-100 * d.sigma).map(1e-100) > 0);
  }
}

TEST_CASE("sigma map: rows that do not fit are refused", "[models]") {
  const auto fit = [](const Vector& r, const Vector& s, const Vector& w = {}) {
    return error_of([&] { fit_sigma_map(SigmaForm::linear, r, s, w); });
  };
  CHECK(missing(fit(Vector::Ones(3), Vector::Ones(2)), {"shape: ", "3 residuals", "2 sigmas"}) == "");
  CHECK(missing(fit(Vector::Ones(2), Vector{{1, -1}}), {"numerical: ", "not negative"}) == "");
  CHECK(missing(fit(Vector{{1, std::nan("")}}, Vector::Ones(2)), {"numerical: ", "finite"}) == "");
  CHECK(missing(fit(Vector::Ones(2), Vector::Ones(2), Vector{{1, -1}}), {"numerical: ", "weights"}) == "");
}

}  // namespace
}  // namespace predcorr::models
