// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "models/bnn/engine/network_parameters.hpp"
#include "models/bnn/engine/optimiser.hpp"
#include "models/bnn/engine/training.hpp"
#include "models/bnn/features/deep_kernel.hpp"
#include "models/bnn/pruning/network_start.hpp"
#include "models/gp/gp_prior.hpp"
#include "models/mcmc/settling.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct DklParameters : ImageNetworkParameters {
  int features = 4;
  int epochs = 300;
  double learning_rate = 0.01;
  double weight_decay = 1;
  HyperParameter noise_variance;
  double smallest_noise_variance = 1e-4;
  static Fields<DklParameters> fields() {
    using P = DklParameters;
    return joined_fields<P>(
        ImageNetworkParameters::fields(),
        {field("features", &P::features, between(1, 1000), "network outputs, which the kernel is a function of"),
         field("epochs", &P::epochs, between(1, 1000000), "steps of Adam, each on all rows"),
         field("learning_rate", &P::learning_rate, above(0), "step size, of weights and log hyper-parameters alike"),
         field("weight_decay", &P::weight_decay, at_least(0),
               "penalty on |weights|^2 / 2 in nats; 1: weights have a unit normal prior, 0: evidence alone"),
         field("noise_variance", &P::noise_variance, above(0),
               "of y given f, squared training units; starts at a tenth of the targets' variance"),
         field("smallest_noise_variance", &P::smallest_noise_variance, above(0),
               "lower bound of a noise that starts from data, in units of the targets' variance")});
  }
};

/// Deep kernel learning (Wilson et al. 2016): an exact GP whose ARD RBF kernel sees a network's outputs instead of the
/// inputs. The network's weights, length-scales, variance and noise maximise the marginal likelihood together, by Adam
/// on all rows. Pre-activations are scaled by 1 / sqrt(fan-in + 1); length-scales start at the median distances of the
/// untrained network's features, and learn from there, so features need no scale of their own.
/// Departures: no network is trained beforehand, the kernel matrix is exact, not interpolated, and weights have a
/// normal prior. The marginal likelihood of thousands of parameters is no guard against over-fitting: it rises most
/// where the kernel correlates all rows and the noise vanishes, and the posterior is then too certain everywhere (Ober,
/// Rasmussen & van der Wilk 2021). The prior and few epochs hold it back only in part.
/// Cost: n^3 for each step.
class Dkl : public Model {
 public:
  explicit Dkl(DklParameters p) : p_(std::move(p)) {}
  ModelTraits traits() const override { return p_.checking_inputs(); }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const NetworkStart start = network_start(p_, data, p_.pruning.options() ? network_data(data) : Batch{}, p_.features,
                                             true, false, stream.fork("initial"));
    const Network& network = start.network;
    const NetworkInputs inputs = network.inputs_of(data.inputs);
    Network::Workspace work;
    VectorF weights = start.weights;

    GpPrior prior;
    prior.noise_variance = p_.noise_variance;
    prior.smallest_noise_variance = p_.smallest_noise_variance;
    KernelPtr kernel = prior.observed_kernel({network_features(network, weights, inputs, work), data.targets});
    const std::vector<LogParameter> bounds = kernel->log_parameters();
    Vector logs = log_values(bounds);

    // One flat vector for the optimiser: weights, then the kernel's log parameters.
    const Index w = weights.size(), h = logs.size();
    const double n = static_cast<double>(data.targets.size());
    VectorF all(w + h), gradient(w + h), by_weights;
    all << weights, logs.cast<float>();
    Adam optimiser(w + h);
    const Objective hooks = following(network, work, stream, {});
    Int8Record int8;
    Settling settling("noise_variance", p_.epochs);
    double log_likelihood = 0;
    for (int step = 1;; ++step) {  // the last one only to see where it ended
      try {
        const FeatureEvidence evidence =
            network_evidence(network, weights, inputs, *kernel, data.targets, work, by_weights);
        require(std::isfinite(evidence.log_likelihood), ErrorKind::numerical, "the evidence is {}; lower learning_rate",
                evidence.log_likelihood);
        log_likelihood = evidence.log_likelihood;
        gradient.head(w) = (static_cast<float>(p_.weight_decay) * weights - by_weights) / static_cast<float>(n);
        gradient.head(network.statistic_count()).setZero();
        gradient.tail(h) = (-evidence.by_log_parameters / n).cast<float>();
      } catch (const Error& e) {
        throw e.in(fmt::format("training, step {}", step));
      }
      if (step > p_.epochs) break;
      optimiser.step(gradient, p_.learning_rate, all, hooks.rate_factors ? hooks.rate_factors() : VectorF());
      for (Index i = 0; i < h; ++i) {
        const LogParameter& bound = bounds[static_cast<std::size_t>(i)];
        logs(i) = std::clamp(static_cast<double>(all(w + i)), bound.low, bound.high);
        all(w + i) = static_cast<float>(logs(i));
      }
      weights = all.head(w);
      hooks.after_step(weights);
      int8.observe(network, work);
      all.head(w) = weights;
      kernel = kernel->with_log_parameters(logs);
      settling.observe(step, std::log(kernel->white_noise(data.inputs.topRows(1))(0)));
    }
    // More epochs are no remedy: what still moves is a network that learns to interpolate.
    Diagnostics record = settling.recorded({{"log_marginal_likelihood", log_likelihood}});
    record.merge(int8.diagnostics());
    record.insert(start.record.begin(), start.record.end());
    return deep_kernel_posterior(network, weights, kernel, data, std::move(record),
                                 settling.warnings("where it falls the network fits noise: lower epochs, or give "
                                                   "noise_variance"));
  }

  DklParameters p_;
};

PREDCORR_REGISTER(Model, "dkl", Dkl, DklParameters, "deep kernel learning: a GP on a network's outputs",
                  "Wilson et al. 2016; Ober et al. 2021");

}  // namespace
}  // namespace predcorr::models
