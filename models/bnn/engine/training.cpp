// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/training.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "core/base/error.hpp"
#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/engine/optimiser.hpp"

namespace predcorr::models {

Batch network_data(const TrainingData& data) { return {network_inputs(data.inputs), data.targets.cast<float>()}; }

const Batch& as_seen_by(const Network& network, const Batch& all, Batch& storage) {
  const Rows& columns = network.columns();
  if (columns.empty()) return all;
  const Index d = std::ssize(columns), n = all.inputs.count;
  storage = {{MatrixF::Zero(padded_rows(d + 1), padded_columns(n)), n}, all.targets};
  storage.inputs.columns.topLeftCorner(d, n) = all.inputs.columns(columns, Eigen::seqN(0, n));
  storage.inputs.columns.row(d).head(n).setOnes();
  return storage;
}

MiniBatches::MiniBatches(const Batch& all, Rows rows, int batch_size, Stream stream)
    : all_(all), rows_(std::move(rows)), batch_size_(batch_size), stream_(std::move(stream)) {}

const Batch& MiniBatches::next() {
  const Index n = std::ssize(rows_);
  if (at_ == 0) order_ = stream_.permutation(n);
  const Index size = std::min(batch_size_, n - at_);
  Rows chosen(static_cast<std::size_t>(size));
  batch_.targets.resize(size);
  for (Index i = 0; i < size; ++i) {
    const Index row = rows_[static_cast<std::size_t>(order_[static_cast<std::size_t>(at_ + i)])];
    chosen[static_cast<std::size_t>(i)] = row;
    batch_.targets(i) = all_.targets(row);
  }
  gather(all_.inputs, chosen, batch_.inputs);
  at_ = at_ + size == n ? 0 : at_ + size;
  return batch_;
}

DivergenceGuard::DivergenceGuard(const VectorF& targets)
    : largest_(1e10 * std::max(1.0, targets.cast<double>().squaredNorm() / static_cast<double>(targets.size()))) {}

void DivergenceGuard::check(double loss) {
  ++step_;
  require(std::isfinite(loss) && loss < largest_, ErrorKind::numerical,
          "training diverged in step {} with a loss of {}; lower learning_rate", step_, loss);
}

Objective following(const Network& network, Network::Workspace& work, const Stream& stream, Objective objective,
                    Int8Record* record) {
  objective.after_step = [&network, &work](VectorF& parameters) { network.update_statistics(work, parameters); };
  if (!network.architecture().int8) return objective;
  work.rounding = {stream.fork("rounding").key(), 0, 0};
  objective.rate_factors = [&network, &work] {
    VectorF factors = VectorF::Ones(network.layout_count());
    for (const LayerReport& layer : network.reports(work))
      factors.segment(layer.at, layer.parameters).setConstant(static_cast<float>(layer.report.rate_factor));
    return network.collected(factors);
  };
  if (record != nullptr)
    objective.after_epoch = [&network, &work, record, then = std::move(objective.after_epoch)](int epoch,
                                                                                               const VectorF& at) {
      record->observe(network, work);
      if (then) then(epoch, at);
    };
  return objective;
}

void measure_statistics(const Network& network, const Batch& all, Eigen::Ref<VectorF> parameters) {
  if (network.statistic_count() == 0) return;
  constexpr Index kMost = 256;
  const Index n = all.inputs.count, taken = std::min(n, kMost);
  Rows rows;
  for (Index i = 0; i < taken; ++i) rows.push_back(i * n / taken);
  NetworkInputs some;
  gather(all.inputs, rows, some);
  Network::Workspace work;
  network.forward(parameters, some, work, Pass::training);
  network.update_statistics(work, parameters, 1);
}

void clip(VectorF& gradient, double longest) {
  if (longest <= 0) return;
  const double length = gradient.norm();
  if (length > longest) gradient *= static_cast<float>(longest / length);
}

Trained train(const TrainingParameters& options, const Batch& all, VectorF start, const Stream& stream,
              const Objective& objective) {
  const auto& [loss, held_out, after_epoch, pool, after_step, rate_factors] = objective;
  const Index n = all.inputs.count;
  const auto aside = static_cast<Index>(options.validation * static_cast<double>(n));
  Rows rows = aside > 0 ? stream.fork("validation").permutation(n) : consecutive_rows(0, n);
  Batch validation;
  if (aside > 0) {
    const Rows out(rows.end() - aside, rows.end());
    rows.resize(static_cast<std::size_t>(n - aside));
    gather(all.inputs, out, validation.inputs);
    validation.targets.resize(aside);
    for (Index i = 0; i < aside; ++i) validation.targets(i) = all.targets(out[static_cast<std::size_t>(i)]);
  }
  std::unique_ptr<Optimiser> optimiser;
  if (options.optimiser == OptimiserKind::sgd)
    optimiser = std::make_unique<Momentum>(start.size(), options.momentum);
  else
    optimiser = std::make_unique<Adam>(start.size());

  MiniBatches batches(all, std::move(rows), options.batch, stream.fork("batches"));
  DivergenceGuard guard(all.targets);
  VectorF& parameters = start;
  VectorF gradient(parameters.size());
  Trained best{parameters, 0};
  double least = std::numeric_limits<double>::infinity();
  BestEpoch by_pool(options.epochs);
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    const double rate = options.learning_rate * schedule_at(options.schedule, (epoch - 1.0) / options.epochs);
    for (Index b = 0; b < batches.per_epoch(); ++b) {
      guard.check(loss(parameters, batches.next(), gradient));
      clip(gradient, options.clip_norm);
      optimiser->step(gradient, rate, parameters, rate_factors ? rate_factors() : VectorF());
      if (after_step) after_step(parameters);
    }
    if (after_epoch) after_epoch(epoch, parameters);
    if (pool != nullptr && by_pool.looks_at(epoch) && by_pool.improves(epoch, pool(parameters)))
      best = {parameters, epoch};
    if (aside == 0) continue;
    const double value = held_out(parameters, validation);
    if (value < least) {
      least = value;
      best = {parameters, epoch};
    } else if (epoch - best.epochs >= options.patience) {
      return best;
    }
  }
  if (aside > 0) {
    require(best.epochs > 0, ErrorKind::numerical,
            "the validation loss was never finite in {} epochs; lower learning_rate", options.epochs);
    return best;
  }
  if (pool != nullptr) {
    by_pool.require_found();
    return best;
  }
  return {std::move(parameters), options.epochs};
}

}  // namespace predcorr::models
