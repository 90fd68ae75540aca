// SPDX-License-Identifier: Apache-2.0
#include "models/calibration/calibrated.hpp"

#include <Eigen/LU>
#include <cmath>

#include "core/linalg/cholesky.hpp"
#include "metrics/gaussian.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"

namespace predcorr::models {
namespace {

using test::error_of;
using test::missing;

Matrix scripted_correlation(const Matrix& x) {
  Matrix r(x.rows(), x.rows());
  for (Index i = 0; i < r.rows(); ++i)
    for (Index j = 0; j < r.cols(); ++j) r(i, j) = std::exp(-0.5 * std::pow(x(i, 1) - x(j, 1), 2));
  return r;
}

/// What Scripted says: mean 0, standard deviation of y the first input, correlations of f exp(-|x - x'|^2 / 2) of the
/// second, `share` of y's variance f's.
JointPrediction scripted(double share, const Matrix& x) {
  const Vector sigma = x.col(0);
  const Matrix latent = sigma.asDiagonal() * (share * scripted_correlation(x)) * sigma.asDiagonal();
  return {Vector::Zero(x.rows()), Covariance::dense(latent), (1 - share) * sigma.cwiseAbs2()};
}

class ScriptedPosterior : public Posterior {
 public:
  explicit ScriptedPosterior(double share) : share_(share) {}

