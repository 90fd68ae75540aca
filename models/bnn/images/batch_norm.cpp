// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/batch_norm.hpp"

#include <algorithm>
#include <limits>

#include "models/bnn/arithmetic/lanes.hpp"
#include "models/bnn/images/channel_groups.hpp"

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

  NarrowedLayer narrowed(const ImageShape& input, const ChannelGroups& groups) const override {
    NarrowedLayer result{std::make_unique<BatchNorm>(input, rectified_)};
    for (const Index first : {Index{0}, input_.channels})
      for (const Index c : groups.before(this)) result.parameters.push_back(first + c);
    result.statistics = result.parameters;
    return result;
  }

  void add_scales(Index at, std::vector<ChannelScales>& scales) const override {
    scales.push_back({at, input_.channels, -1});
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
    const Lanes least = broadcast(rectified_ ? 0.0f : -std::numeric_limits<float>::infinity());
    for_lanes(x, [&](Index c, Index at) {
      const Lanes value = w.normalised(c, load(x.data() + at));
      store(y.data() + at, value > least ? value : least);
    });
  }

  void backward(const float*, const ConstImageValues& x, const ConstImageValues&, const ConstImageValues& by_output,
                Work& work, ImageValues* by_input, GradientSink gradient) const override {
    auto& w = static_cast<NormWork&>(work);
    // What comes back through the rectifier, if there is one. Reading y would take longer than making it again.
    const auto delta_of = [&](Index c, Index at, Lanes value) {
      const Lanes delta = load(by_output.data() + at);
      return rectified_ ? (w.normalised(c, value) > 0 ? delta : Lanes{}) : delta;
    };
    const Index pixels = input_.height * input_.width, images = images_of(x);
    Vector by_gamma = Vector::Zero(x.rows()), by_beta = by_gamma;
    VectorF image_gamma(x.rows()), image_beta(x.rows());
    for (Index i = 0; i < images; ++i) {
      for (Index c = 0; c < x.rows(); c += kLanes) {
        Lanes gamma = {}, beta = {};
        const Lanes mean = load(&w.mean(c));
        for (Index at = i * pixels * x.rows() + c; at < (i + 1) * pixels * x.rows(); at += x.rows()) {
          const Lanes value = load(x.data() + at), delta = delta_of(c, at, value);
          beta += delta;
          gamma += delta * (value - mean);
        }
        store(&image_gamma(c), gamma * load(&w.inverse(c)));
        store(&image_beta(c), beta);
      }
      if (gradient.per_image > 0) write(image_gamma, image_beta, gradient.at + i * gradient.per_image);
      by_gamma += image_gamma.cast<double>();
      by_beta += image_beta.cast<double>();
    }
    const VectorF gamma_gradient = by_gamma.cast<float>(), beta_gradient = by_beta.cast<float>();
    if (gradient.per_image == 0) write(gamma_gradient, beta_gradient, gradient.at);
    if (by_input == nullptr) return;
    // by x: slope (d - mean of d - x^ (mean of d x^)), x^ = (x - mean) inverse; where the statistics are fixed, slope
    // d.
    const float share = w.is_training ? 1 / static_cast<float>(x.cols()) : 0.0f;
    const VectorF along = share * w.slope.cwiseProduct(gamma_gradient).cwiseProduct(w.inverse);
    const VectorF level = share * w.slope.cwiseProduct(beta_gradient) - along.cwiseProduct(w.mean);
    for_lanes(x, [&](Index c, Index at) {
      const Lanes value = load(x.data() + at);
      store(by_input->data() + at,
            load(&w.slope(c)) * delta_of(c, at, value) - load(&along(c)) * value - load(&level(c)));
    });
  }

  void forward_tangent(const float* parameters, const float* direction, const ConstImageValues& x,
                       const ConstImageValues* x_tangent, const ConstImageValues& y, Work& work, Work& along,
                       ImageValues& y_tangent) const override {
    const auto& w = static_cast<NormWork&>(work);
    auto& a = static_cast<NormWork&>(along);
    a.mean.setZero(x.rows());
    a.inverse.setZero(x.rows());
    if (w.is_training && x_tangent != nullptr) {
      a.mean = row_means(*x_tangent);
      const VectorF variance = 2 * row_means((x.colwise() - w.mean).cwiseProduct(*x_tangent));
      a.inverse = -0.5f * w.inverse.array().cube() * variance.array();
    }
    const auto [x_hat, x_hat_tangent] = normalised_with_tangent(x, x_tangent, w, a);
    y_tangent = x_hat.array().colwise() * channels_of(direction, x.rows()).array() +
                x_hat_tangent.array().colwise() * channels_of(parameters, x.rows()).array();
    y_tangent.colwise() += channels_of(direction + input_.channels, x.rows());
    if (rectified_) y_tangent = (y.array() > 0).select(y_tangent, 0.0f);
  }

  void backward_tangent(const float* parameters, const float* direction, const ConstImageValues& x,
                        const ConstImageValues* x_tangent, const ConstImageValues& y, const ConstImageValues& by_output,
                        const ConstImageValues& by_output_tangent, Work& work, Work& along,
                        ImageValues* by_input_tangent, float* gradient_tangent) const override {
    const auto& w = static_cast<NormWork&>(work);
    const auto& a = static_cast<NormWork&>(along);
    MatrixF d = by_output, d_tangent = by_output_tangent;
    if (rectified_) {
      d = (y.array() > 0).select(d, 0.0f);
      d_tangent = (y.array() > 0).select(d_tangent, 0.0f);
    }
    const auto [x_hat, x_hat_tangent] = normalised_with_tangent(x, x_tangent, w, a);
    const VectorF level = row_means(d), level_tangent = row_means(d_tangent), slope = row_means(d.cwiseProduct(x_hat)),
                  slope_tangent = row_means(d_tangent.cwiseProduct(x_hat) + d.cwiseProduct(x_hat_tangent));
    const auto count = static_cast<float>(x.cols());
    write(count * slope_tangent, count * level_tangent, gradient_tangent);
    if (by_input_tangent == nullptr) return;
    // by x = gamma inverse (d - mean of d - x^ (mean of d x^)); where the statistics are fixed, gamma inverse d.
    if (w.is_training) {
      d_tangent.array() -=
          (x_hat_tangent.array().colwise() * slope.array() + x_hat.array().colwise() * slope_tangent.array());
      d_tangent.colwise() -= level_tangent;
      d.array() -= x_hat.array().colwise() * slope.array();
      d.colwise() -= level;
    }
    const VectorF gamma = channels_of(parameters, x.rows());
    const VectorF rate_tangent =
        channels_of(direction, x.rows()).cwiseProduct(w.inverse) + gamma.cwiseProduct(a.inverse);
    *by_input_tangent = d.array().colwise() * rate_tangent.array() +
                        d_tangent.array().colwise() * gamma.cwiseProduct(w.inverse).array();
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

    Lanes normalised(Index c, Lanes value) const { return load(&slope(c)) * value + load(&shift(c)); }
  };

  /// Calls body(channel, place) for the lanes of all channels and pixels.
  template <class Body>
  static void for_lanes(const ConstImageValues& x, const Body& body) {
    for (Index j = 0; j < x.cols(); ++j)
      for (Index c = 0; c < x.rows(); c += kLanes) body(c, j * x.rows() + c);
  }

  /// The mean over all pixels of term(x) of each channel. Sums of one image in float, of all in double: an order that
  /// depends on no width of lanes.
  template <class Term>
  VectorF mean_of(const ConstImageValues& x, const Term& term) const {
    const Index pixels = input_.height * input_.width;
    Vector sum = Vector::Zero(x.rows());
    VectorF part(x.rows());
    for (Index i = 0; i < images_of(x); ++i) {
      for (Index c = 0; c < x.rows(); c += kLanes) {
        Lanes total = {};
        for (Index at = i * pixels * x.rows() + c; at < (i + 1) * pixels * x.rows(); at += x.rows())
          total += term(c, load(x.data() + at));
        store(&part(c), total);
      }
      sum += part.cast<double>();
    }
    return (sum / static_cast<double>(x.cols())).cast<float>();
  }

  void measure(const ConstImageValues& x, NormWork& w) const {
    w.count = x.cols();
    w.mean = mean_of(x, [](Index, Lanes value) { return value; });
    w.variance = mean_of(x, [&](Index c, Lanes value) {
      const Lanes from_mean = value - load(&w.mean(c));
      return from_mean * from_mean;
    });
  }

  /// One number for each channel, zero in the padding.
  VectorF channels_of(const float* values, Index rows) const {
    VectorF padded = VectorF::Zero(rows);
    padded.head(input_.channels) = Eigen::Map<const VectorF>(values, input_.channels);
    return padded;
  }

  static VectorF row_means(const Eigen::Ref<const MatrixF>& m) {
    return m.cast<double>().rowwise().mean().cast<float>();
  }

  /// x^ = (x - mean) inverse and its tangent.
  std::pair<MatrixF, MatrixF> normalised_with_tangent(const ConstImageValues& x, const ConstImageValues* x_tangent,
                                                      const NormWork& w, const NormWork& a) const {
    const MatrixF from_mean = x.colwise() - w.mean;
    MatrixF tangent = from_mean.array().colwise() * a.inverse.array();
    if (x_tangent != nullptr) tangent.array() += (x_tangent->colwise() - a.mean).array().colwise() * w.inverse.array();
    return {from_mean.array().colwise() * w.inverse.array(), std::move(tangent)};
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
