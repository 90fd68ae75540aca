# SPDX-License-Identifier: Apache-2.0
# The same source must give the same bits on every machine that can run it. So nothing about the machine that builds
# may decide how it is compiled: the instruction level is named, tuning is generic, and a * b + c is fused only where
# the source says so (core/linalg/fused.hpp, Eigen's products), not where a compiler finds it profitable after inlining.
set(PREDCORR_LEVEL_FLAGS -march=${PREDCORR_LEVEL} -mtune=generic -ffp-contract=off)
if(PREDCORR_LEVEL STREQUAL "x86-64-v4")
  list(APPEND PREDCORR_LEVEL_FLAGS -mprefer-vector-width=512)
elseif(PREDCORR_LEVEL STREQUAL "x86-64-v3")
  list(APPEND PREDCORR_LEVEL_FLAGS -mprefer-vector-width=256)
elseif(PREDCORR_LEVEL STREQUAL "native")
  set(PREDCORR_LEVEL_FLAGS -march=native -ffp-contract=off)
elseif(NOT PREDCORR_LEVEL STREQUAL "x86-64")
  message(FATAL_ERROR "PREDCORR_LEVEL is '${PREDCORR_LEVEL}'; it must be x86-64-v3, x86-64-v4, x86-64 or native")
endif()
