// SPDX-License-Identifier: Apache-2.0
#include "models/trees/forest.hpp"
#include "models/trees/tree_parameters.hpp"

namespace predcorr::models {
namespace {

enum class HeldOutNoise { held_out, none };
EnumWords<HeldOutNoise> words_of(HeldOutNoise) {
  return {{"held-out", HeldOutNoise::held_out}, {"none", HeldOutNoise::none}};
}

struct ExtraTreesParameters : TreeParameters {
  int members = 500;
  bool resample = false;
  HeldOutNoise noise = HeldOutNoise::held_out;
  static Fields<ExtraTreesParameters> fields() {
    using P = ExtraTreesParameters;
    return joined_fields<P>(
        Fields<P>{field("members", &P::members, between(2, 100000), "trees"),
                  field("resample", &P::resample, any_value(),
                        "whether each tree sees as many rows drawn with replacement, or all rows once")},
        joined_fields<P>(TreeParameters::fields(),
                         {field("noise", &P::noise,
                                "what the latent variance leaves of the error at rows that trees did not see: out of "
                                "their resample, or of 100 more trees that each lack a fifth of the rows")}));
  }
};

/// Extremely randomised trees (Geurts, Ernst & Wehenkel 2006): every input that a node tries is cut once, at a
/// place drawn uniformly between the node's smallest and largest value, and the best of these cuts is made. All trees
/// see all rows by default, so that they differ by their cuts alone. The latent covariance is that of the trees.
/// Cost: members * n * inputs * depth; nothing is sorted.
class ExtraTrees : public Model {
 public:
  explicit ExtraTrees(ExtraTreesParameters p) : p_(std::move(p)) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    ForestOptions o;
    o.tree = p_.options(data.inputs.cols(), Splits::random);
    o.tree.random_order = true;
    o.members = p_.members;
    if (p_.resample) o.resampling = Resampling{};
    o.noise = p_.noise == HeldOutNoise::none ? ForestNoise::none
              : p_.resample                  ? ForestNoise::out_of_bag
                                             : ForestNoise::cross_validated;
    return fit_forest(o, data, stream);
  }

  ExtraTreesParameters p_;
};

PREDCORR_REGISTER(Model, "extra-trees", ExtraTrees, ExtraTreesParameters,
                  "trees with cuts at random places; their spread is the covariance", "Geurts, Ernst & Wehenkel 2006");

}  // namespace
}  // namespace predcorr::models
