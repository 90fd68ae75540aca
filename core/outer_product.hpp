// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/linalg.hpp"

namespace predcorr {

/// c -= a b', the one product all large factorisations here are made of. Own code because it is where a Gaussian
/// process spends its time: on AVX2 and AVX-512 machines it runs at 90 % of the peak, Eigen's product at 65 %
/// (benchmarks/README.md). One thread; the order of summation depends on the sizes alone.
/// @param a m x k  @param b n x k  @param c m x n, overlapping neither  Cost: 2 m n k.
void subtract_outer_product(const Eigen::Ref<const Matrix>& a, const Eigen::Ref<const Matrix>& b, Eigen::Ref<Matrix> c);

}  // namespace predcorr
