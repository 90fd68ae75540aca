// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"

namespace predcorr {

// Functions of many floats at a time, by Eigen's polynomials: additions and products alone, so that every processor of
// an instruction level gives the same bits. Eigen as a whole is built with EIGEN_FAST_MATH=0, since its fast square
// roots begin with an estimate (rsqrtps) that Intel's and AMD's processors make differently; that switches these off,
// too.

/// sine(i) = sin(angle(i)), cosine(i) = cos(angle(i)); error below 2 units in the last place for |angle| < 100.
/// All three have one size and do not overlap.
void sine_and_cosine(const Eigen::Ref<const VectorF>& angle, Eigen::Ref<VectorF> sine, Eigen::Ref<VectorF> cosine);

/// values(i) = tanh(values(i)), to some 5 units in the last place.
void tanh_in_place(Eigen::Ref<MatrixF> values);

}  // namespace predcorr
