// SPDX-License-Identifier: Apache-2.0
#include "models/external/arrays.hpp"

#include <charconv>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/numpy/npz.hpp"

namespace predcorr::models {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kLongestCell = 64;  // bytes that a number and its comma may take: a double has 24 at most

/// Calls `read`; what it throws loses the folder's name.
template <class F>
auto without_folder(const fs::path& folder, const F& read) {
  try {
    return read();
  } catch (const Error& e) {
    std::string message = e.what();
    const std::string prefix = folder.string() + "/";
    for (auto at = message.find(prefix); at != std::string::npos; at = message.find(prefix, at))
      message.erase(at, prefix.size());
    throw Error(e.kind(), message);
  }
}

class NpzArrays : public Arrays {
 public:
  explicit NpzArrays(const fs::path& file)
      : file_(file), reader_(without_folder(file.parent_path(), [&] {
          require(fs::is_regular_file(file), ErrorKind::io, "{}: is missing; a model writes it before it answers",
                  file.string());
          return std::make_unique<const NpzReader>(file);
        })) {}
  bool contains(const std::string& name) const override { return reader_->contains(name); }
  std::optional<std::pair<Index, Index>> sides(const std::string& name) const override {
    return without_folder(file_.parent_path(), [&] {
      const NpyHeader header = reader_->header(name);
      return std::pair(header.rows, header.cols);
    });
  }
  Matrix matrix(const std::string& name, Index expected) const override {
    return without_folder(file_.parent_path(), [&] { return reader_->matrix(name, expected); });
  }
  bool is_float32(const std::string& name) const override {
    return without_folder(file_.parent_path(), [&] { return reader_->is_float32(name); });
  }
  std::string subject(const std::string& name) const override {
    return fmt::format("{}: array '{}'", file_.filename().string(), name);
  }

 private:
  fs::path file_;
  std::unique_ptr<const NpzReader> reader_;
};

class CsvArrays : public Arrays {
 public:
  explicit CsvArrays(fs::path folder) : folder_(std::move(folder)) {}
  bool contains(const std::string& name) const override { return fs::is_regular_file(folder_ / subject(name)); }
  std::optional<std::pair<Index, Index>> sides(const std::string&) const override { return std::nullopt; }
  Matrix matrix(const std::string& name, Index expected) const override {
    require(contains(name), ErrorKind::io, "{}: is missing; a model writes it before it answers", subject(name));
    const auto bytes = without_folder(folder_, [&] { return check_regular_file(folder_ / subject(name)); });
    require(expected == 0 || bytes / kLongestCell <= static_cast<std::uint64_t>(expected), ErrorKind::data,
            "{}: has {} bytes; {} numbers were expected, which need fewer", subject(name), bytes, expected);
    return without_folder(folder_,
                          [&] { return parse_csv_matrix(read_text_file(folder_ / subject(name)), subject(name)); });
  }
  bool is_float32(const std::string&) const override { return false; }
  std::string subject(const std::string& name) const override { return name + ".csv"; }

 private:
  fs::path folder_;
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

std::unique_ptr<const Arrays> npz_arrays(const fs::path& file) { return std::make_unique<const NpzArrays>(file); }
std::unique_ptr<const Arrays> csv_arrays(const fs::path& folder) { return std::make_unique<const CsvArrays>(folder); }

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
