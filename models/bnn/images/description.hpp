// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/plugins/parameters.hpp"
#include "models/bnn/images/image_layers.hpp"

namespace predcorr::models {

/// What layers are built with beside their own parameters.
struct ImageLayerSetting {
  Activation activation = Activation::relu;
  bool scaled = false;                                ///< pre-activations divided by sqrt(fan-in + 1)
  std::shared_ptr<const Int8Options> int8 = nullptr;  ///< training in 8 bits; null: in float
  bool is_first = true;                               ///< whether no convolution was built yet
};

using BuildLayer = std::function<std::unique_ptr<ImageLayer>(const ImageShape& input, ImageLayerSetting&)>;

/// A layer whose parameters were read; whether it fits is known when there is an image.
struct DescribedLayer {
  std::string word, path;
  BuildLayer build;
};

/// What a suite says of a network's hidden layers: "mlp", which `units` describes; a name; or a list of layers. In a
/// list each layer is a word or an object:
///   {"layer": "convolution", "channels": 16, "kernel": 3, "stride": 1, "padding": 1, "groups": 1, "bias": true}
///   {"layer": "max-pool", "kernel": 2, "stride": 2, "padding": 0}, {"layer": "average-pool", ...}
///   "global-average-pool", "batch-norm", "activation", "flatten"
///   {"layer": "residual", "body": [...], "shortcut": [...]}: the sum of both; without a shortcut the input itself
///   {"layer": "dense", "units": 64}: hidden units with their activation
/// Dense layers come last; before them, images are flattened. The output layer is the model's and not in the list.
class NetworkDescription {
 public:
  NetworkDescription();  ///< "mlp"

  /// @throws Error (config) that names what is wrong with which layer
  explicit NetworkDescription(const Json& given);

  const Json& given() const { return given_; }
  bool is_mlp() const { return is_mlp_; }

  /// The names that there are beside "mlp".
  static std::vector<std::string> names();
  /// The list that a name stands for.
  static Json list_of(const std::string& name);

  /// Units of the dense layers.
  const std::vector<int>& dense() const { return dense_; }

  /// The layers on images.  @param scaled pre-activations divided by sqrt(fan-in + 1)
  /// @throws Error (config) where a layer does not fit, with the shapes up to there
  /// @param int8 how convolutions are trained in 8 bits; null: in float
  std::shared_ptr<const ImageLayers> build(const ImageShape& input, Activation activation, bool scaled,
                                           const std::shared_ptr<const Int8Options>& int8 = nullptr) const;

 private:
  Json given_;
  bool is_mlp_ = true;
  std::vector<DescribedLayer> layers_;  // those on images
  std::vector<int> dense_;
};

/// Every layer with the shape behind it: "28 x 28 x 1; convolution 3x3: 28 x 28 x 16; ...".
std::string shapes_of(const ImageLayers& layers);

}  // namespace predcorr::models

namespace predcorr {

template <>
struct JsonType<models::NetworkDescription> {
  static std::string name() { return "network"; }
  static bool usable(const models::NetworkDescription&) { return true; }
  static bool all(const Json& value, const std::function<bool(const Json&)>& holds) { return holds(value); }
  static Json write(const models::NetworkDescription& network) { return network.given(); }
  static models::NetworkDescription read(const Json& value) { return models::NetworkDescription(value); }
};

}  // namespace predcorr
