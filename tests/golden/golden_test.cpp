// SPDX-License-Identifier: Apache-2.0
// Results are answered from records by the identity of what made them, so code that gives other numbers must have
// another identity. numbers.json has a digest of what every plug-in gives here, with its revision; where a digest has
// moved and the revision has not, this test fails. `./run golden` writes the file, once the revision is raised.
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "results/store/provenance.hpp"
#include "tests/metrics/fixtures.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/skip.hpp"

namespace predcorr {
namespace {

const std::filesystem::path kFile = PREDCORR_SOURCE_DIR "/tests/golden/numbers.json";

/// What decides the last bits beside the code: only there can digests be compared.
Json environment() {
  const Json all = provenance();
  Json some = {{"compiler", all.at("compiler")}, {"level", all.at("level")}};
  for (const char* library : {"boost", "eigen", "glibc", "onetbb"}) some[library] = all.at("libraries").at(library);
  return some;
}

class Digest {
 public:
  void add(const Eigen::Ref<const Matrix>& numbers) {
    for (const double number : numbers.reshaped()) add(number);
  }
  void add(double number) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    bytes_.append(bytes, sizeof number);
  }
  std::string text() const { return sha256_hex(bytes_).substr(0, 16); }

 private:
  std::string bytes_;
};

/// {"kind name": {"digest": .., "revisions": {..}}} of everything registered.
class Golden {
 public:
  Golden() {
    for (const std::string& name : Registry<Kernel>::instance().names()) add_kernel(name);
    for (const std::string& name : Registry<DatasetSource>::instance().names()) add_dataset(name);
    for (const std::string& name : Registry<Model>::instance().names()) add_model(name);
    for (const std::string& name : Registry<Metric>::instance().names()) add_metric(name);
    for (const std::string& name : Registry<CrossMetric>::instance().names()) add_cross_metric(name);
    for (const std::string& name : Registry<Criterion>::instance().names()) add_criterion(name);
  }
  const Json& numbers() const { return numbers_; }

 private:
  template <class Interface>
  void keep(const Configured<Interface>& plugin, const Digest& digest) {
    numbers_[fmt::format("{} {}", Interface::kKind, plugin.name)] = {{"digest", digest.text()},
                                                                     {"revisions", plugin.revisions}};
  }

  void add_kernel(const std::string& name) {
    Json parameters = Json::object();
    if (name == "active") parameters = {{"columns", {1, 2}}, {"kernel", "rbf"}};
    if (name == "sum" || name == "product") parameters = {{"of", {"rbf", "linear"}}};
    const auto kernel = Registry<Kernel>::instance().make({.name = name, .parameters = parameters}, name);
    const Matrix x = test::query_points(7);
    const KernelPtr started = kernel.object->started(x, 1);  // some have no values before they have seen data
    Digest digest;
    digest.add(started->cross(x, x));
    digest.add(started->white_noise(x));
    keep(kernel, digest);
  }

  void add_dataset(const std::string& name) {
    const auto& registry = Registry<DatasetSource>::instance();
    if (name == "csv" || name == "images")
      return;  // need a file, as catalogue entries do, and has its content's hash in its identity
    Json parameters = Json::object();
    if (name == "gp-sample") parameters = {{"kernel", "rbf"}};
    const auto source = registry.make({.name = name, .parameters = parameters}, name);
    if (source.object->is_file()) return;
    const Dataset data = source.object->loaded({});
    Digest digest;
    digest.add(data.inputs);
    digest.add(data.targets);
    keep(source, digest);
  }

  void add_model(const std::string& name) {
    if (name == "external") return;  // another program's numbers
    const auto model =
        Registry<Model>::instance().make({.name = name, .parameters = test::cheap_parameters(name)}, name);
    const test::CheckData data = test::training_data();
    const JointPrediction p = model.object->fit(data, Stream(1), data.privileged)->predict(test::query_points(9));
    Digest digest;
    digest.add(p.mean);
    digest.add(p.latent.matrix());
    digest.add(p.noise_variance);
    keep(model, digest);
  }

