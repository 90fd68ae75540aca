// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/kernel.hpp"
#include "core/linalg/tiles.hpp"
#include "models/bnn/infinite_width/ntk.hpp"
#include "models/gp/gp_prior.hpp"
#include "models/linear/linear_evidence.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct NtkEnsembleParameters {
  int depth = 1;
  KernelActivation activation = KernelActivation::relu;
  double weight_variance = 2;
  double bias_variance = 0.5;
  double smallest_noise_variance = 1e-4;
  bool randomised_prior = false;
  static Fields<NtkEnsembleParameters> fields() {
    using P = NtkEnsembleParameters;
    return {field("depth", &P::depth, between(1, 100), "hidden layers"),
            field("activation", &P::activation, "what hidden units do"),
            field("weight_variance", &P::weight_variance, above(0), "initial variance of the weights times fan-in"),
            field("bias_variance", &P::bias_variance, at_least(0), "initial variance of the biases"),
            field("smallest_noise_variance", &P::smallest_noise_variance, above(0),
                  "lower bound of the learned noise, in units of the targets' variance"),
            field("randomised_prior", &P::randomised_prior, any_value(),
                  "members keep a random function added so that they are samples of a GP posterior")};
  }
};

/// Written with T and K of unit scale: that of the functions is v, the noise variance is s.
class NtkEnsemblePosterior : public Posterior {
 public:
  NtkEnsemblePosterior(NeuralTangent network, const TrainingData& data, NeuralTangent::Covariances k,
                       const VarianceComponents& found, bool randomised_prior)
      : network_(std::move(network)),
        inputs_(data.inputs),
        targets_(data.targets),
        found_(found),
        randomised_prior_(randomised_prior),
        function_(std::move(k.function)),
        observed_(with_ridge(std::move(k.tangent), found.noise / found.signal)),
        weights_(observed_.solve(targets_)) {}

  Diagnostics diagnostics() const override {
    return {{"signal_variance", found_.signal * function_.diagonal().mean()},
            {"function_scale", found_.signal},
            {"noise_variance", found_.noise},
            {"log_marginal_likelihood", found_.log_likelihood},
            {"cholesky_jitter", observed_.jitter()}};
  }

 private:
  static Cholesky with_ridge(Matrix tangent, double ridge) {
    tangent.diagonal().array() += ridge;
    return Cholesky(std::move(tangent));
  }

  JointPrediction do_predict(const Matrix& query) const override {
    NeuralTangent::Covariances cross = network_.cross(query, inputs_), prior = network_.gram(query);
    const Vector noise = Vector::Constant(query.rows(), found_.noise);
    if (randomised_prior_) {
      // The posterior of scale v with noise s is that of scale 1 with noise s / v, its covariance times v.
      JointPrediction p = condition_gp(observed_, std::move(cross.tangent), std::move(prior.tangent), targets_, noise);
      p.latent = p.latent.scaled(std::sqrt(found_.signal));
      return p;
    }
    JointPrediction p;
    p.mean = cross.tangent * weights_;
    // A member is f - W (f(X) - y), W = T_*X A, with f its function at the start: an affine map of f at * and X.
    const Matrix w = observed_.solve(cross.tangent.transpose()).transpose();
    const Matrix half = cross.function - 0.5 * (w * function_);  // the terms that follow are W half' and its transpose
    Matrix latent = std::move(prior.function);
    subtract_product(w, half, latent);
    subtract_product(half, w, latent);
    latent *= found_.signal;
    latent.diagonal() = latent.diagonal().cwiseMax(0);
    p.latent = Covariance::dense(std::move(latent));
    p.noise_variance = noise;
    return p;
  }

  NeuralTangent network_;
  Matrix inputs_;
  Vector targets_;
  VarianceComponents found_;
  bool randomised_prior_;
  Matrix function_;    // K_XX
  Cholesky observed_;  // T_XX + s / v
  Vector weights_;     // A y
};

/// An ensemble of infinitely wide networks, each trained to convergence by gradient descent from its own random start
/// on squares and, so that noise is not fitted, the distance from that start: with K the covariance of functions at the
/// start, T the tangent kernel and A = (T_XX + ridge I)^-1,
///   mean = T_*X A y,   covariance = K_** + T_*X A K_XX A T_X* - (T_*X A K_X* + its transpose).
/// With `randomised_prior` a fixed random function is added to each member, which makes them samples of the GP
/// posterior whose kernel is T (He, Lakshminarayanan & Teh 2020); the mean is the same. Weight and bias variances are
/// fixed. The scale v of all functions and the noise s are those of greatest marginal likelihood under y ~ N(0, v T_XX
/// + s I), the GP of He et al., from one eigendecomposition; ridge = s / v. Without it (Lee et al. 2019) a member would
/// pass through every target. Cost: 10 n^3 to fit, n^2 m + n m^2 to predict m points.
class NtkEnsemble : public Model {
 public:
  explicit NtkEnsemble(NtkEnsembleParameters p) : p_(std::move(p)) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream&) const override {
    const Vector layers = Vector::Ones(p_.depth + 1);
    NeuralTangent network(p_.activation, p_.weight_variance * layers, p_.bias_variance * layers);
    NeuralTangent::Covariances k = network.gram(data.inputs);
    const VarianceComponents found = most_likely_variances(eigensystem(k.tangent, data.targets).targets,
                                                           p_.smallest_noise_variance * target_scale(data.targets));
    return std::make_unique<NtkEnsemblePosterior>(std::move(network), data, std::move(k), found, p_.randomised_prior);
  }

  NtkEnsembleParameters p_;
};

PREDCORR_REGISTER(Model, "ntk-ensemble", NtkEnsemble, NtkEnsembleParameters,
                  "infinite ensemble of infinitely wide networks trained by gradient descent",
                  "Jacot et al. 2018; Lee et al. 2019; He et al. 2020");

}  // namespace
}  // namespace predcorr::models
