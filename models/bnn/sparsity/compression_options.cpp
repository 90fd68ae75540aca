// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sparsity/compression_options.hpp"

namespace predcorr::models {

EnumWords<CompressionCriterion> words_of(CompressionCriterion) {
  using C = CompressionCriterion;
  return {{"eigendamage", C::eigendamage},
          {"kron-obd", C::kron_obd},
          {"kron-obs", C::kron_obs},
          {"kron-obd-squared", C::kron_obd_squared},
          {"kron-obs-squared", C::kron_obs_squared},
          {"c-obd", C::c_obd},
          {"c-obs", C::c_obs},
          {"network-slimming", C::network_slimming},
          {"obd", C::obd},
          {"obs", C::obs},
          {"magnitude", C::magnitude}};
}

Fields<CompressionOptions> CompressionOptions::fields() {
  using P = CompressionOptions;
  return {field("criterion", &P::criterion, "what decides which parts go"),
          field("smaller", &P::smaller, between(1, 10000), "how many times fewer numbers the network has in the end"),
          field("rounds", &P::rounds, between(1, 1000), "in how many steps, each the same share and trained on"),
          field("cap", &P::cap, between(0, 0.9999), "largest share of a layer's parts that a round takes"),
          field("epochs", &P::epochs, between(0, 10000000), "training after each round"),
          field("learning_rate", &P::learning_rate, above(0), "of that training"),
          field("validation", &P::validation, between(0, 0.9),
                "share of the training rows held out in it, which choose the epoch; 0: the last"),
          field("scale_penalty", &P::scale_penalty, at_least(0),
                "of network-slimming: on the absolute scales of batch normalisation, in the training before")};
}

Compression::Compression(const Json& given) : given_(given) {
  if (given == "none") return;
  if (!given.is_object()) wrong_type(R"("none" or an object with "criterion" and "smaller")", given);
  options_ = read_parameters<CompressionOptions>(given, "compression");
}

}  // namespace predcorr::models