  void add_metric(const std::string& name) {
    const auto metric = Registry<Metric>::instance().make({.name = name}, name);
    const test::Fixture fixture("metrics_medium.json");
    Digest digest;
    for (const auto& [label, prediction] : fixture.models)
      for (const Score& score : metric.object->score(fixture.evaluation, prediction))
        digest.add(score.value.value_or(-1));
    keep(metric, digest);
  }

  void add_cross_metric(const std::string& name) {
    const auto metric = Registry<CrossMetric>::instance().make({.name = name}, name);
    const test::Fixture fixture("metrics_medium.json");
    std::vector<Contender> contenders;
    for (const auto& [label, prediction] : fixture.models)
      contenders.push_back({label, test_part(fixture.evaluation, prediction)});
    Digest digest;
    for (const ContenderScores& all : metric.object->scores(fixture.evaluation.test_targets(), contenders))
      for (const Score& score : all.scores) digest.add(score.value.value_or(-1));
    keep(metric, digest);
  }

  void add_criterion(const std::string& name) {
    const auto criterion = Registry<Criterion>::instance().make({.name = name}, name);
    Digest digest;
    const Selection chosen = criterion.object->select(test::random_prediction(40, 6, 3), 25, 5, Stream(1));
    for (const Index pick : chosen.picks) digest.add(static_cast<double>(pick));
    for (const double gain : chosen.gains) digest.add(gain);
    keep(criterion, digest);
  }

  Json numbers_ = Json::object();
};

/// What is wrong with new numbers, in words; empty where nothing is.
std::string moved(const Json& before, const Json& now) {
  std::string text;
  for (const auto& [name, number] : now.items()) {
    if (!before.contains(name)) continue;
    const Json& old = before.at(name);
    if (old.at("digest") != number.at("digest") && old.at("revisions") == number.at("revisions"))
      text += fmt::format(
          "{}: its numbers have moved. If they should, raise its revision (the last argument of PREDCORR_REGISTER), "
          "say "
          "why in CHANGELOG.md, and run './run golden'.\n",
          name);
  }
  return text;
}

TEST_CASE("golden numbers: what moves has a new revision", "[golden]") {
  const Json file = read_json_file(kFile);
  const Json now = Golden().numbers();
  const bool writes = std::getenv("PREDCORR_GOLDEN") != nullptr;
  if (file.at("environment") != environment()) {
    if (!writes) test::skip("numbers.json is of another compiler, level or libraries");
  } else {
    REQUIRE(moved(file.at("numbers"), now) == "");
  }
  if (writes)
    std::ofstream(kFile) << Json{{"environment", environment()}, {"numbers", now}}.dump(1) << '\n';
  else
    CHECK(file.at("numbers") == now);  // names and revisions too: else ./run golden
}

TEST_CASE("golden numbers: a move is noticed, and a raised revision excuses it", "[golden]") {
  const Json before = {{"model a", {{"digest", "1"}, {"revisions", {{"model a", 1}}}}}};
  Json now = before;
  CHECK(moved(before, now) == "");
  now["model a"]["digest"] = "2";
  CHECK_THAT(moved(before, now), test::contains("model a: its numbers have moved."));
  now["model a"]["revisions"]["model a"] = 2;
  CHECK(moved(before, now) == "");
  now["model new"] = now["model a"];
  CHECK(moved(before, now) == "");
}

TEST_CASE("golden numbers: every raised revision is in the change log", "[golden]") {
  const std::string log = read_text_file(PREDCORR_SOURCE_DIR "/CHANGELOG.md");
  const Json file = read_json_file(kFile);
  for (const auto& [name, number] : file.at("numbers").items())
    for (const auto& [plugin, revision] : number.at("revisions").items())
      if (revision > 1) {
        INFO("CHANGELOG.md must say why: \"" << plugin << ", revision " << revision << "\"");
        CHECK(log.find(fmt::format("{}, revision {}", plugin, revision.get<int>())) != std::string::npos);
      }
}

}  // namespace
}  // namespace predcorr
