// SPDX-License-Identifier: Apache-2.0
#include "models/calibration/sigma_map.hpp"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "core/base/error.hpp"
#include "models/calibration/isotonic.hpp"
#include "models/calibration/line_likelihood.hpp"

namespace predcorr::models {
namespace {

constexpr double kLeastShare = 1e-3;  // of a root mean square: what a bound lets through
constexpr Index kFewRows = 10;        // below, only one number is fitted; as many share isotonic's first level
constexpr double kLargestExponent = 10;

/// The rows that count, weights with sum 1.
struct CountedRows {
  Vector residual, sigma, weight;
  double residual_rms = 0, sigma_rms = 0;

  bool sigmas_differ() const { return sigma.maxCoeff() - sigma.minCoeff() > 1e-9 * sigma.maxCoeff(); }
};

SigmaMap straight(SigmaForm form, double a, double b) {
  SigmaMap map;
  map.form = form;
  map.a = a;
  map.b = b;
  return map;
}

SigmaMap constant_map(double sigma_cal) { return straight(SigmaForm::linear, 0, sigma_cal); }

SigmaMap scale_map(const CountedRows& d) {
  if (d.sigma_rms == 0) return constant_map(d.residual_rms);
  const double least = kLeastShare * d.sigma_rms;
  const double square = (d.residual.cwiseQuotient(d.sigma.cwiseMax(least)).array().square() * d.weight.array()).sum();
  SigmaMap map = straight(SigmaForm::scale, std::sqrt(square), 0);
  map.least_sigma_uc = least;
  return map;
}

SigmaMap linear_map(const CountedRows& d, std::optional<FreeLine>& free) {
  if (!d.sigmas_differ()) return constant_map(d.residual_rms);
  const double low = d.sigma.minCoeff(), range = d.sigma.maxCoeff() - low;
  const LineLikelihood likelihood((d.sigma.array() - low) / range, (d.residual / d.residual_rms).array().square(),
                                  d.weight);
  const auto line = [&](const LineLikelihood::Ends& ends) {
    const double a = d.residual_rms * (ends.high - ends.low) / range;
    return FreeLine{a, d.residual_rms * ends.low - a * low};
  };
  LineLikelihood::Ends ends = likelihood.minimise(1e-9);  // so low that nothing but rounding is held off
  free = line(ends);
  if (ends.low < kLeastShare || ends.high < kLeastShare) ends = likelihood.minimise(kLeastShare);
  const FreeLine held = line(ends);
  if (free->a < 0 || held.a < 0) return constant_map(d.residual_rms);
  SigmaMap map = straight(SigmaForm::linear, held.a, held.b);
  map.least_sigma_uc = low;
  map.least_sigma_cal = kLeastShare * d.residual_rms;
  return map;
}

/// With l = log sigma_uc the optimal c^2 is the mean of r^2 exp(-2 p l), and what is left, p mean(l) + log(c), is
/// convex in p: its derivative is increasing.
SigmaMap power_map(const CountedRows& d) {
  if (d.sigma_rms == 0) return constant_map(d.residual_rms);
  const double least = kLeastShare * d.sigma_rms;
  Vector logs = d.sigma.cwiseMax(least).array().log();
  const double centre = d.weight.dot(logs);  // keeps the powers below from overflowing
  logs.array() -= centre;
  const Vector squares = d.weight.array() * (d.residual / d.residual_rms).array().square();
  const auto slope = [&](double p) {
    const Vector tilted = squares.array() * (-2 * p * logs.array()).exp();
    return -tilted.dot(logs) / tilted.sum();
  };
  double p = 0;
  if (d.sigmas_differ() && slope(0) < 0) {
    p = kLargestExponent;
    if (slope(p) > 0) {
      std::uintmax_t steps = 200;
      const auto [below, above] = boost::math::tools::toms748_solve(
          slope, 0.0, kLargestExponent, boost::math::tools::eps_tolerance<double>(48), steps);
      p = 0.5 * (below + above);
    }
  }
  const double c = d.residual_rms * std::sqrt((squares.array() * (-2 * p * logs.array()).exp()).sum());
  SigmaMap map;
  map.form = SigmaForm::power;
  map.coefficient = c * std::exp(-p * centre);
  map.exponent = p;
  map.least_sigma_uc = least;
  return map;
}

SigmaMap isotonic_map(const CountedRows& d) {
  std::vector<Index> order(static_cast<std::size_t>(d.sigma.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index i, Index j) { return d.sigma(i) < d.sigma(j); });
  // Runs that must share a variance: equal sigmas, and the least few.
  std::vector<double> first, last, weight, square;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const Index i = order[k];
    const double r2 = d.residual(i) * d.residual(i);
    if (k == 0 || (static_cast<Index>(k) >= kFewRows && d.sigma(i) > last.back())) {
      first.push_back(d.sigma(i));
      last.push_back(d.sigma(i));
      weight.push_back(d.weight(i));
      square.push_back(r2);
      continue;
    }
    last.back() = d.sigma(i);
    square.back() += (r2 - square.back()) * d.weight(i) / (weight.back() + d.weight(i));
    weight.back() += d.weight(i);
  }
  const Index runs = std::ssize(square);
  const std::vector<Level> levels = pool_adjacent_violators(Eigen::Map<const Vector>(square.data(), runs),
                                                            Eigen::Map<const Vector>(weight.data(), runs));
  std::vector<double> knots, variances;
  for (const Level& level : levels) {
    const double begin = first[static_cast<std::size_t>(level.first)], end = last[static_cast<std::size_t>(level.last)];
    knots.push_back(begin);
    variances.push_back(level.value);
    if (end == begin) continue;
    knots.push_back(end);
    variances.push_back(level.value);
  }
  SigmaMap map;
  map.form = SigmaForm::isotonic;
  map.knots = Eigen::Map<const Vector>(knots.data(), std::ssize(knots));
  map.knot_variances = Eigen::Map<const Vector>(variances.data(), std::ssize(variances));
  map.least_sigma_cal = kLeastShare * d.residual_rms;
  return map;
}

RStatistics r_statistics(const Vector& residual, const Vector& sigma, const Vector& weights) {
  const Vector r = residual.cwiseQuotient(sigma);
  const double mean = r.dot(weights) / weights.sum();
  return {mean, std::sqrt((r.array() - mean).square().matrix().dot(weights) / weights.sum())};
}

/// Rows that count, in their order.
CountedRows counted(const Vector& residual, const Vector& sigma, const Vector& weights) {
  require(residual.size() == sigma.size() && (weights.size() == 0 || weights.size() == sigma.size()), ErrorKind::shape,
          "sigma map: {} residuals, {} sigmas and {} weights", residual.size(), sigma.size(), weights.size());
  require(residual.allFinite() && sigma.allFinite() && (sigma.array() >= 0).all(), ErrorKind::numerical,
          "sigma map: residuals must be finite, sigmas finite and not negative");
  require(weights.allFinite() && (weights.array() >= 0).all(), ErrorKind::numerical,
          "sigma map: weights must be finite and not negative");
  Rows rows;
  for (Index i = 0; i < sigma.size(); ++i)
    if (weights.size() == 0 || weights(i) > 0) rows.push_back(i);
  CountedRows d;
  d.residual = residual(rows);
  d.sigma = sigma(rows);
  d.weight = Vector::Ones(std::ssize(rows));
  if (weights.size() > 0) d.weight = weights(rows);
  d.weight /= d.weight.sum();
  // By the largest first: sums of squares of huge or tiny numbers would leave double's range.
  const auto rms = [&](const Vector& v) {
    const double largest = v.size() > 0 ? v.cwiseAbs().maxCoeff() : 0.0;
    return largest > 0 ? largest * std::sqrt((v / largest).cwiseAbs2().dot(d.weight)) : 0.0;
  };
  d.residual_rms = rms(d.residual);
  d.sigma_rms = rms(d.sigma);
  return d;
}

SigmaMap fitted_map(SigmaForm form, const CountedRows& d, std::optional<FreeLine>& free) {
  if (d.residual_rms == 0) return {};
  if (d.sigma.size() < kFewRows) return scale_map(d);
  switch (form) {
    case SigmaForm::linear: return linear_map(d, free);
    case SigmaForm::scale: return scale_map(d);
    case SigmaForm::power: return power_map(d);
    case SigmaForm::isotonic: return d.sigma_rms > 0 ? isotonic_map(d) : constant_map(d.residual_rms);
  }
  return {};
}

}  // namespace

