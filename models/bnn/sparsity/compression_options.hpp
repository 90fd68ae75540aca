// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/plugins/parameters.hpp"

namespace predcorr::models {

/// What decides which parts of a trained network go. F is the Fisher information at the trained weights, of a layer by
/// its Kronecker factors A (of inputs) and S (of gradients by outputs), w_i a filter (a row of the weights), theta one
/// weight. Parts of all layers are ranked together.
///   eigendamage: directions of the eigenbases of A and S, by the sum of w'^2 l_S l_A over the weights w' in them
///     (Wang, Grosse, Fidler & Zhang 2019)
///   kron-obd, kron-obs: filters, by S_ii w_i' A w_i and w_i' A w_i / [S^-1]_ii; obs corrects the filters that stay
///   kron-obd-squared, kron-obs-squared: the same with the sum of (w_i^2)' A in place of w_i' A w_i, which is what the
///     published code computes; the two agree where A is diagonal
///   c-obd, c-obs: filters, by the sum of theta^2 F_qq, and of theta^2 / ([S^-1]_ii [A^-1]_jj) with corrections
///   network-slimming: channels, by the scales of batch normalisation, trained with a penalty (Liu et al. 2017)
///   obd: weights, by theta^2 F_qq (LeCun, Denker & Solla 1990)
///   obs: weights, by theta^2 / [F^-1]_qq, and corrects those of its row that stay (Hassibi & Stork 1993)
///   magnitude: weights, by |theta| as layers multiply with it
enum class CompressionCriterion {
  eigendamage,
  kron_obd,
  kron_obs,
  kron_obd_squared,
  kron_obs_squared,
  c_obd,
  c_obs,
  network_slimming,
  obd,
  obs,
  magnitude
};
EnumWords<CompressionCriterion> words_of(CompressionCriterion);

struct CompressionOptions {
  CompressionCriterion criterion = CompressionCriterion::eigendamage;
  double smaller = 2;
  int rounds = 1;
  double cap = 0.95;
  int epochs = 100;
  double learning_rate = 0.001;
  double validation = 0;
  double scale_penalty = 1e-4;

  static Fields<CompressionOptions> fields();

  bool is_by_weight() const {
    return criterion == CompressionCriterion::obd || criterion == CompressionCriterion::obs ||
           criterion == CompressionCriterion::magnitude;
  }
};

/// Whether a network is made smaller once it is trained: "none", or an object of CompressionOptions.
class Compression {
 public:
  Compression() : given_("none") {}
  /// @throws Error (config)
  explicit Compression(const Json& given);

  const Json& given() const { return given_; }
  const std::optional<CompressionOptions>& options() const { return options_; }

 private:
  Json given_;
  std::optional<CompressionOptions> options_;
};

}  // namespace predcorr::models

namespace predcorr {

template <>
struct JsonType<models::Compression> {
  static std::string name() { return "compression"; }
  static bool usable(const models::Compression&) { return true; }
  static bool all(const Json& value, const std::function<bool(const Json&)>& holds) { return holds(value); }
  static Json write(const models::Compression& compression) { return compression.given(); }
  static models::Compression read(const Json& value) { return models::Compression(value); }
};

}  // namespace predcorr
