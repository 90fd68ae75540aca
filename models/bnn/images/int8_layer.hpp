// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/images/filter_bank.hpp"

namespace predcorr::models {

/// A convolution whose three products are of 8-bit integers while it is trained (Zhu et al. 2020), and which is the
/// float one else: its weights are float, and so are predictions.
class Int8Layer : public ConvolutionLayer {
 public:
  Int8Layer(std::unique_ptr<ImageLayer> in_float, const ConvolutionOptions& options)
      : ConvolutionLayer(in_float->input(), options), in_float_(std::move(in_float)) {}

  std::string describe() const override { return in_float_->describe() + ", 8 bits"; }
  /// Of the float one, which makes the sums that curvatures ask for.
  void add_weights(Index at, std::vector<WeightBlock>& blocks) const override { in_float_->add_weights(at, blocks); }
  void add_reports(const Work& work, Index at, std::vector<LayerReport>& reports) const override {
    reports.push_back({in_float_->describe(), at, parameters_, static_cast<const Int8Work&>(work).state.report()});
  }

  void forward(const float* parameters, const float* statistics, Pass pass, const ConstImageValues& x, Work& work,
               ImageValues& y) const override;
  void backward(const float* parameters, const ConstImageValues& x, const ConstImageValues& y,
                const ConstImageValues& by_output, Work& work, ImageValues* by_input,
                GradientSink gradient) const override;

 protected:
  struct Int8Work : Work {
    bool is_training = false;
    std::unique_ptr<Work> in_float;
    Int8State state;
    VectorF scaled;  // weights
    VectorF start;   // biases, scaled, padded
  };

  /// After inputs and weights are quantised.
  virtual void multiply(const ConstImageValues& x, Int8Work& work, ImageValues& y) const = 0;
  /// After the gradient is quantised, too.  @param gradient written: that by the weights
  virtual void multiply_back(const ConstImageValues& x, Int8Work& work, ImageValues* by_input,
                             float* gradient) const = 0;

 private:
  std::unique_ptr<ImageLayer> in_float_;
};

}  // namespace predcorr::models
