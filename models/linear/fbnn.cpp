// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "datasets/target_variation.hpp"
#include "models/bnn/engine/collapse.hpp"
#include "models/bnn/engine/training.hpp"
#include "models/gp/evidence.hpp"
#include "models/gp/gp_prior.hpp"
#include "models/linear/fourier_process.hpp"
#include "models/linear/functional_elbo.hpp"
#include "models/mcmc/settling.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct FbnnParameters : TrainingParameters, EpochChoice {
  int features = 100;
  int n_rand = 20;
  double widening = 0.25;
  double kl_weight = 1;
  double jitter = 1e-3;
  double noise_variance = 0;
  int prior_rows = 500;
  int prior_steps = 100;
  static Fields<FbnnParameters> fields() {
    using P = FbnnParameters;
    return joined_fields<P>(
        Fields<P>{field("features", &P::features, between(1, 10000), "random Fourier features"),
                  field("n_rand", &P::n_rand, between(0, 10000), "points drawn around the data in each step")},
        joined_fields<P>(
            TrainingParameters::fields(),
            joined_fields<P>(
                EpochChoice::fields(),
                Fields<P>{
                    field("widening", &P::widening, at_least(0),
                          "how far beyond the data, on either side, points are drawn; in units of each input's range"),
                    field("kl_weight", &P::kl_weight, at_least(0), "factor of the divergence from the prior"),
                    field("jitter", &P::jitter, above(0),
                          "added to both processes' variances, in units of the prior's"),
                    field("noise_variance", &P::noise_variance, at_least(0), "in squared training units; 0: learned"),
                    field("prior_rows", &P::prior_rows, between(2, 20000), "most rows that the prior is fitted to"),
                    field("prior_steps", &P::prior_steps, between(0, 100000),
                          "most L-BFGS steps of the prior's fit")})));
  }
};

/// The prior over functions and where learning begins.
struct FunctionPrior {
  KernelPtr kernel;  ///< of the observations, white noise included
  double variance = 0;
  Vector length_scales;  ///< one for each input
  double noise_variance = 0;
  double log_marginal_likelihood = 0;
};

class FbnnPosterior : public Posterior {
 public:
  FbnnPosterior(FourierProcess process, Vector parameters, double noise_variance, Settling settling,
                Diagnostics diagnostics, const TrainingData& data)
      : process_(process),
        parameters_(std::move(parameters)),
        noise_variance_(noise_variance),
        settling_(std::move(settling)),
        diagnostics_(std::move(diagnostics)),
        explained_share_(explained_share(data, [this](const Matrix& rows) { return do_predict(rows); })) {
    diagnostics_["explained_share"] = explained_share_;
  }

  Diagnostics diagnostics() const override { return settling_.recorded(diagnostics_); }
  std::vector<std::string> warnings() const override {
    return settling_.warnings("raise epochs", collapse_warnings(explained_share_));
  }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    if (query.rows() == 0) return {Vector(), Covariance(), Vector()};
    FourierProcess::Marginals f;
    process_.at(parameters_, query, f);
    return {f.mean, Covariance::from_factor(RowMatrix(f.factor)), Vector::Constant(query.rows(), noise_variance_)};
  }

  FourierProcess process_;
  Vector parameters_;
  double noise_variance_;
  Settling settling_;
  Diagnostics diagnostics_;
  double explained_share_;
};

/// Functional variational network (Sun et al. 2019) as the study used it: the posterior is a Bayesian linear model on
/// Fourier features (fourier_process.hpp) of which everything is learned, so that its marginals are Gaussian and the
/// divergence from the prior over functions needs no estimate. Each step minimises, on a batch B and random points R,
///   mean over B of E_q[-log N(y; f, noise)] + kl_weight KL(q(f at B and R) || p(f at B and R)) / n.
/// p is a zero-mean GP with an ARD RBF kernel whose hyper-parameters maximise the marginal likelihood of (a subset of)
/// the training rows and then stay; R is uniform on the box that holds the training inputs, widened on either side.
/// With all rows in the batch and enough features, q at B and R tends to the GP's posterior. Departures: closed-form
/// divergence in place of the paper's estimated gradient, made finite by jitter on both sides (marginal_kl.hpp); the
/// noise starts at the GP's. Cost of a step: 2 m K (K + m) + m^3, m points, K features.
class Fbnn : public PrivilegedModel {
 public:
  explicit Fbnn(FbnnParameters p) : p_(std::move(p)) { p_.check(p_.validation); }
  ModelTraits traits() const override { return p_.EpochChoice::traits(); }

