// SPDX-License-Identifier: Apache-2.0
#include "core/numpy/array_file.hpp"

#include "core/base/error.hpp"

namespace predcorr {

bool ArrayFile::is_float32(const std::string& array) const {
  const std::optional<NpyHeader> found = header(array);
  return found && found->is_float32();
}

NpzFile::NpzFile(const std::filesystem::path& file, const std::string& called)
    : name_(called.empty() ? file.string() : called), reader_(file, NpzReader::As{name_}) {}

std::string NpzFile::where(const std::string& array) const { return fmt::format("{}: array '{}'", name_, array); }

MatrixF NpzFile::floats(const std::string& array, Index expected) const {
  return reader_.array(array, expected).floats();
}

}  // namespace predcorr
