// SPDX-License-Identifier: Apache-2.0
#include "harness/suites/suite_grid.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/plugins/registry.hpp"

namespace predcorr {
namespace {

constexpr std::size_t kMostMembers = 10000;  // of one grid

}  // namespace

std::vector<GridMember> expand_grid(const Json& entry, const std::string& path) {
  Json plain = entry;
  if (plain.is_object()) plain.erase("grid");
  const std::string family = read_spec(plain, "model", path).label;
  check_label(family, path + ".label");
  if (!entry.is_object() || !entry.contains("grid")) return {{plain, family}};

  const Json& grid = entry.at("grid");
  require(grid.is_object() && !grid.empty(), ErrorKind::config,
          "{}.grid: must be an object of lists such as {{\"units\": [50, 400]}}, got {}", path, grid.dump());
  const Json per_dataset = plain.value("per_dataset", Json::object());
  std::vector<GridMember> members = {{plain, family}};
  members.front().entry["label"] = family;
  for (const auto& [key, values] : grid.items()) {
    require(values.is_array() && !values.empty(), ErrorKind::config,
            "{}.grid.{}: must be a list of values, at least one, got {}", path, key, values.dump());
    require(!plain.contains("parameters") || !plain.at("parameters").contains(key), ErrorKind::config,
            "{}: '{}' stands both in 'parameters' and in 'grid'; keep one", path, key);
    // There, all members would be one model under several labels.
    for (const auto& [dataset, parameters] : per_dataset.items())
      require(!parameters.contains(key), ErrorKind::config,
              "{}: '{}' stands both in 'per_dataset.{}' and in 'grid'; keep one", path, key, dataset);
    require(members.size() * values.size() <= kMostMembers, ErrorKind::config,
            "{}.grid: has more than {} members; leave out values, or write several suites", path, kMostMembers);
    std::vector<GridMember> finer;
    for (const GridMember& member : members)
      for (const Json& value : values) {
        GridMember next = member;
        next.entry["parameters"][key] = value;
        next.entry["label"] = fmt::format("{} {}={}", member.entry.at("label").get<std::string>(), key,
                                          value.is_string() ? printable_line(value.get<std::string>()) : value.dump());
        finer.push_back(std::move(next));
      }
    members = std::move(finer);
  }
  return members;
}

}  // namespace predcorr
