// SPDX-License-Identifier: Apache-2.0
// The rules of the house that a compiler does not check.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "core/base/files.hpp"
#include "core/kernels/kernel.hpp"
#include "datasets/dataset_source.hpp"
#include "metrics/active_learning/criterion.hpp"
#include "metrics/metric.hpp"
#include "models/model.hpp"
#include "tests/support/catch.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kFloors = {"core", "datasets", "models", "metrics", "results", "harness"};

std::vector<fs::path> sources(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(PREDCORR_SOURCE_DIR) / folder))
    if (entry.path().extension() == ".cpp" || entry.path().extension() == ".hpp") files.push_back(entry.path());
  return files;
}

/// The rooms, lowest first: the table of docs/architecture.md.
std::vector<std::string> rooms() {
  std::ifstream in(fs::path(PREDCORR_SOURCE_DIR) / "docs/architecture.md");
  std::vector<std::string> found;
  for (std::string line; std::getline(in, line);)
    if (line.rfind("| `", 0) == 0) found.push_back(line.substr(3, line.find('`', 3) - 3));
  return found;
}

TEST_CASE("rooms include only those before them", "[harness]") {
  const fs::path root = PREDCORR_SOURCE_DIR;
  const std::vector<std::string> all = rooms();
  const auto floor_of = [&](const fs::path& file) {
    const auto room = std::find(all.begin(), all.end(), file.parent_path().generic_string());
    INFO(file.string() + ": its folder is not in the table of docs/architecture.md");
    REQUIRE(room != all.end());
    return room - all.begin();
  };
  for (const std::string& folder : kFloors)
    for (const fs::path& file : sources(folder)) {
      const auto floor = floor_of(file.lexically_relative(root));
      std::ifstream in(file);
      for (std::string line; std::getline(in, line);) {
        if (line.rfind("#include \"", 0) != 0) continue;
        const std::string included = line.substr(10, line.rfind('"') - 10);
        if (!fs::exists(root / included)) continue;  // made by the build
        INFO(file.string() + ": " + line);
        CHECK(floor_of(included) <= floor);
      }
    }
}

TEST_CASE("no room is too full to be looked through", "[harness]") {
  std::map<std::string, int> files;
  for (const std::string& folder : kFloors)
    for (const fs::path& file : sources(folder)) ++files[file.parent_path().string()];
  for (const auto& [room, count] : files) {
    INFO(room);
    CHECK(count <= 27);
  }
}

// Two of one name are one for the linker, and it is not said whose value counts.
TEST_CASE("no two headers define a constant of the same name", "[harness]") {
  std::map<std::string, std::set<std::string>> headers;
  for (const std::string& folder : kFloors)
    for (const fs::path& file : sources(folder)) {
      if (file.extension() != ".hpp") continue;
      std::ifstream in(file);
      for (std::string line; std::getline(in, line);) {
        if (line.rfind("inline constexpr ", 0) != 0) continue;
        const std::string declared = line.substr(0, line.find_first_of("={;"));
        const std::size_t end = declared.find_last_not_of(" []");
        const std::size_t begin = declared.find_last_of(" *&", end) + 1;
        headers[declared.substr(begin, end - begin + 1)].insert(file.string());
      }
    }
  CHECK(headers.size() > 10);
  for (const auto& [name, files] : headers) {
    INFO(name << " in " << *files.begin());
    CHECK(files.size() == 1);
  }
}

TEST_CASE("every source names its licence, and none is too long to read", "[harness]") {
  std::vector<std::string> folders = kFloors;
  folders.push_back("tests");
  for (const std::string& folder : folders)
    for (const fs::path& file : sources(folder)) {
      const std::string text = read_text_file(file);
      INFO(file.string());
      CHECK(text.rfind("// SPDX-License-Identifier: Apache-2.0\n", 0) == 0);
      CHECK(std::count(text.begin(), text.end(), '\n') <= 500);
    }
}

template <class Interface>
void check_places(std::set<std::string>& files) {
  const auto& registry = Registry<Interface>::instance();
  for (const std::string& name : registry.names()) {
    const std::string place = registry.find(name).place;
    const fs::path file = place.substr(0, place.rfind(':'));
    std::string stem = file.stem().string();
    std::replace(stem.begin(), stem.end(), '-', '_');
    std::string id = name;
    std::replace(id.begin(), id.end(), '-', '_');
    INFO(name + " in " + place);
    // One file may hold a family (friedman-1 .. 3) or a whole catalogue.
    CHECK((stem == "catalogue" || id.rfind(stem, 0) == 0));
    CHECK_FALSE(registry.find(name).summary.empty());
    files.insert(stem);
  }
}

TEST_CASE("a plug-in stands in the file of its name", "[harness]") {
  std::set<std::string> files;
  check_places<Kernel>(files);
  check_places<DatasetSource>(files);
  check_places<Model>(files);
  check_places<Metric>(files);
  check_places<CrossMetric>(files);
  check_places<Criterion>(files);
  // And every file that registers something was linked in.
  for (const std::string& folder : kFloors)
    for (const fs::path& file : sources(folder)) {
      if (file.extension() != ".cpp" || read_text_file(file).find("\nPREDCORR_REGISTER(") == std::string::npos)
        continue;
      INFO(file.string());
      CHECK(files.count(file.stem().string()) == 1);
    }
}

}  // namespace
}  // namespace predcorr
