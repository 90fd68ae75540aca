// SPDX-License-Identifier: Apache-2.0
#include "models/gp/maximise.hpp"

#include <LBFGSB.h>

#include <cmath>
#include <limits>

namespace predcorr::models {
namespace {

/// Negates for LBFGS++, adds priors if wanted, and remembers the best.
class Search {
 public:
  Search(const LogObjective& objective, const std::vector<LogParameter>& parameters, bool use_priors)
      : objective_(objective), parameters_(parameters), use_priors_(use_priors) {}

  double operator()(const Vector& at, Vector& gradient) {
    ++evaluations_;
    const double value = objective_(at, gradient);
    double penalised = value;
    for (Index i = 0; use_priors_ && i < at.size(); ++i) {
      const LogParameter& p = parameters_[static_cast<std::size_t>(i)];
      penalised += p.log_prior_density(at(i));
      gradient(i) -= (at(i) - p.prior_mean) / (p.prior_stddev * p.prior_stddev);
    }
    if (penalised > best_) {
      best_ = penalised;
      best_value_ = value;
      best_at_ = at;
    }
    gradient = -gradient;
    return -penalised;
  }

  bool found() const { return std::isfinite(best_); }
  Optimum optimum() const { return {.at = best_at_, .value = best_value_, .evaluations = evaluations_}; }

 private:
  const LogObjective& objective_;
  const std::vector<LogParameter>& parameters_;
  bool use_priors_;
  double best_ = -std::numeric_limits<double>::infinity(), best_value_ = best_;
  Vector best_at_;
  int evaluations_ = 0;
};

/// A draw from the priors, within the ranges; what has no prior stays at its start.
Vector prior_draw(const std::vector<LogParameter>& parameters, Stream stream) {
  Vector draw(std::ssize(parameters));
  for (Index i = 0; i < draw.size(); ++i) {
    const LogParameter& p = parameters[static_cast<std::size_t>(i)];
    const double step = std::isfinite(p.prior_stddev) ? p.prior_stddev * stream.normal() : 0.0;
    draw(i) = std::clamp(p.prior_mean + step, p.low, p.high);
  }
  return draw;
}

}  // namespace

Optimum maximise(const LogObjective& objective, const std::vector<LogParameter>& parameters,
                 const SearchOptions& options, const Stream& stream) {
  Search search(objective, parameters, options.use_priors);
  const Index p = std::ssize(parameters);
  Vector low(p), high(p), first(p), gradient(p);
  for (Index i = 0; i < p; ++i) {
    const LogParameter& parameter = parameters[static_cast<std::size_t>(i)];
    low(i) = parameter.low;
    high(i) = parameter.high;
    first(i) = parameter.value;
  }
  const auto found = [&] {
    require(search.found(), ErrorKind::numerical, "the search for hyper-parameters never met a number to maximise");
    return search.optimum();
  };
  if (options.steps == 0 || p == 0) {
    search(first, gradient);
    return found();
  }
  LBFGSpp::LBFGSBParam<double> settings;
  settings.max_iterations = options.steps;
  settings.epsilon = settings.epsilon_rel = 1e-5;
  settings.past = 1;
  settings.delta = 1e-9;
  int failed = 0;
  for (int start = 0; start <= options.restarts; ++start) {
    Vector point =
        start == 0 ? first : prior_draw(parameters, stream.fork("restart", static_cast<std::uint64_t>(start)));
    const int before = search.optimum().evaluations;
    try {
      double value = 0;
      LBFGSpp::LBFGSBSolver<double>(settings).minimize(search, point, value, low, high);
    } catch (const std::exception&) {
      // Either the objective failed somewhere, which ends this start, or LBFGS++ saw no further progress.
      if (search.optimum().evaluations == before + 1) ++failed;
      if (start == options.restarts && !search.found()) throw;
    }
  }
  Optimum optimum = found();
  optimum.failed_starts = failed;
  return optimum;
}

}  // namespace predcorr::models
