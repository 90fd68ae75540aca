// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/model_argument.hpp"

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("a model on the command line: name, JSON text or file", "[harness]") {
  const Spec name = read_model_argument("gp", "--model");
  CHECK(name.name == "gp");
  CHECK(name.parameters == Json::object());
  const std::string text = R"({"model": "bootstrap", "parameters": {"base": "gp"}})";
  const test::TemporaryFolder at;
  for (const std::string& argument : {text, test::written(at, "m.json", text).string()}) {
    const Spec spec = read_model_argument(argument, "--model");
    CHECK(spec.name == "bootstrap");
    CHECK(spec.parameters == Json{{"base", "gp"}});
  }
}

TEST_CASE("a model on the command line: files that its file names are beside it", "[harness]") {
  const test::TemporaryFolder at;
  const std::string model = test::written(at, "m.json", R"({"model": "external"})").string();
  CHECK(folder_of_argument(model) == at.path());
  CHECK(folder_of_argument(R"({"model": "m.json"})").empty());
  CHECK(folder_of_argument("gp").empty());
}

TEST_CASE("a model on the command line: errors name the option or the file", "[harness]") {
  CHECK_THAT(test::error_of([] { read_model_argument("{\"model\": 3}", "--model"); }),
             test::contains("config: --model.model: must be a text"));
  CHECK_THAT(test::error_of([] { read_model_argument("{\"model\"", "--model"); }),
             test::contains("config: --model: line 1"));
  const test::TemporaryFolder at;
  const std::string file = test::written(at, "m.json", R"({"label": "x"})").string();
  CHECK(test::error_of([&] { read_model_argument(file, "--model"); }) ==
        "config: " + file + ": key 'model' is missing; it names the model");
  CHECK_THAT(test::error_of([&] { read_model_argument((at / "no.json").string(), "--model"); }),
             test::contains("io: ") && test::contains("no.json"));
}

}  // namespace
}  // namespace predcorr