 private:
  std::unique_ptr<Posterior> do_fit(const PrivilegedData& privileged, const TrainingData& data,
                                    const Stream& stream) const override {
    const Index n = data.inputs.rows(), d = data.inputs.cols();
    const FunctionPrior prior = fitted_prior(data, stream.fork("prior"));
    const FourierProcess process(d, p_.features, std::sqrt(prior.variance));
    FunctionalLoss objective(process, prior.kernel, p_.jitter * prior.variance, p_.kl_weight / static_cast<double>(n));
    Stream initial = stream.fork("initial");
    const Index size = process.parameter_count();
    Vector start(size + 1);  // behind the process's parameters, the noise's logarithm
    start << process.initial_parameters(prior.length_scales, initial),
        std::log(p_.noise_variance > 0 ? p_.noise_variance : prior.noise_variance);

    Stream random = stream.fork("points");
    const Eigen::RowVectorXd low = data.inputs.colwise().minCoeff();
    const Eigen::RowVectorXd range = data.inputs.colwise().maxCoeff() - low;
    Matrix points;
    Vector parameters, exact_gradient(size + 1), targets;
    const BatchLoss loss = [&](const VectorF& at, const Batch& batch, VectorF& gradient) {
      const Index b = batch.inputs.count;
      points.resize(b + p_.n_rand, d);
      points.topRows(b) = batch.inputs.columns.topLeftCorner(d, b).transpose().cast<double>();
      for (Index i = b; i < points.rows(); ++i)
        for (Index c = 0; c < d; ++c)
          points(i, c) = low(c) + range(c) * ((1 + 2 * p_.widening) * random.uniform() - p_.widening);
      parameters = at.cast<double>();
      targets = batch.targets.cast<double>();
      const double value = objective.at(parameters, points, targets, exact_gradient);
      if (p_.noise_variance > 0) exact_gradient(size) = 0;
      gradient = exact_gradient.cast<float>();
      return value;
    };
    const HeldOutLoss held_out = [&](const VectorF& at, const Batch& batch) {
      parameters = at.cast<double>();
      FourierProcess::Marginals f;
      process.at(parameters, batch.inputs.columns.topLeftCorner(d, batch.inputs.count).transpose().cast<double>(), f);
      const Eigen::ArrayXd variance = f.factor.rowwise().squaredNorm().array() + std::exp(parameters(size));
      const Eigen::ArrayXd residual = batch.targets.cast<double>() - f.mean;
      return 0.5 * (variance.log() + residual.square() / variance).mean();
    };
    const Batch pool = p_.by_pool() ? network_data(pool_rows(privileged, data)) : Batch{};
    const PoolLoss pool_loss = [&](const VectorF& at) { return held_out(at, pool); };
    Settling settling("noise_variance", p_.epochs);
    const EpochHook watch = [&](int epoch, const VectorF& at) {
      if (p_.noise_variance == 0 && p_.validation == 0 && !p_.by_pool())
        settling.observe(epoch, static_cast<double>(at(size)));
    };
    const VectorF fitted = train(p_, network_data(data), start.cast<float>(), stream,
                                 {loss, held_out, watch, p_.by_pool() ? pool_loss : nullptr})
                               .parameters;
    const double noise = p_.noise_variance > 0 ? p_.noise_variance : std::exp(static_cast<double>(fitted(size)));
    Diagnostics diagnostics = {{"noise_variance", noise},
                               {"prior_variance", prior.variance},
                               {"prior_noise_variance", prior.noise_variance},
                               {"prior_log_marginal_likelihood", prior.log_marginal_likelihood}};
    for (Index c = 0; c < d; ++c) diagnostics["prior_length_scale." + std::to_string(c + 1)] = prior.length_scales(c);
    return std::make_unique<FbnnPosterior>(process, fitted.head(size).cast<double>(), noise, settling,
                                           std::move(diagnostics), data);
  }

  FunctionPrior fitted_prior(const TrainingData& data, const Stream& stream) const {
    const Index n = data.inputs.rows(), d = data.inputs.cols();
    TrainingData some{data.inputs, data.targets};
    if (n > p_.prior_rows) {
      const Rows rows = varied_rows(data.targets, p_.prior_rows, stream.fork("rows"));
      some = {data.inputs(rows, Eigen::all), data.targets(rows)};
    }
    GpPrior gp;
    if (p_.noise_variance > 0) gp.noise_variance = {.start = {p_.noise_variance}, .learn = false};
    const KernelPtr start = gp.observed_kernel(some);
    Evidence evidence(some.inputs, some.targets);
    const Optimum best =
        maximise(evidence.objective(start), start->log_parameters(), {.steps = p_.prior_steps}, stream);
    FunctionPrior prior;
    prior.kernel = start->with_log_parameters(best.at);
    prior.variance = prior.kernel->diagonal(some.inputs.topRows(1))(0);
    prior.noise_variance = prior.kernel->white_noise(some.inputs.topRows(1))(0);
    prior.log_marginal_likelihood = best.value;
    std::vector<double> scales;
    for (const LogParameter& p : prior.kernel->log_parameters())
      if (p.name.find("length_scale") != std::string::npos) scales.push_back(std::exp(p.value));
    prior.length_scales = scales.size() == 1 ? Vector(Vector::Constant(d, scales[0]))
                                             : Vector(Eigen::Map<const Vector>(scales.data(), std::ssize(scales)));
    return prior;
  }

  FbnnParameters p_;
};

PREDCORR_REGISTER(Model, "fbnn", Fbnn, FbnnParameters,
                  "functional variational inference: Fourier features against a GP prior", "Sun et al. 2019");

}  // namespace
}  // namespace predcorr::models