EnumWords<SigmaForm> words_of(SigmaForm) {
  return {{"linear", SigmaForm::linear},
          {"scale", SigmaForm::scale},
          {"power", SigmaForm::power},
          {"isotonic", SigmaForm::isotonic}};
}

double SigmaMap::formula(double sigma_uc) const {
  switch (form) {
    case SigmaForm::linear:
    case SigmaForm::scale: return a * sigma_uc + b;
    case SigmaForm::power: return coefficient * std::pow(sigma_uc, exponent);
    case SigmaForm::isotonic: break;
  }
  const Index above = std::upper_bound(knots.begin(), knots.end(), sigma_uc) - knots.begin();
  if (above == 0) return std::sqrt(knot_variances(0));
  if (above == knots.size()) return std::sqrt(knot_variances(above - 1));
  const double share = (sigma_uc - knots(above - 1)) / (knots(above) - knots(above - 1));
  return std::sqrt(knot_variances(above - 1) + share * (knot_variances(above) - knot_variances(above - 1)));
}

double SigmaMap::operator()(double sigma_uc) const {
  return std::max(formula(std::max(sigma_uc, least_sigma_uc)), least_sigma_cal);
}

Vector SigmaMap::operator()(const Vector& sigma_uc) const {
  return sigma_uc.unaryExpr([this](double s) { return (*this)(s); });
}

