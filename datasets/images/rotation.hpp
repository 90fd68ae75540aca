// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"

namespace predcorr::datasets {

/// An image of one channel, turned about its centre ((h - 1) / 2, (w - 1) / 2), in a frame of the same size. With c and
/// s the angle's cosine and sine, and (y, x) counted from the centre, downwards and to the right,
///
///   turned(y, x) = image(c y + s x, c x - s y)
///
/// where `image` between pixels is bilinear and beyond them falls to 0 within one pixel, as if a frame of zeros lay
/// around it: scipy.ndimage.rotate(image, degrees, order=1, reshape=False, mode="grid-constant"). Turns by multiples of
/// 90 degrees of an image as wide as high are exact.
/// @param image h x w, row 0 at the top  @param degrees counter-clockwise, as one sees it
/// @throws Error (data) where the angle is not finite  Cost: 4 h w.
Matrix rotated(const Eigen::Ref<const Matrix>& image, double degrees);

}  // namespace predcorr::datasets
