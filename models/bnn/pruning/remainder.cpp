// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/pruning/remainder.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "models/bnn/images/channel_groups.hpp"

namespace predcorr::models {
namespace {

using Seen = Eigen::Array<char, Eigen::Dynamic, Eigen::Dynamic>;

/// Whether output o of a fully connected layer sees channel c of its inputs, at whatever pixel.
Seen seen_by(const Network::Layer& layer, Index channels, const std::vector<char>& left) {
  Seen seen = Seen::Zero(layer.outputs, channels);
  for (Index i = 0; i < layer.inputs; ++i)
    for (Index o = 0; o < layer.outputs; ++o)
      seen(o, i % channels) |= left[static_cast<std::size_t>(layer.at + i * layer.outputs + o)];
  return seen;
}

/// The groups between layers, with those of images before.
class Tracing {
 public:
  Tracing(const Network& whole, const std::vector<char>& left) : whole_(whole) {
    const auto& images = whole.architecture().images;
    const std::vector<Network::Layer>& layers = whole.layers();
    std::size_t group =
        images ? groups.add("image", images->input().channels, true) : groups.add("inputs", layers.front().inputs);
    dense.push_back(group);
    if (images) dense.back() = group = images->trace(group, left.data() + whole.statistic_count(), groups);
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const bool last = l + 1 == layers.size();
      const std::string name = last ? "output layer" : fmt::format("fully connected layer {}", l + 1);
      const std::size_t behind = groups.add(name, layers[l].outputs, last || layers[l].residual);
      if (layers[l].residual) groups.at(group).fixed = true;
      groups.link(name, group, behind, seen_by(layers[l], std::ssize(groups.at(group).left), left));
      dense.push_back(group = behind);
    }
    groups.settle();
  }

  /// Those of fully connected layer l's inputs that are left: channels, at every pixel.
  Rows inputs(std::size_t l) const {
    const Rows channels = groups.at(dense[l]).channels();
    const Index all = std::ssize(groups.at(dense[l]).left);
    Rows rows;
    for (Index first = 0; first < whole_.layers()[l].inputs; first += all)
      for (const Index c : channels) rows.push_back(first + c);
    return rows;
  }

  ChannelGroups groups;
  std::vector<std::size_t> dense;  // the group before each fully connected layer, and the last one's outputs

 private:
  const Network& whole_;
};

}  // namespace

Remainder remainder_of(const Network& whole, const std::vector<char>& left) {
  require(std::ssize(left) == whole.layout_count(), ErrorKind::config,
          "pruning: a mask of {} numbers does not fit a network of {}", left.size(), whole.layout_count());
  const Tracing tracing(whole, left);
  Network::Parts parts;
  std::vector<Index> places;  // of the new layout
  if (const auto& images = whole.architecture().images) {
    ImageLayers::Narrowed narrowed = images->narrowed(images->input(), tracing.groups);
    places = narrowed.statistics;
    for (const Index i : narrowed.parameters) places.push_back(whole.statistic_count() + i);
    parts.images = std::move(narrowed.layers);
  } else {
    parts.columns = tracing.inputs(0);
  }
  for (std::size_t l = 0; l < whole.layers().size(); ++l) {
    const Network::Layer& layer = whole.layers()[l];
    const Rows outputs = tracing.groups.at(tracing.dense[l + 1]).channels();
    Rows inputs = tracing.inputs(l);
    inputs.push_back(layer.inputs);  // the bias's one
    for (const Index i : inputs)
      for (const Index o : outputs) places.push_back(layer.at + i * layer.outputs + o);
    parts.units.push_back(std::ssize(outputs));
  }
  Remainder result{whole, {}};
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (left[static_cast<std::size_t>(places[i])] == 0) continue;
    parts.kept.push_back(static_cast<std::int32_t>(i));
    result.places.push_back(places[i]);
  }
  result.network = Network(whole, std::move(parts));
  return result;
}

}  // namespace predcorr::models
