// SPDX-License-Identifier: Apache-2.0
#pragma once

// All that a plug-in needs: #include <predcorr/plugin.hpp>. What these headers include is installed, and no other.

#include "core/base/parallel.hpp"
#include "core/base/stream.hpp"
#include "core/kernels/kernel.hpp"
#include "core/linalg/cholesky.hpp"
#include "core/prediction/conditioning.hpp"
#include "core/prediction/joint_prediction.hpp"
#include "datasets/dataset_source.hpp"
#include "metrics/active_learning/criterion.hpp"
#include "metrics/metric.hpp"
#include "models/model.hpp"