 private:
  JointPrediction do_predict(const Matrix& query) const override { return scripted(share_, query); }
  double share_;
};

/// Says the same whatever it is trained on.
class Scripted : public Model {
 public:
  explicit Scripted(double share) : share_(share) {}
  ModelTraits traits() const override { return {.takes_weights = true}; }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData&, const Stream&) const override {
    return std::make_unique<ScriptedPosterior>(share_);
  }
  double share_;
};

/// Rows for Scripted, sigma from 0.2 up, whose y have standard deviations a sigma + b and gamma times the correlations
/// that Scripted(share) says.
TrainingData scripted_rows(Index n, double a, double b, double share, double gamma, std::uint64_t seed) {
  Stream stream(seed);
  TrainingData data{Matrix(n, 2), Vector()};
  for (Index i = 0; i < n; ++i)
    data.inputs.row(i) << 0.2 - std::log(1 - stream.uniform()), 0.2 * static_cast<double>(n) * stream.uniform();
  Matrix r = gamma * share * scripted_correlation(data.inputs);
  r.diagonal().setOnes();
  const Matrix lower = Cholesky(r).lower();
  data.targets = (lower * stream.normals(n)).array() * (a * data.inputs.col(0).array() + b);
  return data;
}

CalibrationOptions options(CorrelationTreatment correlation = CorrelationTreatment::keep) {
  return {SigmaForm::linear, CalibratedSigma::observed, correlation, {.folds = 5, .most_rows = 200}};
}

std::unique_ptr<const Posterior> fitted(const TrainingData& data, const std::string& base, const Json& base_parameters,
                                        Json parameters = Json::object()) {
  parameters["base"] = {{"model", base}, {"parameters", base_parameters}};
  return test::model("calibrated", parameters)->fit(data, Stream(1));
}

/// Parameters of `bootstrap`: the noise is what the regressions find.
Json ridges(int members) { return {{"base", "ridge"}, {"members", members}, {"noise", "members"}}; }

const CalibratedPosterior& shown(const std::unique_ptr<const Posterior>& posterior) {
  return dynamic_cast<const CalibratedPosterior&>(*posterior);
}

TrainingData linear_rows(Index n, std::uint64_t seed) {
  Stream stream(seed);
  TrainingData data{stream.normals(n * 3).reshaped(n, 3), Vector()};
  data.targets = 2 * data.inputs.col(0) - data.inputs.col(1) + 0.7 * stream.normals(n);
  return data;
}

double r_stddev(const Vector& residual, const JointPrediction& p) {
  const Vector r = residual.cwiseQuotient(p.observed_variance().cwiseSqrt());
  return std::sqrt((r.array() - r.mean()).square().mean());
}

TEST_CASE("calibrated: a known affine error of sigma is found within its standard error", "[models]") {
  const double a = 1.6, b = 0.25;
  const TrainingData data = scripted_rows(1000, a, b, 0, 1, 5);
  const Calibration c = calibrate(Scripted(0), data, options(), Stream(1));
  Matrix information = Matrix::Zero(2, 2);
  for (const double s : data.inputs.col(0)) {
    const Vector v{{s, 1}};
    information += 2 / std::pow(a * s + b, 2) * v * v.transpose();
  }
  const Matrix covariance = information.inverse();
  CHECK(std::sqrt(covariance(0, 0)) < 0.1);
  CHECK(std::abs(c.sigma.map.a - a) < 3 * std::sqrt(covariance(0, 0)));
  CHECK(std::abs(c.sigma.map.b - b) < 3 * std::sqrt(covariance(1, 1)));
  // The map is used as it was found, at points not seen, and r of those is standard normal: 3 standard errors.
  const TrainingData fresh = scripted_rows(1000, a, b, 0, 1, 6);
  const JointPrediction p = c(scripted(0, fresh.inputs));
  CHECK(test::difference(p.observed_variance().cwiseSqrt(), c.sigma.map(Vector(fresh.inputs.col(0)))) < 1e-14);
  CHECK(r_stddev(fresh.targets, p) == Approx(1).margin(3 / std::sqrt(1000.0)));
  CHECK(r_stddev(fresh.targets, scripted(0, fresh.inputs)) > 1.8);
}

TEST_CASE("calibrated: a Gaussian process that is right is left alone", "[models]") {
  // Drawn from the kernel it has; dense on the left, sparse on the right, so that sigma varies.
  Stream stream(2);
  Matrix x(300, 1);
  for (Index i = 0; i < 300; ++i) x(i, 0) = 200 * std::pow(stream.uniform(), 2);
  Matrix k(300, 300);
  for (Index i = 0; i < 300; ++i)
    for (Index j = 0; j < 300; ++j) k(i, j) = std::exp(-0.5 * std::pow(x(i, 0) - x(j, 0), 2)) + (i == j ? 0.01 : 0);
  const Matrix lower = Cholesky(k).lower();
  const TrainingData data{x, lower * stream.normals(300)};
  const auto posterior = fitted(data, "gp", {{"kernel", "rbf"}});
  const SigmaFit& fit = shown(posterior).calibration().sigma;
  // Residuals of neighbouring rows are correlated little. Twice the error of independent ones, at 3 of them.
  Matrix information = Matrix::Zero(2, 2);
  for (const double s : shown(posterior).calibration().sigma_uc) {
    const Vector v{{s, 1}};
    information += 2 / (s * s) * v * v.transpose();
  }
  const Matrix covariance = information.inverse();
  CHECK(std::abs(fit.map.a - 1) < 3 * std::sqrt(2 * covariance(0, 0)));
  CHECK(std::abs(fit.map.b) < 3 * std::sqrt(2 * covariance(1, 1)));
  CHECK(std::sqrt(covariance(0, 0)) < 0.08);
  CHECK(std::sqrt(covariance(1, 1)) < 0.02);
  CHECK(fit.nll_before - fit.nll_after < 0.02);
}

TEST_CASE("calibrated: a base far too sure of itself is right on fresh rows", "[models]") {
  const TrainingData data = linear_rows(300, 3), fresh = linear_rows(1500, 4);
  for (const char* form : {"linear", "scale", "power", "isotonic"}) {
    INFO(form);
    // The spread of bootstrapped regressions is the error of the line alone, a tenth of what y's error is.
    const auto posterior = fitted(data, "bootstrap", ridges(50), {{"form", form}, {"sigma", "latent"}});
    const JointPrediction before = shown(posterior).uncalibrated(fresh.inputs),
                          after = posterior->predict(fresh.inputs);
    CHECK(r_stddev(fresh.targets - before.mean, before) > 3);
    const double r = r_stddev(fresh.targets - after.mean, after);
    CHECK(r > 0.9);
    CHECK(r < (std::string(form) == "scale" ? 1.25 : 1.1));  // it cannot say that sigma matters little
    const Diagnostics d = posterior->diagnostics();
    CHECK(d.at("r_std_before") > 3);
    CHECK(d.at("r_std_after") == Approx(1).margin(0.02));
    CHECK(d.at("nll_after") < d.at("nll_before"));
    CHECK(d.at("calibration_rows") == 300);
  }
}

TEST_CASE("calibrated: wrong correlations are shrunk to the joint likelihood's gain, right ones stay", "[models]") {
  const double share = 0.8;
  const Scripted base(share);
  for (const double gamma : {0.35, 1.0}) {
    INFO("true correlations are believed ones times " << gamma);
    const TrainingData data = scripted_rows(1000, 1.5, 0.1, share, gamma, 7);
    const TrainingData fresh = scripted_rows(1000, 1.5, 0.1, share, gamma, 8);
    const Calibration kept = calibrate(base, data, options(), Stream(1));
    const Calibration shrunk = calibrate(base, data, options(CorrelationTreatment::shrink), Stream(1));
    const Calibration none = calibrate(base, data, options(CorrelationTreatment::independent), Stream(1));
    const auto joint = [&](const Calibration& c) {
      return metrics::joint_log_density(fresh.targets, c(scripted(share, fresh.inputs))) / 1000;
    };
    CHECK(kept.correlation.gamma == 1);
    if (gamma == 1) {
      CHECK(shrunk.correlation.gamma > 0.95);
      CHECK(joint(shrunk) == Approx(joint(kept)).margin(0.01));
      CHECK(joint(shrunk) > joint(none) + 0.1);
    } else {
      CHECK(shrunk.correlation.gamma == Approx(gamma).margin(0.2));
      CHECK(joint(shrunk) > joint(kept) + 0.1);
      CHECK(joint(shrunk) > joint(none) + 0.01);
    }
  }
}

TEST_CASE("calibrated: correlations of y are kept, in the base's form", "[models]") {
  const TrainingData data = test::curve(40, 3, 3);
  const Matrix query = test::query_points(9);
  for (const auto& [base, parameters] :
       std::vector<std::pair<std::string, Json>>{{"gp", {{"steps", 20}}},
                                                 {"bootstrap", ridges(8)},
                                                 {"deep-ensemble", {{"members", 4}, {"epochs", 20}, {"units", {8}}}}}) {
    INFO(base);
    const auto posterior = fitted(data, base, parameters);
    const JointPrediction before = shown(posterior).uncalibrated(query), after = posterior->predict(query);
    CHECK(after.mean == before.mean);
    CHECK(test::difference(metrics::correlation_matrix(metrics::observed_covariance(after)),
                           metrics::correlation_matrix(metrics::observed_covariance(before))) < 1e-6);
    CHECK(test::difference(after.observed_variance().cwiseSqrt(), shown(posterior).calibration().sigma.map(Vector(
                                                                      before.observed_variance().cwiseSqrt()))) < 1e-6);
    CHECK((after.latent.stored_dense() == nullptr) == (before.latent.stored_dense() == nullptr));
    CHECK((after.latent.stored_factor() == nullptr) == (before.latent.stored_factor() == nullptr));
    CHECK((after.latent.stored_float_factor() == nullptr) == (before.latent.stored_float_factor() == nullptr));
    test::check_equal(posterior->predict(query.bottomRows(3)), after.subset({6, 7, 8}));
  }
}

TEST_CASE("calibrated: the spread of f alone can be what is calibrated", "[models]") {
  const TrainingData data = linear_rows(60, 3);
  const auto posterior = fitted(data, "bootstrap", ridges(20), {{"sigma", "latent"}});
  const Matrix query = test::query_points(5);
  const JointPrediction base = shown(posterior).base().predict(query), after = posterior->predict(query);
  CHECK(base.noise_variance.minCoeff() > 0);
  CHECK(shown(posterior).uncalibrated(query).noise_variance.isZero());
  CHECK(after.noise_variance.isZero());
  const Vector expected = shown(posterior).calibration().sigma.map(Vector(base.latent.diagonal().cwiseSqrt()));
  CHECK(test::difference(after.latent.diagonal().cwiseSqrt(), expected) < 1e-6);  // a factor of floats
}

TEST_CASE("calibrated: where all members agree, sigma_cal is noise", "[models]") {
  TrainingData data = scripted_rows(60, 1, 0.3, 0.5, 1, 5);
  data.inputs.col(0).head(20).setZero();
  const Calibration c = calibrate(Scripted(0.5), data, options(), Stream(1));
  CHECK(c.sigma.zero_sigmas == 20);
  Matrix query(3, 2);
  query << 0, 1, 1e-12, 1, 0.7, 1;
  const JointPrediction p = c(scripted(0.5, query));
  const double least = c.sigma.map(0.0);
  CHECK(least > 0);
  for (const Index i : {0, 1}) {  // the second agrees up to rounding
    CHECK(p.latent.diagonal()(i) == 0.0);
    CHECK(p.noise_variance(i) == test::close(least * least, 1e-9));
  }
  CHECK(p.latent.diagonal()(2) > 0);
  test::check_sound(p, 3);
}

TEST_CASE("calibrated: weights count rows in the map", "[models]") {
  TrainingData data = scripted_rows(80, 1.3, 0.2, 0, 1, 5);
  data.weights = Vector::Ones(80);
  data.weights.head(30).setConstant(3);
  data.weights(50) = 0;
  // Whatever Scripted is trained on, the residuals are the targets.
  const SigmaFit expected = fit_sigma_map(SigmaForm::linear, data.targets, data.inputs.col(0), data.weights);
  const Calibration c = calibrate(Scripted(0), data, options(), Stream(1));
  CHECK(c.sigma.rows == 79);
  CHECK(c.sigma.map.a == test::close(expected.map.a));
  CHECK(c.sigma.map.b == test::close(expected.map.b));
  data.weights = Vector();
  CHECK(std::abs(calibrate(Scripted(0), data, options(), Stream(1)).sigma.map.a - expected.map.a) > 1e-3);
}

TEST_CASE("calibrated: targets in another unit give sigma_cal in that unit", "[models]") {
  const TrainingData data = linear_rows(50, 3), other = test::with_targets_times(data, 2500);
  const Matrix query = test::query_points(6);
  for (const char* form : {"linear", "scale", "power", "isotonic"})
    for (const char* sigma : {"observed", "latent"}) {
      INFO(form << ", " << sigma);
      const Json parameters = {{"form", form}, {"sigma", sigma}, {"correlation", "shrink"}};
      const auto one = fitted(data, "bootstrap", ridges(15), parameters);
      const auto two = fitted(other, "bootstrap", ridges(15), parameters);
      test::check_equal(two->predict(query), one->predict(query).affine(2500, 0), 1e-6);
      const Diagnostics d = one->diagnostics(), e = two->diagnostics();
      CHECK(e.at("correlation_shrinkage") == Approx(d.at("correlation_shrinkage")).margin(1e-6));
      if (std::string(form) != "linear") continue;
      CHECK(e.at("calibration_a") == test::close(d.at("calibration_a"), 1e-6));
      CHECK(e.at("calibration_b") == test::close(2500 * d.at("calibration_b"), 1e-6));
      CHECK(e.at("unconstrained_b") == test::close(2500 * d.at("unconstrained_b"), 1e-6));
    }
}

TEST_CASE("calibrated: groups that repeat one another are held out together", "[models]") {
  // 30 places, each measured twice with the same result: a fold that keeps one copy knows the other.
  TrainingData data = test::curve(30, 2, 3);
  data.inputs = data.inputs.replicate(2, 1).eval();
  data.targets = data.targets.replicate(2, 1).eval();
  const auto rms = [](const std::unique_ptr<const Posterior>& p) {
    return std::sqrt(shown(p).calibration().residual.cwiseAbs2().mean());
  };
  const Json gp = {{"steps", 30}, {"noise_variance", {{"start", 1e-6}, {"learn", false}}}};
  const auto leaking = fitted(data, "gp", gp, {{"folds", 60}});
  for (Index i = 0; i < 60; ++i) data.groups.push_back(i % 30);
  const auto grouped = fitted(data, "gp", gp, {{"folds", 60}});
  CHECK(rms(grouped) > 10 * rms(leaking));
  const Matrix query = test::query_points(5, 2);
  CHECK(grouped->predict(query).observed_variance().sum() > 2 * leaking->predict(query).observed_variance().sum());
}

TEST_CASE("calibrated: any model will do as the base", "[models]") {
  const test::CheckData data = test::training_data();
  const Matrix query = test::query_points(7);
  for (const std::string& name : Registry<Model>::instance().names()) {
    const Json base = {{"model", name}, {"parameters", test::cheap_parameters(name)}};
    for (const bool study : {false, true}) {
      INFO("base " << name << (study ? ", latent and isotonic" : ", observed and shrunk"));
      const Json parameters = {{"base", base},
                               {"folds", 2},
                               {"form", study ? "isotonic" : "linear"},
                               {"sigma", study ? "latent" : "observed"},
                               {"correlation", study ? "keep" : "shrink"}};
      const auto posterior = test::model("calibrated", parameters)->fit(data, Stream(1), data.privileged);
      const JointPrediction p = posterior->predict(query);
      test::check_sound(p, 7);
      CHECK(p.observed_variance().minCoeff() > 0);
      for (const auto& [key, value] : posterior->diagnostics()) {
        INFO(key);
        CHECK(std::isfinite(value));
      }
      CHECK(posterior->diagnostics().at("r_std_after") < 2);
    }
  }
}

TEST_CASE("calibrated: few rows, equal rows, constant targets", "[models]") {
  const Matrix query = test::query_points(4);
  for (const char* form : {"linear", "scale", "power", "isotonic"})
    for (const char* correlation : {"keep", "shrink", "independent"}) {
      INFO(form << ", " << correlation);
      const Json parameters = {{"form", form}, {"correlation", correlation}};
      const auto sound = [&](const TrainingData& data) {
        const auto posterior = fitted(data, "bootstrap", ridges(5), parameters);
        test::check_sound(posterior->predict(query), 4);
      };
      for (const Index n : {2, 3, 5, 11}) sound(test::training_data(n, 3));
      TrainingData data = test::training_data(12, 3);
      data.targets.setConstant(4);
      data.targets(3) = 5;  // alone: without it nothing is left to learn from
      sound(data);
      data.targets(7) = 7;
      sound(data);
      data = test::training_data(12, 3);
      data.inputs.setConstant(1);
      sound(data);
    }
  CHECK(missing(error_of([] { fitted(test::training_data(1, 3), "bootstrap", ridges(5)); }),
                {"data: ", "1 training row(s)", "at least 2"}) == "");
}

TEST_CASE("calibrated: what the base needs and knows is said for it", "[models]") {
  const auto around = [](const char* base) { return test::model("calibrated", {{"base", base}}); };
  CHECK(around("oracle")->traits().reads_truth);
  CHECK(around("oracle")->traits().kind == ModelKind::ceiling);
  CHECK_FALSE(around("gp")->traits().reads_truth);
  CHECK(around("gp")->traits().kind == ModelKind::contender);
  CHECK_FALSE(around("gp-hindsight")->traits().reads_truth);
  CHECK(around("gp-hindsight")->traits().kind == ModelKind::ceiling);
  for (const std::string& name : Registry<Model>::instance().names()) {
    const auto base = test::model(name, test::cheap_parameters(name));
    CHECK(test::model("calibrated", {{"base", {{"model", name}, {"parameters", test::cheap_parameters(name)}}}})
              ->traits()
              .takes_weights == base->traits().takes_weights);
  }
}

TEST_CASE("calibrated: parameters out of range are named", "[models]") {
  const auto refusal = [](const Json& parameters) { return error_of([&] { test::model("calibrated", parameters); }); };
  CHECK(missing(refusal(Json::object()), {"config: ", "'base' must be given"}) == "");
  CHECK(missing(refusal({{"base", "gq"}}), {"config: ", "unknown model 'gq'"}) == "");
  CHECK(missing(refusal({{"base", "gp"}, {"form", "cubic"}}), {"form", "isotonic", "cubic"}) == "");
  CHECK(missing(refusal({{"base", "gp"}, {"folds", 1}}), {"folds", "2", "got 1"}) == "");
  CHECK(missing(refusal({{"base", "gp"}, {"correlation", "lose"}}), {"correlation", "shrink"}) == "");
}

}  // namespace
}  // namespace predcorr::models
