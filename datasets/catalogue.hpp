// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/base/matrix.hpp"

namespace predcorr::datasets {

/// A known table: where to get it and how to tell that it is the right one.
struct CatalogueRow {
  std::string name;  ///< kebab-case, as suites call it
  std::vector<std::string> aliases;
  std::string file;
  std::vector<std::string> inputs;  ///< column names; the file itself has no header
  std::string target;               ///< the last column
  Index rows;
  std::string sha256;
  std::string url;
  std::string citation;
  std::string notes;
};

/// Every known table, by name. To add one, add a row in catalogue.cpp.
const std::vector<CatalogueRow>& catalogue();

/// A file that can be downloaded.
struct DataFile {
  std::string file;
  std::string sha256;  ///< of the file as it lies there, compressed where it is compressed
  std::string url;
};

/// A data set of one or more such files.
struct FetchedData {
  std::string name;
  std::vector<std::string> aliases;
  std::vector<DataFile> files;
};

/// What can be fetched: the catalogue's tables, then data sets that are made of other files.
const std::vector<FetchedData>& fetched_data();

/// One of them.  @throws Error (config) for an unknown name or alias
const FetchedData& find_fetched(const std::string& name);

}  // namespace predcorr::datasets
