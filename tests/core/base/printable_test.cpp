// SPDX-License-Identifier: Apache-2.0
#include "core/base/text.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("what a terminal would take for a command is written out", "[core]") {
  CHECK(printable("a\x1b[31mb") == "a\\u001b[31mb");
  CHECK(printable("bell\a, back\b, null" + std::string(1, '\0')) == "bell\\u0007, back\\u0008, null\\u0000");
  CHECK(printable("\x7f \xC2\x9B"
                  "2J") == "\\u007f \\u009b2J");                // DEL, and CSI in one character
  CHECK(printable("user\xE2\x80\xAEgpj") == "user\\u202egpj");  // from right to left
  CHECK(printable("two\nlines\tand tabs") == "two\nlines\tand tabs");
  CHECK(printable_line("two\nlines\tand\r tabs") == "two\\nlines\\tand\\r tabs");
  CHECK(printable("home\r") == "home\\r");  // it would write over the line
  const std::string text = "Zr/Cu \xC3\xA9 \xE2\x88\x9A \xF0\x9F\x98\x80 ~";
  CHECK(printable(text) == text);
  CHECK(printable_line("").empty());
}

TEST_CASE("bytes that are no UTF-8 are written out", "[core]") {
  CHECK(printable("\xff") == "\\xff");
  CHECK(printable("\xe9t\xe9") == "\\xe9t\\xe9");  // Latin-1
  CHECK(printable("\x9b"
                  "2J") ==
        "\\x9b"
        "2J");                                                     // CSI in eight bits
  CHECK(printable("\xC0\xAF") == "\\xc0\\xaf");                    // '/' in two bytes
  CHECK(printable("\xE0\x80\xAF") == "\\xe0\\x80\\xaf");           // and in three
  CHECK(printable("\xED\xA0\x80") == "\\xed\\xa0\\x80");           // half a pair of UTF-16
  CHECK(printable("\xF4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
  CHECK(printable("\xE2\x88") == "\\xe2\\x88");                    // cut
}

TEST_CASE("long texts are cut between characters, and it is said how long they were", "[core]") {
  CHECK(shortened("abc", 3) == "abc");
  CHECK(shortened("abcd", 3) == "abc... (4 bytes in all)");
  CHECK(shortened("ab\xC3\xA9", 3) == "ab... (4 bytes in all)");
  CHECK(shortened(std::string(500000, 'x'), 10) == "xxxxxxxxxx... (500000 bytes in all)");
}

TEST_CASE("labels are printable and short; names of folders also lead nowhere", "[core]") {
  for (const std::string& good : {std::string("gp, Matern 3-2"), std::string("..."), std::string("a|b"),
                                  std::string("\xE2\x88\x9A"), std::string(120, 'x')}) {
    CHECK_NOTHROW(check_label(good, "s"));
    CHECK_NOTHROW(check_name(good, "s"));
  }
  for (const std::string& bad : {std::string(), std::string("  "), std::string("a\nb"), std::string("a\x1b[31mb"),
                                 std::string("a\xff"), std::string("a\0b", 3), std::string(121, 'x')}) {
    INFO(bad);
    const std::string error = test::error_of([&] { check_label(bad, "suite.json: label"); });
    CHECK(test::missing(error, {"config: suite.json: label: must be at most 120 bytes", "got '"}) == "");
    CHECK(printable_line(error) == error);
    CHECK(test::error_of([&] { check_name(bad, "suite.json: label"); }) == error);
  }
  for (const std::string& way_out : {std::string("."), std::string(".."), std::string("../../x"), std::string("/etc"),
                                     std::string("gp, Matern 3/2")}) {
    CHECK_NOTHROW(check_label(way_out, "s"));
    const std::string error = test::error_of([&] { check_name(way_out, "suite.json: name"); });
    CHECK(test::missing(error, {"config: suite.json: name: names a folder", "no '/'", "got '" + way_out}) == "");
  }
}

}  // namespace
}  // namespace predcorr
