// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/base/stream.hpp"
#include "models/bnn/engine/network_parameters.hpp"
#include "models/bnn/engine/training.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::test {

/// Small images of noise, with targets of noise.
inline TrainingData small_images(Index side = 6) {
  constexpr Index kRows = 12;
  TrainingData data{Stream(3).normals(kRows * side * side).reshaped(kRows, side * side), Stream(4).normals(kRows)};
  data.image = ImageShape{side, side, 1};
  return data;
}

/// Every layer that there is, in small networks that see small_images.
struct SmallNetwork {
  std::string what;
  const char* network;  ///< JSON; null: fully connected
  models::Activation activation = models::Activation::relu;
  bool residual = false;
};

inline std::vector<SmallNetwork> small_networks() {
  return {
      {"fully connected", nullptr},
      {"fully connected, tanh", nullptr, models::Activation::tanh},
      {"fully connected, silu, residual", nullptr, models::Activation::silu, true},
      {"fully connected, erf", nullptr, models::Activation::erf},
      {"convolution with bias", R"([{"layer": "convolution", "channels": 5}, "activation", {"layer": "convolution",
        "channels": 4, "kernel": 2, "stride": 2, "padding": 0}, "activation", {"layer": "dense", "units": 7}])",
       models::Activation::silu},
      {"batch-norm, pools", R"([{"layer": "convolution", "channels": 6, "bias": false}, "batch-norm", "activation",
        "max-pool", {"layer": "convolution", "channels": 3, "bias": false}, "batch-norm", {"layer": "average-pool",
        "kernel": 3, "stride": 1, "padding": 1}, "global-average-pool"])"},
      {"batch-norm, smooth", R"([{"layer": "convolution", "channels": 6}, "batch-norm", "activation",
        {"layer": "convolution", "channels": 6, "groups": 6}, "batch-norm", "activation", "global-average-pool",
        {"layer": "dense", "units": 5}])",
       models::Activation::tanh},
      {"grouped", R"([{"layer": "convolution", "channels": 4}, "activation", {"layer": "convolution", "channels": 6,
        "groups": 2, "stride": 2}, "activation"])",
       models::Activation::erf},
      {"residual sums", R"([{"layer": "convolution", "channels": 4}, "activation", {"layer": "residual", "body":
        [{"layer": "convolution", "channels": 4}, "batch-norm", "activation", {"layer": "convolution", "channels": 4}]},
        "activation", {"layer": "residual", "body": [{"layer": "convolution", "channels": 5, "stride": 2},
        "activation"], "shortcut": [{"layer": "convolution", "channels": 5, "kernel": 1, "stride": 2}]},
        "global-average-pool"])",
       models::Activation::tanh},
  };
}

inline models::Network network_of(const SmallNetwork& c, const TrainingData& data, Index outputs, bool scaled = false) {
  models::ImageNetworkParameters p;
  p.units = {9, 9, 9};
  p.activation = c.activation;
  p.residual = c.residual;
  if (c.network != nullptr) p.network = models::NetworkDescription(Json::parse(c.network));
  return models::Network(p.architecture(data, outputs, scaled));
}

/// A case of gradient_flow_reference.json.
struct TorchNetwork {
  models::Network network;
  VectorF parameters;  ///< statistics first, which the file does not have
  models::Batch batch;

  explicit TorchNetwork(const Json& given) : TorchNetwork(given, data_of(given)) {}

 private:
  TorchNetwork(const Json& given, const TrainingData& data)
      : network(shape_of(given).architecture(data, 1, false)), batch(models::network_data(data)) {
    const Vector numbers = vector(given.at("parameters"));
    parameters = VectorF::Zero(network.parameter_count());
    REQUIRE(numbers.size() == network.parameter_count() - network.statistic_count());
    parameters.tail(numbers.size()) = numbers.cast<float>();
  }

  static TrainingData data_of(const Json& given) {
    const Index side = given.at("side"), channels = given.at("channels"), count = std::ssize(given.at("targets"));
    const Vector images = vector(given.at("images"));
    TrainingData data{Eigen::Map<const RowMatrix>(images.data(), count, side * side * channels),
                      vector(given.at("targets"))};
    data.image = ImageShape{side, side, channels};
    return data;
  }

  static models::ImageNetworkParameters shape_of(const Json& given) {
    models::ImageNetworkParameters p;
    p.units = given.at("units").get<std::vector<int>>();
    if (given.at("activation") == "silu") p.activation = models::Activation::silu;
    if (!given.at("network").is_null()) p.network = models::NetworkDescription(given.at("network"));
    return p;
  }
};

}  // namespace predcorr::test
