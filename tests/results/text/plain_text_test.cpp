// SPDX-License-Identifier: Apache-2.0
#include "results/text/plain_text.hpp"

#include "tests/support/catch.hpp"

namespace predcorr {
namespace {

TEST_CASE("plain text: what would break a table of Markdown is escaped", "[results]") {
  CHECK(markdown_escaped("a|b") == "a\\|b");
  CHECK(markdown_escaped("*a* `b` <c> d\\e f_g") == "\\*a\\* \\`b\\` \\<c> d\\\\e f_g");
  CHECK(markdown_escaped("a\nb\x1b[31m") == "a\\\\nb\\\\u001b[31m");
}

TEST_CASE("plain text: messages that differ in numbers only are alike", "[results]") {
  CHECK(without_numbers("R-hat 1.25 after 400 draws") == without_numbers("R-hat 1.3e+02 after 4 draws"));
  CHECK(without_numbers("x 1e-5.") == "x #.");
  CHECK(without_numbers("12.5e3e") == "#e");
  CHECK(without_numbers("epoch") == "epoch");
  CHECK(without_numbers("R-hat 1") != without_numbers("drift 1"));
}

}  // namespace
}  // namespace predcorr
