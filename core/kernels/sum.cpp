// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/composite.hpp"

namespace predcorr {
namespace {

struct SumParameters {
  std::vector<Nested<Kernel>> of;
  static Fields<SumParameters> fields() {
    return {field("of", &SumParameters::of, any_value(), "the terms; {\"sum\": [...]} for short")};
  }
};

/// k_1 + k_2 + ...: functions that are sums of independent ones.
class Sum : public Composite {
 public:
  explicit Sum(const SumParameters& p) : Sum(objects_of(p.of)) {
    require(count() > 0, ErrorKind::config, "'sum' needs at least one term");
  }
  explicit Sum(std::vector<KernelPtr> terms) : Composite(std::move(terms)) {}

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    Matrix total = parts()[0]->cross(x, z);
    for (std::size_t k = 1; k < count(); ++k) total += parts()[k]->cross(x, z);
    return total;
  }
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override {
    Vector total = parts()[0]->diagonal(x);
    for (std::size_t k = 1; k < count(); ++k) total += parts()[k]->diagonal(x);
    return total;
  }
  Vector white_noise(const Eigen::Ref<const Matrix>& x) const override {
    Vector total = parts()[0]->white_noise(x);
    for (std::size_t k = 1; k < count(); ++k) total += parts()[k]->white_noise(x);
    return total;
  }

  KernelPtr started(const Matrix& inputs, double variance) const override {
    std::vector<KernelPtr> next;
    for (const auto& term : parts()) next.push_back(term->started(inputs, variance / static_cast<double>(count())));
    return with_parts(std::move(next));
  }

  void add_cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                          const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                          Matrix* by_z) const override {
    for (std::size_t k = 0; k < count(); ++k)
      parts()[k]->add_cross_gradient(x, z, weight, segment_of(k, gradient), by_z);
  }
  void add_diagonal_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                             Eigen::Ref<Vector> gradient) const override {
    for (std::size_t k = 0; k < count(); ++k) parts()[k]->add_diagonal_gradient(x, weight, segment_of(k, gradient));
  }
  void add_white_noise_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                                Eigen::Ref<Vector> gradient) const override {
    for (std::size_t k = 0; k < count(); ++k) parts()[k]->add_white_noise_gradient(x, weight, segment_of(k, gradient));
  }

 private:
  KernelPtr with_parts(std::vector<KernelPtr> parts) const override { return sum_of(std::move(parts)); }
};

PREDCORR_REGISTER(Kernel, "sum", Sum, SumParameters, "sum of kernels", "Rasmussen & Williams 2006, section 4.2.4");

}  // namespace

KernelPtr sum_of(std::vector<KernelPtr> terms) { return std::make_shared<Sum>(std::move(terms)); }

}  // namespace predcorr
