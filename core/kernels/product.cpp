// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/composite.hpp"

namespace predcorr {
namespace {

struct ProductParameters {
  std::vector<Nested<Kernel>> of;
  static Fields<ProductParameters> fields() {
    return {field("of", &ProductParameters::of, any_value(),
                  "the factors; {\"product\": [...]} for short. Open variances are 1 but for the first factor's")};
  }
};

/// k_1 k_2 ...: e.g. periodic times RBF, a pattern that changes slowly. With white parts w the factors are
/// k + delta_ij w, so white noise times a kernel is noise that varies with the inputs.
class Product : public Composite {
 public:
  explicit Product(const ProductParameters& p) : Product(objects_of(p.of)) {
    require(count() > 0, ErrorKind::config, "'product' needs at least one factor");
  }
  explicit Product(std::vector<KernelPtr> factors) : Composite(std::move(factors)) {}

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    Matrix all = parts()[0]->cross(x, z);
    for (std::size_t k = 1; k < count(); ++k) all.array() *= parts()[k]->cross(x, z).array();
    return all;
  }
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override { return without(diagonals(x), count()); }
  Vector white_noise(const Eigen::Ref<const Matrix>& x) const override {
    return without(totals(x), count()) - diagonal(x);
  }

  KernelPtr started(const Matrix& inputs, double variance) const override {
    std::vector<KernelPtr> next;
    for (std::size_t k = 0; k < count(); ++k) next.push_back(parts()[k]->started(inputs, k == 0 ? variance : 0));
    return with_parts(std::move(next));
  }

  void add_cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                          const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                          Matrix* by_z) const override {
    std::vector<Matrix> values;
    for (const auto& factor : parts()) values.push_back(factor->cross(x, z));
    for (std::size_t k = 0; k < count(); ++k) {
      Matrix share = weight;
      for (std::size_t other = 0; other < count(); ++other)
        if (other != k) share.array() *= values[other].array();
      parts()[k]->add_cross_gradient(x, z, share, segment_of(k, gradient), by_z);
    }
  }
  void add_diagonal_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                             Eigen::Ref<Vector> gradient) const override {
    const std::vector<Vector> values = diagonals(x);
    for (std::size_t k = 0; k < count(); ++k)
      parts()[k]->add_diagonal_gradient(x, weight.cwiseProduct(without(values, k)), segment_of(k, gradient));
  }
  void add_white_noise_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                                Eigen::Ref<Vector> gradient) const override {
    const std::vector<Vector> smooth = diagonals(x), whole = totals(x);
    for (std::size_t k = 0; k < count(); ++k) {
      const Vector by_whole = weight.cwiseProduct(without(whole, k));
      const Vector by_smooth = by_whole - weight.cwiseProduct(without(smooth, k));
      parts()[k]->add_diagonal_gradient(x, by_smooth, segment_of(k, gradient));
      parts()[k]->add_white_noise_gradient(x, by_whole, segment_of(k, gradient));
    }
  }

 private:
  std::vector<Vector> diagonals(const Eigen::Ref<const Matrix>& x) const {
    std::vector<Vector> all;
    for (const auto& factor : parts()) all.push_back(factor->diagonal(x));
    return all;
  }
  std::vector<Vector> totals(const Eigen::Ref<const Matrix>& x) const {
    std::vector<Vector> all = diagonals(x);
    for (std::size_t k = 0; k < count(); ++k) all[k] += parts()[k]->white_noise(x);
    return all;
  }
  /// Product of all vectors but one.
  static Vector without(const std::vector<Vector>& all, std::size_t left_out) {
    Vector product = Vector::Ones(all[0].size());
    for (std::size_t k = 0; k < all.size(); ++k)
      if (k != left_out) product.array() *= all[k].array();
    return product;
  }
  KernelPtr with_parts(std::vector<KernelPtr> parts) const override {
    return std::make_shared<Product>(std::move(parts));
  }
};

PREDCORR_REGISTER(Kernel, "product", Product, ProductParameters, "product of kernels",
                  "Rasmussen & Williams 2006, section 4.2.4");

}  // namespace
}  // namespace predcorr
