// SPDX-License-Identifier: Apache-2.0
#include "results/store/provenance.hpp"

#include <curl/curlver.h>
#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <openssl/opensslv.h>
#include <sys/utsname.h>
#include <tbb/version.h>
#include <zip.h>

#include <CLI/Version.hpp>
#include <Eigen/Core>
#include <boost/version.hpp>
#include <fstream>
#include <sstream>
#include <thread>

#include "predcorr_build_info.hpp"  // made by cmake/build_info.cmake

namespace predcorr {
namespace {

/// The value of a "key : value" or "key: value" line of a /proc file.
std::string proc_line(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.compare(0, key.size(), key) == 0) {
      const auto value = line.find_first_not_of(" \t", line.find(':') + 1);
      return value == std::string::npos ? "" : line.substr(value);
    }
  return "";
}

std::string operating_system() {
  utsname name{};
  if (uname(&name) != 0) return "unknown";
  std::ifstream in("/etc/os-release");
  for (std::string line; std::getline(in, line);)
    if (line.compare(0, 12, "PRETTY_NAME=") == 0)
      return fmt::format("{} ({} {})", line.substr(13, line.size() - 14), name.sysname, name.machine);
  return fmt::format("{} {}", name.sysname, name.machine);
}

/// On which machines the numbers come out bit for bit. Beside the instruction level the mathematical functions matter:
/// glibc takes those with fused multiplication where the processor has it, which every x86-64-v3 does.
std::string remade_on() {
  const std::string level = build_info::kLevel;
  const std::string rest = ", with the same compiler, flags and libraries";
  if (level == "native") return "processors of this model" + rest;
  if (level == "x86-64")
    return fmt::format("x86-64 processors {} FMA", __builtin_cpu_supports("fma") ? "with" : "without") + rest;
  return fmt::format("every processor that has {}", level) + rest;
}

}  // namespace

std::string version() { return build_info::kVersion; }
std::string commit() { return build_info::kCommit; }

Json provenance() {
  return {{"predcorr", version()},
          {"commit", commit()},
          {"compiler", build_info::kCompiler},
          {"flags", build_info::kFlags},
          {"level", build_info::kLevel},
          {"remade_on", remade_on()},
          {"instruction_sets", Eigen::SimdInstructionSetsInUse()},
          {"cpu", proc_line("/proc/cpuinfo", "model name")},
          {"cores", std::thread::hardware_concurrency()},
          {"system", operating_system()},
          {"libraries",
           {{"glibc", gnu_get_libc_version()},
            {"eigen", fmt::format("{}.{}.{}", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION)},
            {"boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
            {"onetbb", fmt::format("{}.{}", TBB_VERSION_MAJOR, TBB_VERSION_MINOR)},
            {"nlohmann_json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                          NLOHMANN_JSON_VERSION_PATCH)},
            {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
            {"cli11", CLI11_VERSION},
            {"libzip", LIBZIP_VERSION},
            {"libcurl", LIBCURL_VERSION},
            {"openssl", OPENSSL_VERSION_TEXT}}}};
}

double peak_resident_bytes() {
  std::istringstream line(proc_line("/proc/self/status", "VmHWM:"));
  double kilobytes = 0;
  line >> kilobytes;
  return kilobytes * 1024;
}

void reset_peak_resident_bytes() { std::ofstream("/proc/self/clear_refs") << "5"; }

}  // namespace predcorr
