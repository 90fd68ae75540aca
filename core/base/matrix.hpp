// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <vector>

namespace predcorr {

using Index = Eigen::Index;

/// Rows are points, columns are features. Double everywhere but inside networks, which use the float forms.
using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using MatrixF = Eigen::MatrixXf;
using VectorF = Eigen::VectorXf;

/// Row-major: a factor's row belongs to one point, so a gathered row is contiguous.
using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowMatrixF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Numbers of rows (of a data set, of a prediction), in the order they are to be taken.
using Rows = std::vector<Index>;

/// first, first + 1, ..., first + count - 1.
Rows consecutive_rows(Index first, Index count);

/// One rows after the other.
Rows joined(const Rows& a, const Rows& b);

}  // namespace predcorr
