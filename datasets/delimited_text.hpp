// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/matrix.hpp"

namespace predcorr {

/// A row of a text table as it stands there.
struct DelimitedRow {
  Index line = 0;  ///< of the file, from 1, in which it begins: quoted cells may hold line breaks
  std::vector<std::string> cells;
};

/// A text table: what parts its cells, and its rows, which all have as many.
struct DelimitedText {
  char separator = ',';  ///< ',' ';' '\t', ' ' for any run of blanks and tabs, or '\n' where a row is one cell
  std::vector<DelimitedRow> rows;
};

/// Splits a text table by the rules of RFC 4180, with these liberties: the separator may also be a semicolon, a tab or
/// blanks; lines may end in LF, CR LF or CR; a byte-order mark is skipped, and so are blank lines; blanks around a cell
/// are not part of it unless they are quoted.
///
/// The separator is decided once, by the first 200 rows. Those that the first row has outside of quotes are tried; the
/// one by which most rows have as many cells as the first wins. Where that is equal, it is the one that leaves more
/// cells that are numbers ("1,5;2,5" is two numbers), then tab before semicolon before comma. A first row without any
/// is parted by blanks. So is a table in which tabs (or commas) part fewer than nine in ten rows like the first while
/// blanks part all alike, into numbers: then tabs are blanks like others. Nine in ten because a table of tabs with a
/// cell missing here and there must not be read as one of blanks, which would shift cells.
/// Cells stay cells where they are empty, first and last ones too; only between blanks there are none.
/// @param origin the file's name for messages
/// @throws Error (data) with file and line for text that is not UTF-8, quotes left open, text behind a closing quote,
/// and rows with another number of cells than the first
DelimitedText split_delimited(std::string_view text, const std::string& origin);

/// A cell as RFC 4180 writes it: in quotes if it has to be, so that split_delimited gives it back.
std::string delimited_cell(const std::string& text, char separator = ',');

/// The value of a cell, whatever std::from_chars takes for a number, NaN and infinity included, with blanks around it.
std::optional<double> number_in(std::string_view cell);

/// Whether the cell would be a number if its one comma were a point, as in "12,5".
bool has_decimal_comma(std::string_view cell);

}  // namespace predcorr
