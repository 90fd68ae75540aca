// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/kernel.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/linalg/tiles.hpp"

namespace predcorr {

Json JsonType<Configured<Kernel>>::write(const Configured<Kernel>& value) {
  if (value.object == nullptr) return nullptr;
  const bool list = value.name == "sum" || value.name == "product";
  return {{value.name, list ? value.parameters.at("of") : value.parameters}};
}

Configured<Kernel> JsonType<Configured<Kernel>>::read(const Json& value, const std::filesystem::path& folder) {
  const auto& registry = Registry<Kernel>::instance();
  if (value.is_number())
    return registry.make({.name = "constant", .parameters = {{"variance", value}}}, "kernel", folder);
  if (!value.is_object() || value.size() != 1 || value.contains(Kernel::kKind))
    return registry.make(read_spec(value, Kernel::kKind, Kernel::kKind), Kernel::kKind, folder);
  const auto only = value.begin();
  const Json parameters = only->is_array() ? Json{{"of", *only}} : *only;
  return registry.make({.name = only.key(), .parameters = parameters}, only.key(), folder);
}

namespace {

void lower_in_place(const Kernel& kernel, const Matrix& x, Eigen::Ref<Matrix> lower) {
  for_lower_tiles(x.rows(), [&](Index i, Index j, Index) {
    const auto [row, height] = tile_range(i, x.rows());
    const auto [col, width] = tile_range(j, x.rows());
    lower.block(row, col, height, width) = kernel.cross(x.middleRows(row, height), x.middleRows(col, width));
  });
}

}  // namespace

Matrix cross_in_tiles(const Kernel& kernel, const Matrix& x, const Matrix& z) {
  Matrix k(x.rows(), z.rows());
  const Index across = tile_count(z.rows());
  parallel_for(tile_count(x.rows()) * across, [&](Index t) {
    const auto [row, height] = tile_range(t / across, x.rows());
    const auto [col, width] = tile_range(t % across, z.rows());
    k.block(row, col, height, width) = kernel.cross(x.middleRows(row, height), z.middleRows(col, width));
  });
  return k;
}

Matrix gram_in_tiles(const Kernel& kernel, const Matrix& x) {
  Matrix k(x.rows(), x.rows());
  lower_in_place(kernel, x, k);
  mirror_lower(k);
  return k;
}

void observed_lower_in_place(const Kernel& kernel, const Matrix& x, Eigen::Ref<Matrix> lower) {
  lower_in_place(kernel, x, lower);
  lower.diagonal() += kernel.white_noise(x);
}

Vector log_values(const std::vector<LogParameter>& parameters) {
  Vector values(std::ssize(parameters));
  for (Index i = 0; i < values.size(); ++i) values(i) = parameters[static_cast<std::size_t>(i)].value;
  return values;
}

JointPrediction condition_gp(const Cholesky& observed, Matrix cross, Matrix prior, const Vector& y,
                             Vector noise_variance) {
  const double largest = prior.diagonal().size() > 0 ? prior.diagonal().maxCoeff() : 0.0;
  observed.whiten_rows_in_place(cross);  // row q: L^-1 k_tq
  JointPrediction p;
  p.mean = cross * observed.whiten(y);
  subtract_gram(cross, prior);
  const double smallest = prior.diagonal().size() > 0 ? prior.diagonal().minCoeff() : 0.0;
  require(smallest >= -1e-6 * largest, ErrorKind::numerical,
          "GP posterior: a variance came out as {:.3g} where the prior's is {:.3g}; the training matrix is too "
          "ill-conditioned",
          smallest, largest);
  prior.diagonal() = prior.diagonal().cwiseMax(0);
  p.latent = Covariance::dense(std::move(prior));
  p.noise_variance = std::move(noise_variance);
  return p;
}

namespace {

class Watched : public Kernel {
 public:
  Watched(KernelPtr kernel, std::string origin) : kernel_(std::move(kernel)), origin_(std::move(origin)) {}

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    Matrix k = guarded(origin_, "cross", [&] { return kernel_->cross(x, z); });
    check_size("cross", k, x.rows(), z.rows());
    return k;
  }

  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override {
    Vector k = guarded(origin_, "diagonal", [&] { return kernel_->diagonal(x); });
    check_size("diagonal", k, x.rows(), 1);
    return k;
  }

  Vector white_noise(const Eigen::Ref<const Matrix>& x) const override {
    Vector noise = guarded(origin_, "white_noise", [&] { return kernel_->white_noise(x); });
    check_size("white_noise", noise, x.rows(), 1);
    return noise;
  }

  std::vector<LogParameter> log_parameters() const override {
    std::vector<LogParameter> all = guarded(origin_, "log_parameters", [&] { return kernel_->log_parameters(); });
    for (const LogParameter& p : all)
      require(
          std::isfinite(p.value) && p.low <= p.high && p.prior_stddev > 0, ErrorKind::internal,
          "{}: log_parameters: '{}' is {}, from {} to {}, with a prior of standard deviation {}; all must be finite "
          "and in order",
          origin_, p.name, p.value, p.low, p.high, p.prior_stddev);
    return all;
  }

  KernelPtr with_log_parameters(const Eigen::Ref<const Vector>& values) const override {
    return next("with_log_parameters", [&] { return kernel_->with_log_parameters(values); });
  }

  KernelPtr started(const Matrix& inputs, double variance) const override {
    return next("started", [&] { return kernel_->started(inputs, variance); });
  }

  void add_cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                          const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                          Matrix* by_z) const override {
    guarded(origin_, "add_cross_gradient", [&] { kernel_->add_cross_gradient(x, z, weight, gradient, by_z); });
    if (by_z != nullptr) check_size("add_cross_gradient by z", *by_z, z.rows(), z.cols());
  }

  void add_diagonal_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                             Eigen::Ref<Vector> gradient) const override {
    guarded(origin_, "add_diagonal_gradient", [&] { kernel_->add_diagonal_gradient(x, weight, gradient); });
  }

  void add_white_noise_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                                Eigen::Ref<Vector> gradient) const override {
    guarded(origin_, "add_white_noise_gradient", [&] { kernel_->add_white_noise_gradient(x, weight, gradient); });
  }

 private:
  template <class M>
  void check_size(const char* function, const M& got, Index rows, Index cols) const {
    require(got.rows() == rows && got.cols() == cols, ErrorKind::internal,
            "{}: {} returned {} x {} numbers, expected {} x {}", origin_, function, got.rows(), got.cols(), rows, cols);
  }

  template <class Body>
  KernelPtr next(const char* function, const Body& body) const {
    KernelPtr kernel = guarded(origin_, function, body);
    require(kernel != nullptr, ErrorKind::internal, "{}: {} returned null; return a kernel", origin_, function);
    return watched(std::move(kernel), origin_);
  }

  KernelPtr kernel_;
  std::string origin_;
};

}  // namespace

KernelPtr Kernel::watched(KernelPtr kernel, const std::string& origin) {
  return std::make_shared<Watched>(std::move(kernel), origin);
}

}  // namespace predcorr
