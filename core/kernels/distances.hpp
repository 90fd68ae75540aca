// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"

namespace predcorr {

/// ||(x_i - z_j) / l||^2 with one length-scale per column, or one for all: n x m. Sums of squared differences, not
/// |x|^2 - 2 x'z + |z|^2, whose cancellation costs a Matern kernel half of its digits. Cost: 3 n m d.
/// @throws Error (shape) if `length_scales` has neither 1 nor d entries, or x and z differ in columns
Matrix scaled_squared_distances(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                                const Eigen::Ref<const Vector>& length_scales);

/// Where length-scales usually start: the median distance of two points in each column, times sqrt(d) so that the
/// scaled distance stays near 1 in any dimension. At most 500 evenly spaced rows are looked at. Columns whose median
/// is 0 (few distinct values) get the mean distance, constant ones a distance of 1.
Vector median_length_scales(const Matrix& inputs);

}  // namespace predcorr
