// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/standings.hpp"

#include <cmath>
#include <set>
#include <sstream>

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using Table = std::vector<std::vector<bool>>;

Table random_table(std::size_t models, double share, Stream stream) {
  Table table(models, std::vector<bool>(models, false));
  for (std::size_t i = 0; i < models; ++i)
    for (std::size_t j = 0; j < i; ++j) table[i][j] = table[j][i] = stream.uniform() < share;
  return table;
}

std::vector<Standing> standings_of(const std::vector<double>& means, const Table& table) {
  return standings(means, [&](std::size_t i, std::size_t j) { return table[i][j]; });
}

std::vector<double> first_numbers(std::size_t n) {
  std::vector<double> numbers;
  for (std::size_t i = 0; i < n; ++i) numbers.push_back(static_cast<double>(i));
  return numbers;
}

/// By letter, or by word where there are blanks.
std::set<std::string> letters_of(const Standing& standing, bool words) {
  std::set<std::string> letters;
  if (!words)
    for (const char c : standing.letters) letters.insert(std::string(1, c));
  std::istringstream in(standing.letters);
  for (std::string word; words && in >> word;) letters.insert(word);
  return letters;
}

std::string all_letters(const std::vector<Standing>& all) {
  std::string text;
  for (const Standing& s : all) text += (text.empty() ? "" : ",") + s.letters;
  return text;
}

TEST_CASE("standings: letters and ranks, by hand", "[results]") {
  // Means 3, 1, 2, 9: the best (1) differs from 3 and 9, the second (2) from 9 only.
  const std::vector<Standing> s =
      standings({3, 1, 2, 9}, [](std::size_t i, std::size_t j) { return i == 3 || j == 3 || i + j == 1; });
  CHECK(all_letters(s) == "b,a,ab,c");
  CHECK((s[1].rank_low == 1 && s[1].rank_high == 2 && s[1].top));
  CHECK((s[2].rank_low == 1 && s[2].rank_high == 3 && s[2].top));
  CHECK((s[0].rank_low == 2 && s[0].rank_high == 3 && !s[0].top));
  CHECK((s[3].rank_low == 4 && s[3].rank_high == 4 && !s[3].top));
}

TEST_CASE("standings: all differ, none differs, one model, no model", "[results]") {
  CHECK(all_letters(standings({3, 1, 2}, [](auto, auto) { return true; })) == "c,a,b");
  const auto same = standings({3, 1, 2}, [](auto, auto) { return false; });
  CHECK(all_letters(same) == "a,a,a");
  for (const Standing& s : same) CHECK((s.rank_low == 1 && s.rank_high == 3 && s.top));
  CHECK(all_letters(standings({3}, [](auto, auto) { return true; })) == "a");
  CHECK(standings({}, [](auto, auto) { return true; }).empty());
}

TEST_CASE("standings: two share a letter if and only if no test tells them apart", "[results]") {
  for (std::uint64_t round = 0; round < 60; ++round) {
    const std::size_t models = 2 + round % 23;
    const Table table =
        random_table(models, 0.1 + 0.8 * static_cast<double>(round % 7) / 6, Stream(3).fork("t", round));
    const std::vector<Standing> s = standings_of(first_numbers(models), table);
    std::set<std::string> groups;
    for (const Standing& one : s) groups.merge(letters_of(one, one.letters.find(' ') != std::string::npos));
    const bool words = groups.size() > 26;
    std::vector<std::set<std::string>> letters;
    for (const Standing& one : s) letters.push_back(letters_of(one, words));
    for (std::size_t i = 0; i < models; ++i) {
      INFO("round " << round << ": " << all_letters(s));
      CHECK_FALSE(letters[i].empty());
      int better = 0, worse = 0;
      for (std::size_t j = 0; j < models; ++j) {
        const bool share = std::ranges::any_of(letters[i], [&](const auto& name) { return letters[j].contains(name); });
        if (i != j) CHECK(share == !table[i][j]);
        (j < i ? better : worse) += table[i][j] ? 1 : 0;
      }
      CHECK(s[i].rank_low == 1 + better);
      CHECK(s[i].rank_high == static_cast<int>(models) - worse);
      CHECK(s[i].top == !table[0][i]);
      CHECK((s[i].top == letters[i].contains("a") || words || s[0].letters.size() > 1));
    }
  }
}

