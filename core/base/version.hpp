// SPDX-License-Identifier: Apache-2.0
#pragma once

/// predcorr's version; CMakeLists.txt reads it from here.
#define PREDCORR_VERSION "0.1.0"
