// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/kernel.hpp"

namespace predcorr {
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
