// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>

#include "core/base/matrix.hpp"

namespace predcorr {

/// How a row of inputs is an image: pixel (y, x) of channel c is input (y * width + x) * channels + c.
struct ImageShape {
  Index height = 1, width = 1, channels = 1;

  Index size() const { return height * width * channels; }
  /// Whether rows of so many inputs are such images.
  bool fits(Index inputs) const { return height >= 1 && width >= 1 && channels >= 1 && size() == inputs; }
  std::string text() const { return fmt::format("{} x {} x {}", height, width, channels); }
  friend bool operator==(const ImageShape&, const ImageShape&) = default;
};

}  // namespace predcorr
