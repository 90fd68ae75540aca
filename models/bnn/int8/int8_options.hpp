// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/plugins/parameters.hpp"
#include "models/bnn/int8/clipping.hpp"

namespace predcorr::models {

EnumWords<Clipping> words_of(Clipping);

/// Layers by their place among those that have weights.
enum class LayerPlace { first, last };
EnumWords<LayerPlace> words_of(LayerPlace);

/// How a network is trained in 8-bit integers (Zhu et al. 2020).
struct Int8Options {
  std::vector<LayerPlace> float_layers = {LayerPlace::first, LayerPlace::last};
  Clipping clipping = Clipping::direction;
  double percentile = 99.9;
  int period = 20;
  bool rate_scaling = true;
  double alpha = 20;
  double beta = 0.1;

  static Fields<Int8Options> fields();

  bool keeps_float(LayerPlace place) const;
};

/// In what numbers the products of a network's layers are computed while it is trained: "float", "int8", or an object
/// {"type": "int8", ...} with what Int8Options says. Predictions are made in float, from the float weights.
class Precision {
 public:
  Precision() : given_("float") {}
  /// @throws Error (config)
  explicit Precision(const Json& given);

  const Json& given() const { return given_; }
  /// Null: float.
  const std::shared_ptr<const Int8Options>& int8() const { return int8_; }

 private:
  Json given_;
  std::shared_ptr<const Int8Options> int8_;
};

}  // namespace predcorr::models

namespace predcorr {

template <>
struct JsonType<models::Precision> {
  static std::string name() { return "precision"; }
  static bool usable(const models::Precision&) { return true; }
  static bool all(const Json& value, const std::function<bool(const Json&)>& holds) { return holds(value); }
  static Json write(const models::Precision& precision) { return precision.given(); }
  static models::Precision read(const Json& value) { return models::Precision(value); }
};

}  // namespace predcorr
