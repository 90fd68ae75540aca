// SPDX-License-Identifier: Apache-2.0
// Kernels that break one rule each, and the check that must notice.
#include "core/kernels/conformance/kernel_checks.hpp"

#include <cmath>
#include <limits>

#include "tests/support/check_faults.hpp"

namespace predcorr {
namespace {

/// v exp(-|x - z|^2 / 2) with noise w, both learned; written here so that a test may break a part of it.
struct Script : Kernel {
  double log_variance = std::log(0.7), log_noise = std::log(0.2);

  static double squared(const Eigen::Ref<const Matrix>& x, Index i, const Eigen::Ref<const Matrix>& z, Index j) {
    return (x.row(i) - z.row(j)).squaredNorm();
  }
  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    return Matrix::NullaryExpr(x.rows(), z.rows(),
                               [&](Index i, Index j) { return std::exp(log_variance - 0.5 * squared(x, i, z, j)); });
  }
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override {
    return Vector::Constant(x.rows(), std::exp(log_variance));
  }
  Vector white_noise(const Eigen::Ref<const Matrix>& x) const override {
    return Vector::Constant(x.rows(), std::exp(log_noise));
  }
  std::vector<LogParameter> log_parameters() const override {
    return {{"variance", log_variance, -10, 10, 0, 1}, {"noise", log_noise, -10, 10, 0, 1}};
  }
  void add_cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                          const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                          Matrix* by_z) const override {
    const Matrix k = Script::cross(x, z);
    gradient(0) += k.cwiseProduct(weight).sum();
    if (by_z == nullptr) return;
    for (Index i = 0; i < x.rows(); ++i)
      for (Index j = 0; j < z.rows(); ++j) by_z->row(j) += weight(i, j) * k(i, j) * (x.row(i) - z.row(j));
  }
  void add_diagonal_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                             Eigen::Ref<Vector> gradient) const override {
    gradient(0) += Script::diagonal(x).dot(weight);
  }
  void add_white_noise_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                                Eigen::Ref<Vector> gradient) const override {
    gradient(1) += Script::white_noise(x).dot(weight);
  }
};

/// Completes a kernel with what returns a copy of it.
template <class Self>
struct Copying : Script {
  KernelPtr with_log_parameters(const Eigen::Ref<const Vector>& values) const override {
    auto next = std::make_shared<Self>(static_cast<const Self&>(*this));
    next->log_variance = values(0);
    next->log_noise = values(1);
    return next;
  }
  KernelPtr started(const Matrix&, double) const override {
    return std::make_shared<Self>(static_cast<const Self&>(*this));
  }
};

struct Sound : Copying<Sound> {};

struct ShortDiagonal : Copying<ShortDiagonal> {
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override {
    return Vector::Constant(x.rows() == 1 ? 1 : x.rows() - 1, std::exp(log_variance));
  }
};
struct SizeOfOne : Copying<SizeOfOne> {  // wrong for three points and one only
  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    Matrix k = Script::cross(x, z);
    return x.rows() == 3 && z.rows() == 1 ? Matrix(k.transpose()) : k;
  }
};
struct NegativeNoise : Copying<NegativeNoise> {
  Vector white_noise(const Eigen::Ref<const Matrix>& x) const override { return -Script::white_noise(x); }
  void add_white_noise_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                                Eigen::Ref<Vector> gradient) const override {
    gradient(1) -= Script::white_noise(x).dot(weight);
  }
};
/// x_1 decides whether a little is added: not symmetric, and small enough to leave the rest alone.
struct OneSided : Copying<OneSided> {
  static double tilt(double a) { return a > 0 ? 1e-9 : 0; }
  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    Matrix k = Script::cross(x, z);
    for (Index i = 0; i < x.rows(); ++i)
      for (Index j = 0; j < z.rows(); ++j)
        if (squared(x, i, z, j) > 0) k(i, j) *= 1 + tilt(x(i, 0));
    return k;
  }
};
struct OtherDiagonal : Copying<OtherDiagonal> {
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override { return 1.01 * Script::diagonal(x); }
  void add_diagonal_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                             Eigen::Ref<Vector> gradient) const override {
    gradient(0) += OtherDiagonal::diagonal(x).dot(weight);
  }
};
/// 1 - |x - z|^2 is no covariance.
struct Parabola : Copying<Parabola> {
  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    return Matrix::NullaryExpr(x.rows(), z.rows(),
                               [&](Index i, Index j) { return std::exp(log_variance) * (1 - squared(x, i, z, j)); });
  }
  void add_cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                          const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                          Matrix* by_z) const override {
    gradient(0) += cross(x, z).cwiseProduct(weight).sum();
    if (by_z == nullptr) return;
    for (Index i = 0; i < x.rows(); ++i)
      for (Index j = 0; j < z.rows(); ++j)
        by_z->row(j) += weight(i, j) * std::exp(log_variance) * 2 * (x.row(i) - z.row(j));
  }
};
/// Scaled by how many points are asked for.
struct ByCompany : Copying<ByCompany> {
  Vector white_noise(const Eigen::Ref<const Matrix>& x) const override {
    return Script::white_noise(x) * (1 + static_cast<double>(x.rows()));
  }
  void add_white_noise_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                                Eigen::Ref<Vector> gradient) const override {
    gradient(1) += ByCompany::white_noise(x).dot(weight);
  }
};
struct Counting : Copying<Counting> {
  mutable int calls = 0;
  Vector white_noise(const Eigen::Ref<const Matrix>& x) const override {
    return Script::white_noise(x) * (1 + 1e-14 * ++calls);
  }
};
struct StartsOver : Copying<StartsOver> {
  KernelPtr started(const Matrix& inputs, double variance) const override {
    auto next = std::make_shared<StartsOver>(*this);
    next->log_variance = std::log(variance * (1 + 0.1 * inputs.cwiseAbs().mean()));
    return next;
  }
};
struct ShrinkingRange : Copying<ShrinkingRange> {
  std::vector<LogParameter> log_parameters() const override {
    return {{"variance", log_variance, log_variance - 1, log_variance + 1, 0, 1}, {"noise", log_noise, -10, 10, 0, 1}};
  }
};
struct HalfGradient : Copying<HalfGradient> {
  void add_cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                          const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                          Matrix* by_z) const override {
    Vector none = Vector::Zero(2);
    Script::add_cross_gradient(x, z, weight, none, by_z);
    gradient += none / 2;
  }
};
struct SetsGradient : Copying<SetsGradient> {
  void add_diagonal_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                             Eigen::Ref<Vector> gradient) const override {
    gradient(0) = Script::diagonal(x).dot(weight);  // in place of adding
  }
};
struct WrongSign : Copying<WrongSign> {
  void add_cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                          const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                          Matrix* by_z) const override {
    if (by_z == nullptr) return Script::add_cross_gradient(x, z, weight, gradient, nullptr);
    Matrix own = Matrix::Zero(by_z->rows(), by_z->cols());
    Script::add_cross_gradient(x, z, weight, gradient, &own);
    *by_z -= own;
  }
};
struct NoNoiseGradient : Copying<NoNoiseGradient> {
  void add_white_noise_gradient(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Vector>&,
                                Eigen::Ref<Vector>) const override {}
};
struct Throwing : Copying<Throwing> {
  KernelPtr started(const Matrix&, double) const override { throw 42; }
};

