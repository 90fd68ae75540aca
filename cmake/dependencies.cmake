# SPDX-License-Identifier: Apache-2.0
# Every library comes from the system's packages; ./run installs those that are missing.
find_package(Eigen3 3.3 REQUIRED NO_MODULE)
find_package(Boost 1.74 REQUIRED CONFIG)
find_package(TBB REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)

# libzip's package file of some distributions asks for tools that only its own tests need; its pkg-config file does not.
find_package(PkgConfig REQUIRED)
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip)
add_library(libzip_interface INTERFACE)
target_link_libraries(libzip_interface INTERFACE PkgConfig::libzip)
add_library(libzip::zip ALIAS libzip_interface)

# Header-only, without a package file.
find_path(LBFGSPP_INCLUDE_DIR LBFGSB.h REQUIRED)
find_package(Threads REQUIRED)

# Flags that change the layout of Eigen's types must be the same everywhere; so they travel with the library.
add_library(predcorr_flags INTERFACE)
include(${CMAKE_CURRENT_LIST_DIR}/instruction_level.cmake)
target_compile_options(predcorr_flags INTERFACE ${PREDCORR_LEVEL_FLAGS})
# Parallelism is oneTBB's, and no result may depend on the number of threads.
target_compile_definitions(predcorr_flags INTERFACE EIGEN_DONT_PARALLELIZE)
# Nor on who made the processor: Eigen's fast square roots begin with an estimate that differs between makers.
target_compile_definitions(predcorr_flags INTERFACE EIGEN_FAST_MATH=0)
if(PREDCORR_SANITIZE STREQUAL "address")
  # An empty matrix is a null pointer, and Eigen adds to it: what has no elements is never read.
  set(PREDCORR_SANITIZE_FLAGS -fsanitize=address,undefined -fno-sanitize=pointer-overflow -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
elseif(PREDCORR_SANITIZE STREQUAL "thread")
  set(PREDCORR_SANITIZE_FLAGS -fsanitize=thread
      -fsanitize-ignorelist=${CMAKE_CURRENT_LIST_DIR}/thread_sanitizer_ignore.txt)
elseif(PREDCORR_SANITIZE)
  message(FATAL_ERROR "PREDCORR_SANITIZE is '${PREDCORR_SANITIZE}'; it must be address, thread or nothing")
endif()
target_compile_options(predcorr_flags INTERFACE ${PREDCORR_SANITIZE_FLAGS})
target_compile_definitions(predcorr_flags INTERFACE $<$<STREQUAL:${PREDCORR_SANITIZE},thread>:PREDCORR_THREAD_SANITIZER>)
target_link_options(predcorr_flags INTERFACE ${PREDCORR_SANITIZE_FLAGS})

add_library(predcorr_warnings INTERFACE)
target_compile_options(predcorr_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion)
# GCC 12 sees overflows in std::string's own operator+ (GCC bug 105651) and, where there is AVX-512, unset registers in
# its own intrinsics (GCC bug 105593) that are not there.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(predcorr_warnings INTERFACE -Wno-stringop-overflow -Wno-restrict -Wno-array-bounds
                         -Wno-uninitialized -Wno-maybe-uninitialized)
endif()
# GCC 13 and later take any reference returned beside a temporary argument for a dangling one.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
  target_compile_options(predcorr_warnings INTERFACE -Wno-dangling-reference)
endif()
if(PREDCORR_WERROR)
  target_compile_options(predcorr_warnings INTERFACE -Werror)
endif()
