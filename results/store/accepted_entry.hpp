// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "results/store/json_value.hpp"

namespace predcorr {

/// What somebody says of a model that they hand in for a board.
struct EntryAbout {
  std::string who;      ///< name, perhaps affiliation or address
  std::string what;     ///< the model in a sentence
  std::string code;     ///< where its code is, or "closed"
  std::string licence;  ///< of the entry, an SPDX expression
};

/// Whether a text has anything but blanks, as each of these must.
bool says_something(const std::string& text);

/// How far a row from outside can be trusted.
enum class EntryState {
  submitted,     ///< as it was handed in: nothing was looked at
  verified,      ///< every score was computed by the board's own program from the predictions handed in
  self_reported  ///< some scores are what whoever handed it in says
};
const char* to_string(EntryState state);

/// A row of a board that somebody else ran and `accept` took.
struct AcceptedEntry {
  EntryAbout about;
  EntryState state = EntryState::self_reported;
  int recomputed = 0, claimed = 0, failed = 0, missing = 0;  ///< cells
  std::string sha256;                                        ///< of the entry.json that was accepted
};

/// {"who", "what", "code", "licence", "state", "cells": {"recomputed", "claimed", "failed", "missing"}, "sha256"}, as
/// run.json and boards have it.
OrderedJson to_ordered_json(const AcceptedEntry& entry);

/// "who", "what", "code" and "licence" of an object.  @throws Error (data) for one that is missing or empty
EntryAbout read_about(const JsonValue& object);

/// @throws Error (data)
AcceptedEntry read_accepted_entry(const JsonValue& value);

/// @throws Error (data) for a word that is none of the three
EntryState read_entry_state(const JsonValue& value);

}  // namespace predcorr
