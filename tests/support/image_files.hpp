// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::test {

/// A file of image_reference.json, which has it in hexadecimal digits, written into a folder under its own name.
inline std::filesystem::path image_file(const TemporaryFolder& folder, const std::string& part,
                                        const std::string& name) {
  const std::string digits = reference("image_reference.json").at(part).at("files").at(name).get<std::string>();
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return written(folder, name, bytes);
}

}  // namespace predcorr::test
