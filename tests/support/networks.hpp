// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"
#include "models/bnn/arithmetic/activation.hpp"

namespace predcorr::test {

/// An activation in double, as one would write it down.
Matrix activated(models::Activation activation, const Matrix& before);

}  // namespace predcorr::test
