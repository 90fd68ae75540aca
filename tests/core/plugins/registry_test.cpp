// SPDX-License-Identifier: Apache-2.0
#include "core/plugins/registry.hpp"

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

class Animal : public Plugin {
 public:
  static constexpr const char* kKind = "animal";
  virtual ~Animal() = default;
  virtual std::string sound() const = 0;
};

struct DogParameters {
  int barks = 2;
  static Fields<DogParameters> fields() { return {field("barks", &DogParameters::barks, at_least(0), "count")}; }
};
class Dog : public Animal {
 public:
  explicit Dog(DogParameters p) : barks_(p.barks) {
    require(barks_ != 13, ErrorKind::config, "dog: 13 barks bring bad luck");
    if (barks_ == 42) throw 42;
    if (barks_ == 43) throw std::out_of_range("bark 43");
  }
  std::string sound() const override { return std::to_string(barks_) + " barks"; }

 private:
  int barks_;
};
PREDCORR_REGISTER(Animal, "dog", Dog, DogParameters, "barks", "Nobody 2020");

struct EchoParameters {
  Nested<Animal> base;
  static Fields<EchoParameters> fields() { return {field("base", &EchoParameters::base, any_value(), "who is heard")}; }
};
class Echo : public Animal {
 public:
  explicit Echo(EchoParameters p) : base_(std::move(p.base)) {}
  std::string sound() const override { return base_.object->sound() + ", again"; }

 private:
  Nested<Animal> base_;
};
PREDCORR_REGISTER(Animal, "echo", Echo, EchoParameters, "repeats another", "");

Configured<Animal> make(const std::string& name, const Json& parameters = Json::object()) {
  return Registry<Animal>::instance().make({.name = name, .parameters = parameters}, "animals[0]");
}

TEST_CASE("A registered plug-in is made by name with its parameters", "[core]") {
  const auto dog = make("dog", {{"barks", 5}});
  CHECK(dog.name == "dog");
  CHECK(dog.object->sound() == "5 barks");
  CHECK(dog.parameters == Json({{"barks", 5}}));
  CHECK(make("dog").parameters == Json({{"barks", 2}}));
  CHECK(Registry<Animal>::instance().names() == std::vector<std::string>{"dog", "echo"});
  CHECK(Registry<Animal>::instance().contains("dog"));
  CHECK_FALSE(Registry<Animal>::instance().contains("cat"));
}

TEST_CASE("An entry tells what it is and where it was registered", "[core]") {
  const auto& entry = Registry<Animal>::instance().find("dog");
  CHECK(entry.summary == "barks");
  CHECK(entry.source == "Nobody 2020");
  CHECK(missing(entry.place, {"registry_test.cpp:"}) == "");
  REQUIRE(entry.parameters().size() == 1);
  CHECK(entry.parameters()[0].name == "barks");
}

TEST_CASE("Plug-ins nest, and keep the inner parameters in force", "[core]") {
  const auto echo = make("echo", {{"base", {{"animal", "echo"}, {"parameters", {{"base", "dog"}}}}}});
  CHECK(echo.object->sound() == "2 barks, again, again");
  CHECK(echo.parameters.at("base").at("parameters").at("base").at("parameters").at("barks") == 2);
  CHECK(make("echo", echo.parameters).object->sound() == "2 barks, again, again");
  CHECK(Registry<Animal>::instance().find("echo").parameters()[0].type == "animal");
}

TEST_CASE("Mistakes in a plug-in are reported with where they stand", "[core]") {
  CHECK(missing(error_of([] { make("dogg"); }),
                {"config: animals[0]", "unknown animal 'dogg'", "did you mean 'dog'?", "dog, echo"}) == "");
  CHECK(missing(error_of([] { make("dog", {{"bark", 1}}); }), {"animals[0].parameters", "did you mean 'barks'?"}) ==
        "");
  CHECK(missing(error_of([] { make("dog", {{"barks", -1}}); }), {"animals[0].parameters.barks: must be at least 0"}) ==
        "");
  CHECK(missing(error_of([] { make("dog", {{"barks", 13}}); }), {"config: animals[0].parameters", "bad luck"}) == "");
  CHECK(missing(error_of([] { make("echo"); }), {"animals[0].parameters", "'base' must be given"}) == "");
  CHECK(missing(error_of([] { make("echo", {{"base", "dig"}}); }),
                {"animals[0].parameters.base", "unknown animal 'dig'", "did you mean 'dog'?"}) == "");
  CHECK(missing(error_of([] { make("echo", {{"base", {{"animal", "dog"}, {"parameters", {{"barks", 1.5}}}}}}); }),
                {"animals[0].parameters.base", "parameters.barks: must be an integer, got 1.5"}) == "");
}

