// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/int8_options.hpp"

#include <algorithm>

namespace predcorr::models {

EnumWords<Clipping> words_of(Clipping) {
  return {{"direction", Clipping::direction},
          {"max", Clipping::max},
          {"percentile", Clipping::percentile},
          {"mean-square", Clipping::mean_square}};
}

EnumWords<LayerPlace> words_of(LayerPlace) { return {{"first", LayerPlace::first}, {"last", LayerPlace::last}}; }

Fields<Int8Options> Int8Options::fields() {
  using P = Int8Options;
  return {field("float_layers", &P::float_layers, any_value(), "which layers stay float: first, last, both or []"),
          field("clipping", &P::clipping, "by what the value is chosen at which a layer's gradients are clipped"),
          field("percentile", &P::percentile, between(50, 100), "of |gradient|, for clipping 'percentile'"),
          field("period", &P::period, between(1, 1000000), "steps from one choice of the clipping value to the next"),
          field("rate_scaling", &P::rate_scaling, any_value(),
                "whether a layer whose quantised gradient points away takes smaller steps"),
          field("alpha", &P::alpha, at_least(0), "of rate scaling: max(exp(-alpha deviation), beta)"),
          field("beta", &P::beta, between(0, 1), "of rate scaling: its least factor")};
}

bool Int8Options::keeps_float(LayerPlace place) const {
  return std::find(float_layers.begin(), float_layers.end(), place) != float_layers.end();
}

Precision::Precision(const Json& given) : given_(given) {
  if (given == "float") return;
  Json options = Json::object();
  if (given.is_object() && given.value("type", Json()) == "int8") {
    options = given;
    options.erase("type");
  } else if (given != "int8") {
    wrong_type(R"("float", "int8" or an object with "type": "int8")", given);
  }
  int8_ = std::make_shared<const Int8Options>(read_parameters<Int8Options>(options, "precision"));
}

}  // namespace predcorr::models
