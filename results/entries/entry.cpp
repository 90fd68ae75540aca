// SPDX-License-Identifier: Apache-2.0
#include "results/entries/entry.hpp"

#include <set>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "results/store/record.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;

OrderedJson packed_to_json(const PackedFile& file) { return {{"sha256", file.sha256}, {"bytes", file.bytes}}; }

PackedFile read_packed(const JsonValue& value) {
  value.only({"sha256", "bytes"});
  return {value.at("sha256").sha256(), value.at("bytes").count()};
}

OrderedJson cell_to_json(const EntryCell& cell) {
  OrderedJson json = {
      {"dataset", cell.dataset}, {"seed", cell.seed}, {"id", cell.id}, {"record", packed_to_json(cell.record)}};
  if (cell.prediction) json["prediction"] = packed_to_json(*cell.prediction);
  if (cell.test) json["test"] = {{"rows", cell.test->rows}, {"targets", cell.test->targets}};
  return json;
}

/// It names files, so it must be nothing but what a cell is called.
std::string read_id(const JsonValue& value) {
  std::string id = value.text();
  if (!is_cell_id(id)) value.refuse("must be the id of a cell, 32 hexadecimal digits, got '" + id + "'");
  return id;
}

EntryCell read_cell(const JsonValue& value) {
  value.only({"dataset", "seed", "id", "record", "prediction", "test"});
  EntryCell cell{value.text("dataset"),
                 value.at("seed").count(),
                 read_id(value.at("id")),
                 read_packed(value.at("record")),
                 std::nullopt,
                 std::nullopt};
  if (value.has("prediction") != value.has("test"))
    value.refuse("must have both of \"prediction\" and \"test\", or none");
  if (!value.has("prediction")) return cell;
  cell.prediction = read_packed(value.at("prediction"));
  const JsonValue test = value.at("test");
  test.only({"rows", "targets"});
  cell.test = TestHashes{test.at("rows").sha256(), test.at("targets").sha256()};
  return cell;
}

void check_packed(const fs::path& file, const PackedFile& packed) {
  std::error_code status;
  require(fs::is_regular_file(fs::symlink_status(file, status)), ErrorKind::data,
          "{}: is named in entry.json and is not there as a file; ask for the whole entry", file.string());
  const std::uintmax_t bytes = fs::file_size(file, status);
  require(!status && bytes == packed.bytes && sha256_hex_of_file(file) == packed.sha256, ErrorKind::data,
          "{}: is not the file that was packed (size or SHA-256 differ from entry.json)", file.string());
}

}  // namespace

OrderedJson to_ordered_json(const Entry& entry) {
  OrderedJson json = {
      {"schema", kEntrySchema},       {"who", entry.about.who},         {"what", entry.about.what},
      {"code", entry.about.code},     {"licence", entry.about.licence}, {"state", to_string(EntryState::submitted)},
      {"model", entry.model},         {"suite", entry.suite},           {"run", packed_to_json(entry.run)},
      {"cells", OrderedJson::array()}};
  for (const EntryCell& cell : entry.cells) json["cells"].push_back(cell_to_json(cell));
  return json;
}

Entry read_entry(const fs::path& folder) {
  const fs::path path = folder / "entry.json";
  require(fs::exists(path), ErrorKind::io,
          "{}: there is no entry in it (no entry.json); give a folder that 'predcorr "
          "submit' wrote",
          folder.string());
  const Json json = read_json_file(path);
  const JsonValue::File file{path.string(), "pack the entry anew by 'predcorr submit'"};
  const JsonValue root(json, file);
  const std::string schema = root.text("schema");
  require(schema == kEntrySchema, ErrorKind::config, "{}: is of schema {}, this predcorr reads {}", path.string(),
          schema, kEntrySchema);
  root.only({"schema", "who", "what", "code", "licence", "state", "model", "suite", "run", "cells"});
  if (read_entry_state(root.at("state")) != EntryState::submitted)
    root.at("state").refuse("must be submitted: whether a row is verified is for the board to say");
  Entry entry{read_about(root), root.text("model"), root.text("suite"), read_packed(root.at("run")), {}};
  if (entry.model.empty()) root.at("model").refuse("is empty");
  std::set<std::string> ids;
  root.at("cells").for_each_item([&](const JsonValue& value) {
    entry.cells.push_back(read_cell(value));
    if (!ids.insert(entry.cells.back().id).second) value.refuse("is there twice");
  });
  if (entry.cells.empty()) root.at("cells").refuse("has no cell");

  check_packed(folder / "run.json", entry.run);
  for (const EntryCell& cell : entry.cells) {
    check_packed(folder / "cells" / (cell.id + ".json"), cell.record);
    if (cell.prediction) check_packed(folder / "cells" / (cell.id + ".npz"), *cell.prediction);
  }
  return entry;
}

}  // namespace predcorr
