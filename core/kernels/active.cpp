// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/composite.hpp"

namespace predcorr {
namespace {

struct ActiveParameters {
  std::vector<int> columns;
  Nested<Kernel> kernel;
  static Fields<ActiveParameters> fields() {
    return {field("columns", &ActiveParameters::columns, at_least(1), "numbers of the inputs used, the first is 1"),
            field("kernel", &ActiveParameters::kernel, any_value(), "what is computed from them")};
  }
};

/// A kernel that sees some of the inputs only.
class Active : public Composite {
 public:
  explicit Active(const ActiveParameters& p) : Active(p.columns, p.kernel.object) {
    require(!columns_.empty(), ErrorKind::config, "'active' needs at least one column");
  }
  Active(std::vector<int> columns, KernelPtr kernel) : Composite({std::move(kernel)}), columns_(std::move(columns)) {}

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    return inner().cross(chosen(x), chosen(z));
  }
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override { return inner().diagonal(chosen(x)); }
  Vector white_noise(const Eigen::Ref<const Matrix>& x) const override { return inner().white_noise(chosen(x)); }

  KernelPtr started(const Matrix& inputs, double variance) const override {
    return with_parts({inner().started(chosen(inputs), variance)});
  }

  void add_cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                          const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                          Matrix* by_z) const override {
    Matrix by_chosen;
    if (by_z != nullptr) by_chosen = Matrix::Zero(z.rows(), std::ssize(columns_));
    inner().add_cross_gradient(chosen(x), chosen(z), weight, gradient, by_z != nullptr ? &by_chosen : nullptr);
    for (Index k = 0; k < by_chosen.cols(); ++k) by_z->col(column(k)) += by_chosen.col(k);
  }
  void add_diagonal_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                             Eigen::Ref<Vector> gradient) const override {
    inner().add_diagonal_gradient(chosen(x), weight, gradient);
  }
  void add_white_noise_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                                Eigen::Ref<Vector> gradient) const override {
    inner().add_white_noise_gradient(chosen(x), weight, gradient);
  }

 private:
  const Kernel& inner() const { return *parts()[0]; }
  Index column(Index k) const { return columns_[static_cast<std::size_t>(k)] - 1; }

  Matrix chosen(const Eigen::Ref<const Matrix>& x) const {
    Matrix some(x.rows(), std::ssize(columns_));
    for (Index k = 0; k < some.cols(); ++k) {
      require(column(k) < x.cols(), ErrorKind::config, "active: there is no column {}, points have {} inputs",
              column(k) + 1, x.cols());
      some.col(k) = x.col(column(k));
    }
    return some;
  }
  KernelPtr with_parts(std::vector<KernelPtr> parts) const override {
    return std::make_shared<Active>(columns_, std::move(parts[0]));
  }

  std::vector<int> columns_;
};

PREDCORR_REGISTER(Kernel, "active", Active, ActiveParameters, "a kernel that sees some of the inputs only",
                  "Rasmussen & Williams 2006, section 4.2.4");

}  // namespace
}  // namespace predcorr
