// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "datasets/problem.hpp"

namespace predcorr {

/// How images are standardised: all inputs of a channel have one mean and one population standard deviation, over all
/// pixels of all rows. Pixel by pixel, a pixel of the margin, which is hardly ever lit, would count as much as one in
/// the middle, and neighbouring pixels would no longer be alike, which convolutions rely on. A channel that is constant
/// keeps scale 1.
/// @param rows n x image.size()  @return means and scales of all image.size() inputs
/// @throws Error (shape) where the columns are not an image's  Cost: n image.size(), and a copy.
Standardisation standardisation_by_channel(const Eigen::Ref<const Matrix>& rows, const ImageShape& image);

}  // namespace predcorr
