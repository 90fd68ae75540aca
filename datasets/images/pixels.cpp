// SPDX-License-Identifier: Apache-2.0
#include "datasets/images/pixels.hpp"

#include <fmt/format.h>

namespace predcorr::datasets {

std::vector<std::string> pixel_names(const ImageShape& image) {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(image.size()));
  for (Index y = 0; y < image.height; ++y)
    for (Index x = 0; x < image.width; ++x)
      for (Index c = 0; c < image.channels; ++c)
        names.push_back(image.channels == 1 ? fmt::format("y{}_x{}", y, x) : fmt::format("y{}_x{}_c{}", y, x, c));
  return names;
}

std::string size_in_words(const ImageShape& image) {
  std::string words = fmt::format("{} x {} pixels", image.height, image.width);
  if (image.channels > 1) words += fmt::format(" of {} channels", image.channels);
  return words;
}

}  // namespace predcorr::datasets
