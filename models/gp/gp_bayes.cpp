// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/parallel.hpp"
#include "core/linalg/tiles.hpp"
#include "models/gp/evidence.hpp"
#include "models/gp/exact_posterior.hpp"
#include "models/gp/gp_prior.hpp"
#include "models/gp/hmc.hpp"
#include "models/gp/maximise.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct GpBayesParameters : GpPrior {
  int chains = 4;
  int warmup = 30;
  int draws = 100;
  int leapfrogs = 8;
  int covariance_draws = 100;
  static Fields<GpBayesParameters> fields() {
    using P = GpBayesParameters;
    return joined_fields<P>(
        GpPrior::fields(),
        {field("chains", &P::chains, between(1, 100), "independent Markov chains"),
         field("warmup", &P::warmup, between(0, 100000), "trajectories of each chain forgotten"),
         field("draws", &P::draws, between(1, 10000), "hyper-parameters kept from each chain"),
         field("leapfrogs", &P::leapfrogs, between(1, 1000), "most steps of a trajectory"),
         field("covariance_draws", &P::covariance_draws, between(1, 1000000),
               "of all draws kept, evenly spread, as many as the mean covariance is taken over; means "
               "and noise are those of all")});
  }
};

/// The mixture of the posteriors of all draws t, by its first two moments, with the law of total covariance:
///   mean = E_t m_t,   latent = E_t C_t + E_t (m_t - mean)(m_t - mean)',   noise = E_t s_t.
/// m_t = K_t(query, rows) a_t with a_t kept from the fit, so that means of all draws cost little, while a C_t takes a
/// factorisation and a product of query^2 rows; and C_t varies little from draw to draw where m_t makes up all of the
/// second term. So E_t C_t is taken over `covariance_draws` of them, evenly spread. Matrices C_t are made anew for each
/// prediction, one at a time: memory is that of one GP, and n + m numbers for each draw.
class MixturePosterior : public Posterior {
 public:
  MixturePosterior(std::vector<KernelPtr> kernels, const TrainingData& data, Index covariance_draws, Diagnostics search,
                   std::vector<std::string> warnings)
      : kernels_(std::move(kernels)),
        data_(data),
        covariance_draws_(std::min(covariance_draws, count())),
        search_(std::move(search)),
        warnings_(std::move(warnings)),
        solved_(data.targets.size(), count()) {
    parallel_for(count(), [&](Index k) {
      Matrix observed(data_.inputs.rows(), data_.inputs.rows());
      observed_lower_in_place(kernel(k), data_.inputs, observed);
      solved_.col(k) = Cholesky(std::move(observed)).solve(data_.targets);
    });
  }

  Diagnostics diagnostics() const override { return search_; }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  Index count() const { return std::ssize(kernels_); }
  const Kernel& kernel(Index k) const { return *kernels_[static_cast<std::size_t>(k)]; }

  JointPrediction do_predict(const Matrix& query) const override {
    const Index m = query.rows();
    Matrix means(m, count()), noise(m, count());
    parallel_for(count(), [&](Index k) {
      means.col(k).noalias() = cross_in_tiles(kernel(k), query, data_.inputs) * solved_.col(k);
      noise.col(k) = kernel(k).white_noise(query);
    });
    Matrix latent = Matrix::Zero(m, m);
    for (Index c = 0; c < covariance_draws_; ++c) {
      const auto k = static_cast<std::size_t>(c * count() / covariance_draws_);
      latent += *ExactPosterior(kernels_[k], data_, {}).posterior_at(query).latent.stored_dense();
    }
    latent /= static_cast<double>(covariance_draws_);
    JointPrediction mixture;
    mixture.mean = means.rowwise().mean();
    mixture.noise_variance = noise.rowwise().mean();
    means = (means.colwise() - mixture.mean) / std::sqrt(static_cast<double>(count()));
    latent.noalias() += means * means.transpose();
    mixture.latent = Covariance::dense(std::move(latent));
    return mixture;
  }

  std::vector<KernelPtr> kernels_;
  TrainingData data_;
  Index covariance_draws_;
  Diagnostics search_;
  std::vector<std::string> warnings_;
  Matrix solved_;  // n x draws: a_t = (K_t + noise)^-1 y
};

