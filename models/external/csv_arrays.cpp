// SPDX-License-Identifier: Apache-2.0
#include "models/external/csv_arrays.hpp"

#include <charconv>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/files.hpp"

namespace predcorr::models {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kLongestCell = 64;  // bytes that a number and its comma may take: a double has 24 at most

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

std::vector<std::string> CsvArrays::names() const {
  std::vector<std::string> there;
  for (const std::string& array : known_)
    if (contains(array)) there.push_back(array);
  return there;
}

bool CsvArrays::contains(const std::string& array) const { return fs::is_regular_file(folder_ / where(array)); }

Matrix CsvArrays::matrix(const std::string& array, Index expected) const {
  const fs::path file = folder_ / where(array);
  require(contains(array), ErrorKind::io, "{}: is missing; a model writes it before it answers", where(array));
  const std::uint64_t bytes = check_regular_file(file);
  require(expected == 0 || bytes / kLongestCell <= static_cast<std::uint64_t>(expected), ErrorKind::data,
          "{}: has {} bytes; {} numbers were expected, which need fewer", where(array), bytes, expected);
  return parse_csv_matrix(read_text_file(file), where(array));
}

Matrix parse_csv_matrix(std::string_view text, const std::string& origin) {
  std::vector<double> numbers;
  Index rows = 0, cols = 0;
  for (std::size_t begin = 0, line_number = 1; begin < text.size(); ++line_number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (trimmed(line).empty()) continue;
    Index column = 0;
    for (std::size_t at = 0; at <= line.size(); ++column) {
      const std::size_t comma = std::min(line.find(',', at), line.size());
      const std::string_view cell = trimmed(line.substr(at, comma - at));
      double value = 0;
      const auto [rest, status] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
      if (status != std::errc() || rest != cell.data() + cell.size())
        fail(ErrorKind::data,
             "{}:{}: column {}: '{}' is not a number; numbers separated by commas were expected, "
             "without a header",
             origin, line_number, column + 1, cell.substr(0, 40));
      numbers.push_back(value);
      at = comma + 1;
    }
    if (rows++ == 0) cols = column;
    require(column == cols, ErrorKind::data, "{}:{}: {} numbers, where the lines above have {}", origin, line_number,
            column, cols);
  }
  return Eigen::Map<const RowMatrix>(numbers.data(), rows, cols);
}

std::string csv_matrix(const Eigen::Ref<const Matrix>& matrix) {
  std::string text;
  for (Index i = 0; i < matrix.rows(); ++i)
    for (Index j = 0; j < matrix.cols(); ++j)
      text += fmt::format("{}{}", matrix(i, j), j + 1 < matrix.cols() ? ',' : '\n');
  return text;
}

}  // namespace predcorr::models
