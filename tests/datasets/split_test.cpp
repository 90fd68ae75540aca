// SPDX-License-Identifier: Apache-2.0
#include "datasets/split.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

Rows head(const Rows& rows, std::ptrdiff_t n) { return Rows(rows.begin(), rows.begin() + n); }
Rows tail(const Rows& rows, std::ptrdiff_t n) { return Rows(rows.end() - n, rows.end()); }
Index sum(const Rows& rows) { return std::accumulate(rows.begin(), rows.end(), Index{0}); }
Index size(const Rows& rows) { return std::ssize(rows); }

/// Every row of 0..n-1 in exactly one part.
bool is_partition(const Split& s, Index n) {
  Rows all = joined(joined(s.train, s.pool), s.test);
  std::sort(all.begin(), all.end());
  return all == consecutive_rows(0, n);
}

TEST_CASE("The paper's splits match scikit-learn and NumPy row for row", "[datasets]") {
  const Json references = test::reference("splits.json");
  REQUIRE(references.size() == 16);
  for (const Json& r : references) {
    INFO(r.at("dataset") << ", seed " << r.at("seed"));
    const auto n = r.at("rows").get<Index>();
    const Split s = paper_split(n, r.at("seed").get<std::uint64_t>());
    REQUIRE(size(s.train) == r.at("n_train"));
    REQUIRE(size(s.pool) == r.at("n_pool"));
    REQUIRE(size(s.test) == r.at("n_test"));
    CHECK(head(s.train, 8) == r.at("train_first").get<Rows>());
    CHECK(head(s.pool, 8) == r.at("pool_first").get<Rows>());
    CHECK(tail(s.pool, 4) == r.at("pool_last").get<Rows>());
    CHECK(head(s.test, 8) == r.at("test_first").get<Rows>());
    CHECK(tail(s.test, 4) == r.at("test_last").get<Rows>());
    CHECK(sum(s.train) == r.at("train_sum"));
    CHECK(sum(s.pool) == r.at("pool_sum"));
    CHECK(sum(s.test) == r.at("test_sum"));
    CHECK(is_partition(s, n));
  }
}

TEST_CASE("The paper's training part grows at the pool's expense", "[datasets]") {
  const Split usual = paper_split(506, 1), small = paper_split(506, 1, 0.1);
  CHECK(size(small.train) == 50);
  CHECK(small.test == usual.test);
  CHECK(joined(small.train, small.pool) == joined(usual.train, usual.pool));
}

TEST_CASE("The paper's splits differ by seed and exist for the smallest table", "[datasets]") {
  CHECK(paper_split(100, 1).test != paper_split(100, 2).test);
  CHECK(is_partition(paper_split(100, 4294967295), 100));
  const Split s = paper_split(10, 3);
  CHECK(is_partition(s, 10));
  CHECK(size(s.train) == 2);
  CHECK(size(s.test) == 2);
}

TEST_CASE("Requests the paper's rule cannot honour are refused", "[datasets]") {
  CHECK(missing(error_of([] { paper_split(9, 1); }), {"data: ", "at least 10 rows", "got 9"}) == "");
  CHECK(missing(error_of([] { paper_split(100, 4294967296); }), {"config: ", "seed 4294967296", "4294967295"}) == "");
  // Four fifths are train and pool: a larger training part has no rows to come from.
  CHECK(missing(error_of([] { paper_split(100, 1, 0.9); }), {"0.9"}) == "");
}

TEST_CASE("No part of the paper's split may be empty", "[datasets]") {
  CHECK(missing(error_of([] { paper_split(100, 1, 0.8); }), {"pool"}) == "");
  CHECK(missing(error_of([] { paper_split(10, 1, 0.05); }), {"train"}) == "");
}

TEST_CASE("A modern split has the shares asked for", "[datasets]") {
  for (const Index n : {10, 137, 1000}) {
    const Split s = modern_split(n, {}, {ProtocolName::modern, 0.25, 0.3}, Stream(1));
    CHECK(is_partition(s, n));
    CHECK(size(s.train) == static_cast<Index>(0.25 * static_cast<double>(n)));
    CHECK(size(s.test) == static_cast<Index>(0.3 * static_cast<double>(n)));
  }
}

