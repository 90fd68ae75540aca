# SPDX-License-Identifier: Apache-2.0
# Makes predcorr_build_info.hpp at every build, and rewrites it only when something in it has changed.
if(CMAKE_SCRIPT_MODE_FILE)
  execute_process(COMMAND git -C ${SOURCE} rev-parse --short=12 HEAD OUTPUT_VARIABLE commit ERROR_QUIET
                  OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
  if(status EQUAL 0)
    # Published results do not decide what the program computes; remaking them must not mark it as changed.
    execute_process(COMMAND git -C ${SOURCE} status --porcelain -- . ":!results/published"
                    ":!results/references" OUTPUT_VARIABLE changes ERROR_QUIET)
    if(changes)
      string(APPEND commit "-dirty")
    endif()
  else()
    set(commit unknown)
  endif()
  file(CONFIGURE OUTPUT ${OUTPUT} CONTENT [[// made by cmake/build_info.cmake
#pragma once
namespace predcorr::build_info {
inline constexpr const char* kVersion = "@VERSION@";
inline constexpr const char* kCommit = "@commit@";
inline constexpr const char* kCompiler = "@COMPILER@";
inline constexpr const char* kFlags = "@FLAGS@";
inline constexpr const char* kLevel = "@LEVEL@";
}  // namespace predcorr::build_info
]] @ONLY)
  return()
endif()

set(PREDCORR_BUILD_INFO_DIR ${CMAKE_CURRENT_BINARY_DIR}/generated)
string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
set(flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}}")
list(JOIN PREDCORR_LEVEL_FLAGS " " level_flags)
list(JOIN PREDCORR_SANITIZE_FLAGS " " sanitize_flags)
string(APPEND flags " ${level_flags} ${sanitize_flags}")
string(STRIP "${flags}" flags)
add_custom_target(predcorr_build_info
  BYPRODUCTS ${PREDCORR_BUILD_INFO_DIR}/predcorr_build_info.hpp
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_CURRENT_SOURCE_DIR}
          -DOUTPUT=${PREDCORR_BUILD_INFO_DIR}/predcorr_build_info.hpp -DVERSION=${PROJECT_VERSION}
          "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}" "-DFLAGS=${flags}" -DLEVEL=${PREDCORR_LEVEL}
          -P ${CMAKE_CURRENT_LIST_FILE}
  VERBATIM)
