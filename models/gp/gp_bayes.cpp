// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "core/tiles.hpp"
#include "models/gp/evidence.hpp"
#include "models/gp/exact_posterior.hpp"
#include "models/gp/gp_prior.hpp"
#include "models/gp/hmc.hpp"
#include "models/gp/maximise.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct GpBayesParameters : GpPrior {
  int chains = 2;
  int warmup = 30;
  int draws = 15;
  int leapfrogs = 8;
  static Fields<GpBayesParameters> fields() {
    using P = GpBayesParameters;
    return joined_fields<P>(GpPrior::fields(),
                            {field("chains", &P::chains, between(1, 100), "independent Markov chains"),
                             field("warmup", &P::warmup, between(0, 100000), "trajectories of each chain forgotten"),
                             field("draws", &P::draws, between(1, 10000), "hyper-parameters kept from each chain"),
                             field("leapfrogs", &P::leapfrogs, between(1, 1000), "most steps of a trajectory")});
  }
};

/// The mixture of the posteriors of all draws, by its first two moments. Factors are made anew for each prediction, one
/// at a time: memory is that of one GP.
class MixturePosterior : public Posterior {
 public:
  MixturePosterior(std::vector<KernelPtr> kernels, TrainingData data, Diagnostics search,
                   std::vector<std::string> warnings)
      : kernels_(std::move(kernels)),
        data_(std::move(data)),
        search_(std::move(search)),
        warnings_(std::move(warnings)) {}

  Diagnostics diagnostics() const override { return search_; }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    const Index m = query.rows();
    const double share = 1 / static_cast<double>(kernels_.size());
    Matrix means(m, std::ssize(kernels_)), latent = Matrix::Zero(m, m);
    JointPrediction mixture;
    mixture.noise_variance = Vector::Zero(m);
    for (Index k = 0; k < means.cols(); ++k) {
      const ExactPosterior component(kernels_[static_cast<std::size_t>(k)], data_, {});
      const JointPrediction p = component.posterior_at(query);
      means.col(k) = p.mean;
      latent += share * *p.latent.stored_dense();
      mixture.noise_variance += share * p.noise_variance;
    }
    mixture.mean = means.rowwise().mean();
    means = std::sqrt(share) * (means.colwise() - mixture.mean);
    latent += means * means.transpose();
    mixture.latent = Covariance::dense(std::move(latent));
    return mixture;
  }

  std::vector<KernelPtr> kernels_;
  TrainingData data_;
  Diagnostics search_;
  std::vector<std::string> warnings_;
};

/// Exact GP whose hyper-parameters are sampled, not chosen: what they leave uncertain is part of the prediction. Most
/// complaints that Gaussian processes are over-confident are about its absence.
/// Log-normal priors as each kernel describes them; Hamiltonian Monte Carlo from the most probable point.
/// Cost: about chains * (warmup + draws) * leapfrogs / 2 * n^3 to fit, draws * chains * (n^3 / 3 + n^2 m) to predict.
class GpBayes : public Model {
 public:
  explicit GpBayes(GpBayesParameters p) : p_(std::move(p)) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const KernelPtr start = p_.observed_kernel(data);
    const std::vector<LogParameter> parameters = start->log_parameters();
    Evidence evidence(data.inputs, data.targets);
    const LogObjective log_evidence = evidence.objective(start);
    const Optimum mode = maximise(log_evidence, parameters, {.steps = 100, .use_priors = true}, stream.fork("mode"));
    const LogDensity density = [&](const Vector& at, Vector& gradient) {
      constexpr double kImpossible = -std::numeric_limits<double>::infinity();
      for (Index i = 0; i < at.size(); ++i) {
        const LogParameter& p = parameters[static_cast<std::size_t>(i)];
        if (!(at(i) >= p.low && at(i) <= p.high)) return kImpossible;
      }
      try {
        double value = log_evidence(at, gradient);
        for (Index i = 0; i < at.size(); ++i) {
          const LogParameter& p = parameters[static_cast<std::size_t>(i)];
          value += p.log_prior_density(at(i));
          gradient(i) -= (at(i) - p.prior_mean) / (p.prior_stddev * p.prior_stddev);
        }
        return value;
      } catch (const Error& e) {
        if (e.kind() != ErrorKind::numerical) throw;
        return kImpossible;  // a covariance that cannot be factorised; the trajectory is rejected
      }
    };
    const HmcPlan plan{.chains = p_.chains, .warmup = p_.warmup, .draws = p_.draws, .leapfrogs = p_.leapfrogs};
    const HmcDraws sampled =
        hamiltonian_monte_carlo(density, mode.at, shape_at_mode(density, mode.at, 1), plan, stream.fork("hmc"));
    std::vector<KernelPtr> kernels;
    for (Index k = 0; k < sampled.draws.rows(); ++k)
      kernels.push_back(start->with_log_parameters(sampled.draws.row(k).transpose()));
    return std::make_unique<MixturePosterior>(std::move(kernels), data, described(parameters, mode, sampled),
                                              sampling_warnings("hyper-parameters", sampled));
  }

  static Diagnostics described(const std::vector<LogParameter>& parameters, const Optimum& mode,
                               const HmcDraws& sampled) {
    Diagnostics all = {{"log_marginal_likelihood_at_mode", mode.value},
                       {"acceptance", sampled.acceptance},
                       {"step_size", sampled.step_size},
                       {"r_hat", sampled.mixing.r_hat}};
    if (sampled.mixing.chains > 0) all["ess"] = sampled.mixing.ess;
    for (Index i = 0; i < sampled.draws.cols(); ++i) {
      const auto column = sampled.draws.col(i).array();
      const std::string name = parameters[static_cast<std::size_t>(i)].name;
      all["kernel." + name] = std::exp(column.mean());
      all["log_spread." + name] = std::sqrt((column - column.mean()).square().mean());
    }
    return all;
  }

  GpBayesParameters p_;
};

PREDCORR_REGISTER(Model, "gp-bayes", GpBayes, GpBayesParameters,
                  "exact Gaussian process, hyper-parameters sampled by Hamiltonian Monte Carlo",
                  "Rasmussen & Williams 2006, section 5.2; Neal 2011");

}  // namespace
}  // namespace predcorr::models
