// SPDX-License-Identifier: Apache-2.0
#include "models/external/command.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "core/base/hash.hpp"
#include "core/base/reading_folder.hpp"

namespace predcorr {

models::Command JsonType<models::Command>::read(const Json& value) {
  const std::string expected = "the program and its arguments, such as [\"python3\", \"my_model.py\"]";
  if (!value.is_array() || value.empty()) wrong_type(expected, value);
  models::Command command;
  for (const Json& word : value) {
    // A word ends at a zero byte where it is handed to the program.
    if (!word.is_string() || word.get<std::string>().find('\0') != std::string::npos) wrong_type(expected, value);
    command.words.push_back(word.get<std::string>());
  }
  if (command.words.front().empty()) wrong_type(expected, value);
  return command;
}

models::FreeParameters JsonType<models::FreeParameters>::read(const Json& value) {
  if (!value.is_object()) wrong_type("an object {\"name\": value}", value);
  return {value};
}

namespace models {

std::vector<std::string> located(const Command& command) {
  std::vector<std::string> words;
  for (const std::string& word : command.words) {
    const std::filesystem::path file = find_beside(word);
    words.push_back(file.empty() ? word : file.string());
  }
  return words;
}

void check_program(const std::vector<std::string>& located) {
  const std::string& program = located.front();
  const auto runs = [](const std::filesystem::path& file) {
    std::error_code status;
    return std::filesystem::is_regular_file(file, status) && ::access(file.c_str(), X_OK) == 0;
  };
  bool found = program.find('/') != std::string::npos && runs(program);
  if (program.find('/') == std::string::npos) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path == nullptr ? "/bin:/usr/bin" : path);
    for (std::string folder; !found && std::getline(folders, folder, ':');)
      found = runs(std::filesystem::path(folder) / program);
  }
  require(found, ErrorKind::config,
          "command: '{}' is no program that can be run: not beside the suite, not in the working folder, not in the "
          "$PATH; write it as [\"python3\", \"my_model.py\"]",
          program);
}

Json file_hashes(const Command& command, const std::vector<std::string>& located) {
  Json hashes = Json::object();
  for (std::size_t i = 0; i < located.size(); ++i) {
    std::error_code status;
    if (!std::filesystem::is_regular_file(located[i], status)) continue;
    try {
      hashes[command.words.at(i)] = sha256_hex_of_file(located[i]);
    } catch (const Error&) {
    }
  }
  return hashes;
}

}  // namespace models
}  // namespace predcorr
