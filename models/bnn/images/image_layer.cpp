// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/image_layer.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/linalg/huge_pages.hpp"
#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/images/channel_groups.hpp"

namespace predcorr::models {

void flatten(const ConstImageValues& values, const ImageShape& shape, Index i, float* column) {
  const Index pixels = shape.height * shape.width;
  Eigen::Map<MatrixF>(column, shape.channels, pixels) = values.block(0, i * pixels, shape.channels, pixels);
}

void unflatten(const float* column, const ImageShape& shape, Index i, ImageValues values) {
  const Index pixels = shape.height * shape.width;
  values.block(0, i * pixels, shape.channels, pixels) = Eigen::Map<const MatrixF>(column, shape.channels, pixels);
}

ImageValues ImageBuffer::take(const ImageShape& shape, Index images) {
  return take(padded_rows(shape.channels), images * shape.height * shape.width);
}

ImageValues ImageBuffer::take(Index rows, Index columns) {
  if (values_.size() < rows * columns) {
    values_.resize(rows * columns);
    prefer_huge_pages(values_.data(), static_cast<std::size_t>(values_.size()) * sizeof(float));
  }
  return {values_.data(), rows, columns};
}

Index WeightBlock::pixels() const { return layer == nullptr ? 1 : layer->output().height * layer->output().width; }

std::size_t ImageLayer::trace(std::size_t group, const char*, ChannelGroups& groups) const {
  groups.place(this, group, group);
  return group;
}

ImageShape Window::output(const ImageShape& input, Index channels, const std::string& layer) const {
  require(input.height + 2 * padding_y >= height && input.width + 2 * padding_x >= width, ErrorKind::config,
          "{}: a window of {} x {} does not fit into an image of {} x {} with {} and {} zeros around it", layer, height,
          width, input.height, input.width, padding_y, padding_x);
  return {output_height(input.height), output_width(input.width), channels};
}

std::string Window::describe() const {
  return fmt::format("{}x{}{}", height, width, stride == 1 ? "" : fmt::format(", stride {}", stride));
}

}  // namespace predcorr::models
