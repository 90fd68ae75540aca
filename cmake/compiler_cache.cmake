# SPDX-License-Identifier: Apache-2.0
# ccache is used where it is installed and no other launcher is asked for. What its manual asks for with precompiled
# headers is set here; without it nothing that uses one would ever be found again.
find_program(PREDCORR_CCACHE ccache DOC "Compiler cache; empty: none")
if(PREDCORR_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${PREDCORR_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    add_compile_options(-fpch-preprocess)
  elseif(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()
