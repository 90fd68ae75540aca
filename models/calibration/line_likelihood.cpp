// SPDX-License-Identifier: Apache-2.0
#include "models/calibration/line_likelihood.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <vector>

namespace predcorr::models {

/// Value and derivatives by (u, v).
struct LineLikelihood::Local {
  double value = 0;
  Eigen::Vector2d gradient = Eigen::Vector2d::Zero();
  Eigen::Matrix2d hessian = Eigen::Matrix2d::Zero();
  Eigen::Matrix2d information = Eigen::Matrix2d::Zero();  ///< the Hessian's expectation: positive definite
};

LineLikelihood::Local LineLikelihood::local(const Eigen::Vector2d& at) const {
  const double low = std::exp(at(0)), high = std::exp(at(1));
  Local l;
  for (Index i = 0; i < t_.size(); ++i) {
    const double w = weights_(i), part_low = low * (1 - t_(i)), part_high = high * t_(i), s = part_low + part_high;
    const double q = squares_(i) / (s * s);
    const Eigen::Vector2d share(part_low / s, part_high / s);  // d log s / d (u, v)
    l.value += w * (std::log(s) + 0.5 * q);
    l.gradient += w * (1 - q) * share;
    const Eigen::Matrix2d outer = share * share.transpose();
    l.hessian += w * (3 * q - 1) * outer;
    l.hessian.diagonal() += w * (1 - q) * share;
    l.information += 2 * w * outer;
  }
  return l;
}

LineLikelihood::Ends LineLikelihood::descend(Eigen::Vector2d at, double floor) const {
  const double bound = std::log(floor);
  at = at.cwiseMax(bound);
  Local here = local(at);
  for (int step = 0; step < 200; ++step) {
    // An end that rests on the floor and would go below stays there.
    const bool fixed[2] = {at(0) <= bound && here.gradient(0) > 0, at(1) <= bound && here.gradient(1) > 0};
    const bool convex = here.hessian(0, 0) > 0 && here.hessian(1, 1) > 0 && here.hessian.determinant() > 0;
    Eigen::Matrix2d curvature = convex ? here.hessian : here.information;
    curvature.diagonal().array() += 1e-14;  // an end without weight has no curvature
    Eigen::Vector2d gradient = here.gradient;
    for (const int k : {0, 1})
      if (fixed[k]) {
        curvature(0, 1) = curvature(1, 0) = 0;
        gradient(k) = 0;
      }
    Eigen::Vector2d move = -curvature.inverse() * gradient;
    const double length = move.cwiseAbs().maxCoeff();
    if (!(length > 1e-13)) break;
    if (length > 2) move *= 2 / length;
    bool moved = false;
    for (double share = 1; share > 1e-9; share *= 0.5) {
      const Eigen::Vector2d next = (at + share * move).cwiseMax(bound);
      const Local there = local(next);
      // Rounding of the value must not stop the last, quadratically converging steps.
      if (there.value <= here.value + 1e-4 * here.gradient.dot(next - at) + 1e-15) {
        moved = next != at;
        at = next;
        here = there;
        break;
      }
    }
    if (!moved) break;
  }
  return {std::exp(at(0)), std::exp(at(1)), here.value};
}

LineLikelihood::Ends LineLikelihood::minimise(double floor) const {
  const auto third = [&](double from, double to) {
    double weight = 0, where = 0, square = 0;
    for (Index i = 0; i < t_.size(); ++i)
      if (t_(i) >= from && t_(i) <= to) {
        weight += weights_(i);
        where += weights_(i) * t_(i);
        square += weights_(i) * squares_(i);
      }
    return Eigen::Vector2d(where / weight, std::sqrt(square / weight));  // both ends are taken, so weight > 0
  };
  const Eigen::Vector2d lower = third(0, 1.0 / 3), upper = third(2.0 / 3, 1);
  const double slope = (upper(1) - lower(1)) / (upper(0) - lower(0)), at_zero = lower(1) - slope * lower(0);
  const auto ends = [](double low, double high) { return Eigen::Vector2d(std::log(low), std::log(high)); };
  const std::vector<Eigen::Vector2d> starts = {ends(std::max(at_zero, 0.05), std::max(at_zero + slope, 0.05)),
                                               ends(1, 1), ends(0.5, 1.5), ends(0.05, 3), ends(3, 0.05)};
  Ends best{1, 1, std::numeric_limits<double>::infinity()};
  for (const Eigen::Vector2d& start : starts) {
    const Ends found = descend(start, floor);
    if (found.nll < best.nll) best = found;
  }
  return best;
}

}  // namespace predcorr::models
