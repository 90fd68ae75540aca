// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/batch_norm.hpp"

#include <algorithm>
#include <cmath>

namespace predcorr::models {
namespace {

constexpr float kVarianceFloor = 1e-5f;

class BatchNorm : public ImageLayer {
 public:
  BatchNorm(const ImageShape& input, bool rectified)
      : ImageLayer(input, input, 2 * input.channels, 2 * input.channels), rectified_(rectified) {}

  std::string describe() const override { return rectified_ ? "batch-norm, rectified" : "batch-norm"; }

  void initialise(Stream&, bool, float* parameters, float* statistics) const override {
    std::fill_n(parameters, input_.channels, 1.0f);
    std::fill_n(parameters + input_.channels, input_.channels, 0.0f);
    std::fill_n(statistics, input_.channels, 0.0f);
    std::fill_n(statistics + input_.channels, input_.channels, 1.0f);
  }

  std::unique_ptr<Work> workspace() const override { return std::make_unique<NormWork>(); }

  void forward(const float* parameters, const float* statistics, Pass pass, const ConstImageValues& x, Work& work,
               ImageValues& y) const override {
    auto& w = static_cast<NormWork&>(work);
    const Index channels = input_.channels;
    w.is_training = pass == Pass::training;
    if (w.is_training) {
      measure(x, w);
    } else {
      w.mean.setZero(x.rows());
      w.variance.setOnes(x.rows());
      w.mean.head(channels) = Eigen::Map<const VectorF>(statistics, channels);
      w.variance.head(channels) = Eigen::Map<const VectorF>(statistics + channels, channels);
    }
    w.inverse = (w.variance.array() + kVarianceFloor).rsqrt();
    w.slope.setZero(x.rows());
    w.shift.setZero(x.rows());
    w.slope.head(channels) = Eigen::Map<const VectorF>(parameters, channels).cwiseProduct(w.inverse.head(channels));
    w.shift.head(channels) = Eigen::Map<const VectorF>(parameters + channels, channels) -
                             w.slope.head(channels).cwiseProduct(w.mean.head(channels));
    const float least = rectified_ ? 0.0f : -std::numeric_limits<float>::infinity();
    for (Index j = 0; j < x.cols(); ++j) y.col(j) = (w.slope.array() * x.col(j).array() + w.shift.array()).max(least);
  }

  void backward(const float* parameters, const ConstImageValues& x, const ConstImageValues& y, ImageValues& by_output,
                Work& work, ImageValues* by_input, GradientSink gradient) const override {
    auto& w = static_cast<NormWork&>(work);
    if (rectified_)
      for (Index j = 0; j < y.cols(); ++j) by_output.col(j) = (y.col(j).array() > 0).select(by_output.col(j), 0.0f);
    const Index pixels = input_.height * input_.width, images = images_of(x);
    Vector by_gamma = Vector::Zero(x.rows()), by_beta = by_gamma;
    VectorF image_gamma(x.rows()), image_beta(x.rows());
    for (Index i = 0; i < images; ++i) {
      image_gamma.setZero();
      image_beta.setZero();
      for (Index j = i * pixels; j < (i + 1) * pixels; ++j) {
        image_beta += by_output.col(j);
        image_gamma.array() += by_output.col(j).array() * (x.col(j) - w.mean).array();
      }
      image_gamma.array() *= w.inverse.array();
      if (gradient.per_image > 0) write(image_gamma, image_beta, gradient.at + i * gradient.per_image);
      by_gamma += image_gamma.cast<double>();
      by_beta += image_beta.cast<double>();
    }
    const VectorF gamma_gradient = by_gamma.cast<float>(), beta_gradient = by_beta.cast<float>();
    if (gradient.per_image == 0) write(gamma_gradient, beta_gradient, gradient.at);
    if (by_input == nullptr) return;
    const auto n = static_cast<float>(x.cols());
    if (!w.is_training) {
      for (Index j = 0; j < x.cols(); ++j) by_input->col(j) = w.slope.cwiseProduct(by_output.col(j));
      return;
    }
    // by x: slope (d - mean of d - x^ (mean of d x^)), x^ = (x - mean) inverse.
    const VectorF along = w.slope.cwiseProduct(gamma_gradient).cwiseProduct(w.inverse) / n;
    const VectorF level = w.slope.cwiseProduct(beta_gradient) / n - along.cwiseProduct(w.mean);
    for (Index j = 0; j < x.cols(); ++j)
      by_input->col(j) =
          (w.slope.array() * by_output.col(j).array() - along.array() * x.col(j).array()) - level.array();
    static_cast<void>(parameters);
  }

  void update_statistics(const Work& work, float momentum, float* statistics) const override {
    const auto& w = static_cast<const NormWork&>(work);
    const Index channels = input_.channels;
    Eigen::Map<VectorF> mean(statistics, channels), variance(statistics + channels, channels);
    const float unbiased = w.count > 1 ? static_cast<float>(w.count) / static_cast<float>(w.count - 1) : 1.0f;
    mean += momentum * (w.mean.head(channels) - mean);
    variance += momentum * (unbiased * w.variance.head(channels) - variance);
  }

 private:
  struct NormWork : Work {
    bool is_training = false;
    Index count = 0;  // pixels of the last batch in training
    VectorF mean, variance, inverse, slope, shift;
  };

  /// Sums of one image in float, of all in double: an order that depends on no width of lanes.
  void measure(const ConstImageValues& x, NormWork& w) const {
    const Index pixels = input_.height * input_.width, images = images_of(x);
    const auto n = static_cast<double>(x.cols());
    w.count = x.cols();
    Vector sum = Vector::Zero(x.rows());
    VectorF part(x.rows());
    for (Index i = 0; i < images; ++i) {
      part.setZero();
      for (Index j = i * pixels; j < (i + 1) * pixels; ++j) part += x.col(j);
      sum += part.cast<double>();
    }
    w.mean = (sum / n).cast<float>();
    sum.setZero();
    for (Index i = 0; i < images; ++i) {
      part.setZero();
      for (Index j = i * pixels; j < (i + 1) * pixels; ++j) part.array() += (x.col(j) - w.mean).array().square();
      sum += part.cast<double>();
    }
    w.variance = (sum / n).cast<float>();
  }

  void write(const VectorF& by_gamma, const VectorF& by_beta, float* gradient) const {
    std::copy_n(by_gamma.data(), input_.channels, gradient);
    std::copy_n(by_beta.data(), input_.channels, gradient + input_.channels);
  }

  bool rectified_;
};

}  // namespace

std::unique_ptr<ImageLayer> batch_norm(const ImageShape& input, bool rectified) {
  return std::make_unique<BatchNorm>(input, rectified);
}

}  // namespace predcorr::models
