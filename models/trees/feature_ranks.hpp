// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/matrix.hpp"

namespace predcorr::models {

/// Every feature of a data set sorted once, for all trees that are grown on it. Rows of equal value share a rank; ranks
/// are dense, 0 for the smallest. Binned, a rank stands for neighbouring values.
/// Memory: 8 bytes for each row and feature and, for each rank, 8 (16 if binned). An immutable value.
class FeatureRanks {
 public:
  /// A rank for each distinct value. Cost: d sorts of n, in parallel.  @param inputs n x d, finite, n < 2^31
  explicit FeatureRanks(const Matrix& inputs);

  /// At most `bins` ranks, each with about as many rows as the others; a rank for each distinct value where there are
  /// no more of them.  @param bins at least 2
  static FeatureRanks binned(const Matrix& inputs, Index bins);

  Index rows() const { return rows_; }
  Index features() const { return static_cast<Index>(columns_.size()); }

  /// n rows, the feature's smallest first; equal ranks by row number.
  const std::uint32_t* order(Index feature) const { return columns_[feature].order.data(); }
  /// n ranks, by row.
  const std::uint32_t* ranks(Index feature) const { return columns_[feature].rank.data(); }
  Index levels(Index feature) const { return static_cast<Index>(columns_[feature].low.size()); }

  bool has_ties(Index feature) const { return levels(feature) < rows_; }

  /// Where to cut between two ranks: halfway between the largest value of `below` and the smallest of `above`, so that
  /// value <= threshold holds for exactly the ranks up to `below`.
  double threshold(Index feature, std::uint32_t below, std::uint32_t above) const;

 private:
  struct Column {
    std::vector<std::uint32_t> order, rank;
    std::vector<double> low, high;  // by rank; high is empty where every rank is one value
  };
  FeatureRanks() = default;
  static Column sorted(const Eigen::Ref<const Vector>& values);
  static void merge_ranks(Column& column, Index bins);

  Index rows_ = 0;
  std::vector<Column> columns_;
};

/// (low + high) / 2, but never `high`: neighbouring numbers have none between them.
double midpoint(double low, double high);

}  // namespace predcorr::models
