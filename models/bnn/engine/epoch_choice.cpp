// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/epoch_choice.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

namespace predcorr::models {

EnumWords<EpochJudge> words_of(EpochJudge) { return {{"training", EpochJudge::training}, {"pool", EpochJudge::pool}}; }

Fields<EpochChoice> EpochChoice::fields() {
  return {
      field("choose_epoch", &EpochChoice::choose_epoch,
            "by what the epoch is chosen: by training data alone, or by the pool's log-likelihood, as the study did, "
            "which makes the model a reference that wins nothing")};
}

void EpochChoice::check(double validation) const {
  require(!by_pool() || validation == 0, ErrorKind::config,
          "choose_epoch 'pool' leaves no choice to held-out rows; leave out validation {}", validation);
}

TrainingData pool_rows(const PrivilegedData& privileged, const TrainingData& data) {
  require(privileged.labelled_pool != nullptr, ErrorKind::data,
          "choose_epoch 'pool': the rows of the pool are not known here; it is for benchmarks that repeat the study");
  const TrainingData& all = *privileged.labelled_pool;
  const auto row = [](const TrainingData& of, Index i) {
    std::vector<double> values(of.inputs.row(i).begin(), of.inputs.row(i).end());
    values.push_back(of.targets(i));
    return values;
  };
  // A row that is known twice may be trained on once, and is then in the pool once.
  std::map<std::vector<double>, Index> trained;
  for (Index i = 0; i < data.targets.size(); ++i) ++trained[row(data, i)];
  Rows left;
  for (Index i = 0; i < all.targets.size(); ++i) {
    const auto seen = trained.find(row(all, i));
    if (seen != trained.end() && seen->second > 0)
      --seen->second;
    else
      left.push_back(i);
  }
  require(!left.empty(), ErrorKind::data, "choose_epoch 'pool': no row of the pool is left to choose the epoch by");
  return all.subset(left);
}

double negative_log_likelihood(const JointPrediction& prediction, const Vector& y) {
  const Eigen::ArrayXd variance = prediction.observed_variance();
  return 0.5 * (variance.log() + (y - prediction.mean).array().square() / variance).mean();
}

BestEpoch::BestEpoch(int epochs) : epochs_(epochs), every_(std::clamp(epochs / 100, 1, 100)) {}

bool BestEpoch::improves(int epoch, double loss) {
  if (!(loss < least_)) return false;
  least_ = loss;
  best_ = epoch;
  return true;
}

void BestEpoch::require_found() const {
  require(best_ > 0, ErrorKind::numerical,
          "the pool's log-likelihood was never finite in {} epochs; lower learning_rate", epochs_);
}

}  // namespace predcorr::models
