# SPDX-License-Identifier: Apache-2.0
# compile_together(TARGET SOURCE ...): some neighbouring sources of one top-level folder at a time are compiled as one.
# What costs is not the code but Eigen, JSON and fmt, whose templates each compilation instantiates anew. The bits of
# results do not depend on it, since no sum is fused or reordered by what a compiler happens to inline
# (cmake/instruction_level.cmake).
set(PREDCORR_UNITY_SIZE 10 CACHE STRING "Sources that PREDCORR_UNITY compiles as one")

function(compile_together target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  foreach(source ${ARGN})
    string(REGEX REPLACE "/.*" "" folder ${source})
    math(EXPR group "0${count_${folder}} / ${PREDCORR_UNITY_SIZE}")
    math(EXPR count_${folder} "0${count_${folder}} + 1")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder}_${group})
  endforeach()
endfunction()
