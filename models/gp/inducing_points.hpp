// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"
#include "core/base/stream.hpp"

namespace predcorr::models {

/// Centres of k-means clusters: k-means++ seeds, then Lloyd's iterations (ten at most). Where x has no more than
/// `count` distinct rows, those rows.  @param x n x d  @return at most count x d   Cost: 11 n count d.
/// Source: Arthur & Vassilvitskii 2007.
Matrix inducing_points(const Matrix& x, Index count, Stream stream);

}  // namespace predcorr::models
