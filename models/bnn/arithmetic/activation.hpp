// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"
#include "core/plugins/parameters.hpp"

namespace predcorr::models {

/// What a hidden unit does to its pre-activation z. SiLU is z / (1 + e^-z); erf is the error function, whose infinite
/// networks have a kernel in closed form.
enum class Activation { relu, tanh, silu, erf };

EnumWords<Activation> words_of(Activation);

/// z becomes the activation of z. @param slope written: its derivative there, of z's size
void activate(Activation activation, Eigen::Ref<MatrixF> z, MatrixF& slope);

/// Its second derivative at pre-activations z.
MatrixF curvature_of(Activation activation, const Eigen::Ref<const MatrixF>& z);

}  // namespace predcorr::models
