// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "core/base/matrix.hpp"
#include "core/base/stream.hpp"
#include "core/plugins/parameters.hpp"
#include "models/mcmc/step_size.hpp"

namespace predcorr::models {

/// Log density of a network's weights up to a constant; writes its gradient. What is not finite is never drawn.
using WeightLogDensity = std::function<double(const VectorF& weights, VectorF& gradient)>;

/// How a chain gets from one draw to the next, leaving the density as it is.
///   hmc: Hamiltonian Monte Carlo, trajectories of a fixed number of steps (Neal 2011)
///   nuts: trajectories that double until they turn back, a multinomial draw from their points (Hoffman & Gelman 2014,
///     Betancourt 2017, with the checks between subtrees that Stan has added)
enum class TransitionKernel { hmc, nuts };
EnumWords<TransitionKernel> words_of(TransitionKernel);

struct SamplerOptions {
  TransitionKernel kernel = TransitionKernel::hmc;
  int leapfrogs = 5;               ///< steps of an hmc trajectory
  int max_depth = 8;               ///< a nuts trajectory has at most 2^max_depth - 1 steps
  double initial_step = 0.01;      ///< before adaptation
  double target_acceptance = 0.8;  ///< the step size is adapted to
};

/// A point of a trajectory.
struct PhasePoint {
  VectorF at, momentum, gradient;
  double log_density = 0;

  /// -log density and half the squared momentum, summed in double.
  double energy() const { return 0.5 * momentum.cast<double>().squaredNorm() - log_density; }
};

/// One leapfrog step; a negative one goes back. Over a fixed time the energy is off by order step^2.
void leapfrog(const WeightLogDensity& density, double step, PhasePoint& point);

/// One Markov chain over a network's weights, with unit masses. Numbers are floats, energies doubles.
class WeightSampler {
 public:
  /// @throws Error (numerical) where the density at `start` is not finite
  WeightSampler(WeightLogDensity density, VectorF start, const SamplerOptions& options, Stream stream);

  /// Transitions that adapt the step size; not to be kept.
  void adapt(int transitions);

  /// Transitions at the adapted step size.
  void sample(int transitions);

  /// From now on steps are the adapted step size times this: a density that a parameter makes narrower or wider needs
  /// shorter or longer ones. The factor must not depend on the weights.
  void scale_steps(double factor) { scale_ = factor; }

  /// Forgets what adaptation has learned but the step size: the density is another now.
  void restart_adaptation();

  /// @name What happens to the chain between transitions, told by whoever leaves the joint density as it is
  /// @{
  void move_to(VectorF at, double log_density, VectorF gradient);     ///< it goes on from there
  void density_changed(double log_density, const VectorF& gradient);  ///< to this, where the chain is
  /// @}

  const VectorF& at() const { return now_.at; }
  double log_density() const { return now_.log_density; }
  const VectorF& gradient() const { return now_.gradient; }

  /// @name Of the transitions at the adapted step size
  /// @{
  double acceptance() const { return sampled_ > 0 ? acceptance_ / static_cast<double>(sampled_) : 0; }
  long divergences() const { return divergences_; }  ///< trajectories whose energy was off by more than 1000
  double step_size() const { return scale_ * step_.average(); }
  /// @}

 private:
  /// Consecutive points of a trajectory, as far as its end matters to what comes.
  struct Subtree {
    VectorF at, gradient;  ///< a draw from its points
    double log_density = 0, log_weight = 0;
    VectorF sum, first, last;  ///< momenta: of all points, of the one nearest to the start, of the farthest
  };

  double transition(double step);
  double hmc(double step);
  double nuts(double step);
  bool build(int depth, double step, PhasePoint& edge, Subtree& tree);

  WeightLogDensity density_;
  SamplerOptions options_;
  Stream stream_;
  StepSize step_;
  double scale_ = 1;
  PhasePoint now_, next_;
  long sampled_ = 0, divergences_ = 0;
  double acceptance_ = 0;
  bool diverged_ = false;

  // Of nuts: the trajectory's other end, subtrees by depth, and what its points add up to.
  PhasePoint before_;
  std::vector<Subtree> subtrees_;
  Subtree whole_;
  double start_energy_ = 0, acceptance_sum_ = 0, states_ = 0;
};

}  // namespace predcorr::models
