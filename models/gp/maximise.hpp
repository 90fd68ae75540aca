// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/base/stream.hpp"
#include "core/kernels/hyper_parameter.hpp"

namespace predcorr::models {

/// A function of log hyper-parameters; writes its gradient. May throw Error (numerical) where it cannot be computed.
using LogObjective = std::function<double(const Vector& at, Vector& gradient)>;

struct SearchOptions {
  int steps = 200;          ///< most L-BFGS-B steps of each start; 0 evaluates the first start only
  int restarts = 0;         ///< further starts, drawn from the hyper-parameters' priors
  bool use_priors = false;  ///< adds their log densities to the objective
};

struct Optimum {
  Vector at;
  double value;  ///< of the objective, without priors
  int evaluations = 0;
  int failed_starts = 0;  ///< whose first evaluation failed
};

/// Maximises within the parameters' ranges by L-BFGS-B (LBFGS++). The best point seen wins, whatever ends a search: a
/// line search without further progress near the optimum is no failure.
/// @throws Error (numerical) if the objective cannot be computed at any start
Optimum maximise(const LogObjective& objective, const std::vector<LogParameter>& parameters,
                 const SearchOptions& options, const Stream& stream);

}  // namespace predcorr::models
