// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/images/image_layer.hpp"

namespace predcorr::models {

/// The greatest value in a window, of each channel; the zeros around an image do not count. What comes back goes to the
/// first of the greatest.
std::unique_ptr<ImageLayer> max_pool(const ImageShape& input, const Window& window);

/// The mean over a window, the zeros around an image included.
std::unique_ptr<ImageLayer> average_pool(const ImageShape& input, const Window& window);

/// The mean of each channel over the whole image: one pixel.
std::unique_ptr<ImageLayer> global_average_pool(const ImageShape& input);

}  // namespace predcorr::models
