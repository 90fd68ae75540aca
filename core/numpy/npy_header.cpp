// SPDX-License-Identifier: Apache-2.0
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "core/base/error.hpp"
#include "core/numpy/npy.hpp"

namespace predcorr {
namespace {

constexpr std::uint64_t kLongestSide = std::uint64_t{1} << 40;

/// Takes the header's dictionary apart from left to right.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& where, int most) : text_(text), where_(where), most_(most) {}

  NpyHeader parse() {
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const std::size_t begin = at_;
      const std::string key = quoted();
      expect(':');
      bool* seen = key == "descr" ? &descr : key == "fortran_order" ? &order : key == "shape" ? &shape : nullptr;
      require(seen != nullptr && !*seen, ErrorKind::data, "{}: its header has the key '{}' {} (character {})", where_,
              key, seen == nullptr ? "that NumPy does not write" : "twice", begin);
      *seen = true;
      if (key == "descr")
        read_type();
      else if (key == "fortran_order")
        header_.fortran = truth();
      else
        read_shape();
      if (accept(',')) continue;
      expect('}');
      break;
    }
    skip_blanks();
    if (at_ != text_.size()) refuse("nothing more");
    require(descr && order && shape, ErrorKind::data, "{}: its header lacks {}", where_,
            !descr   ? "'descr'"
            : !order ? "'fortran_order'"
                     : "'shape'");
    return header_;
  }

 private:
  [[noreturn]] void refuse(const char* expected) const {
    fail(ErrorKind::data, "{}: its header is not one of NumPy's: {} was expected at character {}", where_, expected,
         at_);
  }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  bool accept(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    const char expected[] = {'\'', c, '\'', 0};
    if (!accept(c)) refuse(expected);
  }
  bool accept_word(std::string_view word) {
    skip_blanks();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  std::string quoted() {
    const char quote = accept('\'') ? '\'' : accept('"') ? '"' : '\0';
    if (quote == '\0') refuse("a quoted name");
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] > ' ' && text_[at_] <= '~' && text_[at_] != '\\')
      ++at_;
    if (at_ == text_.size() || text_[at_] != quote || at_ - begin > 64) refuse("a quoted name of plain letters");
    return std::string(text_.substr(begin, at_++ - begin));
  }

  bool truth() {
    if (accept_word("True")) return true;
    if (!accept_word("False")) refuse("True or False");
    return false;
  }

  void read_type() {
    require(!accept('['), ErrorKind::data, "{}: has named fields (a structured dtype); save each field as an array",
            where_);
    NpyHeader& h = header_;
    h.type = quoted();
    const std::string_view type = h.type;
    const bool has_order = !type.empty() && std::strchr("<>|=", type[0]) != nullptr;
    const std::string_view kind = type.substr(has_order ? 1 : 0);
    const auto is_one_of = [&](std::initializer_list<const char*> names) {
      return std::find(names.begin(), names.end(), kind) != names.end();
    };
    if (!is_one_of({"f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"})) {
      const char first = kind.empty() ? '?' : kind[0];
      const char* found = first == 'O'                                   ? "Python objects"
                          : first == 'c'                                 ? "complex numbers"
                          : first == 'U' || first == 'S' || first == 'a' ? "text"
                          : first == 'M' || first == 'm'                 ? "dates or times"
                          : first == 'f'                                 ? "numbers of a precision that is not read"
                                                                         : "no numbers";
      fail(ErrorKind::data,
           "{}: holds {} (dtype '{}'); float64, float32, integers or bool were expected; save it as numbers: "
           "np.asarray(a, dtype=np.float64){}",
           where_, found, h.type, first == 'O' ? ", with allow_pickle=False" : "");
    }
    h.kind = kind[0];
    h.item_bytes = kind[1] - '0';
    const char order = has_order ? type[0] : '=';
    if (order == '|' && h.item_bytes > 1)
      fail(ErrorKind::data, "{}: has dtype '{}', which leaves the byte order open; '<' or '>' was expected", where_,
           h.type);
    h.swapped = order == '>' && h.item_bytes > 1;
  }

  void read_shape() {
    expect('(');
    std::vector<Index>& sides = header_.sides;
    int count = 0;
    while (!accept(')')) {
      skip_blanks();
      require(at_ == text_.size() || text_[at_] != '-', ErrorKind::data, "{}: its shape has a negative side", where_);
      std::uint64_t side = 0;
      const auto [next, status] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), side);
      if (status == std::errc::invalid_argument) refuse("a whole number");
      require(status == std::errc() && side <= kLongestSide, ErrorKind::data, "{}: its shape has an absurd side: {}",
              where_, text_.substr(at_, static_cast<std::size_t>(next - text_.data()) - at_));
      at_ = static_cast<std::size_t>(next - text_.data());
      accept('L');  // as Python 2 wrote it
      if (++count <= most_) sides.push_back(static_cast<Index>(side));
      if (accept(',')) continue;
      expect(')');
      if (count == 1) refuse("',' after a single side");
      break;
    }
    require(count <= most_, ErrorKind::data,
            "{}: has {} dimensions, at most {} were expected; reshape it before saving", where_, count, most_);
    header_.dimensions = count;
    if (count > 0) header_.rows = sides[0];
    for (int k = 1; k < count; ++k) {
      const Index side = sides[static_cast<std::size_t>(k)];
      require(side == 0 || header_.cols <= static_cast<Index>(kLongestSide) / side, ErrorKind::data,
              "{}: has the absurd shape {}", where_, header_.shape());
      header_.cols *= side;
    }
  }

  std::string_view text_;
  const std::string& where_;
  int most_;
  std::size_t at_ = 0;
  NpyHeader header_;
};

}  // namespace

std::string NpyHeader::shape() const {
  return dimensions == 0   ? "a single number"
         : dimensions == 1 ? fmt::format("{}", rows)
         : dimensions == 2 ? fmt::format("{} x {}", rows, cols)
                           : fmt::format("{}", fmt::join(sides, " x "));
}

NpyHeader parse_npy_header(std::string_view dictionary, const std::string& where, int most) {
  return HeaderParser(dictionary, where, most).parse();
}

}  // namespace predcorr
