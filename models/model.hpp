// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/stream.hpp"
#include "core/plugins/registry.hpp"
#include "datasets/problem.hpp"

namespace predcorr {

/// Named numbers a fit wants on record: jitter used, optimiser steps, acceptance rates, R-hat. Finite.
using Diagnostics = std::map<std::string, double>;

/// How much a log may hold: the last so many bytes.
inline constexpr std::size_t kLongestLog = 16 * 1024;

/// What went wrong in a fit or prediction, with what the model had to say until then.
class LoggedError : public Error {
 public:
  LoggedError(const Error& error, std::string log) : Error(error), log_(std::move(log)) {}
  const std::string& log() const { return log_; }

 private:
  std::string log_;
};

/// A fitted model. Everything random was drawn while fitting, so `predict` is a pure function and two calls agree on
/// the points they share: the prediction is joint across calls, too.
class Posterior {
 public:
  virtual ~Posterior() = default;

  /// What is believed of the query points together, in the units of the training targets.
  /// @param query m x d  @throws Error (shape) if d differs from training, (numerical) if anything is not finite
  JointPrediction predict(const Matrix& query) const;

  /// What the record should keep about this fit.
  virtual Diagnostics diagnostics() const { return {}; }

  /// Why the fit should not be trusted as it is, a sentence each, which tables repeat: chains that have not mixed, an
  /// optimiser that ended where it began. Empty for most. Wrappers hand on their base's.
  virtual std::vector<std::string> warnings() const { return {}; }

  /// What the fit and the predictions so far had to say, as text for people; most models have nothing.
  virtual std::string log() const { return {}; }

 private:
  friend class Model;
  virtual JointPrediction do_predict(const Matrix& query) const = 0;

  Index inputs_ = 0;   // set by Model::fit
  std::string model_;  // its origin; empty where it has none
};

/// A way to learn: hyper-parameters only, immutable, shared between threads. To add one, write a parameter struct, the
/// two functions do_fit and do_predict, and register it on the file's last line; models/constant.cpp is the shortest.
class Model : public Plugin {
 public:
  static constexpr const char* kKind = "model";
  static constexpr int kMostNested = 8;  ///< a wrapper fits its base many times, and that its own
  virtual ~Model() = default;

  /// Learns from training data, whose units it may take to be standardised but must not insist on. All randomness
  /// comes from forks of `stream`. Models that are no references are not handed the pool's targets (hindsight).
  /// @throws Error; of kind data where there is one row, or all targets are equal (datasets/target_variation.hpp), so
  /// that no model needs to check
  std::unique_ptr<const Posterior> fit(const TrainingData& data, const Stream& stream) const;

  /// Learns from rows added behind those that this model's posterior `previous` has seen; targets may be in new units.
  /// Models that can keep what they learned do so if their parameters say it; the rest learn from scratch.
  std::unique_ptr<const Posterior> refit(const Posterior& previous, const TrainingData& data,
                                         const Stream& stream) const;

  /// True for models that count row i as weights(i) rows; the others refuse training data that has weights.
  virtual bool takes_weights() const { return false; }

  /// True for models that read the truth of a synthetic problem; they are left out where it is not known.
  virtual bool needs_truth() const { return false; }

  /// True for models that know what a contender must not, and for controls. They are shown, and may select for others,
  /// but win nothing.
  virtual bool is_reference() const { return needs_truth() || controlled() != nullptr; }

  /// What decides its numbers beside its parameters, such as the hash of a program's file; null for most. Part of a
  /// cell's identity: when it changes, the cell is run again. Wrappers hand on their base's.
  virtual Json content() const { return nullptr; }

  /// Of a control, the model whose correlations it replaces; null for all others.
  virtual const Configured<Model>* controlled() const { return nullptr; }

 private:
  void check(const TrainingData& data) const;
  std::unique_ptr<const Posterior> finished(std::unique_ptr<Posterior> posterior, const TrainingData& data) const;

  virtual std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const = 0;
  virtual std::unique_ptr<Posterior> do_refit(const Posterior&, const TrainingData& data, const Stream& stream) const {
    return do_fit(data, stream);
  }

 public:
  /// By which name a suite forks the stream that this model, registered as `name`, is fitted with. A control answers
  /// with its base's, so that both have one fit.
  virtual std::string stream_name(const std::string& name) const { return name; }
};

}  // namespace predcorr
