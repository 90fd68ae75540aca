// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
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

/// What a model's place in a comparison is. Contenders and floors are ranked and may be best; ceilings and controls are
/// shown, and may select for others, but win nothing.
enum class ModelKind {
  contender,
  ceiling,  ///< knows what no contender may: the truth, or the pool's targets
  control,  ///< another model's prediction, with other correlations
  floor     ///< knows nothing of the inputs: what every model has to beat
};
const char* to_string(ModelKind kind);
inline bool is_ranked(ModelKind kind) { return kind == ModelKind::contender || kind == ModelKind::floor; }

class Model;

/// What a harness must know of a model before it fits it.
struct ModelTraits {
  ModelKind kind = ModelKind::contender;
  bool reads_truth = false;          ///< of generated data; it is left out where the truth is not known
  bool reads_labelled_pool = false;  ///< PrivilegedData::labelled_pool
  bool takes_weights = false;        ///< counts row i as weights(i) rows; others refuse data that have weights

  /// What decides its numbers beside its parameters, such as the hash of a program's file; null for most. Part of a
  /// cell's identity: when it changes, the cell is run again.
  Json content = nullptr;

  /// Whether inputs of this form, images or none, are such as the model takes: asked when a suite is planned, where
  /// data files are known, so that nothing is fitted before what cannot be is said. Empty where any will do.
  /// @throws Error (config)
  std::function<void(const std::optional<ImageShape>& image)> check_inputs = {};

  /// Of a control, the model whose correlations it replaces; null for all others. It belongs to the control.
  const Configured<Model>* controlled = nullptr;

  /// By which name a suite forks the stream that it is fitted with; empty: by its registered one. A control has its
  /// base's, so that both have one fit.
  std::string stream_name = {};

  bool is_privileged() const { return reads_truth || reads_labelled_pool; }

  /// Those of a model that fits this one and changes its predictions: what the base reads and is, the wrapper is.
  ModelTraits wrapped() const;
};

/// A way to learn: hyper-parameters only, immutable, shared between threads. To add one, write a parameter struct, the
/// two functions do_fit and do_predict, and register it on the file's last line; models/constant.cpp is the shortest.
class Model : public Plugin {
 public:
  static constexpr const char* kKind = "model";
  static constexpr int kMostNested = 8;  ///< a wrapper fits its base many times, and that its own
  virtual ~Model() = default;

  /// A wrapper begins with ModelTraits::wrapped of its base's.
  virtual ModelTraits traits() const { return {}; }

  /// Learns from training data, whose units it may take to be standardised but must not insist on. All randomness
  /// comes from forks of `stream`. Of `privileged` a model is handed what its traits say it reads, and nothing else.
  /// @throws Error; of kind data where there is one row, or all targets are equal (datasets/target_variation.hpp), so
  /// that no model needs to check
  std::unique_ptr<const Posterior> fit(const TrainingData& data, const Stream& stream,
                                       const PrivilegedData& privileged = {}) const;

  /// Learns from rows added behind those that this model's posterior `previous` has seen; targets may be in new units.
  /// Models that can keep what they learned do so if their parameters say it; the rest learn from scratch.
  std::unique_ptr<const Posterior> refit(const Posterior& previous, const TrainingData& data, const Stream& stream,
                                         const PrivilegedData& privileged = {}) const;

 private:
  friend class PrivilegedModel;

  void check(const TrainingData& data, const ModelTraits& traits) const;
  std::unique_ptr<const Posterior> finished(std::unique_ptr<Posterior> posterior, const TrainingData& data) const;

  virtual std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const = 0;
  virtual std::unique_ptr<Posterior> do_refit(const Posterior&, const TrainingData& data, const Stream& stream) const {
    return do_fit(data, stream);
  }

  // Contenders have no use for what is privileged, and cannot reach it: only PrivilegedModel overrides these.
  virtual std::unique_ptr<Posterior> fit_knowing(const PrivilegedData&, const TrainingData& data,
                                                 const Stream& stream) const {
    return do_fit(data, stream);
  }
  virtual std::unique_ptr<Posterior> refit_knowing(const PrivilegedData&, const Posterior& previous,
                                                   const TrainingData& data, const Stream& stream) const {
    return do_refit(previous, data, stream);
  }
};

/// A model that may be handed what a contender must not see: a ceiling, or a wrapper of any model, which hands it on.
class PrivilegedModel : public Model {
 private:
  virtual std::unique_ptr<Posterior> do_fit(const PrivilegedData& privileged, const TrainingData& data,
                                            const Stream& stream) const = 0;
  virtual std::unique_ptr<Posterior> do_refit(const PrivilegedData& privileged, const Posterior&,
                                              const TrainingData& data, const Stream& stream) const {
    return do_fit(privileged, data, stream);
  }

  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const final {
    return do_fit(PrivilegedData(), data, stream);
  }
  std::unique_ptr<Posterior> do_refit(const Posterior& previous, const TrainingData& data,
                                      const Stream& stream) const final {
    return do_refit(PrivilegedData(), previous, data, stream);
  }
  std::unique_ptr<Posterior> fit_knowing(const PrivilegedData& privileged, const TrainingData& data,
                                         const Stream& stream) const final {
    return do_fit(privileged, data, stream);
  }
  std::unique_ptr<Posterior> refit_knowing(const PrivilegedData& privileged, const Posterior& previous,
                                           const TrainingData& data, const Stream& stream) const final {
    return do_refit(privileged, previous, data, stream);
  }
};

}  // namespace predcorr
