// SPDX-License-Identifier: Apache-2.0
#include "models/model.hpp"

#include <cmath>

#include "datasets/target_variation.hpp"

namespace predcorr {

namespace {

PrivilegedData permitted(const ModelTraits& traits, const PrivilegedData& all) {
  return {traits.reads_truth ? all.truth : nullptr, traits.reads_labelled_pool ? all.labelled_pool : nullptr};
}

}  // namespace

const char* to_string(ModelKind kind) {
  switch (kind) {
    case ModelKind::contender: return "contender";
    case ModelKind::ceiling: return "ceiling";
    case ModelKind::control: return "control";
    case ModelKind::floor: return "floor";
  }
  return "";
}

ModelTraits ModelTraits::wrapped() const {
  ModelTraits traits = *this;
  traits.controlled = nullptr;
  traits.stream_name.clear();
  return traits;
}

JointPrediction Posterior::predict(const Matrix& query) const {
  require(query.cols() == inputs_, ErrorKind::shape, "predict: the model was fitted to {} inputs, the query has {}",
          inputs_, query.cols());
  require(query.allFinite(), ErrorKind::data, "predict: the query has values that are not finite");
  const std::string who = model_.empty() ? "a model" : model_;
  JointPrediction prediction = guarded(who, "predict", [&] { return do_predict(query); });
  check_prediction(prediction, query.rows(), model_.empty() ? "predict" : model_ + ": predict");
  return prediction;
}

std::unique_ptr<const Posterior> Model::fit(const TrainingData& data, const Stream& stream,
                                            const PrivilegedData& privileged) const {
  const ModelTraits own = traits();
  check(data, own);
  return finished(guarded(called(kKind), "fit", [&] { return fit_knowing(permitted(own, privileged), data, stream); }),
                  data);
}

std::unique_ptr<const Posterior> Model::refit(const Posterior& previous, const TrainingData& data, const Stream& stream,
                                              const PrivilegedData& privileged) const {
  const ModelTraits own = traits();
  check(data, own);
  require(data.inputs.cols() == previous.inputs_, ErrorKind::shape, "refit: {} inputs where there were {}",
          data.inputs.cols(), previous.inputs_);
  return finished(guarded(called(kKind), "refit",
                          [&] { return refit_knowing(permitted(own, privileged), previous, data, stream); }),
                  data);
}

void Model::check(const TrainingData& data, const ModelTraits& traits) const {
  require(data.inputs.rows() == data.targets.size(), ErrorKind::shape, "fit: {} input rows and {} targets",
          data.inputs.rows(), data.targets.size());
  require(data.inputs.rows() >= 1, ErrorKind::data, "fit: there are no training rows");
  require(data.inputs.allFinite() && data.targets.allFinite(), ErrorKind::data,
          "fit: the training data has values that are not finite");
  require(data.groups.empty() || std::ssize(data.groups) == data.targets.size(), ErrorKind::shape,
          "fit: {} group numbers for {} rows", data.groups.size(), data.targets.size());
  if (data.weights.size() == 0) return require_varying_targets(data.targets, "fit");
  require(traits.takes_weights, ErrorKind::config, "fit: this model cannot weight its rows; resample them instead");
  require(data.weights.size() == data.targets.size(), ErrorKind::shape, "fit: {} weights for {} rows",
          data.weights.size(), data.targets.size());
  require(data.weights.allFinite() && data.weights.minCoeff() >= 0 && data.weights.sum() > 0, ErrorKind::data,
          "fit: weights must be finite, not negative and not all zero");
  Rows counted;
  for (Index i = 0; i < data.weights.size(); ++i)
    if (data.weights(i) > 0) counted.push_back(i);
  require_varying_targets(data.targets(counted), "fit");
}

std::unique_ptr<const Posterior> Model::finished(std::unique_ptr<Posterior> posterior, const TrainingData& data) const {
  require(posterior != nullptr, ErrorKind::internal,
          "{}: fit: do_fit returned null; return a posterior, or throw an Error", called(kKind));
  posterior->inputs_ = data.inputs.cols();
  posterior->model_ = origin();
  for (const auto& [name, value] : guarded(called(kKind), "diagnostics", [&] { return posterior->diagnostics(); }))
    require(std::isfinite(value), ErrorKind::numerical, "fit: diagnostic '{}' is not finite", name);
  return posterior;
}

}  // namespace predcorr
