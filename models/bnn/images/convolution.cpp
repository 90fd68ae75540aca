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
    const Index across = width(image), c = image.channels, size = height(image) * across * c;
    if (to.size() != size) to.setZero(size);  // what is around images stays
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
    const Index c = input_.channels, across = frame_.width(input_) * c;
    for (Index i = 0; i < window_.height; ++i) offsets_.push_back(i * across);
    for (Index y = 0; y < output_.height; ++y)
      for (Index x = 0; x < output_.width; ++x) {
        starts_.push_back(y * window_.stride * across + x * window_.stride * c);
        places_.push_back(std::ssize(places_) * padded_rows(output_.channels));
      }
    for (const Phase& row : rows_)
      for (const Phase& column : columns_) returns_.push_back(return_of(row, column));
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
    bank_.for_each_weight([&](Index o, Index tap, Index c, Index at) {
      w.weights.at(o, tap * input_.channels + c) = bank_.scale() * parameters[at];
    });
    w.start.setZero(padded_rows(output_.channels));
    if (options_.bias)
      for (Index o = 0; o < output_.channels; ++o) w.start(o) = bank_.scale() * parameters[bank_.bias(o)];
    for (Index i = 0; i < images_of(x); ++i) {
      const Strip patches = strip(framed(x, i, w.image));
      float* to = y.data() + i * output_.height * output_.width * y.rows();
      for (Index p = 0; p < w.weights.count(); ++p) multiply_strip(w.weights, p, patches, w.start.data(), to, places_);
    }
  }

  void backward(const float* parameters, const ConstImageValues& x, const ConstImageValues&,
                const ConstImageValues& by_output, Work& work, ImageValues* by_input,
                GradientSink gradient) const override {
    auto& w = static_cast<ConvolutionWork&>(work);
    if (by_input != nullptr) pack_reversed(parameters, w);
    const Index height = by_output.rows(), pixels = output_.height * output_.width;
    for (Index i = 0; i < images_of(x); ++i) {
      const float* delta = by_output.data() + i * pixels * height;
      if (i == 0 || gradient.per_image > 0)
        w.gradient.setZero(height, window_.height * window_.width * input_.channels);
      const Strip patches = strip(framed(x, i, w.image));
      add_strip_gradient(delta, height, output_.channels, patches, w.gradient.data());
      if (i == 0 || gradient.per_image > 0) w.by_bias.setZero(height);
      if (options_.bias) w.by_bias += ConstImageValues(delta, height, pixels).rowwise().sum();
      if (gradient.per_image > 0) write(w, gradient.at + i * gradient.per_image);
      if (gradient.sums != nullptr && options_.groups == 1)
        add_sums(patches, {delta, height, pixels}, (*gradient.sums)[this]);
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

  /// The patches of an image.
  Strip strip(const float* image) const { return {image, starts_, offsets_, window_.width * input_.channels}; }

  void write(const ConvolutionWork& w, float* gradient) const {
    bank_.for_each_weight([&](Index o, Index tap, Index c, Index at) {
      gradient[at] = bank_.scale() * w.gradient(o, tap * input_.channels + c);
    });
    if (options_.bias)
      for (Index o = 0; o < output_.channels; ++o) gradient[bank_.bias(o)] = bank_.scale() * w.by_bias(o);
  }

  void add_sums(const Strip& strip, const ConstImageValues& delta, ConvolutionSums& sums) const {
    const Index fan_in = bank_.fan_in(), pixels = delta.cols(), columns = fan_in + (options_.bias ? 1 : 0);
    Matrix patches = Matrix::Ones(columns, pixels);
    for (Index t = 0; t < pixels; ++t)
      for (Index i = 0; i < window_.height; ++i)
        patches.col(t).segment(i * strip.depth, strip.depth) =
            Eigen::Map<const VectorF>(
                strip.x + starts_[static_cast<std::size_t>(t)] + offsets_[static_cast<std::size_t>(i)], strip.depth)
                .cast<double>();
    const Matrix deltas = static_cast<double>(bank_.scale()) * delta.topRows(output_.channels).cast<double>();
    if (sums.inputs.size() == 0) sums = {Matrix::Zero(columns, columns), Matrix::Zero(deltas.rows(), deltas.rows())};
    sums.inputs.noalias() += patches * patches.transpose();
    sums.deltas.noalias() += deltas * deltas.transpose() / static_cast<double>(pixels);
  }

  /// What inputs of one pair of phases are the gradient's place of, and where it comes from.
  struct Return {
    Index depth;                        // numbers of a run: taps of a row times output channels
    std::vector<Index> offsets;         // of runs: the taps' rows
    std::vector<Index> starts, places;  // in the framed gradient, and in that by an image
  };

  Return return_of(const Phase& row, const Phase& column) const {
    const Index outputs = output_.channels, across = back_frame_.width(output_) * outputs;
    Return back{std::ssize(column.taps) * outputs, {}, {}, {}};
    if (!column.taps.empty())
      for (Index t = 0; t < std::ssize(row.taps); ++t) back.offsets.push_back(t * across);
    for (Index y = 0; y < row.count; ++y)
      for (Index x = 0; x < column.count; ++x) {
        back.starts.push_back((back_frame_.top + y + row.lowest) * across +
                              (back_frame_.left + x + column.lowest) * outputs);
        back.places.push_back(((row.first + y * window_.stride) * input_.width + column.first + x * window_.stride) *
                              padded_rows(input_.channels));
      }
    return back;
  }

  void pack_reversed(const float* parameters, ConvolutionWork& w) const {
    struct Place {
      std::size_t reverse;
      Index first;
    };
    std::vector<Place> place_of(static_cast<std::size_t>(window_.height * window_.width));
    w.reverse.resize(returns_.size());
    for (std::size_t r = 0; r < rows_.size(); ++r)
      for (std::size_t q = 0; q < columns_.size(); ++q) {
        const auto &down = rows_[r].taps, &across = columns_[q].taps;
        const std::size_t both = r * columns_.size() + q;
        w.reverse[both].resize(input_.channels, std::ssize(down) * std::ssize(across) * output_.channels);
        for (std::size_t i = 0; i < down.size(); ++i)
          for (std::size_t j = 0; j < across.size(); ++j)
            place_of[static_cast<std::size_t>(down[i] * window_.width + across[j])] = {
                both, static_cast<Index>(i * across.size() + j) * output_.channels};
      }
    bank_.for_each_weight([&](Index o, Index tap, Index c, Index at) {
      const auto [reverse, first] = place_of[static_cast<std::size_t>(tap)];
      w.reverse[reverse].at(c, first + o) = bank_.scale() * parameters[at];
    });
  }

  /// The gradient by image i of the input.
  void send_back(const float* delta, Index stride, Index i, ConvolutionWork& w, ImageValues& by_input) const {
    back_frame_.fill(output_, delta, stride, w.delta);
    float* to = by_input.data() + i * input_.height * input_.width * by_input.rows();
    for (std::size_t r = 0; r < returns_.size(); ++r) {
      const Return& back = returns_[r];
      for (Index p = 0; p < w.reverse[r].count(); ++p)
        multiply_strip(w.reverse[r], p, {w.delta.data(), back.starts, back.offsets, back.depth}, nullptr, to,
                       back.places);
    }
  }

  ConvolutionOptions options_;
  Window window_;
  FilterBank bank_;
  std::vector<Phase> rows_, columns_;
  Frame frame_, back_frame_;
  std::vector<Index> offsets_;          // of a window's rows
  std::vector<Index> starts_, places_;  // of patches in the framed image, and of output pixels
  std::vector<Return> returns_;         // of each pair of phases
};

}  // namespace

std::unique_ptr<ImageLayer> convolution(const ImageShape& input, const ConvolutionOptions& options) {
  if (options.groups > 1 && options.groups == input.channels && options.channels == input.channels)
    return depthwise_convolution(input, options);
  return std::make_unique<Convolution>(input, options);
}

}  // namespace predcorr::models