TEST_CASE("standings: the letters of R's multcompView, by insert-and-absorb", "[results]") {
  // multcompView 0.1.8: multcompLetters(c("m1-m2" = differ, ..))$Letters. Two differ where their means are further
  // apart than a yardstick; then of five in a circle all but neighbours.
  const auto by_yardstick = [](const std::vector<double>& means, double yardstick) {
    return all_letters(
        standings(means, [&](std::size_t i, std::size_t j) { return std::abs(means[i] - means[j]) > yardstick; }));
  };
  CHECK(by_yardstick({0, 1, 2, 3, 4.2, 4.4, 9}, 2.5) == "a,ab,abc,bc,c,c,d");
  CHECK(by_yardstick({1.0, 1.3, 1.9, 2.0, 2.4, 3.1, 3.3, 3.35, 4.8, 5.0, 5.9, 6.6}, 1.2) ==
        "a,ab,ab,abc,bcd,cd,d,d,e,e,ef,f");
  const auto circle = standings(first_numbers(5), [](std::size_t i, std::size_t j) {
    const std::size_t apart = i < j ? j - i : i - j;
    return apart == 2 || apart == 3;
  });
  CHECK(all_letters(circle) == "ab,ac,cd,de,be");
}

TEST_CASE("standings: models and their controls need few letters", "[results]") {
  // 40 pairs differ that have no model in common: there are 2^40 largest groups.
  const auto s = standings(first_numbers(80), [](std::size_t i, std::size_t j) { return i / 2 == j / 2; });
  std::set<std::string> groups;
  for (const Standing& one : s) groups.merge(letters_of(one, false));
  CHECK(groups.size() <= 20);
}

TEST_CASE("standings: after z come aa and ab, between blanks", "[results]") {
  const auto s = standings(first_numbers(28), [](std::size_t i, std::size_t j) { return i + 1 < j || j + 1 < i; });
  CHECK(s[0].letters == "a");
  CHECK(s[25].letters == "y z");
  CHECK(s[26].letters == "z aa");
  CHECK(s[27].letters == "aa");
}

TEST_CASE("standings: equal means are neither better nor worse", "[results]") {
  const auto s = standings({1, 1}, [](auto, auto) { return true; });
  CHECK(all_letters(s) == "a,b");
  CHECK((s[0].top && s[1].top && s[1].rank_low == 1 && s[0].rank_high == 2));
  CHECK_THAT(test::error_of([] { standings({1, std::nan("")}, [](auto, auto) { return true; }); }),
             test::contains("not a number"));
}

TEST_CASE("all pairs: Holm's p of every paired comparison", "[results]") {
  const Matrix values = test::matrix(test::reference("comparison.json").at("scores"));
  const PairwiseResult result = compare_all_pairs(values, 0.05);
  const auto column = [&](Index m) { return std::vector<double>(values.col(m).begin(), values.col(m).end()); };
  CHECK(result.best == 0);
  CHECK_FALSE(result.to_best[0]);
  CHECK_FALSE(result.p_of(2, 2));
  double smallest = 1;
  for (Index i = 0; i < 4; ++i)
    for (Index j = 0; j < i; ++j) {
      const double p = compare_paired(column(i), column(j), 0.05).p.value();
      smallest = std::min(smallest, p);
      CHECK(result.p_of(static_cast<std::size_t>(i), static_cast<std::size_t>(j)).value() >= p);
      CHECK(result.p_of(static_cast<std::size_t>(j), static_cast<std::size_t>(i)) ==
            result.p_of(static_cast<std::size_t>(i), static_cast<std::size_t>(j)));
    }
  CHECK(std::ranges::min_element(result.adjusted_p)->value() == std::min(1.0, 6 * smallest));
  for (std::size_t m = 1; m < 4; ++m) {
    CHECK(result.to_best[m]->p == compare_paired(column(static_cast<Index>(m)), column(0), 0.05).p);
    CHECK(result.standings[m].top == (*result.p_of(m, 0) > kAlpha));
  }
}

