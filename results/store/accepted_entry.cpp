// SPDX-License-Identifier: Apache-2.0
#include "results/store/accepted_entry.hpp"

#include <array>
#include <limits>

#include "core/base/error.hpp"

namespace predcorr {
namespace {

constexpr std::array kEntryStates = {EntryState::submitted, EntryState::verified, EntryState::self_reported};

int cell_count(const JsonValue& value) {
  const std::uint64_t count = value.count();
  if (count > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) value.refuse("is too large");
  return static_cast<int>(count);
}

}  // namespace

bool says_something(const std::string& text) { return text.find_first_not_of(" \t\r\n") != std::string::npos; }

const char* to_string(EntryState state) {
  switch (state) {
    case EntryState::submitted: return "submitted";
    case EntryState::verified: return "verified";
    case EntryState::self_reported: return "self-reported";
  }
  fail(ErrorKind::internal, "an entry is in no known state");
}

EntryState read_entry_state(const JsonValue& value) {
  const std::string word = value.text();
  for (const EntryState state : kEntryStates)
    if (word == to_string(state)) return state;
  value.refuse("must be submitted, verified or self-reported, got '" + word + "'");
}

OrderedJson to_ordered_json(const AcceptedEntry& entry) {
  return {{"who", entry.about.who},
          {"what", entry.about.what},
          {"code", entry.about.code},
          {"licence", entry.about.licence},
          {"state", to_string(entry.state)},
          {"cells",
           {{"recomputed", entry.recomputed},
            {"claimed", entry.claimed},
            {"failed", entry.failed},
            {"missing", entry.missing}}},
          {"sha256", entry.sha256}};
}

EntryAbout read_about(const JsonValue& object) {
  const auto words = [&](const char* key) {
    std::string text = object.text(key);
    if (!says_something(text)) object.at(key).refuse("is empty");
    return text;
  };
  return {words("who"), words("what"), words("code"), words("licence")};
}

AcceptedEntry read_accepted_entry(const JsonValue& value) {
  value.only({"who", "what", "code", "licence", "state", "cells", "sha256"});
  const JsonValue cells = value.at("cells");
  return {read_about(value),
          read_entry_state(value.at("state")),
          cell_count(cells.at("recomputed")),
          cell_count(cells.at("claimed")),
          cell_count(cells.at("failed")),
          cell_count(cells.at("missing")),
          value.at("sha256").sha256()};
}

}  // namespace predcorr
