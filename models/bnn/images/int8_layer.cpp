// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/int8_layer.hpp"

#include "models/bnn/arithmetic/lane_products.hpp"

namespace predcorr::models {

void Int8Layer::forward(const float* parameters, const float* statistics, Pass pass, const ConstImageValues& x,
                        Work& work, ImageValues& y) const {
  auto& w = static_cast<Int8Work&>(work);
  w.is_training = pass == Pass::training;
  if (!w.is_training) {
    if (!w.in_float) w.in_float = in_float_->workspace();
    in_float_->forward(parameters, statistics, pass, x, *w.in_float, y);
    return;
  }
  w.scaled = bank_.scale() * Eigen::Map<const VectorF>(parameters, bank_.weight_count());
  w.start.setZero(padded_rows(output_.channels));
  if (options_.bias)
    w.start.head(output_.channels) =
        bank_.scale() * Eigen::Map<const VectorF>(parameters + bank_.bias(0), output_.channels);
  w.state.begin(*options_.int8, w.rounding, in_float_->describe());
  w.state.take_weights(w.scaled.data(), w.scaled.size());
  w.state.take_inputs(x.data(), x.size());
  multiply(x, w, y);
}

void Int8Layer::backward(const float* parameters, const ConstImageValues& x, const ConstImageValues& y,
                         const ConstImageValues& by_output, Work& work, ImageValues* by_input,
                         GradientSink gradient) const {
  auto& w = static_cast<Int8Work&>(work);
  if (!w.is_training) {
    in_float_->backward(parameters, x, y, by_output, *w.in_float, by_input, gradient);
    return;
  }
  w.state.take_gradient(by_output.data(), by_output.size());
  if (options_.bias)
    Eigen::Map<VectorF>(gradient.at + bank_.bias(0), output_.channels) =
        bank_.scale() * by_output.rowwise().sum().head(output_.channels);
  multiply_back(x, w, by_input, gradient.at);
}

}  // namespace predcorr::models