/// Exact GP whose hyper-parameters are sampled, not chosen: what they leave uncertain is part of the prediction. Most
/// complaints that Gaussian processes are over-confident are about its absence.
/// Log-normal priors as each kernel describes them; Hamiltonian Monte Carlo from the most probable point, chains side
/// by side on idle threads.
///
/// How many draws it takes: standard deviations of y and of f at the test points against a run of ten times the draws,
/// seed 2 of protocol `paper`, several runs of each; relative errors as median / 95 % of the points, seconds to fit and
/// to predict on a busy machine.
///              rows | 2 chains of 15: y      f            seconds    | defaults: y    f            seconds
///   toy-3        15 | 4.5 / 24 %      4.2 / 31 %   0.01 + 0.02 | 1.5 / 3.8 %    2.5 / 5.3 %  0.08 + 0.07
///   toy-9        45 | 3.3 / 9.0 %     3.4 / 11 %   0.08 + 0.03 | 0.8 / 2.7 %    1.3 / 3.6 %  0.4 + 0.1
///   yacht        61 | 6.6 / 22 %      6.4 / 22 %   0.1 + 0.01  | 1.6 / 3.4 %    1.8 / 4.7 %  0.6 + 0.04
///   concrete    206 | 1.2 / 3.6 %     2.0 / 7.5 %  1.1 + 0.1   | 0.3 / 1.5 %    0.8 / 3.0 %  6.5 + 0.6
///
/// Where the posterior of an ARD kernel has several modes no number of draws that is affordable will do, and the
/// warnings say so: boston (101 rows) has an R-hat of 2, also with 24 chains of 150 draws, from which the defaults
/// differ by 3.9 / 15 % and 30 draws by 5.8 / 25 %. energy has a slow length-scale that predictions hardly depend on
/// (0.3 / 0.9 % at an R-hat of 1.5).
///
/// Four times the covariance draws take 1 or 2 % off the 95 % at up to four times the seconds to predict.
///
/// Cost: about chains * (warmup + draws) * leapfrogs / 2 gradients of n^3 each to fit, chains * draws * n^3 / 3 for the
/// means; to predict m points chains * draws * n m, and covariance_draws * (n^3 / 3 + n^2 m + n m^2).
class GpBayes : public Model {
 public:
  explicit GpBayes(GpBayesParameters p) : p_(std::move(p)) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const KernelPtr start = p_.observed_kernel(data);
    const std::vector<LogParameter> parameters = start->log_parameters();
    Evidence evidence(data.inputs, data.targets);
    const Optimum mode =
        maximise(evidence.objective(start), parameters, {.steps = 100, .use_priors = true}, stream.fork("mode"));
    const Matrix shape = shape_at_mode(log_posterior(evidence, start, parameters), mode.at, 1);
    const HmcOptions options{.chains = 1, .warmup = p_.warmup, .draws = p_.draws, .leapfrogs = p_.leapfrogs};
    HmcDraws all{Matrix(p_.chains * p_.draws, mode.at.size()), 0, 0, {}};
    Vector acceptance(p_.chains), step_size(p_.chains);
    parallel_for(p_.chains, [&](Index c) {
      Evidence own(data.inputs, data.targets);
      const HmcDraws sampled = hamiltonian_monte_carlo(log_posterior(own, start, parameters), mode.at, shape, options,
                                                       stream.fork("hmc", static_cast<std::uint64_t>(c)));
      all.draws.middleRows(c * p_.draws, p_.draws) = sampled.draws;
      acceptance(c) = sampled.acceptance;
      step_size(c) = sampled.step_size;
    });
    all.acceptance = acceptance.mean();
    all.step_size = step_size.mean();
    all.mixing = mixing_of(all.draws, p_.chains);
    std::vector<KernelPtr> kernels;
    for (Index k = 0; k < all.draws.rows(); ++k)
      kernels.push_back(start->with_log_parameters(all.draws.row(k).transpose()));
    Diagnostics search = {{"log_marginal_likelihood_at_mode", mode.value},
                          {"acceptance", all.acceptance},
                          {"step_size", all.step_size},
                          {"r_hat", all.mixing.r_hat},
                          {"ess", all.mixing.ess}};
    for (Index i = 0; i < all.draws.cols(); ++i) {
      const auto column = all.draws.col(i).array();
      const std::string& name = parameters[static_cast<std::size_t>(i)].name;
      search["kernel." + name] = std::exp(column.mean());
      search["log_spread." + name] = std::sqrt((column - column.mean()).square().mean());
    }
    // With nothing to sample every trajectory is accepted or none, and neither says anything.
    std::vector<std::string> warnings;
    if (!parameters.empty()) warnings = sampling_warnings("hyper-parameters", all);
    return std::make_unique<MixturePosterior>(std::move(kernels), data, p_.covariance_draws, std::move(search),
                                              std::move(warnings));
  }

  /// Up to a constant; refers to `evidence`.
  static LogDensity log_posterior(Evidence& evidence, const KernelPtr& start,
                                  const std::vector<LogParameter>& parameters) {
    return [log_evidence = evidence.objective(start), &parameters](const Vector& at, Vector& gradient) {
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
  }

  GpBayesParameters p_;
};

PREDCORR_REGISTER(Model, "gp-bayes", GpBayes, GpBayesParameters,
                  "exact Gaussian process, hyper-parameters sampled by Hamiltonian Monte Carlo",
                  "Rasmussen & Williams 2006, section 5.2; Neal 2011");

}  // namespace
}  // namespace predcorr::models
