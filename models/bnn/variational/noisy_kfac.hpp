// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "models/bnn/engine/epoch_choice.hpp"
#include "models/bnn/engine/network_parameters.hpp"
#include "models/bnn/variational/noisy_layer.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// The parameters of noisy natural gradient. Defaults are the study's, but for epochs, samples and schedule: a fit is
/// to take seconds, and means that come to rest need fewer steps.
struct NoisyKfacParameters : NetworkParameters, EpochChoice {
  int epochs = 1000;
  int batch = 100;
  double learning_rate = 0.01;
  double step_size = 1;
  Schedule schedule = Schedule::cosine;
  double momentum = 0.9;
  double kl_clip = 1e-3;
  double statistics_decay = 0.999;
  double damping = 1e-5;
  int inverse_every = 20;
  int training_samples = 2;
  int samples = 500;
  double prior_variance = 1;
  double noise_variance = 0.0183;  // e^-4
  bool learn_prior_variance = true;
  bool learn_noise_variance = true;

  static Fields<NoisyKfacParameters> fields();
};

/// A posterior for each layer, of one kind or the other.
using NoisyLayerMaker = std::function<std::unique_ptr<NoisyLayer>(const Network::Layer&)>;

/// Noisy K-FAC (Zhang et al. 2018): variational inference of a network's weights by natural gradient of
///   E_q[-log p(y | w)] / n + KL(q || N(0, prior_variance I)) / n.
/// The curvature at weights drawn from q gives q's covariance, and preconditions the gradient there for its mean:
/// natural gradient, shortened where its squared Fisher norm exceeds `kl_clip`, with momentum. Noise and prior variance
/// follow the same objective by natural gradient of their logarithms, no step longer than `learning_rate`.
/// Pre-activations are scaled by 1 / sqrt(fan-in + 1), as in the study.
/// Departures: draws come in pairs mean +- deviation, whose gradients' noise cancels to first order; the curvature is
/// the Gauss-Newton matrix, the Fisher matrix's expectation over targets instead of one draw of them, kept apart from
/// the noise variance; the running mean starts as an average; the gradient of the prior is taken at the mean; the
/// schedule is for steps of the mean as well; the study takes Adam steps for the variances, which remember the first
/// large gradients for too long.
std::unique_ptr<Posterior> fit_noisy_kfac(const NoisyKfacParameters& p, const NoisyLayerMaker& maker,
                                          const PrivilegedData& privileged, const TrainingData& data,
                                          const Stream& stream);

}  // namespace predcorr::models
