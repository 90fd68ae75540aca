// SPDX-License-Identifier: Apache-2.0
#include "models/trees/forest.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/parallel.hpp"
#include "models/resampling/row_folds.hpp"

namespace predcorr::models {
namespace {

constexpr Index kFoldTrees = 20;  // for each of the folds of a cross-validation
constexpr int kFolds = 5;

struct Forest {
  std::vector<Tree> trees;
  Counts counts;  // trees x n
};

Forest grown(const ForestOptions& o, const Resampler* resampler, const TreeGrower& grower, const TrainingData& data,
             const Stream& stream) {
  Forest forest{std::vector<Tree>(static_cast<std::size_t>(o.members)), Counts(o.members, data.targets.size())};
  parallel_for(o.members, [&](Index m) {
    Stream own = stream.fork("member", static_cast<std::uint64_t>(m));
    const Vector weights = resampler != nullptr ? resampler->draw(own) : Vector::Ones(data.targets.size());
    forest.counts.row(m) = weights.transpose().cast<float>();
    forest.trees[static_cast<std::size_t>(m)] = grower.grow(data.targets, weights, own);
  });
  return forest;
}

/// Trees that each lack a fold, in turn.
Forest grown_by_folds(const TreeGrower& grower, const TrainingData& data, const Stream& stream) {
  const std::vector<int> fold_of = row_folds(data, kFolds, stream.fork("folds").key());
  Forest forest;
  Rows usable;  // a fold without rows, or with all of them, holds out nothing
  for (int fold = 0; fold < kFolds; ++fold) {
    const auto size = std::count(fold_of.begin(), fold_of.end(), fold);
    if (size > 0 && size < data.targets.size()) usable.push_back(fold);
  }
  const Index count = kFoldTrees * std::ssize(usable);
  forest.trees.resize(static_cast<std::size_t>(count));
  forest.counts.resize(count, data.targets.size());
  parallel_for(count, [&](Index t) {
    Stream own = stream.fork("held-out", static_cast<std::uint64_t>(t));
    const auto fold = static_cast<int>(usable[static_cast<std::size_t>(t) % usable.size()]);
    const Vector weights = weights_without(data, fold_of, fold);
    forest.counts.row(t) = weights.transpose().cast<float>();
    forest.trees[static_cast<std::size_t>(t)] = grower.grow(data.targets, weights, own);
  });
  return forest;
}

/// At each row the variance among the trees that did not see it; 0 where fewer than two did not.
Vector unseen_variance(const RowMatrixF& values, const Counts& counts) {
  const Index n = values.rows(), trees = values.cols();
  Vector sum = Vector::Zero(n), squares = Vector::Zero(n), unseen = Vector::Zero(n);
  const Vector centre = values.cast<double>().rowwise().mean();
  for (Index t = 0; t < trees; ++t) {
    const float* count = counts.row(t).data();
    for (Index i = 0; i < n; ++i) {
      if (count[i] != 0) continue;
      const double value = values(i, t) - centre(i);
      sum(i) += value;
      squares(i) += value * value;
      unseen(i) += 1;
    }
  }
  Vector variance = Vector::Zero(n);
  for (Index i = 0; i < n; ++i)
    if (unseen(i) > 1) variance(i) = std::max(0.0, (squares(i) - sum(i) * sum(i) / unseen(i)) / (unseen(i) - 1));
  return variance;
}

class ForestPosterior : public Posterior {
 public:
  ForestPosterior(std::vector<Tree> trees, Counts counts, Spread spread, double noise_variance, Diagnostics diagnostics)
      : trees_(std::move(trees)),
        counts_(std::move(counts)),
        spread_(spread),
        noise_variance_(noise_variance),
        diagnostics_(std::move(diagnostics)) {}

  Diagnostics diagnostics() const override { return diagnostics_; }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    return ensemble_prediction(predict_trees(trees_, query), counts_, spread_,
                               Vector::Constant(query.rows(), noise_variance_));
  }

  std::vector<Tree> trees_;
  Counts counts_;  // empty where the spread is that of members
  Spread spread_;
  double noise_variance_;
  Diagnostics diagnostics_;
};

}  // namespace

EnumWords<ForestNoise> words_of(ForestNoise) {
  return {{"out-of-bag", ForestNoise::out_of_bag}, {"none", ForestNoise::none}};
}

std::unique_ptr<Posterior> fit_forest(const ForestOptions& o, const TrainingData& data, const Stream& stream) {
  const TreeGrower grower(data.inputs, o.tree);
  std::optional<Resampler> resampler;
  if (o.resampling) resampler.emplace(*o.resampling, data.targets.size(), data.groups);
  Forest forest = grown(o, resampler ? &*resampler : nullptr, grower, data, stream);
  // The jackknives count what is drawn as a whole once.
  Counts units = o.spread == Spread::members ? Counts()
                 : resampler                 ? resampler->unit_counts(forest.counts)
                                             : forest.counts;
  double leaves = 0, depth = 0;
  for (const Tree& tree : forest.trees) {
    leaves += static_cast<double>(tree.leaves());
    depth += tree.mean_leaf_depth();
  }
  const auto members = static_cast<double>(o.members);
  Diagnostics diagnostics = {{"mean_leaves", leaves / members}, {"mean_leaf_depth", depth / members}};
  double noise = 0;
  if (o.noise != ForestNoise::none) {
    const bool folds = o.noise == ForestNoise::cross_validated;
    const Forest by_folds = folds ? grown_by_folds(grower, data, stream) : Forest();
    const Forest& judged = folds ? by_folds : forest;
    const RowMatrixF values = predict_trees(judged.trees, data.inputs);
    const OutOfBag out = out_of_bag(values, judged.counts, data.targets);
    const Vector variance =
        o.spread == Spread::members
            ? unseen_variance(values, judged.counts)
            : ensemble_prediction(values, units, o.spread, Vector::Zero(values.rows())).latent.diagonal();
    noise = unexplained_noise(out, variance);
    diagnostics["out_of_bag_rmse"] = std::sqrt(out.square);
  }
  diagnostics["noise_variance"] = noise;
  return std::make_unique<ForestPosterior>(std::move(forest.trees), std::move(units), o.spread, noise,
                                           std::move(diagnostics));
}

}  // namespace predcorr::models