template <class K>
std::shared_ptr<const Kernel> one() {
  return std::make_shared<K>();
}

TEST_CASE("kernel checks: a kernel that keeps the rules passes", "[core]") {
  const Sound sound;
  conformance::KernelTrial trial(sound);
  CHECK(test::failures(conformance::kernel_checks(), trial) == "");
}

TEST_CASE("kernel checks: each fault is caught by the check about it", "[core]") {
  test::expect_faults_caught<conformance::KernelTrial, Kernel>(
      {{"a diagonal too short",
        one<ShortDiagonal>(),
        "sizes",
        "diagonal returned 4 x 1 numbers, expected 5 x 1",
        {"any"}},
       {"three points and one turned round", one<SizeOfOne>(), "sizes", "cross returned 1 x 3 numbers, expected 3 x 1"},
       {"noise below 0", one<NegativeNoise>(), "values", "white noise is negative"},
       {"one-sided", one<OneSided>(), "symmetric", "cross(x, x) and its mirror image differ by up to"},
       {"another diagonal", one<OtherDiagonal>(), "diagonal", "12 points: diagonal differs from cross(x, x)"},
       {"no covariance", one<Parabola>(), "positive-semi-definite", "12 points, each twice: eigenvalues"},
       {"noise by the number of points", one<ByCompany>(), "pairs", "the white noise of point 0, asked for alone"},
       {"counts its calls", one<Counting>(), "repeated", "other bits", {}},
       {"starts over", one<StartsOver>(), "started", "is started once more, and changes"},
       {"a range that moves along", one<ShrinkingRange>(), "log-parameters", "'variance' moved to"},
       {"half a gradient", one<HalfGradient>(), "cross-gradient", "by 'variance': added"},
       {"the other sign", one<WrongSign>(), "input-gradient", "by input 0 of z_0: added"},
       {"sets in place of adding", one<SetsGradient>(), "diagonal-gradient", "by 'variance'"},
       {"no gradient of noise", one<NoNoiseGradient>(), "noise-gradient", "by 'noise': added 0"}},
      conformance::kernel_checks());
}

TEST_CASE("kernel checks: what cannot be started fails every check that asks it, and none hides it", "[core]") {
  const Throwing throwing;
  conformance::KernelTrial trial(throwing);
  for (const auto& [name, evaluation] : test::outcomes_of(conformance::kernel_checks(), trial)) {
    INFO(name << ": " << evaluation.detail);
    CHECK(evaluation.verdict == conformance::Verdict::failed);
    CHECK_THAT(evaluation.detail,
               test::contains("the kernel: started: something was thrown that is no std::exception"));
    if (name != "started") CHECK(evaluation.fix == "plain");
  }
}

TEST_CASE("kernel checks: every registered kernel keeps the rules", "[core]") {
  const auto& registry = Registry<Kernel>::instance();
  for (const std::string& name : registry.names()) {
    Json parameters = Json::object();
    if (name == "active") parameters = {{"columns", {1, 3}}, {"kernel", "rbf"}};
    if (name == "sum" || name == "product") parameters = {{"of", {"rbf", "linear", {{"matern", Json::object()}}}}};
    INFO(name);
    const auto kernel = registry.make({.name = name, .parameters = parameters}, name);
    conformance::KernelTrial trial(*kernel.object);
    CHECK(test::failures(conformance::kernel_checks(), trial) == "");
  }
}

}  // namespace
}  // namespace predcorr
