// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/base/matrix.hpp"

namespace predcorr::datasets {

/// A known data file: where to get it and how to tell that it is the right one.
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

/// Every known file, by name. To add one, add a row in catalogue.cpp.
const std::vector<CatalogueRow>& catalogue();

}  // namespace predcorr::datasets
