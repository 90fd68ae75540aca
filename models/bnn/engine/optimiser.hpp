// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"
#include "core/plugins/parameters.hpp"

namespace predcorr::models {

/// Takes steps downhill on a flat parameter vector; knows nothing of networks.
class Optimiser {
 public:
  virtual ~Optimiser() = default;
  /// One step. Both vectors: as long as at construction.
  /// @param factors of the learning rate, for the first parameters; empty: none
  virtual void step(const VectorF& gradient, double learning_rate, VectorF& parameters, const VectorF& factors) = 0;
  void step(const VectorF& gradient, double learning_rate, VectorF& parameters) {
    step(gradient, learning_rate, parameters, VectorF());
  }
};

enum class OptimiserKind { adam, sgd };  ///< Adam, Momentum
EnumWords<OptimiserKind> words_of(OptimiserKind);

/// Adam (Kingma & Ba 2015), in the reordered form at the end of their section 2: epsilon is added to the root before
/// the bias correction.
class Adam : public Optimiser {
 public:
  explicit Adam(Index parameters) : first_(VectorF::Zero(parameters)), second_(first_) {}
  void step(const VectorF& gradient, double learning_rate, VectorF& parameters, const VectorF& factors) override;
  using Optimiser::step;

 private:
  VectorF first_, second_;  // running mean of the gradient and of its square
  int steps_ = 0;
};

/// Stochastic gradient descent with heavy-ball momentum (Polyak 1964): v = momentum v + g, p -= rate v.
class Momentum : public Optimiser {
 public:
  Momentum(Index parameters, double momentum)
      : velocity_(VectorF::Zero(parameters)), momentum_(static_cast<float>(momentum)) {}
  void step(const VectorF& gradient, double learning_rate, VectorF& parameters, const VectorF& factors) override;
  using Optimiser::step;

 private:
  VectorF velocity_;
  float momentum_;
};

/// How the learning rate goes over the training.
enum class Schedule {
  constant,
  cosine,  ///< half a cosine down to 0
  step     ///< a tenth from the middle on, as the study's noisy K-FAC
};
EnumWords<Schedule> words_of(Schedule);

/// The share of the learning rate in force after `progress` (0 at the start, 1 at the end) of the training.
double schedule_at(Schedule schedule, double progress);

}  // namespace predcorr::models
