// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/learned_kernel.hpp"

namespace predcorr {
namespace {

struct LinearParameters {
  HyperParameter variance;
  std::vector<double> origin = {0};
  static Fields<LinearParameters> fields() {
    return {field("variance", &LinearParameters::variance, above(0),
                  "of the slopes, squared output over squared input units; one, or one for each input, as from data"),
            field("origin", &LinearParameters::origin, any_value(),
                  "where the function is 0, input units; one, or one for each input")};
  }
  static std::vector<Learned<LinearParameters>> learned() { return {{"variance", &LinearParameters::variance}}; }

  /// Slopes whose functions have variance v on average over the rows, the same share from each input.
  void start(const Matrix& inputs, double v) {
    const Index d = inputs.cols();
    check_origin(d);
    Vector slopes(d);
    for (Index c = 0; c < d; ++c) {
      const double square = (inputs.col(c).array() - origin_of(c)).square().mean();
      slopes(c) = (v > 0 ? v : 1.0) / (static_cast<double>(d) * (square > 0 ? square : 1.0));
    }
    if (variance.start.empty() && v == 0 && d == 1) variance.learn = false;  // a scale that another factor learns
    variance = started(variance, slopes);
  }
  void check_origin(Index d) const {
    require(origin.size() == 1 || std::ssize(origin) == d, ErrorKind::shape,
            "linear: origin must have 1 or {} entries, one for each input, got {}", d, origin.size());
  }
  double origin_of(Index c) const { return origin.size() == 1 ? origin[0] : origin[static_cast<std::size_t>(c)]; }
};

/// sum_c v_c (x_c - o_c) (z_c - o_c): linear functions. Rasmussen & Williams 2006, section 4.2.2.
class Linear : public LearnedKernel<Linear, LinearParameters> {
 public:
  using LearnedKernel::LearnedKernel;

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    require(x.cols() == z.cols(), ErrorKind::shape, "kernel: points have {} and {} inputs", x.cols(), z.cols());
    return shifted(x) * slopes(x.cols()).asDiagonal() * shifted(z).transpose();
  }
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override {
    return shifted(x).array().square().matrix() * slopes(x.cols());
  }

 private:
  Vector slopes(Index d) const {
    const Vector v = parameters().variance.values();
    require(v.size() == 1 || v.size() == d, ErrorKind::shape,
            "linear: variance must have 1 or {} entries, one for each input, got {}", d, v.size());
    return v.size() == d ? v : Vector::Constant(d, v(0));
  }
  Matrix shifted(const Eigen::Ref<const Matrix>& x) const {
    parameters().check_origin(x.cols());
    Matrix rows = x;
    for (Index c = 0; c < x.cols(); ++c) rows.col(c).array() -= parameters().origin_of(c);
    return rows;
  }
  void add(const Vector& by_slope, Eigen::Ref<Vector> gradient) const {
    if (gradient.size() == by_slope.size())
      gradient += by_slope;
    else
      gradient(0) += by_slope.sum();
  }

  void cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                      const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                      Matrix* by_z) const override {
    const Matrix weighted = weight.transpose() * shifted(x) * slopes(x.cols()).asDiagonal();  // m x d
    add(weighted.cwiseProduct(shifted(z)).colwise().sum().transpose(), gradient);
    if (by_z != nullptr) *by_z += weighted;
  }
  void diagonal_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                         Eigen::Ref<Vector> gradient) const override {
    add((shifted(x).array().square().matrix().transpose() * weight).cwiseProduct(slopes(x.cols())), gradient);
  }
};

PREDCORR_REGISTER(Kernel, "linear", Linear, LinearParameters, "linear functions of the inputs",
                  "Rasmussen & Williams 2006, section 4.2.2");

}  // namespace
}  // namespace predcorr
