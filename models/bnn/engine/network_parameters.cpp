// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/network_parameters.hpp"

namespace predcorr::models {

Fields<NetworkParameters> NetworkParameters::fields() {
  using P = NetworkParameters;
  return {field("units", &P::units, between(1, 10000), "hidden units, one entry per layer"),
          field("activation", &P::activation, "what hidden units do"),
          field("residual", &P::residual, any_value(), "whether hidden layers of equal width add their input")};
}

Fields<PrunableNetworkParameters> PrunableNetworkParameters::fields() {
  using P = PrunableNetworkParameters;
  return joined_fields<P>(
      NetworkParameters::fields(),
      Fields<P>{field("pruning", &P::pruning, any_value(),
                      "which weights are taken out before training: none, or {\"criterion\": \"grasp\", \"sparsity\": "
                      "0.9, ...} (docs/pruning.md)")});
}

Architecture NetworkParameters::architecture(Index inputs, Index outputs, bool fan_in_scaling) const {
  return {inputs, units, outputs, activation, fan_in_scaling, residual, nullptr, nullptr};
}

Fields<ImageNetworkParameters> ImageNetworkParameters::fields() {
  using P = ImageNetworkParameters;
  return joined_fields<P>(
      PrunableNetworkParameters::fields(),
      {field("network", &P::network, any_value(),
             "mlp: `units` alone; or layers on images before the output: " + comma_list(NetworkDescription::names()) +
                 ", or a list of layers (docs/networks.md)"),
       field("precision", &P::precision, any_value(),
             "of the products in training: float, int8, or {\"type\": \"int8\", ...} (docs/networks.md)")});
}

Fields<CompressibleNetworkParameters> CompressibleNetworkParameters::fields() {
  using P = CompressibleNetworkParameters;
  return joined_fields<P>(
      ImageNetworkParameters::fields(),
      Fields<P>{field("compression", &P::compression, any_value(),
                      "how the network is made smaller once it is trained: none, or {\"criterion\": \"eigendamage\", "
                      "\"smaller\": 5, ...} (docs/pruning.md)")});
}

void CompressibleNetworkParameters::check_compression() const {
  require(!compression.options() || !pruning.options(), ErrorKind::config,
          "compression: a network that is pruned before training is not made smaller after it as well; set either "
          "pruning or compression to \"none\"");
}

namespace {

constexpr Index kMostWeights = 100'000'000;  // a training holds some five times as many floats

std::shared_ptr<const ImageLayers> layers_on(const std::optional<ImageShape>& image, const ImageNetworkParameters& p,
                                             bool fan_in_scaling, const Precision& precision) {
  require(image.has_value(), ErrorKind::config,
          "network {} is for images, which these data are not; use \"mlp\", or a data set of images",
          p.network.given().dump());
  auto layers = p.network.build(*image, p.activation, fan_in_scaling, precision.int8());
  Index weights = layers->parameter_count(), before = layers->output().size();
  for (const int units : p.network.dense()) {
    weights += (before + 1) * units;
    before = units;
  }
  require(weights <= kMostWeights, ErrorKind::config,
          "network {} has {} weights on images of {}; at most {} are possible", p.network.given().dump(), weights,
          image->text(), kMostWeights);
  return layers;
}

}  // namespace

Architecture ImageNetworkParameters::architecture(const TrainingData& data, Index outputs, bool fan_in_scaling,
                                                  const Precision& in) const {
  Architecture made = NetworkParameters::architecture(data.inputs.cols(), outputs, fan_in_scaling);
  if (!network.is_mlp()) {
    made.hidden = network.dense();
    made.images = layers_on(data.image, *this, fan_in_scaling, in);
  }
  made.int8 = in.int8();
  return made;
}

ModelTraits ImageNetworkParameters::checking_inputs(ModelTraits traits) const {
  if (!network.is_mlp())
    traits.check_inputs = [p = *this](const std::optional<ImageShape>& image) {
      layers_on(image, p, false, p.precision);
    };
  return traits;
}

Fields<TrainingParameters> TrainingParameters::fields() {
  using P = TrainingParameters;
  return {
      field("epochs", &P::epochs, between(1, 1000000), "passes over the training rows"),
      field("batch", &P::batch, between(1, 1000000), "rows per optimiser step"),
      field("learning_rate", &P::learning_rate, above(0), "step size"),
      field("optimiser", &P::optimiser, "adam, or gradient descent with momentum"),
      field("momentum", &P::momentum, between(0, 0.9999), "of sgd"),
      field("schedule", &P::schedule,
            "the learning rate over time: as it is, half a cosine down to 0, a tenth from half-time on"),
      field("clip_norm", &P::clip_norm, at_least(0), "longest gradient, longer ones are shortened to it; 0: any"),
      field("validation", &P::validation, between(0, 0.9),
            "share of the training rows held out to choose the epoch by; 0: train to the end"),
      field("patience", &P::patience, between(1, 1000000), "epochs without a better validation loss before stopping")};
}

}  // namespace predcorr::models
