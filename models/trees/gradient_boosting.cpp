// SPDX-License-Identifier: Apache-2.0
#include "models/model.hpp"
#include "models/resampling/row_folds.hpp"
#include "models/trees/boosting.hpp"
#include "models/trees/tree_parameters.hpp"

namespace predcorr::models {
namespace {

struct GradientBoostingParameters : TreeParameters {
  GradientBoostingParameters() { max_depth = 3; }
  int rounds = 100;
  double learning_rate = 0.1;
  double subsample = 1;
  double validation = 0;
  int patience = 10;
  Splits splits = Splits::exact;
  int folds = 5;
  static Fields<GradientBoostingParameters> fields() {
    using P = GradientBoostingParameters;
    return joined_fields<P>(
        Fields<P>{
            field("rounds", &P::rounds, between(1, 1000000), "trees; where there is validation, at most"),
            field("learning_rate", &P::learning_rate, between(1e-6, 1), "what each tree's values are multiplied by"),
            field("subsample", &P::subsample, between(0.001, 1), "share of the rows that each tree sees")},
        joined_fields<P>(
            TreeParameters::fields(),
            {field("splits", &P::splits, kSplitsMeaning),
             field("validation", &P::validation, between(0, 0.9),
                   "share of the rows that is not learned from and says when to stop; 0: none"),
             field("patience", &P::patience, at_least(1), "rounds without a smaller validation error before it stops"),
             field("folds", &P::folds, between(2, 1000), "of the cross-validation that gives the noise variance")}));
  }
};

class GradientBoostingPosterior : public Posterior {
 public:
  GradientBoostingPosterior(BoostedTrees boosted, double noise_variance)
      : boosted_(std::move(boosted)), noise_variance_(noise_variance) {}

  Diagnostics diagnostics() const override {
    return {{"rounds", static_cast<double>(boosted_.trees.size())}, {"noise_variance", noise_variance_}};
  }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    const Index m = query.rows();
    return {boosted_.predict(query), Covariance::from_factor(RowMatrix(RowMatrix::Zero(m, 1))),
            Vector::Constant(m, noise_variance_)};
  }

  BoostedTrees boosted_;
  double noise_variance_;
};

/// Gradient-boosted regression trees with squared loss (Friedman 2001; subsamples: Friedman 2002). The latent
/// covariance is zero: one fit says nothing of others; wrap it to have some. Its residuals on its own rows are too
/// small, so the noise variance is the mean squared residual of a cross-validation of the whole procedure; the fit's
/// error is in it. Rows that validate are chosen by a hash of their inputs, so that copies of a row are on one side.
/// Cost: rounds * n * inputs * max_depth, for the fit and for each fold.
class GradientBoosting : public Model {
 public:
  explicit GradientBoosting(GradientBoostingParameters p) : p_(std::move(p)) {}
  ModelTraits traits() const override { return {.takes_weights = true}; }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const TreeGrower grower(data.inputs, p_.options(data.inputs.cols(), p_.splits));
    const double noise =
        held_out_square(data, p_.folds, stream.fork("folds").key(), [&](const Vector& weights, int fold) {
          return boosted(grower, data, weights, stream.fork("fold", static_cast<std::uint64_t>(fold)))
              .predict(data.inputs);
        });
    const Vector weights = data.weights.size() > 0 ? data.weights : Vector::Ones(data.targets.size());
    return std::make_unique<GradientBoostingPosterior>(boosted(grower, data, weights, stream.fork("fit")), noise);
  }

  /// Splits off the validation rows, if there are to be any, and boosts.
  BoostedTrees boosted(const TreeGrower& grower, const TrainingData& data, const Vector& weights,
                       const Stream& stream) const {
    BoostingOptions options{.rounds = p_.rounds, .rate = p_.learning_rate, .subsample = p_.subsample};
    if (p_.validation > 0) {
      constexpr int kParts = 100;
      const std::vector<int> part_of = row_folds(data, kParts, stream.fork("validation").key());
      Vector learn = weights, validate = Vector::Zero(weights.size());
      for (Index i = 0; i < weights.size(); ++i) {
        if (part_of[static_cast<std::size_t>(i)] >= std::lround(p_.validation * kParts)) continue;
        validate(i) = weights(i);
        learn(i) = 0;
      }
      options.patience = p_.patience;
      // With a handful of rows one side may be empty; then all are learned from, for all rounds.
      if (learn.sum() > 0 && validate.sum() > 0)
        return boost(grower, data.inputs, data.targets, learn, validate, options, stream);
    }
    options.patience = 0;
    return boost(grower, data.inputs, data.targets, weights, {}, options, stream);
  }

  GradientBoostingParameters p_;
};

PREDCORR_REGISTER(Model, "gradient-boosting", GradientBoosting, GradientBoostingParameters,
                  "a sum of small trees, each fitted to what is left over; no latent covariance",
                  "Friedman 2001; Friedman 2002");

}  // namespace
}  // namespace predcorr::models
