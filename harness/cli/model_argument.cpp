// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/model_argument.hpp"

namespace predcorr {
namespace {

bool is_file(const std::string& text) { return text.find('{') == std::string::npos && text.ends_with(".json"); }

}  // namespace

Spec read_model_argument(const std::string& text, const std::string& option) {
  if (text.find('{') != std::string::npos) return read_spec(parse_json(text, option), "model", option);
  return is_file(text) ? read_spec(read_json_file(text), "model", text) : read_spec(Json(text), "model", option);
}

Json read_json_argument(const std::string& text, const std::string& option) {
  if (text.find('{') != std::string::npos) return parse_json(text, option);
  return is_file(text) ? read_json_file(text) : Json(text);
}

std::filesystem::path folder_of_argument(const std::string& text) {
  return is_file(text) ? std::filesystem::path(text).parent_path() : std::filesystem::path();
}

}  // namespace predcorr
