// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/base/matrix.hpp"

namespace predcorr::models {

/// What a hidden unit does to its pre-activation z. SiLU is z / (1 + e^-z); erf is the error function, whose infinite
/// networks have a kernel in closed form.
enum class Activation { relu, tanh, silu, erf };

const std::vector<std::string>& activation_names();
/// @throws Error (config) for a name that is not one of them
Activation activation_named(const std::string& name);

/// z becomes the activation of z. @param slope written: its derivative there, of z's size
void activate(Activation activation, Eigen::Ref<MatrixF> z, MatrixF& slope);

}  // namespace predcorr::models
