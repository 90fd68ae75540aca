// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/base/stream.hpp"
#include "datasets/problem.hpp"
#include "models/bnn/engine/epoch_choice.hpp"
#include "models/bnn/engine/int8_record.hpp"
#include "models/bnn/engine/network.hpp"
#include "models/bnn/engine/network_parameters.hpp"

namespace predcorr::models {

/// Some rows of the training data, or all of them, as networks take them.
struct Batch {
  NetworkInputs inputs;
  VectorF targets;  ///< inputs.count
};

Batch network_data(const TrainingData& data);

/// The same rows for a network that may see fewer columns.  @param storage used where it does
const Batch& as_seen_by(const Network& network, const Batch& all, Batch& storage);

/// Rows in random order, a batch at a time, each row once in an epoch; the last batch of an epoch may be smaller.
class MiniBatches {
 public:
  /// @param all must outlive this  @param rows those to draw from
  MiniBatches(const Batch& all, Rows rows, int batch_size, Stream stream);

  /// Refers to storage that the next call overwrites.
  const Batch& next();
  Index per_epoch() const { return (std::ssize(rows_) + batch_size_ - 1) / batch_size_; }

 private:
  const Batch& all_;
  Rows rows_, order_;
  Index batch_size_, at_ = 0;
  Stream stream_;
  Batch batch_;
};

/// Loss of a batch, per row; writes its gradient by the parameters.
using BatchLoss = std::function<double(const VectorF& parameters, const Batch& batch, VectorF& gradient)>;

/// Loss of the rows held out, per row.
using HeldOutLoss = std::function<double(const VectorF& parameters, const Batch& held_out)>;

/// Loss of the pool, to choose the epoch by (EpochChoice); empty where training data alone choose.
using PoolLoss = std::function<double(const VectorF& parameters)>;

/// Called after each epoch (from 1) with the parameters then in force.
using EpochHook = std::function<void(int epoch, const VectorF& parameters)>;

/// Called after each step: may move parameters whose gradient is zero, as running statistics.
using StepHook = std::function<void(VectorF& parameters)>;

/// Asked before each step for factors of the learning rate of the first parameters; none where there are none.
using RateFactors = std::function<VectorF()>;

/// What is minimised, and who looks on.
struct Objective {
  BatchLoss loss;
  HeldOutLoss held_out;  ///< with `validation`
  EpochHook after_epoch = {};
  PoolLoss pool = {};
  StepHook after_step = {};
  RateFactors rate_factors = {};
};

struct Trained {
  VectorF parameters;  ///< after the last epoch, or of the one with the least validation or pool loss
  int epochs;          ///< how many it took to get there
};

/// Minimises the loss from `start` by mini-batches as `options` says. With `options.validation` some rows are held out
/// and the best epoch by `held_out` is returned; training stops when `options.patience` epochs brought nothing better.
/// With a pool loss all epochs are run and the best of those that BestEpoch looks at is returned; not with
/// `options.validation`.
/// @throws Error (numerical) with step and loss where a loss is not finite or exceeds 1e10 times the targets' mean
/// square (1 at least)
Trained train(const TrainingParameters& options, const Batch& all, VectorF start, const Stream& stream,
              const Objective& objective);

/// The check of `train`, for models with loops of their own.
class DivergenceGuard {
 public:
  explicit DivergenceGuard(const VectorF& targets);
  /// @throws Error (numerical)
  void check(double loss);

 private:
  double largest_;
  long step_ = 0;
};

/// What a network that is trained asks of `train`: that its running statistics follow, and that layers in 8 bits whose
/// quantised gradients point away step less. Both must outlive the training.
/// @param stream that rounding draws from  @param record of training in 8 bits, which sees every epoch; null: none
Objective following(const Network& network, Network::Workspace& work, const Stream& stream, Objective objective,
                    Int8Record* record = nullptr);

/// Running statistics for weights that no training went through, such as draws from a distribution: those of one batch
/// of up to 256 rows, evenly spaced. Nothing where the network has none.  @param parameters its statistics are written
void measure_statistics(const Network& network, const Batch& all, Eigen::Ref<VectorF> parameters);

/// `gradient` shortened to `longest` where it is longer; 0 leaves it.
void clip(VectorF& gradient, double longest);

}  // namespace predcorr::models
