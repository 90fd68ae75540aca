// SPDX-License-Identifier: Apache-2.0
#include "datasets/images/rotation.hpp"

#include <boost/math/special_functions/cos_pi.hpp>
#include <boost/math/special_functions/sin_pi.hpp>
#include <cmath>

#include "core/base/error.hpp"

namespace predcorr::datasets {

Matrix rotated(const Eigen::Ref<const Matrix>& image, double degrees) {
  require(std::isfinite(degrees), ErrorKind::data, "a rotation's angle must be finite, got {}", degrees);
  const Index height = image.rows(), width = image.cols();
  // Of a right angle these are 0 and 1 exactly, which cos(pi / 2) is not; beyond a turn boost::math loses digits.
  const double turns = std::remainder(degrees, 360.0) / 180;
  const double c = boost::math::cos_pi(turns), s = boost::math::sin_pi(turns);
  const double middle_y = 0.5 * static_cast<double>(height - 1), middle_x = 0.5 * static_cast<double>(width - 1);
  const auto pixel = [&](Index y, Index x) { return y >= 0 && y < height && x >= 0 && x < width ? image(y, x) : 0.0; };
  Matrix turned(height, width);
  for (Index x = 0; x < width; ++x)
    for (Index y = 0; y < height; ++y) {
      const double down = static_cast<double>(y) - middle_y, right = static_cast<double>(x) - middle_x;
      const double from_y = c * down + s * right + middle_y, from_x = c * right - s * down + middle_x;
      const double top = std::floor(from_y), left = std::floor(from_x);
      const double v = from_y - top, u = from_x - left;
      const auto i = static_cast<Index>(top), j = static_cast<Index>(left);
      turned(y, x) = (1 - v) * ((1 - u) * pixel(i, j) + u * pixel(i, j + 1)) +
                     v * ((1 - u) * pixel(i + 1, j) + u * pixel(i + 1, j + 1));
    }
  return turned;
}

}  // namespace predcorr::datasets
