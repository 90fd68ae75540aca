// SPDX-License-Identifier: Apache-2.0
#include "models/external/answer.hpp"

#include <system_error>

#include "core/base/error.hpp"
#include "models/external/csv_arrays.hpp"

namespace predcorr::models {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFile = "prediction.npz";

/// The same error without the folder's name.
Error without_folder(const Error& e, const fs::path& folder) {
  std::string message = e.what();
  const std::string prefix = folder.string() + "/";
  for (auto at = message.find(prefix); at != std::string::npos; at = message.find(prefix, at))
    message.erase(at, prefix.size());
  return {e.kind(), message};
}

}  // namespace

void remove_answer(const fs::path& folder) {
  std::error_code ignored;
  fs::remove(folder / kFile, ignored);
  for (const std::string& array : prediction_arrays()) fs::remove(folder / (array + ".csv"), ignored);
}

FilePrediction read_answer(const fs::path& folder, FileFormat format, Index points) {
  try {
    if (format == FileFormat::csv)
      return read_prediction(CsvArrays(folder, prediction_arrays()), points, 0, Writer::outside);
    require(fs::is_regular_file(folder / kFile), ErrorKind::io, "{}: is missing; a model writes it before it answers",
            kFile);
    return read_prediction(NpzFile(folder / kFile, kFile), points, 0, Writer::outside);
  } catch (const Error& e) {
    throw without_folder(e, folder);
  }
}

}  // namespace predcorr::models
