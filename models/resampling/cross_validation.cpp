// SPDX-License-Identifier: Apache-2.0
#include "models/resampling/cross_validation.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "core/base/parallel.hpp"
#include "datasets/target_variation.hpp"

namespace predcorr::models {
namespace {

/// A labelled pool without the rows that equal one held out in all inputs and the target. Its rows carry no numbers
/// that would tell which training rows they are. Null if nothing is left.
std::shared_ptr<const TrainingData> pool_without(const TrainingData& all, const TrainingData& held_out) {
  const auto row = [](const TrainingData& data, Index i) {
    std::vector<double> values(data.inputs.row(i).begin(), data.inputs.row(i).end());
    values.push_back(data.targets(i));
    return values;
  };
  std::set<std::vector<double>> unseen;
  for (Index i = 0; i < held_out.targets.size(); ++i) unseen.insert(row(held_out, i));
  Rows kept;
  for (Index i = 0; i < all.targets.size(); ++i)
    if (unseen.count(row(all, i)) == 0) kept.push_back(i);
  return kept.empty() ? nullptr : std::make_shared<const TrainingData>(all.subset(kept));
}

/// What a fit to the `training` rows predicts of others or, where those have one target, that level.
JointPrediction held_out_prediction(const Model& model, const TrainingData& data, const Rows& training,
                                    const TrainingData& unseen, const Stream& stream,
                                    const PrivilegedData& privileged) {
  TrainingData seen = data.subset(training);
  if (!varies(seen.targets)) {
    const Index n = unseen.targets.size();
    const Vector weights = data.weights.size() > 0 ? data.weights : Vector::Ones(data.targets.size());
    const double level = seen.targets.mean();
    const double square = (data.targets.array() - level).square().matrix().dot(weights) / weights.sum();
    return {Vector::Constant(n, level), Covariance::from_factor(RowMatrix(RowMatrix::Zero(n, 1))),
            Vector::Constant(n, square)};
  }
  PrivilegedData without = privileged;
  if (privileged.labelled_pool != nullptr) {
    without.labelled_pool = pool_without(*privileged.labelled_pool, unseen);
    if (without.labelled_pool == nullptr) without.labelled_pool = std::make_shared<const TrainingData>(seen);
  }
  return model.fit(seen, stream, without)->predict(unseen.inputs);
}

/// One fit and the prediction of the rows it did not see, cut into blocks.
std::vector<HeldOut> held_out_parts(const Model& model, const TrainingData& data, const Rows& training,
                                    const HeldOut& fold, Index most_rows, const Stream& stream,
                                    const PrivilegedData& privileged) {
  const TrainingData unseen = data.subset(fold.rows);
  const JointPrediction all = held_out_prediction(model, data, training, unseen, stream, privileged);
  const Index n = std::ssize(fold.rows), blocks = most_rows > 0 ? (n + most_rows - 1) / most_rows : 1;
  std::vector<HeldOut> parts;
  for (Index b = 0; b < blocks; ++b) {
    const Index first = n * b / blocks, count = n * (b + 1) / blocks - first;  // sizes that differ by at most one
    const auto begin = fold.rows.begin() + first;
    parts.push_back({fold.repeat, fold.fold, Rows(begin, begin + count), all.subset(consecutive_rows(first, count))});
  }
  return parts;
}

void pool(const Vector& targets, CrossValidation& result) {
  for (const HeldOut& part : result.parts) result.rows = joined(result.rows, part.rows);
  const Index n = std::ssize(result.rows);
  result.residual.resize(n);
  result.observed_stddev.resize(n);
  result.latent_stddev.resize(n);
  Index at = 0;
  for (const HeldOut& part : result.parts) {
    const Index count = std::ssize(part.rows);
    const Vector latent = part.prediction.latent.diagonal();
    result.residual.segment(at, count) = targets(part.rows) - part.prediction.mean;
    result.observed_stddev.segment(at, count) = (latent + part.prediction.noise_variance).cwiseSqrt();
    result.latent_stddev.segment(at, count) = latent.cwiseSqrt();
    at += count;
  }
}

}  // namespace

Rows all_but(const std::vector<Rows>& folds, std::size_t left_out) {
  Rows rows;
  for (std::size_t f = 0; f < folds.size(); ++f)
    if (f != left_out) rows.insert(rows.end(), folds[f].begin(), folds[f].end());
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<Rows> deal_folds(Index rows, const std::vector<Index>& group, int folds, Stream stream) {
  require(folds >= 2, ErrorKind::config, "cross-validation: at least 2 folds are needed, got {}", folds);
  require(group.empty() || std::ssize(group) == rows, ErrorKind::shape,
          "cross-validation: {} group numbers for {} rows", group.size(), rows);
  std::vector<Rows> groups;
  if (group.empty()) {
    for (Index i = 0; i < rows; ++i) groups.push_back({i});
  } else {
    std::map<Index, Rows> by_value;
    for (Index i = 0; i < rows; ++i) by_value[group[static_cast<std::size_t>(i)]].push_back(i);
    for (auto& [value, members] : by_value) groups.push_back(std::move(members));
  }
  const Index count = std::ssize(groups);
  require(count >= 2, ErrorKind::data, "cross-validation: {} {}, at least 2 are needed to hold some out", count,
          group.empty() ? "row(s)" : "group(s) of rows");
  Rows order = stream.permutation(count);
  std::stable_sort(order.begin(), order.end(), [&](Index i, Index j) {
    return groups[static_cast<std::size_t>(i)].size() > groups[static_cast<std::size_t>(j)].size();
  });
  std::vector<Rows> dealt(static_cast<std::size_t>(std::min<Index>(folds, count)));
  for (const Index g : order) {
    const Rows& members = groups[static_cast<std::size_t>(g)];
    Rows& smallest =
        *std::min_element(dealt.begin(), dealt.end(), [](const Rows& a, const Rows& b) { return a.size() < b.size(); });
    smallest.insert(smallest.end(), members.begin(), members.end());
  }
  return dealt;
}

std::vector<Rows> deal_varied_folds(const Vector& targets, const std::vector<Index>& group, int folds,
                                    const Stream& stream) {
  constexpr std::uint64_t kDeals = 100;
  std::vector<Rows> dealt = deal_folds(targets.size(), group, folds, stream);
  const auto all_vary = [&] {
    for (std::size_t f = 0; f < dealt.size(); ++f)
      if (!varies(targets(all_but(dealt, f)))) return false;
    return true;
  };
  for (std::uint64_t deal = 1; deal < kDeals && !all_vary(); ++deal)
    dealt = deal_folds(targets.size(), group, folds, stream.fork("again", deal));
  return dealt;
}

CrossValidation cross_validate(const Model& model, const TrainingData& data, const CrossValidationOptions& options,
                               const Stream& stream, const PrivilegedData& privileged) {
  require(options.repeats >= 1, ErrorKind::config, "cross-validation: at least 1 repeat is needed, got {}",
          options.repeats);
  Rows counted;
  for (Index i = 0; i < data.targets.size(); ++i)
    if (data.weights.size() == 0 || data.weights(i) > 0) counted.push_back(i);
  std::vector<Index> group;
  if (!data.groups.empty())
    for (const Index row : counted) group.push_back(data.groups[static_cast<std::size_t>(row)]);

  struct Job {
    Rows training;
    HeldOut fold;
  };
  std::vector<Job> jobs;
  CrossValidation result;
  for (int repeat = 0; repeat < options.repeats; ++repeat) {
    const auto number = static_cast<std::uint64_t>(repeat);
    std::vector<Rows> folds =
        deal_varied_folds(data.targets(counted), group, options.folds, stream.fork("deal", number));
    for (Rows& fold : folds)
      for (Index& row : fold) row = counted[static_cast<std::size_t>(row)];
    result.folds = static_cast<int>(folds.size());
    for (int f = 0; f < result.folds; ++f) {
      const auto place = static_cast<std::size_t>(f);
      jobs.push_back({all_but(folds, place), {repeat, f, folds[place], {}}});
    }
  }
  std::vector<std::vector<HeldOut>> parts(jobs.size());
  parallel_for(std::ssize(jobs), [&](Index j) {
    const Job& job = jobs[static_cast<std::size_t>(j)];
    const Stream own = stream.fork("repeat", static_cast<std::uint64_t>(job.fold.repeat))
                           .fork("fold", static_cast<std::uint64_t>(job.fold.fold));
    try {
      parts[static_cast<std::size_t>(j)] =
          held_out_parts(model, data, job.training, job.fold, options.most_rows, own, privileged);
    } catch (const Error& e) {
      throw e.in(fmt::format("cross-validation: fold {} of {}", job.fold.fold + 1, result.folds));
    }
  });
  for (auto& of_fold : parts)
    for (HeldOut& part : of_fold) result.parts.push_back(std::move(part));
  pool(data.targets, result);
  return result;
}

}  // namespace predcorr::models
