// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "metrics/metric.hpp"

namespace predcorr {

/// Every score that a registered metric can give, by key; a part "*" stands for names known only at run time.
std::map<std::string, ScoreInfo> described_scores();

}  // namespace predcorr
