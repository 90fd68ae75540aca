// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/plugins/parameters.hpp"

namespace predcorr::models {

/// What decides which weights go before a network is trained. Scores are ranked over all layers together.
///   grasp: S = -theta * (H g) of the loss at the first weights; what is highest goes (Wang, Zhang & Grosse 2020)
///   grasp-magnitude: |S|; what is lowest goes (Frankle et al. 2021)
///   snip: |theta * g|; what is lowest goes (Lee, Ajanthan & Torr 2019)
///   synflow: |theta| times the gradient of the sum of outputs of the network with |theta| on inputs of ones; what is
///     lowest goes, a part in each pass, without data (Tanaka et al. 2020)
///   magnitude: |theta| as layers multiply with it; what is lowest goes
///   random; random-by-layer: as many of each layer as another criterion takes (Su et al. 2020)
enum class PruningCriterion { grasp, grasp_magnitude, snip, synflow, magnitude, random, random_by_layer };
EnumWords<PruningCriterion> words_of(PruningCriterion);

/// What is done to a mask, or to what it is put on, to see what matters of it (Frankle et al. 2021).
enum class PruningControl {
  none,
  shuffled,        ///< as many of each layer, at random places
  re_initialised,  ///< the network begins at other weights than those that were scored
  inverted         ///< as many from the other end of the ranking
};
EnumWords<PruningControl> words_of(PruningControl);

struct PruningOptions {
  PruningCriterion criterion = PruningCriterion::grasp;
  double sparsity = 0;
  int rows = 256;
  int passes = 0;
  double temperature = 1;
  PruningCriterion counts_of = PruningCriterion::grasp;
  PruningControl control = PruningControl::none;

  static Fields<PruningOptions> fields();

  /// How many there are: those given, or else 1, of synflow 100.
  int passes_made() const { return passes > 0 ? passes : criterion == PruningCriterion::synflow ? 100 : 1; }
};

/// Whether weights are taken out before a network is trained: "none", or an object of PruningOptions.
class Pruning {
 public:
  Pruning() : given_("none") {}
  /// @throws Error (config)
  explicit Pruning(const Json& given);

  const Json& given() const { return given_; }
  const std::optional<PruningOptions>& options() const { return options_; }

 private:
  Json given_;
  std::optional<PruningOptions> options_;
};

}  // namespace predcorr::models

namespace predcorr {

template <>
struct JsonType<models::Pruning> {
  static std::string name() { return "pruning"; }
  static bool usable(const models::Pruning&) { return true; }
  static bool all(const Json& value, const std::function<bool(const Json&)>& holds) { return holds(value); }
  static Json write(const models::Pruning& pruning) { return pruning.given(); }
  static models::Pruning read(const Json& value) { return models::Pruning(value); }
};

}  // namespace predcorr
