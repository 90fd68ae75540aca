// SPDX-License-Identifier: Apache-2.0
// What a real plug-in does is tested by tests/plugin/check.sh, against an installation.
#include "harness/plugin_loader.hpp"

#include "core/base/files.hpp"
#include "core/plugins/abi.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr {
namespace {

using test::contains;
using test::error_of;

TEST_CASE("plug-in: a stamp has five parts, and equals itself", "[harness]") {
  const auto parts = read_abi_stamp(kAbiStamp);
  CHECK(parts.size() == 5);
  CHECK(parts.at("predcorr") == PREDCORR_VERSION);
  CHECK(parts.at("Eigen's alignment in bytes") == std::to_string(EIGEN_MAX_ALIGN_BYTES));
  CHECK(abi_difference(kAbiStamp, kAbiStamp).empty());
  for (const char* malformed : {"", "predcorr-abi{", "predcorr-abi{a}", "other{a=1}"})
    CHECK(read_abi_stamp(malformed).empty());
}

TEST_CASE("plug-in: a difference says what is there and what is here", "[harness]") {
  CHECK(abi_difference("predcorr-abi{a=1;b=x}", "predcorr-abi{a=2;b=x;c=3}") ==
        "a: 1 there, 2 here; c: unknown there, 3 here");
}

TEST_CASE("plug-in: files that are none are refused before they are loaded", "[harness]") {
  const test::TemporaryFolder folder;
  const auto file = folder / "lib.so";
  CHECK_THAT(error_of([&] { load_plugin(file); }), contains("lib.so"));
  write_text_atomically(file, "text");
  CHECK_THAT(error_of([&] { load_plugin(file); }), contains("is no plug-in of predcorr"));
  write_text_atomically(file, "predcorr-abi{predcorr=0.0.1;compiler=gcc 2}");
  CHECK_THAT(error_of([&] { load_plugin(file); }),
             contains("predcorr: 0.0.1 there, " PREDCORR_VERSION " here") && contains("rebuild it"));
  // The right stamp, but no library.
  write_text_atomically(file, kAbiStamp);
  CHECK_THAT(error_of([&] { load_plugin(file); }), contains("cannot be loaded"));
  // One stamp that fits does not make up for another that does not.
  write_text_atomically(file, std::string(kAbiStamp) + "predcorr-abi{predcorr=0.0.1}");
  CHECK_THAT(error_of([&] { load_plugin(file); }), contains("0.0.1 there"));
}

}  // namespace
}  // namespace predcorr
