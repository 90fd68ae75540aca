// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/convolution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/error.hpp"
#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/arithmetic/strip_products.hpp"
#include "models/bnn/images/filter_bank.hpp"

namespace predcorr::models {
namespace {

/// Zeros around one image, and its channels without padding between them: what strips run over.
struct Frame {
  Index top, bottom, left, right;

  Index width(const ImageShape& image) const { return left + image.width + right; }
  Index height(const ImageShape& image) const { return top + image.height + bottom; }

  /// @param from the image's columns, `stride` numbers apart  @param to grown as needed
  void fill(const ImageShape& image, const float* from, Index stride, VectorF& to) const {
    const Index across = width(image), c = image.channels;
    to.setZero(height(image) * across * c);
    for (Index y = 0; y < image.height; ++y) {
      float* row = to.data() + ((top + y) * across + left) * c;
      const float* pixel = from + y * image.width * stride;
      if (stride == c)
        std::memcpy(row, pixel, static_cast<std::size_t>(image.width * c) * sizeof(float));
      else
        for (Index x = 0; x < image.width; ++x)
          std::memcpy(row + x * c, pixel + x * stride, static_cast<std::size_t>(c) * sizeof(float));
    }
  }
};

/// The inputs whose position is the same modulo the stride see the same taps of the window: their gradient is a
/// convolution of the output's gradient, without stride, by those taps in reverse order.
struct Phase {
  Index first, count;       // positions first, first + stride, ...
  std::vector<Index> taps;  // of the window, from the last to the first
  Index lowest = 0;         // the output position of the first tap at the first input, may be negative

  /// Along one axis.
  Phase(Index phase, Index input, Index window, Index stride, Index padding)
      : first(phase), count(phase < input ? (input - phase + stride - 1) / stride : 0) {
    for (Index k = window - 1; k >= 0; --k)
      if ((phase + padding - k) % stride == 0) taps.push_back(k);
    if (!taps.empty()) lowest = (phase + padding - taps.front()) / stride;
  }
  Index before() const { return taps.empty() ? 0 : std::max<Index>(0, -lowest); }
  Index after(Index output) const {
    return taps.empty() || count == 0 ? 0 : std::max<Index>(0, count - 1 + lowest + std::ssize(taps) - output);
  }
};

std::vector<Phase> phases(Index input, Index window, Index stride, Index padding) {
  std::vector<Phase> all;
  for (Index phase = 0; phase < stride; ++phase) all.emplace_back(phase, input, window, stride, padding);
  return all;
}

class Convolution : public ImageLayer {
 public:
  Convolution(const ImageShape& input, const ConvolutionOptions& options)
      : ImageLayer(input, options.window.output(input, options.channels, "convolution"), 0, 0),
        options_(options),
        window_(options.window),
        bank_(input.channels, options),
        rows_(phases(input.height, window_.height, window_.stride, window_.padding_y)),
        columns_(phases(input.width, window_.width, window_.stride, window_.padding_x)),
        frame_{window_.padding_y, window_.padding_y, window_.padding_x, window_.padding_x},
        back_frame_{0, 0, 0, 0} {
    parameters_ = bank_.parameter_count();
    for (const Phase& phase : rows_) {
      back_frame_.top = std::max(back_frame_.top, phase.before());
      back_frame_.bottom = std::max(back_frame_.bottom, phase.after(output_.height));
    }
    for (const Phase& phase : columns_) {
      back_frame_.left = std::max(back_frame_.left, phase.before());
      back_frame_.right = std::max(back_frame_.right, phase.after(output_.width));
    }
    for (Index i = 0; i < window_.height; ++i) offsets_.push_back(i * frame_.width(input_) * input_.channels);
  }

  bool takes_bare_channels() const override { return true; }
  std::string describe() const override { return bank_.describe(); }

  void initialise(Stream& stream, bool, float* parameters, float*) const override {
    bank_.initialise(stream, parameters);
  }

  void add_weights(Index at, std::vector<WeightBlock>& blocks) const override {
    blocks.push_back(bank_.block(at, this));
  }

  std::unique_ptr<Work> workspace() const override { return std::make_unique<ConvolutionWork>(); }

