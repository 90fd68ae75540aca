// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/infinite_width/ntk.hpp"
#include "models/gp/evidence.hpp"
#include "models/gp/exact_posterior.hpp"
#include "models/gp/gp_prior.hpp"
#include "models/gp/maximise.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct NngpParameters {
  int depth = 1;
  KernelActivation activation = KernelActivation::relu;
  HyperParameter weight_variance, bias_variance;
  HyperParameter noise_variance;
  double smallest_noise_variance = 1e-4;
  int steps = 200;
  int restarts = 0;
  static Fields<NngpParameters> fields() {
    using P = NngpParameters;
    return {field("depth", &P::depth, between(1, 100), "hidden layers"),
            field("activation", &P::activation, "what hidden units do"),
            field("weight_variance", &P::weight_variance, above(0),
                  "prior variance of the weights times fan-in; one, or one per layer, the output's last. From data: 2, "
                  "and what gives the function the targets' variance"),
            field("bias_variance", &P::bias_variance, at_least(0), "the same for the biases; from data: 0.5"),
            field("noise_variance", &P::noise_variance, above(0),
                  "of y given f, squared training units; starts at a tenth of the targets' variance"),
            field("smallest_noise_variance", &P::smallest_noise_variance, above(0),
                  "lower bound of a noise that starts from data, in units of the targets' variance"),
            field("steps", &P::steps, between(0, 100000), "most L-BFGS steps of each search; 0 keeps the start"),
            field("restarts", &P::restarts, between(0, 1000),
                  "further searches from starts drawn from the hyper-parameters' priors; the best counts")};
  }
};

constexpr double kWeightVariance = 2;  // keeps the variance from layer to layer of a ReLU network (He et al. 2015)
constexpr double kBiasVariance = 0.5;

/// The function-space limit of a Bayesian network as its hidden layers grow infinitely wide: an exact GP with the
/// network's kernel (Neal 1996; Lee et al. 2018; Matthews et al. 2018), arc-cosine for ReLU, arcsine for error
/// functions. Weight, bias and noise variances by maximum marginal likelihood, which the papers replace by a grid
/// search. A ReLU network's variances trade off between its layers, so they are not identified one by one; the function
/// is. Cost: as `gp`, n^3 for each step, and depth * n^2 transcendental functions.
class Nngp : public Model {
 public:
  explicit Nngp(NngpParameters p) : p_(std::move(p)) { check_starts(); }

 private:
  Vector layers(double hidden, double last) const {
    Vector values = Vector::Constant(p_.depth + 1, hidden);
    values(p_.depth) = last;
    return values;
  }

  /// A single start stands for all layers; an open one becomes `from_data`.
  HyperParameter started_layers(HyperParameter h, const Vector& from_data) const {
    if (h.start.size() == 1) h.start.assign(static_cast<std::size_t>(p_.depth) + 1, h.start.front());
    return started(h, from_data);
  }

  void check_starts() const {
    for (const HyperParameter* h : {&p_.weight_variance, &p_.bias_variance})
      require(h->start.size() <= 1 || std::ssize(h->start) == p_.depth + 1, ErrorKind::config,
              "weight_variance and bias_variance need one entry, or one for each of {} layers, got {}", p_.depth + 1,
              h->start.size());
  }

  KernelPtr kernel(const HyperParameter& weights, const HyperParameter& biases) const {
    using Type = JsonType<HyperParameter>;
    return read_kernel({{word_of(p_.activation) + "-network",
                         {{"weight_variance", Type::write(weights)}, {"bias_variance", Type::write(biases)}}}});
  }

  /// The network's kernel whose open variances give its functions the targets' variance. The output layer alone is
  /// scaled: a unit's shape is a matter of the layers below.
  KernelPtr started_kernel(const TrainingData& data) const {
    const auto with_output = [&](double scale) {
      return kernel(started_layers(p_.weight_variance, layers(kWeightVariance, kWeightVariance * scale)),
                    started_layers(p_.bias_variance, layers(kBiasVariance, kBiasVariance * scale)));
    };
    return with_output(target_scale(data.targets) / with_output(1)->diagonal(data.inputs).mean());
  }

  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    GpPrior prior;
    prior.kernel.object = started_kernel(data);
    prior.noise_variance = p_.noise_variance;
    prior.smallest_noise_variance = p_.smallest_noise_variance;
    const KernelPtr start = prior.observed_kernel(data);
    Evidence evidence(data.inputs, data.targets);
    const Optimum best = maximise(evidence.objective(start), start->log_parameters(),
                                  {.steps = p_.steps, .restarts = p_.restarts}, stream);
    return std::make_unique<ExactPosterior>(start->with_log_parameters(best.at), data,
                                            Diagnostics{{"log_marginal_likelihood", best.value},
                                                        {"evidence_evaluations", best.evaluations},
                                                        {"failed_starts", best.failed_starts}});
  }

  NngpParameters p_;
};

PREDCORR_REGISTER(Model, "nngp", Nngp, NngpParameters, "infinitely wide Bayesian network: exact GP, its kernel",
                  "Lee et al. 2018; Williams 1998");

}  // namespace
}  // namespace predcorr::models
