// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "core/linalg/fused.hpp"

namespace predcorr::models {

/// Vectors of floats as wide as the processor level has them, for hand-written products. How wide they are decides no
/// bit of a result: each lane is a sum of its own, in an order that the sizes give.
#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

using Lanes = LanesOf<float, kLanes>::Type;

inline Lanes load(const float* from) { return *reinterpret_cast<const Lanes*>(from); }
inline Lanes broadcast(float value) { return value - Lanes{}; }
inline void store(float* to, Lanes value) { *reinterpret_cast<Lanes*>(to) = value; }

}  // namespace predcorr::models
