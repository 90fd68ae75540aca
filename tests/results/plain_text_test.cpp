// SPDX-License-Identifier: Apache-2.0
#include "results/plain_text.hpp"

#include "tests/support/catch.hpp"

namespace predcorr {
namespace {

TEST_CASE("plain text: no control character goes out", "[results]") {
  CHECK(printable("a\x1b[31mb") == "a\\x1b[31mb");
  CHECK(printable("a\nb\tc\r") == "a b c ");
  CHECK(printable(std::string("\0\x7f", 2)) == "\\x00\\x7f");
  CHECK(printable("\xC2\x9B"
                  "2J") == "\\x9b2J");
  CHECK(printable("H\xC3\xA4rte \xC2\xB1 \xE2\x86\x91") == "H\xC3\xA4rte \xC2\xB1 \xE2\x86\x91");
}

TEST_CASE("plain text: what would break a table of Markdown is escaped", "[results]") {
  CHECK(markdown_escaped("a|b") == "a\\|b");
  CHECK(markdown_escaped("*a* `b` <c> d\\e f_g") == "\\*a\\* \\`b\\` \\<c> d\\\\e f_g");
  CHECK(markdown_escaped("a\nb") == "a b");
}

TEST_CASE("plain text: long text is cut between characters", "[results]") {
  CHECK(shortened("abc", 3) == "abc");
  CHECK(shortened("abcdef", 3) == "abc... (3 more bytes)");
  CHECK(shortened("ab\xC2\xB1"
                  "c",
                  3) == "ab... (3 more bytes)");
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
