// SPDX-License-Identifier: Apache-2.0
#include "tests/support/schema.hpp"

#include <filesystem>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace predcorr::test {

std::string schema_errors(const Json& document, const std::string& name) {
  const auto file = std::filesystem::path(PREDCORR_SOURCE_DIR) / "results" / "schema" / (name + ".schema.json");
  const Json text = read_json_file(file);
  valijson::Schema schema;
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(valijson::adapters::NlohmannJsonAdapter(text), schema);
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  const valijson::adapters::NlohmannJsonAdapter target(document);
  // Without a list of errors first: it would be filled for every alternative that a summary is not.
  if (validator.validate(schema, target, nullptr)) return "";
  valijson::ValidationResults results;
  validator.validate(schema, target, &results);
  std::string errors;
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    for (const std::string& part : error.context) errors += part;
    errors += ": " + error.description + "\n";
  }
  return errors;
}

}  // namespace predcorr::test
