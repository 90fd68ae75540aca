// SPDX-License-Identifier: Apache-2.0
#include "models/model.hpp"
#include "models/resampling/row_folds.hpp"
#include "models/trees/tree_parameters.hpp"

namespace predcorr::models {
namespace {

struct RegressionTreeParameters : TreeParameters {
  Splits splits = Splits::exact;
  int folds = 5;
  static Fields<RegressionTreeParameters> fields() {
    using P = RegressionTreeParameters;
    return joined_fields<P>(TreeParameters::fields(), {field("splits", &P::splits, kSplitsMeaning),
                                                       field("folds", &P::folds, between(2, 1000),
                                                             "of the cross-validation that gives the noise variance")});
  }
};

class RegressionTreePosterior : public Posterior {
 public:
  RegressionTreePosterior(Tree tree, double noise_variance) : tree_(std::move(tree)), noise_variance_(noise_variance) {}

  Diagnostics diagnostics() const override {
    return {{"leaves", static_cast<double>(tree_.leaves())},
            {"mean_leaf_depth", tree_.mean_leaf_depth()},
            {"noise_variance", noise_variance_}};
  }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    const Index m = query.rows();
    Vector mean(m);
    const RowMatrix points = query;
    tree_.predict(points.data(), m, query.cols(), mean.data());
    return {std::move(mean), Covariance::from_factor(RowMatrix(RowMatrix::Zero(m, 1))),
            Vector::Constant(m, noise_variance_)};
  }

  Tree tree_;
  double noise_variance_;
};

/// One CART regression tree (Breiman et al. 1984), by default grown until leaves are pure: the base of forests, for
/// comparison. It says nothing about what it does not know: the latent covariance is zero. A grown tree's own
/// residuals are zero, too, so the noise variance is the mean squared residual of a cross-validation; it has the tree's
/// error in it. Rows count by their weights; the random draws where max_features is less than all are the stream's.
/// Cost: n log n d, then n d for each level, and that for each fold.
class RegressionTree : public Model {
 public:
  explicit RegressionTree(RegressionTreeParameters p) : p_(std::move(p)) {}
  ModelTraits traits() const override { return {.takes_weights = true}; }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const TreeGrower grower(data.inputs, p_.options(data.inputs.cols(), p_.splits));
    const RowMatrix rows = data.inputs;
    const double noise =
        held_out_square(data, p_.folds, stream.fork("folds").key(), [&](const Vector& weights, int fold) {
          Stream own = stream.fork("fold", static_cast<std::uint64_t>(fold));
          Vector values(data.targets.size());
          grower.grow(data.targets, weights, own).predict(rows.data(), rows.rows(), rows.cols(), values.data());
          return values;
        });
    Stream own = stream.fork("tree");
    return std::make_unique<RegressionTreePosterior>(grower.grow(data.targets, data.weights, own), noise);
  }

  RegressionTreeParameters p_;
};

PREDCORR_REGISTER(Model, "regression-tree", RegressionTree, RegressionTreeParameters,
                  "one regression tree; no latent covariance", "Breiman et al. 1984");

}  // namespace
}  // namespace predcorr::models
