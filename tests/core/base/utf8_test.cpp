// SPDX-License-Identifier: Apache-2.0
#include "core/base/text.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using namespace std::string_literals;

TEST_CASE("utf-8: well-formed characters of one to four bytes, as Unicode's table 3-7 has them", "[core]") {
  // The first and last character of each length and row of the table.
  for (const std::string& text :
       {""s, "\x00"s, "\x7F"s, "\xC2\x80"s, "\xDF\xBF"s, "\xE0\xA0\x80"s, "\xED\x9F\xBF"s, "\xEE\x80\x80"s,
        "\xEF\xBF\xBF"s, "\xF0\x90\x80\x80"s, "\xF4\x8F\xBF\xBF"s, "H\xC3\xA4rte \xE2\x86\x93 \xF0\x9F\x98\x80"s}) {
    CAPTURE(text);
    CHECK(utf8_prefix(text) == text.size());
    CHECK(to_utf8(text) == text);
  }
}

TEST_CASE("utf-8: what is not ends the prefix, and is replaced byte by byte", "[core]") {
  for (const std::string& bad :
       {"\xE4"s, "\x80"s, "\xC0\x80"s, "\xC1\xBF"s, "\xE0\x9F\xBF"s, "\xED\xA0\x80"s, "\xF0\x8F\xBF\xBF"s,
        "\xF4\x90\x80\x80"s, "\xF5\x80\x80\x80"s, "\xFF\xFE"s, "\xC3"s, "\xE2\x86"s, "\xF0\x9F\x98"s, "\xC3("s}) {
    CAPTURE(bad);
    CHECK(utf8_prefix("ab" + bad) == 2);
    CHECK(utf8_prefix(to_utf8("ab" + bad + "c")) == to_utf8("ab" + bad + "c").size());
  }
  CHECK(to_utf8("H\xE4rte") == "H\xEF\xBF\xBDrte");
}

}  // namespace
}  // namespace predcorr
