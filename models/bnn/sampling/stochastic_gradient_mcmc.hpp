// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "models/bnn/sampling/weight_chains.hpp"

namespace predcorr::models {

/// The learning rate over time: as half a cosine down to 0 in every cycle, or one for all.
enum class CycleSchedule { cyclical, constant };
EnumWords<CycleSchedule> words_of(CycleSchedule);

/// What sgld and sghmc are told.
struct StochasticGradientParameters : WeightChainParameters {
  StochasticGradientParameters() {
    chains = 8;
    start_steps = 1000;
  }
  int burn_in = 1;
  int cycles = 3;
  int epochs = 2000;
  int draws = 8;
  double exploration = 0.5;
  CycleSchedule schedule = CycleSchedule::cyclical;
  double learning_rate = 0.3;
  int batch = 100;
  double clip_norm = 10;

  static Fields<StochasticGradientParameters> fields();
};

/// The draws of chain `c` of `draws`. With U = |f - y|^2 / (2 n) + noise |w|^2 / (2 n eta), so that the
/// posterior is exp(-U / T) with T = noise / n, and g the gradient of U from a batch:
///   v = momentum v - rate g + sqrt(2 (1 - momentum) rate T) N(0, I),   w = w + v
/// which is stochastic gradient Langevin dynamics (Welling & Teh 2011) without momentum and stochastic gradient
/// Hamiltonian Monte Carlo (Chen et al. 2014, equation 15) with it. There is no acceptance step: variances are off by
/// order rate, by rate * curvature / 2 of themselves for a quadratic U without momentum, and the noise of batches adds
/// to them, by rate * curvature * n / (2 batch (1 - momentum)). Cyclical (Zhang et al. 2020): in every cycle the rate
/// falls as half a cosine to 0. Draws are spread evenly over what a cycle has left after its first share,
/// `exploration`; unlike theirs that has its noise, too, since without it weights known little would lose their spread.
/// The rate is at most eta / (2 T), which the prior's curvature allows: a few rows whose noise may be anything need it.
/// Constant: one rate throughout, the same draws. Before the first there are `burn_in` cycles without draws.
/// Every `kVarianceEpochs` epochs (every hundredth of a cycle that has fewer than 100 times as many) the variances that
/// are learned are drawn given the weights and the residuals of all rows, by a Gibbs step and a ScaleMove, whose step
/// is adapted in those cycles and until the first draw is kept: a forward pass over all rows, and a second for a
/// learned prior variance, which make 3% and 7% of the cost.
/// @throws Error (numerical) with step and loss where it diverges
void stochastic_gradient_chain(const StochasticGradientParameters& p, double momentum, const Network& network,
                               const Batch& data, const WeightVariances& variances, WeightHyper hyper, VectorF start,
                               const Stream& stream, Index c, ChainDraws& draws);

/// Epochs between two draws of the variances.
constexpr int kVarianceEpochs = 10;

/// The posterior of all chains. They begin at `chain_starts`. Diagnostics and warnings as `chain_posterior` has them.
std::unique_ptr<Posterior> stochastic_gradient_posterior(const StochasticGradientParameters& p, double momentum,
                                                         const TrainingData& data, const Stream& stream);

}  // namespace predcorr::models
