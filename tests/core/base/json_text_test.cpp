// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_text.hpp"

#include <algorithm>
#include <sstream>

#include "tests/support/helpers.hpp"

namespace predcorr {
namespace {

TEST_CASE("readable JSON: what is short stands on one line, what is long is opened", "[core]") {
  const OrderedJson summary = {{"mean", 0.5}, {"interval", {0.25, 0.75}}, {"n", 10}};
  CHECK(readable_json(summary) == "{\"mean\": 0.5, \"interval\": [0.25, 0.75], \"n\": 10}\n");
  const OrderedJson two = {{"a", summary}, {"b", {{"c", summary}, {"d", nullptr}}}};
  CHECK(readable_json(two) ==
        "{\n"
        " \"a\": {\"mean\": 0.5, \"interval\": [0.25, 0.75], \"n\": 10},\n"
        " \"b\": {\"c\": {\"mean\": 0.5, \"interval\": [0.25, 0.75], \"n\": 10}, \"d\": null}\n"
        "}\n");
  CHECK(readable_json(OrderedJson::array()) == "[]\n");
  CHECK(readable_json("a\nb") == "\"a\\nb\"\n");
}

TEST_CASE("readable JSON: long lists of numbers fill their lines, and nothing is lost", "[core]") {
  OrderedJson document = {{"values", OrderedJson::array()}, {"nested", OrderedJson::array()}};
  for (int i = 0; i < 200; ++i) document["values"].push_back(i % 7 == 0 ? OrderedJson() : OrderedJson(i / 3.0));
  for (int i = 0; i < 30; ++i) document["nested"].push_back({{"key with \"quotes\"", i}, {"list", {1, 2, "x"}}});
  const std::string text = readable_json(document);
  CHECK(OrderedJson::parse(text) == document);
  std::size_t longest = 0, lines = 0;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line); ++lines) longest = std::max(longest, line.size());
  CHECK(longest <= 104);
  CHECK(lines < 100);
}

}  // namespace
}  // namespace predcorr
