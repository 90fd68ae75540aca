# SPDX-License-Identifier: Apache-2.0
# compile_by_folder(TARGET SOURCE ...): some sources of one folder at a time are compiled as one. What costs is not the
# code but Eigen, JSON and fmt, whose templates each compilation instantiates anew. The bits of results do not depend on
# it, since no sum is fused or reordered by what a compiler happens to inline (cmake/instruction_level.cmake).
set(PREDCORR_UNITY_SIZE 10 CACHE STRING "Sources of one folder that PREDCORR_UNITY compiles as one")

function(compile_by_folder target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  foreach(source ${ARGN})
    get_filename_component(folder ${source} DIRECTORY)
    string(MAKE_C_IDENTIFIER "${folder}" name)
    math(EXPR group "0${count_${name}} / ${PREDCORR_UNITY_SIZE}")
    math(EXPR count_${name} "0${count_${name}} + 1")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${name}_${group})
  endforeach()
endfunction()
