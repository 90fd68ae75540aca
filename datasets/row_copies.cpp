// SPDX-License-Identifier: Apache-2.0
#include "datasets/row_copies.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/error.hpp"

namespace predcorr {

RowCopies find_row_copies(const Matrix& inputs, const Vector& targets) {
  const Index n = inputs.rows();
  require(targets.size() == n, ErrorKind::shape, "row copies: {} rows of inputs, {} targets", n, targets.size());
  const auto compare = [&](Index a, Index b) {
    for (Index j = 0; j < inputs.cols(); ++j)
      if (inputs(a, j) != inputs(b, j)) return inputs(a, j) < inputs(b, j) ? -1 : 1;
    return 0;
  };
  Rows order = consecutive_rows(0, n);
  std::sort(order.begin(), order.end(), [&](Index a, Index b) {
    const int sign = compare(a, b);
    return sign != 0 ? sign < 0 : a < b;
  });
  // The first row of each set stands for it.
  Rows first = consecutive_rows(0, n);
  RowCopies result;
  for (auto begin = order.begin(); begin != order.end();) {
    const auto end = std::find_if(begin, order.end(), [&](Index row) { return compare(*begin, row) != 0; });
    const auto size = end - begin;
    if (std::all_of(begin, end, [&](Index row) { return targets(row) == targets(*begin); })) {
      for (auto row = begin; row != end; ++row) first[static_cast<std::size_t>(*row)] = *begin;
      result.copies += size - 1;
    } else {
      result.replicates += size;
    }
    begin = end;
  }
  std::map<Index, Index> numbers;
  for (const Index row : first) result.set.push_back(numbers.try_emplace(row, std::ssize(numbers)).first->second);
  return result;
}

Index copies_across_groups(const RowCopies& copies, const std::vector<Index>& groups) {
  std::map<Index, std::set<Index>> groups_of_set;
  for (std::size_t i = 0; i < copies.set.size(); ++i) groups_of_set[copies.set[i]].insert(groups[i]);
  return std::count_if(copies.set.begin(), copies.set.end(),
                       [&](Index set) { return groups_of_set.at(set).size() > 1; });
}

std::string words_on_copies(const Dataset& data) {
  const RowCopies found = find_row_copies(data.inputs, data.targets);
  if (found.copies == 0) return "";
  if (!data.groups.empty()) {
    const Index apart = copies_across_groups(found, data.groups);
    return apart == 0 ? "" : fmt::format("{} rows have a copy (same inputs, same target) in another group", apart);
  }
  return fmt::format(
      "{} rows are copies of others (same inputs, same target), which may be trained on and tested on: remove them, or "
      "name a \"group\" that keeps them together",
      found.copies);
}

}  // namespace predcorr
