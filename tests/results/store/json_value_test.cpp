// SPDX-License-Identifier: Apache-2.0
#include "results/store/json_value.hpp"

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;

const JsonValue::File kFile{"box.json", "put it right"};

TEST_CASE("json value: what is as expected is read", "[results]") {
  const Json json = {{"a", {{"b", {"x", "y"}}}}, {"n", 3}, {"none", nullptr}, {"large", 18446744073709551615u}};
  const JsonValue root(json, kFile);
  CHECK(root.at("a").at("b").texts() == std::vector<std::string>{"x", "y"});
  CHECK(root.at("n").count() == 3);
  CHECK(root.at("none").is_null());
  CHECK(root.text("nowhere", false).empty());
  CHECK(root.has("n"));
  CHECK_FALSE(root.has("m"));
  root.only({"a", "n", "none", "large", "more"});
  std::vector<std::string> keys;
  root.for_each_entry([&](const std::string& key, const JsonValue&) { keys.push_back(key); });
  CHECK(keys == std::vector<std::string>{"a", "large", "n", "none"});
}

TEST_CASE("json value: what is not says file, place, what was expected, and what to do", "[results]") {
  const Json json = {{"a", {{"b", {"x", 7}}}}, {"n", -3}, {"large", 18446744073709551615u}, {"hash", "12ab"}};
  const JsonValue root(json, kFile);
  CHECK(error_of([&] { root.at("c"); }) == "data: box.json: has no \"c\"; put it right");
  CHECK(error_of([&] { root.at("a").at("b").texts(); }) ==
        "data: box.json: a.b[1]: must be a text, got 7; put it right");
  CHECK(error_of([&] { root.at("a").at("c"); }) == "data: box.json: a: has no \"c\"; put it right");
  CHECK(error_of([&] { root.at("n").count(); }) == "data: box.json: n: must be a count, got -3; put it right");
  CHECK_THAT(error_of([&] { root.at("large").count(); }), test::contains("must be a count"));
  CHECK(error_of([&] { root.at("n").object(); }) == "data: box.json: n: must be an object, got -3; put it right");
  CHECK_THAT(error_of([&] { root.at("n").for_each_item([](const JsonValue&) {}); }), test::contains("must be a list"));
  CHECK_THAT(error_of([&] { root.at("hash").sha256(); }), test::contains("64 hexadecimal digits"));
  CHECK_THAT(error_of([&] { root.only({"a", "n", "large", "hsah"}); }),
             test::contains("has an unknown key \"hash\"") && test::contains("hsah"));
}

}  // namespace
}  // namespace predcorr
