// SPDX-License-Identifier: Apache-2.0
#include "models/external/command.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "core/base/hash.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;

/// The absolute path of a regular file of this name in `folder`, else in the working folder; else the word.
std::string located(const std::string& word, const fs::path& folder) {
  if (word.empty()) return word;
  for (const fs::path& place : {folder, fs::path()}) {
    std::error_code status;
    const fs::path file = place / word;  // an absolute name stays as it is
    if (fs::is_regular_file(file, status)) return fs::absolute(file).string();
  }
  return word;
}

}  // namespace

models::Command JsonType<models::Command>::read(const Json& value, const fs::path& folder) {
  const std::string expected = "the program and its arguments, such as [\"python3\", \"my_model.py\"]";
  if (!value.is_array() || value.empty()) wrong_type(expected, value);
  models::Command command;
  for (const Json& word : value) {
    // A word ends at a zero byte where it is handed to the program.
    if (!word.is_string() || word.get<std::string>().find('\0') != std::string::npos) wrong_type(expected, value);
    command.words.push_back(word.get<std::string>());
    command.located.push_back(located(command.words.back(), folder));
  }
  if (command.words.front().empty()) wrong_type(expected, value);
  return command;
}

models::FreeParameters JsonType<models::FreeParameters>::read(const Json& value) {
  if (!value.is_object()) wrong_type("an object {\"name\": value}", value);
  return {value};
}

namespace models {

void check_program(const Command& command) {
  const std::string& program = command.located.front();
  const auto runs = [](const fs::path& file) {
    std::error_code status;
    return fs::is_regular_file(file, status) && ::access(file.c_str(), X_OK) == 0;
  };
  bool found = program.find('/') != std::string::npos && runs(program);
  if (program.find('/') == std::string::npos) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path == nullptr ? "/bin:/usr/bin" : path);
    for (std::string folder; !found && std::getline(folders, folder, ':');) found = runs(fs::path(folder) / program);
  }
  require(found, ErrorKind::config,
          "command: '{}' is no program that can be run: not beside the suite, not in the working folder, not in the "
          "$PATH; write it as [\"python3\", \"my_model.py\"]",
          program);
}

Json file_hashes(const Command& command) {
  Json hashes = Json::object();
  for (std::size_t i = 0; i < command.located.size(); ++i) {
    std::error_code status;
    if (!fs::is_regular_file(command.located[i], status)) continue;
    try {
      hashes[command.words.at(i)] = sha256_hex_of_file(command.located[i]);
    } catch (const Error&) {
    }
  }
  return hashes;
}

}  // namespace models
}  // namespace predcorr
