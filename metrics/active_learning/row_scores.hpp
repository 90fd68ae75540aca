// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"

namespace predcorr::metrics {

/// sum_t log(left_t - x_t^2 / variance), where each term is at least the part of a variance that rounding cannot tell
/// from none (1e-14; in float 1e-6). Logarithms are taken of products of several terms, which is what makes it fast:
/// six operations an entry and a logarithm for every 20 (in float every 5).
/// @param x, left n numbers
double sum_of_logs(const double* x, const double* left, Index n, double variance);
double sum_of_logs(const float* x, const float* left, Index n, double variance);

}  // namespace predcorr::metrics