Index SigmaMap::bounded(const Vector& sigma_uc) const {
  return std::count_if(sigma_uc.begin(), sigma_uc.end(), [this](double s) {
    return s < least_sigma_uc || (least_sigma_cal > 0 && formula(s) <= least_sigma_cal * (1 + 1e-9));
  });
}

Index FreeLine::non_positive(const Vector& sigma_uc) const {
  return std::count_if(sigma_uc.begin(), sigma_uc.end(), [this](double s) { return a * s + b <= 0; });
}

double mean_gaussian_nll(const Vector& residual, const Vector& stddev, const Vector& weights) {
  const Vector each = 0.5 * residual.cwiseQuotient(stddev).array().square() + stddev.array().log() +
                      0.5 * std::log(2 * std::numbers::pi);
  return weights.size() == 0 ? each.mean() : each.dot(weights) / weights.sum();
}

SigmaFit fit_sigma_map(SigmaForm form, const Vector& residual, const Vector& sigma_uc, const Vector& weights) {
  const CountedRows d = counted(residual, sigma_uc, weights);
  SigmaFit fit;
  fit.rows = d.sigma.size();
  fit.nll_before = fit.nll_after = std::numeric_limits<double>::quiet_NaN();
  fit.r_before = fit.r_after = {fit.nll_before, fit.nll_before};
  if (fit.rows == 0) return fit;
  fit.map = fitted_map(form, d, fit.unconstrained);
  fit.bounded = fit.map.bounded(d.sigma);
  Rows positive;
  for (Index i = 0; i < fit.rows; ++i)
    if (d.sigma(i) > 0) positive.push_back(i);
  fit.zero_sigmas = fit.rows - std::ssize(positive);
  if (!positive.empty()) {
    const Vector r = d.residual(positive), s = d.sigma(positive), w = d.weight(positive);
    fit.nll_before = mean_gaussian_nll(r, s, w);
    fit.r_before = r_statistics(r, s, w);
  }
  const Vector sigma_cal = fit.map(d.sigma);
  fit.nll_after = mean_gaussian_nll(d.residual, sigma_cal, d.weight);
  fit.r_after = r_statistics(d.residual, sigma_cal, d.weight);
  return fit;
}

}  // namespace predcorr::models
