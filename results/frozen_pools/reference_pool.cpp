// SPDX-License-Identifier: Apache-2.0
#include "results/frozen_pools/reference_pool.hpp"

#include "core/base/files.hpp"
#include "core/base/hash.hpp"

namespace predcorr {
namespace fs = std::filesystem;
namespace {

/// What distinguishes two tests of models, in the order in which a difference is worth telling.
const std::vector<std::pair<const char*, Json::json_pointer>>& data_traits() {
  static const std::vector<std::pair<const char*, Json::json_pointer>> traits = {
      {"data set", Json::json_pointer("/dataset/name")},
      {"parameters", Json::json_pointer("/dataset/parameters")},
      {"SHA-256 of the content", Json::json_pointer("/dataset/sha256")},
      {"protocol", Json::json_pointer("/protocol")}};
  return traits;
}

bool same_data(const Json& a, const Json& b) {
  for (const auto& [name, pointer] : data_traits())
    if (a.at(pointer) != b.at(pointer)) return false;
  return true;
}

}  // namespace

std::string pool_title(const std::string& name, int version) { return fmt::format("{}-v{}", name, version); }

std::string ReferencePool::title() const { return pool_title(name_, version_); }

std::string ReferencePool::label_of(const std::string& model) const { return fmt::format("{} ({})", model, title()); }

ReferencePool ReferencePool::open(const fs::path& folder) {
  const fs::path file = folder / "pool.json";
  require(fs::is_regular_file(file), ErrorKind::io,
          "{}: there is no pool of references in it (no pool.json); give a folder that 'predcorr freeze' wrote",
          folder.string());
  const std::string text = read_text_file(file);
  const Json json = parse_json(text, file.string());
  const std::string schema = json.is_object() ? json.value("schema", "none") : "none";
  require(schema == kReferencesSchema, ErrorKind::config, "{}: has schema {}, this predcorr reads {}", file.string(),
          schema, kReferencesSchema);
  ReferencePool pool;
  pool.folder_ = folder;
  pool.sha256_ = sha256_hex(text);
  try {
    pool.read(json);
  } catch (const Json::exception& e) {
    fail(ErrorKind::data, "{}: is not a pool of references: {}", file.string(), e.what());
  } catch (const Error& e) {
    throw e.in(file.string());
  }
  return pool;
}

void ReferencePool::read(const Json& json) {
  name_ = json.at("name").get<std::string>();
  version_ = json.at("version").get<int>();
  precision_ = json.at("precision") == "single" ? Precision::single : Precision::full;
  models_ = json.at("models").get<std::vector<std::string>>();
  require(!models_.empty(), ErrorKind::data, "models: there are none");
  for (const auto& [label, data] : json.at("datasets").items()) {
    FrozenData& frozen = datasets_[label];
    for (const char* key : {"name", "parameters", "sha256"}) frozen.identity["dataset"][key] = data.at(key);
    frozen.identity["protocol"] = data.at("protocol");
    for (const Json& entry : data.at("seeds")) {
      FrozenSeed seed{{entry.at("test_rows").get<std::string>(), entry.at("targets").get<std::string>()},
                      entry.at("n_test").get<Index>(),
                      {}};
      for (const std::string& model : models_) {
        const Json& file = entry.at("predictions").at(model);
        seed.predictions[model] = {file.at("file").get<std::string>(), file.at("sha256").get<std::string>()};
        const std::string& name = seed.predictions[model].name;
        require(fs::path(name).filename() == name, ErrorKind::data,
                "datasets.{}: '{}' is not a file's name without folders", label, name);
      }
      frozen.seeds[entry.at("seed").get<std::uint64_t>()] = std::move(seed);
    }
  }
}

const ReferencePool::FrozenData* ReferencePool::find(const std::string& dataset, const Json& identity,
                                                     std::uint64_t seed) const {
  for (const auto& [label, data] : datasets_)
    if (same_data(data.identity, identity)) return &data;
  const auto namesake = datasets_.find(dataset);
  if (namesake == datasets_.end()) return nullptr;
  for (const auto& [name, pointer] : data_traits()) {
    const Json &theirs = identity.at(pointer), &ours = namesake->second.identity.at(pointer);
    require(
        theirs == ours, ErrorKind::data,
        "{} seed {}: its {}: {}, but that of the pool {}: {}; give other data another label, or use a pool that was "
        "made on it",
        dataset, seed, name, theirs.dump(), title(), ours.dump());
  }
  return nullptr;
}

std::string ReferencePool::why_absent(const std::string& dataset, const Json& identity, std::uint64_t seed) const {
  const FrozenData* data = find(dataset, identity, seed);
  if (data == nullptr) return fmt::format("pool {} has no data set '{}'", title(), dataset);
  if (data->seeds.count(seed) == 0) return fmt::format("pool {} has no seed {} of '{}'", title(), seed, dataset);
  return "";
}

const ReferencePool::FrozenSeed& ReferencePool::at(const std::string& dataset, const Json& identity,
                                                   std::uint64_t seed) const {
  const std::string reason = why_absent(dataset, identity, seed);
  require(reason.empty(), ErrorKind::data, "{}", reason);
  return find(dataset, identity, seed)->seeds.at(seed);
}

std::vector<Contender> ReferencePool::contenders(const std::string& dataset, const Json& identity,
                                                 std::uint64_t seed) const {
  const FrozenSeed& frozen = at(dataset, identity, seed);
  std::vector<Contender> all;
  for (const std::string& model : models_) {
    const auto& [name, sha256] = frozen.predictions.at(model);
    const fs::path file = folder_ / name;
    require(sha256_hex_of_file(file) == sha256, ErrorKind::data,
            "{}: its SHA-256 is not the one that pool.json names; a pool never changes: fetch or remake it",
            file.string());
    all.push_back({label_of(model), load_reference(file)});
    require(all.back().test.size() == frozen.n_test, ErrorKind::data, "{}: has {} points, pool.json says {}",
            file.string(), all.back().test.size(), frozen.n_test);
  }
  return all;
}

void ReferencePool::check_test_points(const std::string& dataset, const Json& identity, std::uint64_t seed,
                                      const std::string& model, const StoredPrediction& stored) const {
  SharedTestPoints(fmt::format("{} seed {}", dataset, seed), fmt::format("pool {}", title()),
                   at(dataset, identity, seed).test)
      .add(model, stored);
}

}  // namespace predcorr
