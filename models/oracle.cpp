// SPDX-License-Identifier: Apache-2.0
#include "models/model.hpp"

namespace predcorr::models {
namespace {

/// The true posterior, where the problem knows it: the ceiling.
class OraclePosterior : public Posterior {
 public:
  OraclePosterior(std::shared_ptr<const Truth> truth, TrainingData data)
      : truth_(std::move(truth)), data_(std::move(data)) {}

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    return truth_->posterior(data_.inputs, data_.targets, query);
  }

  std::shared_ptr<const Truth> truth_;
  TrainingData data_;
};

class Oracle : public PrivilegedModel {
 public:
  explicit Oracle(NoParameters) {}
  ModelTraits traits() const override { return {.kind = ModelKind::ceiling, .reads_truth = true}; }

 private:
  std::unique_ptr<Posterior> do_fit(const PrivilegedData& privileged, const TrainingData& data,
                                    const Stream&) const override {
    require(privileged.truth != nullptr, ErrorKind::data,
            "oracle: the truth of this data set is not known; leave the oracle out, or use toy-relu or gp-sample");
    return std::make_unique<OraclePosterior>(privileged.truth, data);
  }
};

PREDCORR_REGISTER(Model, "oracle", Oracle, NoParameters, "the exact posterior of a synthetic problem: the ceiling",
                  "Wang, Sun & Grosse 2021, section 5.1");

}  // namespace
}  // namespace predcorr::models
