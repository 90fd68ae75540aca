// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <optional>

#include "models/bnn/images/image_layer.hpp"

namespace predcorr::models {

/// Zeros around one image, and its channels side by side: what strips run over.
struct Frame {
  Index top = 0, bottom = 0, left = 0, right = 0;
  Index channels = 0;  ///< of a pixel in the frame: as many as the image has, or more, which are zero

  Index width(const ImageShape& image) const { return left + image.width + right; }
  Index size(const ImageShape& image) const { return (top + image.height + bottom) * width(image) * channels; }

  /// The places around the image are left as they are.  @param from the image's columns, `stride` numbers apart
  template <class T>
  void fill(const ImageShape& image, const T* from, Index stride, T* to) const {
    for (Index y = 0; y < image.height; ++y) {
      T* row = to + ((top + y) * width(image) + left) * channels;
      const T* pixel = from + y * image.width * stride;
      if (stride == channels)
        std::memcpy(row, pixel, static_cast<std::size_t>(image.width * channels) * sizeof(T));
      else
        for (Index x = 0; x < image.width; ++x)
          std::memcpy(row + x * channels, pixel + x * stride, static_cast<std::size_t>(image.channels) * sizeof(T));
    }
  }
};

/// Where a convolution's numbers lie: patches in the framed image, and, for the gradient by the image, patches in the
/// framed gradient of the output.
///
/// Inputs whose position is the same modulo the stride see the same taps of the window. Their gradient is a convolution
/// of the output's gradient, without stride, by those taps in reverse order; so there is one such product for each pair
/// of phases, and no product with a zero that a stride leaves. A pair that has no inputs, or whose inputs no window
/// sees, has none.
class ConvolutionGeometry {
 public:
  /// @param round channels in frames are rounded up to multiples of it
  ConvolutionGeometry(const ImageShape& input, const ImageShape& output, const Window& window, Index round = 1);

  /// Of inputs whose gradient is one product.
  struct Return {
    Index depth;                        ///< numbers of a run: taps of a row times output channels
    std::vector<Index> offsets;         ///< of runs: the taps' rows
    std::vector<Index> starts, places;  ///< of patches in the framed gradient, of pixels in the gradient by the image

    Index numbers() const { return std::ssize(offsets) * depth; }  ///< of a patch
  };

  /// Where a tap of the window is in the patches of a return.
  struct TapPlace {
    std::size_t in;  ///< which return
    Index place;
  };

  ImageShape input, output;
  Window window;
  Frame frame, back_frame;            ///< of the image, of the output's gradient
  Index depth;                        ///< numbers of a patch's run
  std::vector<Index> offsets;         ///< of a patch's runs
  std::vector<Index> starts, places;  ///< of patches in the framed image, of pixels in the output
  std::vector<Return> returns;
  bool sees_all_inputs = true;  ///< or some inputs' gradient is zero and in no return

  /// Where in a patch's column a tap's channel c is.
  Index column(Index tap, Index c) const { return tap * frame.channels + c; }
  /// The same in the patches of a return, by the tap's place there and the output channel.
  Index return_column(const TapPlace& tap, Index o) const { return tap.place * back_frame.channels + o; }
  /// Null where no input is seen through the tap.
  const TapPlace* place_of(Index tap) const {
    const auto& place = tap_places_[static_cast<std::size_t>(tap)];
    return place ? &*place : nullptr;
  }

 private:
  std::vector<std::optional<TapPlace>> tap_places_;
};

}  // namespace predcorr::models
