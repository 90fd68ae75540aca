// SPDX-License-Identifier: Apache-2.0
#include "results/store/draft_folder.hpp"

#include "core/base/files.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;

TEST_CASE("draft folder: it is there whole, or not at all", "[results]") {
  const test::TemporaryFolder folder;
  const fs::path final = folder.path() / "final";
  fs::path draft;
  {
    const DraftFolder given_up(final);
    draft = given_up.path();
    write_text_atomically(draft / "file", "text");
    CHECK_FALSE(fs::exists(final));
  }
  CHECK_FALSE(fs::exists(draft));
  {
    const DraftFolder kept(final);
    write_text_atomically(kept.path() / "file", "text");
    kept.put_in_place();
  }
  CHECK(read_text_file(final / "file") == "text");
  const DraftFolder second(final);
  CHECK_THAT(test::error_of([&] { second.put_in_place(); }), test::contains("cannot be put in place"));
}

}  // namespace
}  // namespace predcorr
