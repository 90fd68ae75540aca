// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "core/linalg/tiles.hpp"
#include "models/gp/collapsed_bound.hpp"
#include "models/gp/inducing_points.hpp"
#include "models/gp/sparse_prior.hpp"
#include "models/mcmc/settling.hpp"

namespace predcorr::models {
namespace {

struct SvgpParameters : SparsePrior {
  int batch = 1000;
  int steps = 500;
  double natural_step = 0.2;
  double learning_rate = 0.05;
  static Fields<SvgpParameters> fields() {
    using P = SvgpParameters;
    return joined_fields<P>(
        SparsePrior::fields(),
        {field("batch", &P::batch, between(1, 1000000), "rows looked at in each step"),
         field("steps", &P::steps, between(0, 10000000), "of the search for hyper-parameters"),
         field("natural_step", &P::natural_step, between(1e-6, 1), "natural-gradient step of the variational part"),
         field("learning_rate", &P::learning_rate, above(0),
               "Adam's step on the log hyper-parameters; falls to 0 over the last fifth of the steps")});
  }
};

/// Batches of a few rows, each row once before any comes again.
class Batches {
 public:
  Batches(Index rows, Index size, const Stream& stream) : rows_(rows), size_(std::min(size, rows)), stream_(stream) {}

  Rows next() {
    if (at_ + size_ > std::ssize(order_)) {
      Stream fork = stream_.fork("epoch", epoch_++);
      order_ = fork.permutation(rows_);
      at_ = 0;
    }
    const Rows batch(order_.begin() + at_, order_.begin() + at_ + size_);
    at_ += size_;
    return batch;
  }

 private:
  Index rows_, size_, at_ = 0;
  Stream stream_;
  std::uint64_t epoch_ = 0;
  Rows order_;
};

/// q(v) = N(m, S) over whitened inducing variables v = L^-1 u, by its natural parameters S^-1 and S^-1 m.
struct Variational {
  Matrix precision;
  Vector information;
};

/// One step on one batch: the gradient of the batch's bound by the log hyper-parameters, and then the variational part
/// towards what the batch says of all rows. In this order, since a q that has seen the batch explains it too well. Rows
/// a_i = L^-1 k(Z, x_i); n/|b| batches make the data.
///   bound = n/|b| sum_i [log N(y_i; a_i'm, d_i) - (k_ii - |a_i|^2 + a_i'S a_i) / (2 d_i)] - KL(q(v) || N(0, I))
Vector stochastic_step(const Kernel& kernel, const Matrix& inducing, const Matrix& x, const Vector& y, double batches,
                       double natural_step, Variational& q) {
  const Index m = inducing.rows();
  const Cholesky kuu = inducing_factor(kernel, inducing);
  const Vector precision = kernel.white_noise(x).cwiseInverse();
  Matrix a = cross_in_tiles(kernel, x, inducing);
  kuu.whiten_rows_in_place(a);

  const Cholesky factor(q.precision, 0);
  const Vector mean = factor.solve(q.information);
  Matrix spread = a;  // rows S^1/2' a_i up to a rotation
  factor.whiten_rows_in_place(spread);
  const Matrix covariance_times_a = factor.unwhiten(spread.transpose()).transpose();  // rows S a_i

  const Vector residual = y - a * mean;
  const Eigen::ArrayXd errors = residual.array().square() + kernel.diagonal(x).array() -
                                a.rowwise().squaredNorm().array() + spread.rowwise().squaredNorm().array();
  Matrix by_a = residual * mean.transpose() + a - covariance_times_a;
  by_a = (batches * precision).asDiagonal() * by_a;
  const Matrix by_cross = kuu.unwhiten(by_a.transpose()).transpose();  // rows L'^-1 ...

  // Through a = L^-1 k and Kuu = L L': Murray 2016, "Differentiation of the Cholesky decomposition", eq. 10.
  Matrix inner = -by_a.transpose() * a;  // L' dF/dL
  inner.triangularView<Eigen::StrictlyUpper>().setZero();
  inner.diagonal() *= 0.5;
  const Matrix half = kuu.unwhiten(kuu.unwhiten(inner).transpose());
  Matrix by_kuu = 0.5 * (half + half.transpose());
  by_kuu.diagonal().array() += kInducingJitter * by_kuu.trace() / static_cast<double>(m);  // by way of the jitter

  Vector gradient = Vector::Zero(std::ssize(kernel.log_parameters()));
  kernel.add_cross_gradient(x, inducing, by_cross, gradient, nullptr);
  kernel.add_cross_gradient(inducing, inducing, by_kuu, gradient, nullptr);
  kernel.add_diagonal_gradient(x, -0.5 * batches * precision, gradient);
  kernel.add_white_noise_gradient(x, 0.5 * batches * (precision.array().square() * errors - precision.array()).matrix(),
                                  gradient);

  const Matrix weighted = (batches * precision).asDiagonal() * a;
  q.precision *= 1 - natural_step;
  q.precision.diagonal().array() += natural_step;
  subtract_product((-natural_step * weighted).transpose().eval(), a.transpose().eval(), q.precision);
  q.information = (1 - natural_step) * q.information + natural_step * (weighted.transpose() * y);
  return gradient;
}

/// Adam, uphill.
class Ascent {
 public:
  explicit Ascent(Index size) : first_(Vector::Zero(size)), second_(Vector::Zero(size)) {}

