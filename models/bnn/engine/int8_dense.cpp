// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/int8_dense.hpp"

#include "models/bnn/arithmetic/lane_products.hpp"

namespace predcorr::models {
namespace {

Index rounded_up(Index n) { return (n + 3) / 4 * 4; }

std::vector<Index> multiples(Index stride, Index count) {
  std::vector<Index> places;
  for (Index j = 0; j < count; ++j) places.push_back(j * stride);
  return places;
}

/// The first rows of the first columns, padded to a multiple of 4 rows.
MatrixF compact(const MatrixF& m, Index rows, Index columns) {
  MatrixF part = MatrixF::Zero(rounded_up(rows), columns);
  part.topRows(rows) = m.topLeftCorner(rows, columns);
  return part;
}

Int8Strip columns_of(Index rows, Index count) { return {multiples(rounded_up(rows), count), {0}, rounded_up(rows)}; }

}  // namespace

void Int8Dense::begin(const Int8Options& options, const RoundingPlace& place) {
  state_.begin(options, place, "fully connected layer");
}

void Int8Dense::multiply(const Eigen::Map<const MatrixF>& weights, float scale, const MatrixF& x, Index count,
                         MatrixF& z) {
  outputs_ = weights.rows();
  inputs_ = weights.cols() - 1;
  scale_ = scale;
  if (count != count_) {
    input_columns_.emplace(columns_of(inputs_, count));
    output_columns_.emplace(columns_of(outputs_, count));
  }
  count_ = count;
  const MatrixF seen = compact(x, inputs_, count);
  state_.take_weights(weights.data(), outputs_ * inputs_);
  state_.take_inputs(seen.data(), seen.size());
  weights_.resize(outputs_, rounded_up(inputs_));
  weights_.fill(state_.weights().data(), 1, outputs_, inputs_);
  VectorF start = VectorF::Zero(padded_rows(outputs_));
  start.head(outputs_) = scale * weights.col(inputs_);
  multiply_strip(weights_, *input_columns_, state_.inputs().data(),
                 scale * (state_.input_step() * state_.weight_step()), start.data(), z.data(),
                 multiples(z.rows(), count), room_);
  z.rightCols(z.cols() - count).setZero();
}

void Int8Dense::take_gradient(const MatrixF& delta) {
  const MatrixF seen = compact(delta, outputs_, count_);
  state_.take_gradient(seen.data(), seen.size());
}

void Int8Dense::multiply_back(MatrixF& by_inputs) {
  weights_.resize(inputs_, rounded_up(outputs_));
  weights_.fill(state_.weights().data(), outputs_, 1, outputs_);
  by_inputs.setZero();
  multiply_strip(weights_, *output_columns_, state_.gradient().data(),
                 scale_ * (state_.gradient_step() * state_.weight_step()), nullptr, by_inputs.data(),
                 multiples(by_inputs.rows(), count_), room_);
}

void Int8Dense::by_weights(Eigen::Ref<MatrixF> gradient) {
  sums_.resize(outputs_, rounded_up(inputs_));
  add_strip_gradient(state_.gradient().data(), rounded_up(outputs_), *input_columns_, state_.inputs().data(), sums_,
                     room_);
  const float scale = scale_ * (state_.gradient_step() * state_.input_step());
  for (Index k = 0; k < inputs_; ++k)
    for (Index o = 0; o < outputs_; ++o) gradient(o, k) = scale * static_cast<float>(sums_.at(o, k));
}

}  // namespace predcorr::models
