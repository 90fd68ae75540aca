// SPDX-License-Identifier: Apache-2.0
#include "datasets/split.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/base/error.hpp"
#include "datasets/legacy_random.hpp"

namespace predcorr {
namespace {

constexpr std::uint32_t kStudySplitSeed = 8888;

/// scikit-learn's train_test_split(rows, test_size=0.2, random_state=8888): the test part is rounded up.
std::pair<Rows, Rows> train_test_split(const Rows& rows) {
  const auto n_test = static_cast<Index>(std::ceil(0.2 * static_cast<double>(rows.size())));
  const Rows order = datasets::NumpyLegacyRandom(kStudySplitSeed).permutation(std::ssize(rows));
  Rows train, test;
  for (Index i = 0; i < std::ssize(order); ++i)
    (i < n_test ? test : train).push_back(rows[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])]);
  return {train, test};
}

Rows slice(const Rows& rows, std::size_t first, std::size_t last) {
  return Rows(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.begin() + static_cast<std::ptrdiff_t>(last));
}

}  // namespace

EnumWords<ProtocolName> words_of(ProtocolName) {
  return {{"paper", ProtocolName::paper}, {"modern", ProtocolName::modern}};
}

Fields<Protocol> Protocol::fields() {
  return {field("name", &Protocol::name, "the study's splits, or fresh ones"),
          field("train", &Protocol::train, between(0.001, 0.999), "part of all rows to train on at first"),
          field("test", &Protocol::test, between(0.001, 0.999), "part of all rows to test on; the rest is the pool")};
}

std::uint32_t study_seed(std::uint64_t seed) {
  require(seed <= std::numeric_limits<std::uint32_t>::max(), ErrorKind::config,
          "seed {}: the paper protocol's generators take seeds up to 4294967295", seed);
  return static_cast<std::uint32_t>(seed);
}

Split paper_split(Index rows, std::uint64_t seed, double train_part) {
  require(rows >= 10, ErrorKind::data, "the paper protocol needs at least 10 rows, got {}", rows);
  const auto [rest, first_test] = train_test_split(consecutive_rows(0, rows));
  const auto [first_train, validation] = train_test_split(rest);
  // What was train and test is mixed anew by the seed; the validation rows stay in train + pool for every seed.
  const Rows mixed = joined(first_train, first_test);
  datasets::NumpyLegacyRandom random(study_seed(seed));
  const Rows order = random.permutation(std::ssize(mixed));
  Rows shuffled;
  for (const Index i : order) shuffled.push_back(mixed[static_cast<std::size_t>(i)]);
  const Rows available = joined(slice(shuffled, 0, first_train.size()), validation);
  const auto n_train = static_cast<std::size_t>(static_cast<double>(rows) * train_part);
  require(n_train >= 1 && n_train < available.size(), ErrorKind::config,
          "protocol: train {} of {} rows leaves nothing in the {}; test is fixed at 0.2", train_part, rows,
          n_train < 1 ? "train part" : "pool");
  return {slice(available, 0, n_train), slice(available, n_train, available.size()),
          slice(shuffled, first_train.size(), shuffled.size())};
}

Split modern_split(Index rows, const std::vector<Index>& groups, const Protocol& protocol, const Stream& stream) {
  require(protocol.train + protocol.test < 1, ErrorKind::config,
          "protocol: train {} and test {} leave nothing for the pool", protocol.train, protocol.test);
  // Without groups every row is its own.
  const Rows labels = groups.empty() ? consecutive_rows(0, rows) : groups;
  Rows distinct = labels;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  const Rows order = stream.fork("split").permutation(std::ssize(distinct));
  // Groups are dealt out in random order: to test until it has its share, then to train, the rest to the pool.
  const double n = static_cast<double>(rows);
  constexpr double kRounding = 1e-9;  // 0.29 * 100 is a little below 29
  Split split;
  std::vector<Rows> members(distinct.size());
  for (Index row = 0; row < rows; ++row) {
    const auto group = std::lower_bound(distinct.begin(), distinct.end(), labels[static_cast<std::size_t>(row)]);
    members[static_cast<std::size_t>(group - distinct.begin())].push_back(row);
  }
  for (const Index g : order) {
    const Rows& group = members[static_cast<std::size_t>(g)];
    Rows& part = static_cast<double>(split.test.size()) < std::floor(protocol.test * n + kRounding)     ? split.test
                 : static_cast<double>(split.train.size()) < std::floor(protocol.train * n + kRounding) ? split.train
                                                                                                        : split.pool;
    part.insert(part.end(), group.begin(), group.end());
  }
  require(!split.train.empty() && !split.pool.empty() && !split.test.empty(), ErrorKind::data,
          "{} rows in {} groups cannot be split into train, pool and test; use more rows or smaller groups", rows,
          distinct.size());
  return split;
}

}  // namespace predcorr
