// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/matrix.hpp"
#include "core/base/stream.hpp"
#include "models/mcmc/mixing.hpp"

namespace predcorr::models {

/// Log density up to a constant; writes its gradient. -infinity where a point is impossible.
using LogDensity = std::function<double(const Vector& at, Vector& gradient)>;

struct HmcOptions {
  int chains = 2;
  int warmup = 30;      ///< trajectories that adapt the step size, and are forgotten
  int draws = 25;       ///< kept from each chain
  int leapfrogs = 8;    ///< most steps of a trajectory
  double target = 0.8;  ///< acceptance the step size is adapted to
};

struct HmcDraws {
  Matrix draws;       ///< (chains * draws) x p, chain after chain
  double acceptance;  ///< mean after warm-up
  double step_size;   ///< mean over chains
  Mixing mixing;      ///< the worst over the coordinates
};

/// Hamiltonian Monte Carlo: Neal 2011; step size by dual averaging, Hoffman & Gelman 2014. Every chain begins one
/// standard deviation or so away from `mode`, so that chains that do not mix are seen not to.
/// @param shape C with C C' about the covariance of the density, p x p: the sampler works on z, at = mode + C z
/// Cost: chains * (warmup + draws) * (leapfrogs + 1) / 2 gradients.
HmcDraws hamiltonian_monte_carlo(const LogDensity& density, const Vector& mode, const Matrix& shape,
                                 const HmcOptions& options, const Stream& stream);

/// The worst over the coordinates of draws that lie chain after chain, each of as many.
Mixing mixing_of(const Matrix& draws, Index chains);

/// Sentences that say in what these draws have not mixed and what to change; none if they have.
/// @param what the coordinates are, e.g. "hyper-parameters"
std::vector<std::string> sampling_warnings(const std::string& what, const HmcDraws& draws);

/// C for a density that is near normal about its mode: from the curvature there, by differences of gradients, no
/// direction wider than `widest`.  Cost: 2 p gradients, p^3.
Matrix shape_at_mode(const LogDensity& density, const Vector& mode, double widest);

}  // namespace predcorr::models