TEST_CASE("A plug-in knows by which name it was registered", "[core]") {
  const auto echo = make("echo", {{"base", "dog"}});
  CHECK(echo.object->registered_name() == "echo");
  CHECK(echo.object->origin() == "animal 'echo'");
  CHECK(echo.object->called("beast") == "animal 'echo'");
  CHECK(Dog({}).called("beast") == "a beast");
}

TEST_CASE("Whatever a plug-in's constructor throws is an error that names it and where it stands", "[core]") {
  CHECK(error_of([] { make("dog", {{"barks", 42}}); }) ==
        "internal: animals[0].parameters: animal 'dog': constructor: something was thrown that is no std::exception");
  CHECK(error_of([] { make("dog", {{"barks", 43}}); }) ==
        "internal: animals[0].parameters: animal 'dog': constructor: unexpected exception: bark 43");
}

TEST_CASE("Plug-ins nest up to a limit", "[core]") {
  Json inner = "dog";
  const auto wrap = [&](int levels) {
    for (int i = 0; i < levels; ++i) inner = {{"animal", "echo"}, {"parameters", {{"base", inner}}}};
    return inner;
  };
  CHECK_NOTHROW(make("echo", {{"base", wrap(30)}}));  // 32 with the first echo and the dog
  CHECK(missing(error_of([&] { make("echo", {{"base", wrap(1)}}); }),
                {"config: animals[0].parameters.base", "more than 32 deep", "take some out"}) == "");
  CHECK_NOTHROW(make("echo", {{"base", "dog"}}));
}

struct Plants : PluginTable {
  Plants() : PluginTable("plant", 32) {}
};

TEST_CASE("A name registered twice is reported with both places by the first look-up", "[core]") {
  Plants registry;
  const auto add = [&](const std::string& name, const std::string& place) {
    registry.add({name, "", "", place, {}, {}});
  };
  add("rose", "garden.cpp:7");
  add("oak", "wood.cpp:8");
  CHECK(registry.find("oak").place == "wood.cpp:8");
  CHECK_NOTHROW(add("rose", "vase.cpp:9"));
  for (const char* name : {"rose", "oak"})
    CHECK(missing(error_of([&] { registry.find(name); }),
                  {"config: plant 'rose' is registered twice", "garden.cpp:7", "vase.cpp:9"}) == "");
}

TEST_CASE("A spec is a name or an object with known keys", "[core]") {
  const Spec plain = read_spec("gp", "model", "models[0]");
  CHECK(plain.name == "gp");
  CHECK(plain.label == "gp");
  CHECK(plain.parameters == Json::object());
  const Spec full =
      read_spec({{"model", "gp"}, {"label", "GP"}, {"parameters", {{"a", 1}}}, {"per_dataset", {{"wine", {{"a", 2}}}}}},
                "model", "models[0]");
  CHECK(full.label == "GP");
  CHECK(full.parameters == Json({{"a", 1}}));
  CHECK(full.per_dataset.at("wine").at("a") == 2);
  CHECK(read_spec({{"dataset", "wine"}}, "dataset", "d").label == "wine");

  const auto refused = [](const Json& value) { return error_of([&] { read_spec(value, "model", "models[3]"); }); };
  CHECK(missing(refused(3), {"config: models[3]", "a model's name", "got 3"}) == "");
  CHECK(missing(refused({{"model", "gp"}, {"params", Json::object()}}),
                {"models[3]", "unknown key 'params'", "model, label, parameters, per_dataset"}) == "");
  CHECK(missing(refused({{"model", "gp"}, {"lable", "x"}}), {"unknown key 'lable'", "did you mean 'label'?"}) == "");
  CHECK(missing(refused({{"label", "x"}}), {"models[3]", "'model' is missing"}) == "");
  CHECK(missing(refused({{"model", ""}}), {"models[3].model", "not empty"}) == "");
  CHECK(missing(refused({{"model", 3}}), {"models[3].model", "got 3"}) == "");
  CHECK(missing(refused({{"model", "gp"}, {"parameters", Json::array({1})}}),
                {"models[3].parameters", "an object", "[1]"}) == "");
}

}  // namespace
}  // namespace predcorr