  Vector step(const Vector& gradient, double rate) {
    ++t_;
    first_ = 0.9 * first_ + 0.1 * gradient;
    second_ = 0.999 * second_ + 0.001 * gradient.cwiseAbs2();
    const Vector m = first_ / (1 - std::pow(0.9, t_)), v = second_ / (1 - std::pow(0.999, t_));
    return rate * m.cwiseQuotient((v.cwiseSqrt().array() + 1e-8).matrix());
  }

 private:
  int t_ = 0;
  Vector first_, second_;
};

/// Sparse variational GP regression on mini-batches: natural gradients for the variational part, Adam for the
/// hyper-parameters, and at the end one pass over all rows, after which the variational part is exactly the best there
/// is. Hensman, Fusi & Lawrence 2013; Salimbeni, Eleftheriadis & Hensman 2018.
/// Cost: steps * (batch m^2 + m^3) + n m^2; memory: m^2, whatever n is.
class Svgp : public Model {
 public:
  explicit Svgp(SvgpParameters p) : p_(std::move(p)) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const Index n = data.inputs.rows();
    KernelPtr kernel = p_.observed_kernel(data);
    const Matrix inducing = inducing_points(data.inputs, p_.inducing_points, stream.fork("inducing"));
    const std::vector<LogParameter> parameters = kernel->log_parameters();
    Vector at = log_values(parameters);
    Variational q{Matrix::Identity(inducing.rows(), inducing.rows()), Vector::Zero(inducing.rows())};
    Batches batches(n, p_.batch, stream.fork("batches"));
    Ascent adam(at.size());
    Settling settling("noise_variance", p_.steps, true);
    for (int step = 0; step < p_.steps; ++step) {
      const Rows rows = batches.next();
      const Vector gradient =
          stochastic_step(*kernel, inducing, data.inputs(rows, Eigen::all), data.targets(rows),
                          static_cast<double>(n) / static_cast<double>(std::ssize(rows)), p_.natural_step, q);
      const double left = 1 - static_cast<double>(step) / p_.steps;
      at += adam.step(gradient, p_.learning_rate * std::min(1.0, 5 * left));
      for (Index i = 0; i < at.size(); ++i)
        at(i) = std::clamp(at(i), parameters[static_cast<std::size_t>(i)].low,
                           parameters[static_cast<std::size_t>(i)].high);
      kernel = kernel->with_log_parameters(at);
      settling.observe(step + 1, std::log(kernel->white_noise(data.inputs.topRows(1))(0)));
    }
    return std::make_unique<SparsePosterior>(kernel, inducing, data, p_.covariance,
                                             settling.recorded({{"steps", p_.steps}}),
                                             settling.warnings("raise steps"));
  }

  SvgpParameters p_;
};

PREDCORR_REGISTER(Model, "svgp", Svgp, SvgpParameters, "sparse Gaussian process, learned on mini-batches of many rows",
                  "Hensman, Fusi & Lawrence 2013; Salimbeni, Eleftheriadis & Hensman 2018");

}  // namespace
}  // namespace predcorr::models
