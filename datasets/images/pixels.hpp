// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "datasets/image_shape.hpp"

namespace predcorr::datasets {

/// A name for each input of an image, in the order of the inputs: "y3_x14" is row 3, column 14, both from 0 at the
/// upper left corner; of more than one channel "y3_x14_c2".
std::vector<std::string> pixel_names(const ImageShape& image);

/// For messages: "28 x 28 pixels", "32 x 48 pixels of 3 channels" (height, then width).
std::string size_in_words(const ImageShape& image);

}  // namespace predcorr::datasets
