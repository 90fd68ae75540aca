// SPDX-License-Identifier: Apache-2.0
#include "models/resampling/resampling.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace predcorr::models {

EnumWords<ResamplingScheme> words_of(ResamplingScheme) {
  return {{"rows", ResamplingScheme::rows}, {"bayesian", ResamplingScheme::bayesian}};
}

Fields<Resampling> Resampling::fields() {
  using P = Resampling;
  constexpr double kMost = 100;  // times as many rows as there are: more is a mistake, and takes for ever
  const Constraint share = {fmt::format("above 0, at most {}", kMost), [](const Json& v) {
                              return v.is_number() && v.get<double>() > 0 && v.get<double>() <= kMost;
                            }};
  return {field("fraction", &P::fraction, share, "rows of a resample, as a share of the training rows"),
          field("replacement", &P::replacement, any_value(), "whether a resample may have a row several times"),
          field("scheme", &P::scheme, "rows are drawn, or all rows get Dirichlet(1, ..., 1) weights"),
          field("block_size", &P::block_size, at_least(1), "consecutive rows that are drawn together")};
}

void Resampling::check(Spread spread, bool needs_rows_left_out) const {
  if (weights_all_rows()) {
    require(fraction == 1 && replacement && block_size == 1, ErrorKind::config,
            "scheme 'bayesian' weights all rows: leave out fraction, replacement and block_size");
    require(spread != Spread::jackknife_after_bootstrap, ErrorKind::config,
            "scheme 'bayesian' leaves no row out, which spread 'jackknife-after-bootstrap' is made of; "
            "'infinitesimal-jackknife' will do");
    require(!needs_rows_left_out, ErrorKind::config,
            "scheme 'bayesian' leaves no row out, so noise cannot be 'out-of-bag'; take 'members'");
  }
  require(replacement || fraction < 1, ErrorKind::config,
          "without replacement fraction must be below 1, or all members are the same; got {}", fraction);
  if (block_size == 1) return;
  require(replacement, ErrorKind::config, "blocks overlap: block_size {} needs replacement", block_size);
  require(spread == Spread::members, ErrorKind::config,
          "the jackknives are for rows or groups drawn one by one, not for blocks (block_size {}); take spread "
          "'members'",
          block_size);
}

Resampler::Resampler(const Resampling& options, Index rows, const std::vector<Index>& groups)
    : options_(options), rows_(rows), units_(rows) {
  require(options.block_size == 1 || options.block_size < rows_, ErrorKind::data,
          "resampling: blocks of {} rows need more rows than that, got {}", options.block_size, rows_);
  if (!groups.empty()) {
    require(options.block_size == 1, ErrorKind::data,
            "resampling: the rows have groups, which are drawn as a whole; leave out block_size {}",
            options.block_size);
    std::map<Index, Index> numbers;
    for (const Index group : groups)
      unit_of_row_.push_back(numbers.try_emplace(group, std::ssize(numbers)).first->second);
    units_ = std::ssize(numbers);
    require(units_ >= 2, ErrorKind::data, "resampling: all {} rows are one group", rows_);
  }
  require(options.replacement || units_ >= 2, ErrorKind::data,
          "resampling: without replacement at least 2 rows are needed, got {}", units_);
}

void Resampler::draw_units(Stream& stream, Vector& counts) const {
  if (options_.weights_all_rows()) {
    for (double& weight : counts) weight = -std::log1p(-stream.uniform());
    counts *= static_cast<double>(units_) / counts.sum();
    return;
  }
  const auto wanted = static_cast<Index>(std::llround(options_.fraction * static_cast<double>(units_)));
  if (!options_.replacement) {
    const Rows order = stream.permutation(units_);
    const Index drawn = std::clamp<Index>(wanted, 1, units_ - 1);
    for (Index i = 0; i < drawn; ++i) counts(order[static_cast<std::size_t>(i)]) = 1;
    return;
  }
  for (Index left = std::max<Index>(wanted, 1); left > 0;) {
    const Index first = stream.index(units_), count = std::min<Index>(options_.block_size, left);
    for (Index i = 0; i < count; ++i) counts((first + i) % units_) += 1;
    left -= count;
  }
}

Vector Resampler::draw(Stream& stream) const {
  Vector units = Vector::Zero(units_);
  draw_units(stream, units);
  if (unit_of_row_.empty()) return units;
  return units(unit_of_row_);
}

Counts Resampler::unit_counts(Counts counts) const {
  if (unit_of_row_.empty()) return counts;
  Counts units(counts.rows(), units_);
  for (Index i = 0; i < rows_; ++i) units.col(unit_of_row_[static_cast<std::size_t>(i)]) = counts.col(i);
  return units;
}

Rows repeated_rows(const Vector& counts) {
  Rows rows;
  for (Index i = 0; i < counts.size(); ++i) rows.insert(rows.end(), static_cast<std::size_t>(counts(i)), i);
  return rows;
}

}  // namespace predcorr::models
