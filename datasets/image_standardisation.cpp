// SPDX-License-Identifier: Apache-2.0
#include "datasets/image_standardisation.hpp"

#include "core/base/error.hpp"

namespace predcorr {

Standardisation standardisation_by_channel(const Eigen::Ref<const Matrix>& rows, const ImageShape& image) {
  require(rows.cols() == image.size(), ErrorKind::shape, "images of {} have {} inputs; there are {}", image.text(),
          image.size(), rows.cols());
  const Index n = rows.rows(), pixels = image.height * image.width;
  Standardisation all = Standardisation::none(rows.cols());
  Matrix channel(n * pixels, 1);  // one at a time: of large images this copy is what memory is spent on
  for (Index c = 0; c < image.channels; ++c) {
    for (Index pixel = 0; pixel < pixels; ++pixel)
      channel.col(0).segment(pixel * n, n) = rows.col(pixel * image.channels + c);
    const Standardisation one = Standardisation::of(channel);
    for (Index pixel = 0; pixel < pixels; ++pixel) {
      all.mean(pixel * image.channels + c) = one.mean(0);
      all.scale(pixel * image.channels + c) = one.scale(0);
    }
  }
  return all;
}

}  // namespace predcorr
