// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/plugins/parameters.hpp"

namespace predcorr::models {

/// A program with its arguments, as a suite writes it: ["python3", "my_model.py"].
struct Command {
  std::vector<std::string> words;
  /// The words as they are run: every one that names a file beside the suite, or else in the working folder, is its
  /// absolute path. The rest stay as they are, so that the first is looked for in $PATH.
  std::vector<std::string> located = {};
};

/// Whatever a program of the user's is to be given, in an object: predcorr does not look into it.
struct FreeParameters {
  Json values = Json::object();
};

/// @throws Error (config) if the first word is neither a file that can be run nor the name of one in $PATH
void check_program(const Command& command);

/// {word as written: SHA-256} of every word that names a file. What the file holds decides the numbers, where it lies
/// does not. A file that cannot be read is left out: starting the program will tell.
Json file_hashes(const Command& command);

}  // namespace predcorr::models

namespace predcorr {

template <>
struct JsonType<models::Command> {
  static std::string name() { return "list of text"; }
  static bool usable(const models::Command& command) { return !command.words.empty(); }
  static bool all(const Json& value, const std::function<bool(const Json&)>& holds) { return holds(value); }
  static Json write(const models::Command& command) { return command.words; }
  static models::Command read(const Json& value, const std::filesystem::path& folder = {});
};

template <>
struct JsonType<models::FreeParameters> {
  static std::string name() { return "object"; }
  static bool usable(const models::FreeParameters&) { return true; }
  static bool all(const Json& value, const std::function<bool(const Json&)>& holds) { return holds(value); }
  static Json write(const models::FreeParameters& parameters) { return parameters.values; }
  static models::FreeParameters read(const Json& value);
};

}  // namespace predcorr
