// SPDX-License-Identifier: Apache-2.0
#include "models/model.hpp"

namespace predcorr::models {
namespace {

/// The true posterior, where the problem knows it: the ceiling.
class OraclePosterior : public Posterior {
 public:
  explicit OraclePosterior(TrainingData data) : data_(std::move(data)) {}

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    return data_.truth->posterior(data_.inputs, data_.targets, query);
  }

  TrainingData data_;
};

class Oracle : public Model {
 public:
  explicit Oracle(NoParameters) {}
  bool needs_truth() const override { return true; }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream&) const override {
    require(data.truth != nullptr, ErrorKind::data,
            "oracle: the truth of this data set is not known; leave the oracle out, or use toy-relu or gp-sample");
    return std::make_unique<OraclePosterior>(data);
  }
};

PREDCORR_REGISTER(Model, "oracle", Oracle, NoParameters, "the exact posterior of a synthetic problem: the ceiling",
                  "Wang, Sun & Grosse 2021, section 5.1");

}  // namespace
}  // namespace predcorr::models
