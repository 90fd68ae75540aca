// SPDX-License-Identifier: Apache-2.0
#include "models/trees/feature_ranks.hpp"

#include <algorithm>
#include <numeric>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"

namespace predcorr::models {

double midpoint(double low, double high) {
  const double middle = low / 2 + high / 2;
  return middle >= low && middle < high ? middle : low;
}

FeatureRanks::Column FeatureRanks::sorted(const Eigen::Ref<const Vector>& values) {
  const std::size_t n = static_cast<std::size_t>(values.size());
  // Value and row side by side: comparisons then need no look-up.
  std::vector<std::pair<double, std::uint32_t>> pairs(n);
  for (std::size_t i = 0; i < n; ++i)  // 0 + turns -0 into 0
    pairs[i] = {0.0 + values(static_cast<Index>(i)), static_cast<std::uint32_t>(i)};
  std::sort(pairs.begin(), pairs.end());
  Column column;
  column.order.resize(n);
  column.rank.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (i == 0 || pairs[i].first != pairs[i - 1].first) column.low.push_back(pairs[i].first);
    column.order[i] = pairs[i].second;
    column.rank[pairs[i].second] = static_cast<std::uint32_t>(column.low.size() - 1);
  }
  column.low.shrink_to_fit();
  return column;
}

FeatureRanks::FeatureRanks(const Matrix& inputs) : rows_(inputs.rows()), columns_(inputs.cols()) {
  require(rows_ < (Index{1} << 31), ErrorKind::shape, "feature ranks: at most 2^31 - 1 rows can be sorted, got {}",
          rows_);
  parallel_for(inputs.cols(), [&](Index f) { columns_[f] = sorted(inputs.col(f)); });
}

void FeatureRanks::merge_ranks(Column& column, Index bins) {
  const std::size_t levels = column.low.size(), n = column.order.size();
  if (levels <= static_cast<std::size_t>(bins)) return;
  std::vector<std::uint32_t> count(levels, 0), bin(levels);
  for (const std::uint32_t r : column.rank) ++count[r];
  std::vector<double> low, high;
  // A bin is closed when it has its share of the rows that are left; a value with many rows fills one by itself.
  std::size_t left = n, in_bin = 0, bins_left = static_cast<std::size_t>(bins);
  for (std::size_t level = 0; level < levels; ++level) {
    if (in_bin == 0) {
      low.push_back(column.low[level]);
      high.push_back(column.low[level]);
    }
    high.back() = column.low[level];
    bin[level] = static_cast<std::uint32_t>(low.size() - 1);
    in_bin += count[level];
    if (bins_left > 1 && in_bin * bins_left >= left) {
      left -= in_bin;
      in_bin = 0;
      --bins_left;
    }
  }
  for (std::uint32_t& r : column.rank) r = bin[r];
  column.low = std::move(low);
  column.high = std::move(high);
  // Equal ranks by row number, as where the ranks are values: the order within a bin must not tell anything.
  std::vector<std::uint32_t> next(column.low.size() + 1, 0);
  for (const std::uint32_t r : column.rank) ++next[r + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  for (std::size_t row = 0; row < n; ++row) column.order[next[column.rank[row]]++] = static_cast<std::uint32_t>(row);
}

FeatureRanks FeatureRanks::binned(const Matrix& inputs, Index bins) {
  require(bins >= 2, ErrorKind::shape, "feature ranks: at least 2 bins are needed, got {}", bins);
  FeatureRanks ranks(inputs);
  parallel_for(inputs.cols(), [&](Index f) { merge_ranks(ranks.columns_[f], bins); });
  return ranks;
}

double FeatureRanks::threshold(Index feature, std::uint32_t below, std::uint32_t above) const {
  const Column& c = columns_[feature];
  return midpoint(c.high.empty() ? c.low[below] : c.high[below], c.low[above]);
}

}  // namespace predcorr::models
