// SPDX-License-Identifier: Apache-2.0
#include "models/gp/hmc.hpp"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

#include "models/mcmc/step_size.hpp"

namespace predcorr::models {
namespace {

struct Point {
  Vector at, gradient;
  double log_density;
};

struct Chain {
  Matrix draws;
  double acceptance, step_size;
};

class Sampler {
 public:
  Sampler(const LogDensity& density, const HmcOptions& options, const Vector& mode, const Matrix& shape, Stream stream)
      : density_(density), options_(options), mode_(mode), shape_(shape), stream_(std::move(stream)) {}

  Chain run() {
    const Index p = mode_.size();
    Point now = first_point();
    StepSize step(1 / std::pow(static_cast<double>(std::max<Index>(p, 1)), 0.25), options_.target);
    for (int i = 0; i < options_.warmup; ++i) step.observe(move(now, step.current()));
    Chain chain{Matrix(options_.draws, p), 0, step.average()};
    for (int i = 0; i < options_.draws; ++i) {
      chain.acceptance += move(now, chain.step_size) / options_.draws;
      chain.draws.row(i) = (mode_ + shape_ * now.at).transpose();
    }
    return chain;
  }

 private:
  Point at(const Vector& z) const {
    Vector gradient = Vector::Zero(z.size());
    const double value = density_(mode_ + shape_ * z, gradient);
    return {z, shape_.transpose() * gradient, std::isnan(value) ? -std::numeric_limits<double>::infinity() : value};
  }

  Point first_point() {
    const Point displaced = at(stream_.normals(mode_.size()));
    return std::isfinite(displaced.log_density) ? displaced : at(Vector::Zero(mode_.size()));
  }

  /// One trajectory of random length; returns the chance of its acceptance.
  double move(Point& now, double step) {
    Vector momentum = stream_.normals(now.at.size());
    const double energy = -now.log_density + 0.5 * momentum.squaredNorm();
    const Index steps = 1 + stream_.index(options_.leapfrogs);
    Point next = now;
    for (Index i = 0; i < steps && std::isfinite(next.log_density); ++i) {
      momentum += 0.5 * step * next.gradient;
      next = at(next.at + step * momentum);
      momentum += 0.5 * step * next.gradient;
    }
    const double change = energy + next.log_density - 0.5 * momentum.squaredNorm();
    const double acceptance = std::isfinite(change) ? std::min(1.0, std::exp(change)) : 0.0;
    if (stream_.uniform() < acceptance) now = std::move(next);
    return acceptance;
  }

  const LogDensity& density_;
  const HmcOptions& options_;
  const Vector& mode_;
  const Matrix& shape_;
  Stream stream_;
};

}  // namespace

HmcDraws hamiltonian_monte_carlo(const LogDensity& density, const Vector& mode, const Matrix& shape,
                                 const HmcOptions& options, const Stream& stream) {
  HmcDraws all{Matrix(options.chains * options.draws, mode.size()), 0, 0, {}};
  for (int c = 0; c < options.chains; ++c) {
    const Chain chain =
        Sampler(density, options, mode, shape, stream.fork("chain", static_cast<std::uint64_t>(c))).run();
    all.draws.middleRows(c * options.draws, options.draws) = chain.draws;
    all.acceptance += chain.acceptance / options.chains;
    all.step_size += chain.step_size / options.chains;
  }
  all.mixing = mixing_of(all.draws, options.chains);
  return all;
}

Mixing mixing_of(const Matrix& draws, Index chains) {
  Mixing worst;
  for (Index i = 0; i < draws.cols(); ++i)
    worst.worsen(Mixing::of(draws.col(i).reshaped(draws.rows() / chains, chains)));
  return worst;
}

std::vector<std::string> sampling_warnings(const std::string& what, const HmcDraws& draws) {
  std::vector<std::string> all = mixing_warnings(what, draws.mixing, "raise warmup and draws, or chains");
  if (draws.acceptance < kSmallestTrustedAcceptance)
    all.push_back(fmt::format("the sampler accepts {:.2g} of the trajectories (trusted from {}); raise warmup",
                              draws.acceptance, kSmallestTrustedAcceptance));
  return all;
}

Matrix shape_at_mode(const LogDensity& density, const Vector& mode, double widest) {
  constexpr double kStep = 1e-3;
  const Index p = mode.size();
  if (p == 0) return {};
  Matrix curvature = Matrix::Zero(p, p);
  for (Index i = 0; i < p; ++i) {
    Vector up = Vector::Zero(p), down = Vector::Zero(p);
    // At the edge of what is possible one side has to do.
    const bool above = std::isfinite(density(mode + kStep * Vector::Unit(p, i), up));
    const bool below = std::isfinite(density(mode - kStep * Vector::Unit(p, i), down));
    if (!above) density(mode, up);
    if (!below) density(mode, down);
    curvature.col(i) = (down - up) / (kStep * ((above ? 1 : 0) + (below ? 1 : 0)) + (above || below ? 0 : 1));
  }
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(0.5 * (curvature + curvature.transpose()));
  const Vector widths = eigen.eigenvalues().cwiseMax(1 / (widest * widest)).cwiseSqrt().cwiseInverse();
  return eigen.eigenvectors() * widths.asDiagonal();
}

}  // namespace predcorr::models
