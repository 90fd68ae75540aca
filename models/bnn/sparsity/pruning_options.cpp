// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sparsity/pruning_options.hpp"

namespace predcorr::models {

EnumWords<PruningCriterion> words_of(PruningCriterion) {
  return {{"grasp", PruningCriterion::grasp},
          {"grasp-magnitude", PruningCriterion::grasp_magnitude},
          {"snip", PruningCriterion::snip},
          {"synflow", PruningCriterion::synflow},
          {"magnitude", PruningCriterion::magnitude},
          {"random", PruningCriterion::random},
          {"random-by-layer", PruningCriterion::random_by_layer}};
}

EnumWords<PruningControl> words_of(PruningControl) {
  return {{"none", PruningControl::none},
          {"shuffled", PruningControl::shuffled},
          {"re-initialised", PruningControl::re_initialised},
          {"inverted", PruningControl::inverted}};
}

Fields<PruningOptions> PruningOptions::fields() {
  using P = PruningOptions;
  return {field("criterion", &P::criterion, "what decides which weights go"),
          field("sparsity", &P::sparsity, between(0, 0.9999), "share of the weights that go, biases not counted"),
          field("rows", &P::rows, between(1, 1000000), "training rows of a scoring pass, or as many as there are"),
          field("passes", &P::passes, between(0, 10000),
                "scoring passes, each on other rows; of synflow, steps in which weights go; 0: 1, of synflow 100"),
          field("temperature", &P::temperature, above(0), "what outputs are divided by in the loss that scores"),
          field("counts_of", &P::counts_of, "of random-by-layer: the criterion whose counts it takes"),
          field("control", &P::control, "what is done to the mask, or to the weights it is put on")};
}

Pruning::Pruning(const Json& given) : given_(given) {
  if (given == "none") return;
  if (!given.is_object()) wrong_type(R"("none" or an object with "criterion" and "sparsity")", given);
  options_ = read_parameters<PruningOptions>(given, "pruning");
  require(options_->counts_of != PruningCriterion::random_by_layer, ErrorKind::config,
          "pruning.counts_of: random-by-layer has no counts of its own; name another criterion");
}

}  // namespace predcorr::models