TEST_CASE("A share of the rows that is a whole number is met, whatever the product rounds to", "[datasets]") {
  // In double 0.29 * 100 is 28.999999999999996 and 0.57 * 100 is 56.99999999999999.
  const Split s = modern_split(100, {}, {ProtocolName::modern, 0.29, 0.57}, Stream(1));
  CHECK(size(s.train) == 29);
  CHECK(size(s.test) == 57);
  CHECK(size(s.pool) == 14);
  const Split turned = modern_split(100, {}, {ProtocolName::modern, 0.57, 0.29}, Stream(1));
  CHECK(size(turned.train) == 57);
  CHECK(size(turned.test) == 29);
}

TEST_CASE("A modern split is fresh for every seed and the same for one seed", "[datasets]") {
  const Protocol protocol{ProtocolName::modern};
  CHECK(modern_split(100, {}, protocol, Stream(1)).test == modern_split(100, {}, protocol, Stream(1)).test);
  CHECK(modern_split(100, {}, protocol, Stream(1)).test != modern_split(100, {}, protocol, Stream(2)).test);
  // Every row is tested for some seed: 60 draws of a fifth miss a given row with probability 2e-6.
  std::set<Index> tested;
  for (std::uint64_t seed = 0; seed < 60; ++seed)
    for (const Index row : modern_split(100, {}, protocol, Stream(seed)).test) tested.insert(row);
  CHECK(tested.size() == 100);
}

TEST_CASE("A modern split keeps groups together and the shares nearly", "[datasets]") {
  constexpr Index n = 300;
  std::vector<Index> groups;  // squares modulo 40: few groups, of very uneven size
  for (Index row = 0; row < n; ++row) groups.push_back(1000 - 7 * ((row * row) % 40));
  std::map<Index, Index> sizes;
  for (const Index g : groups) ++sizes[g];
  Index largest = 0;
  for (const auto& [g, count] : sizes) largest = std::max(largest, count);
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Split s = modern_split(n, groups, {ProtocolName::modern, 0.2, 0.2}, Stream(seed));
    REQUIRE(is_partition(s, n));
    std::map<Index, std::set<int>> parts;
    int part = 0;
    for (const Rows* rows : {&s.train, &s.pool, &s.test}) {
      for (const Index row : *rows) parts[groups[static_cast<std::size_t>(row)]].insert(part);
      ++part;
    }
    for (const auto& [group, where] : parts) CHECK(where.size() == 1);
    CHECK(size(s.test) >= 60);
    CHECK(size(s.test) < 60 + largest);
  }
}

TEST_CASE("Modern splits that would leave a part empty are refused", "[datasets]") {
  const Protocol protocol{ProtocolName::modern};
  CHECK(missing(error_of([&] { modern_split(4, {}, protocol, Stream(1)); }), {"data: ", "4 rows"}) == "");
  const std::vector<Index> two = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
  CHECK(missing(error_of([&] { modern_split(10, two, protocol, Stream(1)); }), {"data: ", "10 rows in 2 groups"}) ==
        "");
  CHECK(missing(error_of([] { modern_split(10, {}, {ProtocolName::modern, 0.5, 0.5}, Stream(1)); }),
                {"config: ", "0.5", "pool"}) == "");
}

TEST_CASE("A protocol is read with its defaults and limits", "[datasets]") {
  const auto p = read_parameters<Protocol>(Json::object(), "protocol");
  CHECK(p.is_paper());
  CHECK(p.train == 0.2);
  CHECK(p.test == 0.2);
  const auto refused = [](const Json& given) {
    return error_of([&] { read_parameters<Protocol>(given, "protocol"); });
  };
  CHECK(missing(refused({{"name", "new"}}), {"config: protocol.name: must be one of paper, modern, got \"new\""}) ==
        "");
  CHECK(missing(refused({{"train", 0}}), {"protocol.train: must be from 0.001 to 0.999, got 0"}) == "");
  CHECK(missing(refused({{"tests", 0.1}}), {"did you mean 'test'?"}) == "");
}

}  // namespace
}  // namespace predcorr