  void forward(const float* parameters, const float*, Pass, const ConstImageValues& x, Work& work,
               ImageValues& y) const override {
    auto& w = static_cast<ConvolutionWork&>(work);
    const Index depth = window_.width * input_.channels;
    w.weights.resize(output_.channels, window_.height * depth);
    bank_.for_each_weight([&](Index o, Index k, Index at) { w.weights.at(o, k) = bank_.scale() * parameters[at]; });
    w.start.setZero(padded_rows(output_.channels));
    if (options_.bias)
      for (Index o = 0; o < output_.channels; ++o) w.start(o) = bank_.scale() * parameters[bank_.bias(o)];
    for (Index i = 0; i < images_of(x); ++i) {
      const float* image = framed(x, i, w.image);
      float* to = y.data() + i * output_.height * output_.width * y.rows();
      for (Index p = 0; p < w.weights.count(); ++p)
        for (Index row = 0; row < output_.height; ++row)
          multiply_strip(w.weights, p, strip(image, row), w.start.data(), to + row * output_.width * y.rows(),
                         y.rows());
    }
  }

  void backward(const float* parameters, const ConstImageValues& x, const ConstImageValues&, ImageValues& by_output,
                Work& work, ImageValues* by_input, GradientSink gradient) const override {
    auto& w = static_cast<ConvolutionWork&>(work);
    if (by_input != nullptr) pack_reversed(parameters, w);
    const Index height = by_output.rows(), pixels = output_.height * output_.width;
    for (Index i = 0; i < images_of(x); ++i) {
      const float* delta = by_output.data() + i * pixels * height;
      if (i == 0 || gradient.per_image > 0)
        w.gradient.setZero(height, window_.height * window_.width * input_.channels);
      const StripRows rows{strip(framed(x, i, w.image), 0), window_.stride * frame_.width(input_) * input_.channels,
                           output_.width * height, output_.height};
      add_strip_gradient(delta, height, output_.channels, rows, w.gradient.data());
      if (i == 0 || gradient.per_image > 0) w.by_bias.setZero(height);
      if (options_.bias) w.by_bias += ConstImageValues(delta, height, pixels).rowwise().sum();
      if (gradient.per_image > 0) write(w, gradient.at + i * gradient.per_image);
      if (gradient.sums != nullptr && options_.groups == 1)
        add_sums(rows.first, {delta, height, pixels}, (*gradient.sums)[this]);
      if (by_input != nullptr) send_back(delta, height, i, w, *by_input);
    }
    if (gradient.per_image == 0) write(w, gradient.at);
  }

 private:
  struct ConvolutionWork : Work {
    Panels weights;
    VectorF start;                // what sums begin with: the biases
    std::vector<Panels> reverse;  // of each pair of phases
    VectorF image, delta;         // framed
    MatrixF gradient;             // padded output channels x window * input channels
    VectorF by_bias;
  };

  /// An image as strips see it: where it is, if there is nothing around it, else a copy.
  const float* framed(const ConstImageValues& x, Index i, VectorF& copy) const {
    const float* image = x.data() + i * input_.height * input_.width * x.rows();
    const bool bare = window_.padding_y == 0 && window_.padding_x == 0 && x.rows() == input_.channels;
    if (bare) return image;
    frame_.fill(input_, image, x.rows(), copy);
    return copy.data();
  }

  Strip strip(const float* image, Index row) const {
    const Index c = input_.channels;
    return {image + row * window_.stride * frame_.width(input_) * c, window_.stride * c, &offsets_, window_.width * c,
            output_.width};
  }

  void write(const ConvolutionWork& w, float* gradient) const {
    bank_.for_each_weight([&](Index o, Index k, Index at) { gradient[at] = bank_.scale() * w.gradient(o, k); });
    if (options_.bias)
      for (Index o = 0; o < output_.channels; ++o) gradient[bank_.bias(o)] = bank_.scale() * w.by_bias(o);
  }

  /// @param first row of the framed image
  void add_sums(const Strip& first, const ConstImageValues& delta, ConvolutionSums& sums) const {
    const Index fan_in = bank_.fan_in(), pixels = delta.cols(), columns = fan_in + (options_.bias ? 1 : 0);
    Matrix patches = Matrix::Ones(columns, pixels);
    const Index row_step = window_.stride * frame_.width(input_) * input_.channels;
    for (Index t = 0; t < pixels; ++t) {
      const float* patch = first.x + t / output_.width * row_step + t % output_.width * first.stride;
      for (Index i = 0; i < window_.height; ++i)
        patches.col(t).segment(i * first.depth, first.depth) =
            Eigen::Map<const VectorF>(patch + offsets_[static_cast<std::size_t>(i)], first.depth).cast<double>();
    }
    const Matrix deltas = static_cast<double>(bank_.scale()) * delta.topRows(output_.channels).cast<double>();
    if (sums.inputs.size() == 0) sums = {Matrix::Zero(columns, columns), Matrix::Zero(deltas.rows(), deltas.rows())};
    sums.inputs.noalias() += patches * patches.transpose();
    sums.deltas.noalias() += deltas * deltas.transpose() / static_cast<double>(pixels);
  }

