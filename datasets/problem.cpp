// SPDX-License-Identifier: Apache-2.0
#include "datasets/problem.hpp"

#include <algorithm>
#include <cmath>

#include "datasets/image_standardisation.hpp"
#include "datasets/target_variation.hpp"

namespace predcorr {
namespace {

/// A truth seen through standardised inputs and targets.
class StandardisedTruth : public Truth {
 public:
  StandardisedTruth(std::shared_ptr<const Truth> truth, Standardisation inputs, double scale, double mean)
      : truth_(std::move(truth)), inputs_(std::move(inputs)), scale_(scale), mean_(mean) {}

  JointPrediction posterior(const Matrix& x, const Vector& y, const Matrix& query) const override {
    return truth_->posterior(inputs_.undo(x), (y.array() * scale_ + mean_).matrix(), inputs_.undo(query))
        .affine(1 / scale_, -mean_ / scale_);
  }

 private:
  std::shared_ptr<const Truth> truth_;
  Standardisation inputs_;
  double scale_, mean_;
};

Standardisation scaling_of_inputs(const Dataset& data, const Rows& rows) {
  const Matrix known = data.inputs(rows, Eigen::all);
  return data.image ? standardisation_by_channel(known, *data.image) : Standardisation::of(known);
}

}  // namespace

TrainingData TrainingData::subset(const Rows& rows) const {
  TrainingData some{inputs(rows, Eigen::all), targets(rows)};
  some.image = image;
  if (weights.size() > 0) some.weights = weights(rows);
  if (!groups.empty())
    for (const Index row : rows) some.groups.push_back(groups[static_cast<std::size_t>(row)]);
  return some;
}

Standardisation Standardisation::none(Index columns) { return {Vector::Zero(columns), Vector::Ones(columns)}; }

Standardisation Standardisation::of(const Eigen::Ref<const Matrix>& rows) {
  Standardisation s;
  // Squares of numbers near 1e160 are none. Powers of two change no other bit.
  Vector unit(rows.cols());
  for (Index j = 0; j < rows.cols(); ++j) {
    const double largest = rows.rows() > 0 ? rows.col(j).cwiseAbs().maxCoeff() : 0;
    unit(j) = largest > 0 ? std::ldexp(1.0, std::clamp(std::ilogb(largest), -1000, 1000)) : 1;
  }
  const Matrix scaled = rows * unit.cwiseInverse().asDiagonal();
  const Vector mean = scaled.colwise().mean();
  s.mean = mean.cwiseProduct(unit);
  s.scale = (scaled.rowwise() - mean.transpose()).array().square().colwise().mean().sqrt().matrix().transpose();
  s.scale.array() *= unit.array();
  for (Index j = 0; j < rows.cols(); ++j) {
    // A constant column's deviation is rounding noise, not a scale.
    if (!varies(rows.col(j)) || !(s.scale(j) > 0)) s.scale(j) = 1;
  }
  return s;
}

Matrix Standardisation::apply(const Eigen::Ref<const Matrix>& rows) const {
  return (rows.rowwise() - mean.transpose()).array().rowwise() / scale.transpose().array();
}

Matrix Standardisation::undo(const Eigen::Ref<const Matrix>& rows) const {
  return (rows.array().rowwise() * scale.transpose().array()).rowwise() + mean.transpose().array();
}

Problem::Problem(const DatasetSource& source, const DataRequest& request, std::shared_ptr<const Dataset> data)
    : source_(source.called(DatasetSource::kKind)),
      data_(data ? std::move(data) : std::make_shared<const Dataset>(source.loaded(request))),
      split_(source.checked_split(*data_, request)),
      standardise_(source.standardises(request)),
      input_scaling_(standardise_ ? scaling_of_inputs(*data_, joined(split_.train, split_.pool))
                                  : Standardisation::none(data_->inputs.cols())) {}

Matrix Problem::inputs(const Rows& rows) const { return input_scaling_.apply(data_->inputs(rows, Eigen::all)); }

TrainingSet Problem::training(const Rows& rows) const {
  require(!rows.empty(), ErrorKind::data, "{}: there are no training rows", data_->name);
  const Vector y = targets(rows);
  require_varying_targets(y, data_->name);  // in their own units: what is rounding there is not once standardised
  const auto scaling = standardise_ ? Standardisation::of(y) : Standardisation::none(1);
  TrainingSet set;
  set.target_mean = scaling.mean(0);
  set.target_scale = scaling.scale(0);
  set.data.inputs = inputs(rows);
  set.data.targets = scaling.apply(y);
  set.data.image = data_->image;
  if (!data_->groups.empty())
    for (const Index row : rows) set.data.groups.push_back(data_->groups[static_cast<std::size_t>(row)]);
  return set;
}

PrivilegedData Problem::privileged(const TrainingSet& training) const {
  const Standardisation scaling{Vector::Constant(1, training.target_mean), Vector::Constant(1, training.target_scale)};
  const Rows known = joined(split_.train, split_.pool);
  PrivilegedData all;
  all.labelled_pool = std::make_shared<const TrainingData>(
      TrainingData{.inputs = inputs(known), .targets = scaling.apply(targets(known)), .image = data_->image});
  if (data_->truth)
    all.truth =
        std::make_shared<StandardisedTruth>(data_->truth, input_scaling_, training.target_scale, training.target_mean);
  return all;
}

std::optional<JointPrediction> Problem::oracle(const Rows& train, const Rows& query) const {
  if (!data_->truth) return std::nullopt;
  JointPrediction truth = guarded(source_, "posterior of its truth", [&] {
    return data_->truth->posterior(data_->inputs(train, Eigen::all), targets(train), data_->inputs(query, Eigen::all));
  });
  check_prediction(truth, std::ssize(query), source_ + ": posterior of its truth");
  return truth;
}

}  // namespace predcorr
