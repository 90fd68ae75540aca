// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/compression/compression.hpp"

#include <cmath>
#include <span>

#include "core/base/error.hpp"
#include "models/bnn/pruning/network_size.hpp"

namespace predcorr::models {
namespace {

std::unique_ptr<Surgery> surgery_of(const CompressionOptions& options, const FittedNetwork& trained,
                                    const FisherInformation& fisher) {
  if (options.criterion == CompressionCriterion::eigendamage) return direction_surgery(trained, fisher);
  if (options.is_by_weight()) return weight_surgery(trained, fisher, options.criterion);
  return filter_surgery(trained, fisher, options.criterion);
}

/// Whether that many parts suffice; where a layer would vanish, they are more than enough.
bool is_small_enough(const Surgery& surgery, std::span<const Part> gone, Index target) {
  try {
    return surgery.size_without(gone) <= target;
  } catch (const Error&) {
    return true;
  }
}

/// The fewest of the parts, from the first on, whose going leaves no more than `target` numbers.
std::size_t fewest(const Surgery& surgery, const std::vector<Part>& order, Index target) {
  std::size_t low = 0, high = order.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (is_small_enough(surgery, {order.data(), middle}, target))
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

Index size_of_trained(const Network& network) { return network.parameter_count() - network.statistic_count(); }

}  // namespace

CompressedNetwork compressed(const CompressionOptions& options, const Network& network, VectorF trained,
                             const Batch& given,
                             const std::function<OutputInformation(const VectorF& behind)>& information,
                             const TrainingParameters& training, const TrainingOn& go_on, const Stream& stream) {
  TrainingParameters further = training;
  further.epochs = options.epochs;
  further.learning_rate = options.learning_rate;
  further.validation = options.validation;
  const auto whole = static_cast<double>(size_of_trained(network));
  VectorF behind = trained.tail(trained.size() - network.parameter_count());
  FittedNetwork fitted{network, trained.head(network.parameter_count())};
  double parts = 0, gone = 0;
  for (int round = 1; round <= options.rounds; ++round) {
    Batch storage;
    const Batch& all = as_seen_by(fitted.network, given, storage);
    const FisherInformation fisher = fisher_information(fitted.network, fitted.weights, all, information(behind));
    const std::unique_ptr<Surgery> surgery = surgery_of(options, fitted, fisher);
    const std::vector<Part> order = removal_order(surgery->groups(), options.cap);
    const double share = std::pow(options.smaller, -static_cast<double>(round) / options.rounds);
    const auto target = static_cast<Index>(std::floor(whole * share));
    const std::size_t count = fewest(*surgery, order, target);
    const std::span<const Part> chosen(order.data(), count);
    const Index reached = surgery->size_without(chosen);
    require(reached <= target, ErrorKind::config,
            "compression.smaller: of {} numbers at most {} may stay, but {} are the fewest to which this criterion can "
            "bring the network in this round; lower smaller, raise cap or rounds, or take another criterion",
            whole, target, reached);
    if (round == 1)
      for (const PartGroup& group : surgery->groups()) parts += static_cast<double>(group.parts.size());
    gone += static_cast<double>(count);
    fitted = surgery->without(chosen);
    if (options.epochs == 0) continue;
    VectorF start(fitted.weights.size() + behind.size());
    start << fitted.weights, behind;
    const VectorF after =
        go_on(fitted.network, std::move(start), further, stream.fork("round", static_cast<std::uint64_t>(round)));
    fitted.weights = after.head(fitted.weights.size());
    behind = after.tail(behind.size());
  }
  Batch storage;
  measure_statistics(fitted.network, as_seen_by(fitted.network, given, storage), fitted.weights);
  CompressedNetwork result{fitted.network, VectorF(fitted.weights.size() + behind.size()),
                           size_record("compression", network, fitted.network)};
  result.parameters << fitted.weights, behind;
  result.record["compression.parts_gone"] = parts > 0 ? gone / parts : 0;
  return result;
}

Objective before_compression(const Compression& compression, const Network& network, Objective objective) {
  if (!compression.options() || compression.options()->criterion != CompressionCriterion::network_slimming ||
      !network.architecture().images)
    return objective;
  std::vector<ChannelScales> scales;
  network.architecture().images->add_scales(network.statistic_count(), scales);
  const auto penalty = static_cast<float>(compression.options()->scale_penalty);
  objective.loss = [scales, penalty, loss = std::move(objective.loss)](const VectorF& at, const Batch& batch,
                                                                       VectorF& gradient) {
    double value = loss(at, batch, gradient);
    for (const ChannelScales& of : scales) {
      const auto part = at.segment(of.at, of.channels).array();
      value += static_cast<double>(penalty * part.abs().sum());
      gradient.segment(of.at, of.channels).array() += penalty * part.sign();
    }
    return value;
  };
  return objective;
}

}  // namespace predcorr::models