  void pack_reversed(const float* parameters, ConvolutionWork& w) const {
    const Index c = input_.channels, outputs = output_.channels;
    w.reverse.resize(rows_.size() * columns_.size());
    std::vector<Index> row_of(static_cast<std::size_t>(window_.height)),
        column_of(static_cast<std::size_t>(window_.width));
    std::vector<Index> row_phase = row_of, column_phase = column_of;
    const auto places = [](const std::vector<Phase>& all, std::vector<Index>& place, std::vector<Index>& phase) {
      for (std::size_t p = 0; p < all.size(); ++p)
        for (std::size_t t = 0; t < all[p].taps.size(); ++t) {
          const auto tap = static_cast<std::size_t>(all[p].taps[t]);
          place[tap] = static_cast<Index>(t);
          phase[tap] = static_cast<Index>(p);
        }
    };
    places(rows_, row_of, row_phase);
    places(columns_, column_of, column_phase);
    for (std::size_t r = 0; r < rows_.size(); ++r)
      for (std::size_t q = 0; q < columns_.size(); ++q)
        w.reverse[r * columns_.size() + q].resize(c,
                                                  std::ssize(rows_[r].taps) * std::ssize(columns_[q].taps) * outputs);
    bank_.for_each_weight([&](Index o, Index k, Index at) {
      const auto tap_y = static_cast<std::size_t>(k / c / window_.width),
                 tap_x = static_cast<std::size_t>(k / c % window_.width);
      const auto r = static_cast<std::size_t>(row_phase[tap_y]), q = static_cast<std::size_t>(column_phase[tap_x]);
      const Index place = row_of[tap_y] * std::ssize(columns_[q].taps) + column_of[tap_x];
      w.reverse[r * columns_.size() + q].at(k % c, place * outputs + o) = bank_.scale() * parameters[at];
    });
  }

  /// The gradient by image i of the input.
  void send_back(const float* delta, Index stride, Index i, ConvolutionWork& w, ImageValues& by_input) const {
    const Index outputs = output_.channels, across = back_frame_.width(output_);
    back_frame_.fill(output_, delta, stride, w.delta);
    float* to = by_input.data() + i * input_.height * input_.width * by_input.rows();
    for (std::size_t r = 0; r < rows_.size(); ++r)
      for (std::size_t q = 0; q < columns_.size(); ++q) {
        const Phase &row = rows_[r], &column = columns_[q];
        std::vector<Index> offsets;
        if (!column.taps.empty())
          for (Index t = 0; t < std::ssize(row.taps); ++t) offsets.push_back(t * across * outputs);
        const Panels& weights = w.reverse[r * columns_.size() + q];
        for (Index p = 0; p < weights.count(); ++p)
          for (Index y = 0; y < row.count; ++y) {
            const Index first = (back_frame_.top + y + row.lowest) * across + back_frame_.left + column.lowest;
            const Strip strip{w.delta.data() + first * outputs, outputs, &offsets, std::ssize(column.taps) * outputs,
                              column.count};
            multiply_strip(weights, p, strip, nullptr,
                           to + ((row.first + y * window_.stride) * input_.width + column.first) * by_input.rows(),
                           window_.stride * by_input.rows());
          }
      }
  }

  ConvolutionOptions options_;
  Window window_;
  FilterBank bank_;
  std::vector<Phase> rows_, columns_;
  Frame frame_, back_frame_;
  std::vector<Index> offsets_;  // of a window's rows
};

}  // namespace

std::unique_ptr<ImageLayer> convolution(const ImageShape& input, const ConvolutionOptions& options) {
  if (options.groups > 1 && options.groups == input.channels && options.channels == input.channels)
    return depthwise_convolution(input, options);
  return std::make_unique<Convolution>(input, options);
}

}  // namespace predcorr::models
