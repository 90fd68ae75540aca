// SPDX-License-Identifier: Apache-2.0
#include "core/base/hash.hpp"
#include "datasets/dataset_source.hpp"
#include "datasets/row_copies.hpp"
#include "datasets/table.hpp"

namespace predcorr::datasets {
namespace {

struct CsvParameters {
  std::string file;
  Column target{"-1"};
  std::vector<Column> drop;
  std::string group;
  HeaderLine header = HeaderLine::detected;
  static Fields<CsvParameters> fields() {
    return {
        field("file", &CsvParameters::file, not_empty(),
              "path; a relative one is looked for beside the suite, in --data, $PREDCORR_DATA and the cache"),
        field("target", &CsvParameters::target, any_value(), "column to predict: name, or number from 0 (-1: last)"),
        field("drop", &CsvParameters::drop, any_value(), "columns that are not inputs"),
        field("group", &CsvParameters::group, any_value(),
              "column whose equal values are kept in one part of a split (modern protocol)"),
        field("header", &CsvParameters::header, "whether the first line has names")};
  }
};

/// A user's own table.
class Csv : public DatasetSource {
 public:
  explicit Csv(CsvParameters p) : p_(std::move(p)) {}

  bool is_file() const override { return true; }

  std::string content_hash(const DataRequest& request) const override { return sha256_hex_of_file(find(request).path); }

  Dataset load(const DataRequest& request) const override {
    const FoundFile found = find(request);
    Dataset data = read_table(found.path, {p_.target, p_.drop, p_.group, p_.header});
    data.name = "csv";
    check_dataset(data, 10);
    for (const auto& other : found.others)
      if (sha256_hex_of_file(other) != data.source.sha256)
        data.source.notes += fmt::format("; {} is another file of that name, which was not taken", other.string());
    if (const std::string words = words_on_copies(data); !words.empty()) data.source.notes += "; " + words;
    return data;
  }

 private:
  FoundFile find(const DataRequest& request) const {
    return find_data_file(p_.file, request.folders, "give the full path, or --data FOLDER");
  }

  CsvParameters p_;
};

PREDCORR_REGISTER(DatasetSource, "csv", Csv, CsvParameters,
                  "your own table: comma-, semicolon-, tab- or blank-separated", "");

}  // namespace
}  // namespace predcorr::datasets