TEST_CASE("all pairs: a difference that never varies is decided by its signs", "[results]") {
  Matrix values(10, 3);
  values.col(0) = Stream(1).normals(10);
  values.col(1) = values.col(0).array() + 1;
  values.col(2) = values.col(0);
  const PairwiseResult result = compare_all_pairs(values);
  CHECK(result.p_of(1, 0).value() == 3 * std::exp2(-9));
  CHECK(result.p_of(2, 0).value() == 1);
  CHECK_FALSE(result.standings[1].top);
  CHECK(result.standings[2].top);
}

TEST_CASE("all pairs: one seed tells nobody apart, and one model is the best", "[results]") {
  const PairwiseResult one_seed = compare_all_pairs(Matrix{{3, 1, 2}});
  CHECK(one_seed.best == 1);
  CHECK_FALSE(one_seed.p_of(0, 1));
  for (const Standing& s : one_seed.standings) CHECK((s.top && s.letters == "a" && s.rank_high == 3));
  const PairwiseResult one_model = compare_all_pairs(Vector{{3, 1, 2}});
  CHECK(one_model.standings.at(0).top);
  CHECK_FALSE(one_model.to_best.at(0));
}

/// Some equal models' values: effects of seeds that are common to all, and noise, larger for some models.
Matrix equal_models(Index seeds, Index models, Stream& stream) {
  Matrix values = 3 * stream.normals(seeds).replicate(1, models);
  for (Index m = 0; m < models; ++m)
    values.col(m) += (0.5 + 1.5 * static_cast<double>(m % 4) / 3) * stream.normals(seeds);
  return values;
}

TEST_CASE("all pairs: of equal models all are top in 95 of 100 data sets", "[results]") {
  for (const Index seeds : {3, 5, 10})
    for (const Index models : {2, 10, 40}) {
      const int draws = models == 40 ? 400 : 1500;
      Stream stream = Stream(31).fork("models", static_cast<std::uint64_t>(100 * seeds + models));
      int wrong = 0;
      for (int draw = 0; draw < draws; ++draw) {
        const PairwiseResult result = compare_all_pairs(equal_models(seeds, models, stream));
        wrong += std::ranges::all_of(result.standings, [](const Standing& s) { return s.top; }) ? 0 : 1;
      }
      INFO(seeds << " seeds, " << models << " models: " << wrong << " of " << draws);
      CHECK(wrong <= (kAlpha + 3.5 * std::sqrt(kAlpha * (1 - kAlpha) / draws)) * draws);
    }
}

TEST_CASE("all pairs: a model that is much worse is not top", "[results]") {
  Stream stream(12);
  int found = 0;
  for (int draw = 0; draw < 200; ++draw) {
    Matrix values = equal_models(10, 10, stream);
    values.col(4).array() += 5;
    const PairwiseResult result = compare_all_pairs(values);
    found += result.standings[4].top ? 0 : 1;
  }
  CHECK(found >= 190);
}

TEST_CASE("all pairs: refused", "[results]") {
  CHECK_THAT(test::error_of([] { compare_all_pairs(Matrix(0, 3)); }),
             test::contains("at least one seed and one model"));
  CHECK_THAT(test::error_of([] { compare_all_pairs(Matrix::Constant(2, 2, std::nan(""))); }),
             test::contains("not finite"));
}

}  // namespace
}  // namespace predcorr
