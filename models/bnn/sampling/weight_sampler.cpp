// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sampling/weight_sampler.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/error.hpp"

namespace predcorr::models {
namespace {

constexpr double kDivergent = 1000;  // an error of the energy that no good step size makes
constexpr double kImpossible = -std::numeric_limits<double>::infinity();

double log_sum(double a, double b) {
  const double larger = std::max(a, b);
  return larger == kImpossible ? kImpossible : larger + std::log1p(std::exp(std::min(a, b) - larger));
}

/// Whether two neighbouring parts of a trajectory still move apart: from the first to the last point of both together,
/// and of each with the nearest point of the other. Every argument is a sum of momenta or one momentum.
bool moves_apart(const VectorF& sum_a, const VectorF& outer_a, const VectorF& inner_a, const VectorF& sum_b,
                 const VectorF& inner_b, const VectorF& outer_b) {
  return sum_a.dot(outer_a) + sum_b.dot(outer_a) > 0 && sum_a.dot(outer_b) + sum_b.dot(outer_b) > 0 &&
         sum_a.dot(outer_a) + inner_b.dot(outer_a) > 0 && sum_a.dot(inner_b) + inner_b.dot(inner_b) > 0 &&
         sum_b.dot(inner_a) + inner_a.dot(inner_a) > 0 && sum_b.dot(outer_b) + inner_a.dot(outer_b) > 0;
}

}  // namespace

EnumWords<TransitionKernel> words_of(TransitionKernel) {
  return {{"hmc", TransitionKernel::hmc}, {"nuts", TransitionKernel::nuts}};
}

void leapfrog(const WeightLogDensity& density, double step, PhasePoint& point) {
  const auto whole = static_cast<float>(step), half = static_cast<float>(0.5 * step);
  point.momentum += half * point.gradient;
  point.at += whole * point.momentum;
  point.log_density = density(point.at, point.gradient);
  point.momentum += half * point.gradient;
}

WeightSampler::WeightSampler(WeightLogDensity density, VectorF start, const SamplerOptions& options, Stream stream)
    : density_(std::move(density)),
      options_(options),
      stream_(std::move(stream)),
      step_(options.initial_step, options.target_acceptance) {
  now_ = {std::move(start), {}, {}, 0};
  now_.momentum = now_.gradient = VectorF::Zero(now_.at.size());
  subtrees_.resize(options.kernel == TransitionKernel::nuts ? static_cast<std::size_t>(options.max_depth) : 0);
  now_.log_density = density_(now_.at, now_.gradient);
  require(std::isfinite(now_.log_density) && now_.gradient.allFinite(), ErrorKind::numerical,
          "sampler: the log density at a chain's start is {} (largest weight {}); it must be finite with its gradient, "
          "so start elsewhere or bring the data to unit scale",
          now_.log_density, now_.at.size() > 0 ? now_.at.cwiseAbs().maxCoeff() : 0.0f);
}

void WeightSampler::restart_adaptation() { step_ = StepSize(step_.average(), options_.target_acceptance); }

void WeightSampler::move_to(VectorF at, double log_density, VectorF gradient) {
  now_.at = std::move(at);
  now_.log_density = log_density;
  now_.gradient = std::move(gradient);
}

void WeightSampler::density_changed(double log_density, const VectorF& gradient) {
  now_.log_density = log_density;
  now_.gradient = gradient;
}

void WeightSampler::adapt(int transitions) {
  for (int i = 0; i < transitions; ++i) step_.observe(transition(step_.current()));
}

void WeightSampler::sample(int transitions) {
  for (int i = 0; i < transitions; ++i) {
    acceptance_ += transition(step_.average());
    ++sampled_;
    if (diverged_) ++divergences_;
  }
}

double WeightSampler::transition(double step) {
  stream_.fill_normals(now_.momentum);
  // Within 10% of the step size, so that no direction's period is met for ever (Neal 2011, section 3.2).
  step *= scale_ * (0.9 + 0.2 * stream_.uniform());
  diverged_ = false;
  return options_.kernel == TransitionKernel::nuts ? nuts(step) : hmc(step);
}

double WeightSampler::hmc(double step) {
  const double energy = now_.energy();
  next_ = now_;
  for (int i = 0; i < options_.leapfrogs && std::isfinite(next_.log_density); ++i) leapfrog(density_, step, next_);
  const double change = energy - next_.energy();
  const bool possible = std::isfinite(change);
  diverged_ = !(possible && change > -kDivergent);
  const double acceptance = possible ? std::min(1.0, std::exp(change)) : 0.0;
  if (stream_.uniform() < acceptance) std::swap(now_, next_);
  return acceptance;
}

/// Grows `tree` by 2^depth steps from `edge`; false where it turned back or left the energy, and is not to be used.
bool WeightSampler::build(int depth, double step, PhasePoint& edge, Subtree& tree) {
  if (depth == 0) {
    leapfrog(density_, step, edge);
    const double change = start_energy_ - edge.energy();
    const bool possible = std::isfinite(change);
    acceptance_sum_ += possible ? std::min(1.0, std::exp(change)) : 0.0;
    states_ += 1;
    diverged_ = !(possible && change > -kDivergent);
    if (diverged_) return false;
    tree.at = edge.at;
    tree.gradient = edge.gradient;
    tree.log_density = edge.log_density;
    tree.log_weight = change;
    tree.sum = tree.first = tree.last = edge.momentum;
    return true;
  }
  Subtree& far = subtrees_[static_cast<std::size_t>(depth - 1)];
  if (!build(depth - 1, step, edge, tree) || !build(depth - 1, step, edge, far)) return false;
  const double log_weight = log_sum(tree.log_weight, far.log_weight);
  if (std::log(stream_.uniform()) < far.log_weight - log_weight) {
    std::swap(tree.at, far.at);
    std::swap(tree.gradient, far.gradient);
    tree.log_density = far.log_density;
  }
  const bool goes_on = moves_apart(tree.sum, tree.first, tree.last, far.sum, far.first, far.last);
  tree.log_weight = log_weight;
  tree.sum += far.sum;
  std::swap(tree.last, far.last);
  return goes_on;
}

double WeightSampler::nuts(double step) {
  start_energy_ = now_.energy();
  acceptance_sum_ = states_ = 0;
  before_ = now_;
  next_ = now_;  // the end of the trajectory forwards in time
  VectorF& sum = whole_.sum;
  VectorF &backmost = whole_.first, &foremost = whole_.last;
  sum = backmost = foremost = now_.momentum;
  double log_weight = 0;
  for (int depth = 0; depth < options_.max_depth; ++depth) {
    const bool forwards = stream_.uniform() < 0.5;
    // A subtree of this depth uses only the workspaces below its own.
    Subtree& grown = subtrees_[static_cast<std::size_t>(depth)];
    if (!build(depth, forwards ? step : -step, forwards ? next_ : before_, grown)) break;
    // The half farther from the start is preferred (Betancourt 2017, appendix A.3.2).
    if (std::log(stream_.uniform()) < grown.log_weight - log_weight) {
      std::swap(now_.at, grown.at);
      std::swap(now_.gradient, grown.gradient);
      now_.log_density = grown.log_density;
    }
    log_weight = log_sum(log_weight, grown.log_weight);
    VectorF &inner = forwards ? foremost : backmost, &outer = forwards ? backmost : foremost;
    const bool goes_on = moves_apart(sum, outer, inner, grown.sum, grown.first, grown.last);
    sum += grown.sum;
    std::swap(inner, grown.last);
    if (!goes_on) break;
  }
  return acceptance_sum_ / states_;
}

}  // namespace predcorr::models
