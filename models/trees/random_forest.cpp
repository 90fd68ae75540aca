// SPDX-License-Identifier: Apache-2.0
#include "models/trees/forest.hpp"
#include "models/trees/tree_parameters.hpp"

namespace predcorr::models {
namespace {

struct RandomForestParameters : TreeParameters, Resampling {
  int members = 500;
  Splits splits = Splits::exact;
  Spread spread = Spread::members;
  ForestNoise noise = ForestNoise::out_of_bag;
  static Fields<RandomForestParameters> fields() {
    using P = RandomForestParameters;
    return joined_fields<P>(
        Fields<P>{field("members", &P::members, between(2, 100000), "trees")},
        joined_fields<P>(
            Resampling::fields(),
            joined_fields<P>(
                TreeParameters::fields(),
                {field("splits", &P::splits, kSplitsMeaning),
                 field("spread", &P::spread,
                       "the latent covariance: of single trees, or of their mean under resampling of the rows"),
                 field("noise", &P::noise,
                       "what the latent variance leaves of the error at rows that a tree did not see")})));
  }
};

/// Breiman's (2001) random forest for regression: CART trees on bootstrap resamples, each node trying some of the
/// inputs. Mean: that of the trees. Latent covariance: that of the trees as functions, a factor with a column for each
/// (what Palmer et al. 2022 calibrate), or of their mean by one of two jackknives (Wager, Hastie & Efron 2014).
/// By default every node tries all inputs and leaves are pure, as in scikit-learn.
/// Cost: one sort of each input; members * n * inputs * depth; out-of-bag residuals members * n * depth.
class RandomForest : public Model {
 public:
  explicit RandomForest(RandomForestParameters p) : p_(std::move(p)) {
    p_.check(p_.spread, p_.noise == ForestNoise::out_of_bag);
  }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    ForestOptions o;
    o.tree = p_.options(data.inputs.cols(), p_.splits);
    o.tree.random_order = true;
    o.members = p_.members;
    o.resampling = p_;
    o.spread = p_.spread;
    o.noise = p_.noise;
    return fit_forest(o, data, stream);
  }

  RandomForestParameters p_;
};

PREDCORR_REGISTER(Model, "random-forest", RandomForest, RandomForestParameters,
                  "regression trees on resampled rows; their spread is the covariance",
                  "Breiman 2001; Wager, Hastie & Efron 2014; Palmer et al. 2022");

}  // namespace
}  // namespace predcorr::models
