// SPDX-License-Identifier: Apache-2.0
#include "models/external/command.hpp"

#include "core/plugins/registry.hpp"
#include "models/model.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr::models {
namespace {

TEST_CASE("command: words that name files beside the suite, or in the working folder, are located", "[models]") {
  const test::TemporaryFolder a, b;
  const std::string in_a = test::written(a, "here.py", "").string(), in_b = test::written(b, "there.py", "").string();
  const auto located = [](const Json& words, const std::filesystem::path& folder) {
    return JsonType<Command>::read(words, folder).located;
  };
  const Json words = {"python3", "here.py", "", ".", "--fast"};
  CHECK(located(words, a.path()) == std::vector<std::string>{"python3", in_a, "", ".", "--fast"});
  CHECK(located(words, b.path()) == words.get<std::vector<std::string>>());
  CHECK(located({in_b}, a.path()) == std::vector<std::string>{in_b});                  // an absolute name
  CHECK(JsonType<Command>::write(JsonType<Command>::read(words, a.path())) == words);  // as written, for records
}

TEST_CASE("command: models within models look beside the suite, too", "[models]") {
  const test::TemporaryFolder folder;
  test::written(folder, "beside_the_suite.py", "print(1)");
  const Json external = {{"model", "external"}, {"parameters", {{"command", {"python3", "beside_the_suite.py"}}}}};
  const Spec spec{.name = "bootstrap",
                  .parameters = {{"base", {{"model", "calibrated"}, {"parameters", {{"base", external}}}}}}};
  const auto content = [&](const std::filesystem::path& at) {
    return Registry<Model>::instance().make(spec, "test", at).object->traits().content;
  };
  CHECK(content(folder.path()).at("files").contains("beside_the_suite.py"));
  CHECK(content({}).is_null());
}

}  // namespace
}  // namespace predcorr::models
