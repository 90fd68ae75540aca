// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/bnn/images/image_layer.hpp"

namespace predcorr::models {

/// Units or channels of one layer, which the layers behind it up to the next matrix of weights treat one by one.
struct ChannelGroup {
  std::string writer;      ///< the layer that makes them, for errors
  std::vector<char> left;  ///< whether each is still there
  bool fixed = false;      ///< none may go: there is a sum, or it is not known who reads them

  Rows channels() const;  ///< those left
};

/// Who sees whom in a network, some of whose weights are gone; and so which channels can go, too: a channel of which no
/// weight left reads anything is a constant, one that no weight left reads is nobody's. What stands in their place is
/// dropped with them: biases, batch normalisation, weights on them.
class ChannelGroups {
 public:
  /// @return its number
  std::size_t add(const std::string& writer, Index channels, bool fixed = false);

  ChannelGroup& at(std::size_t group) { return groups_[group]; }
  const ChannelGroup& at(std::size_t group) const { return groups_[group]; }

  /// A layer that multiplies channels of one group and gives those of another.
  /// @param seen whether output o sees input c: outputs x inputs
  /// @throws Error (config) where it sees nothing
  void link(const std::string& layer, std::size_t from, std::size_t to,
            Eigen::Array<char, Eigen::Dynamic, Eigen::Dynamic> seen);

  /// Of a layer on images, for `ImageLayer::narrowed`.
  void place(const ImageLayer* layer, std::size_t from, std::size_t to) { places_[layer] = {from, to}; }
  Rows before(const ImageLayer* layer) const { return groups_[places_.at(layer).first].channels(); }
  Rows behind(const ImageLayer* layer) const { return groups_[places_.at(layer).second].channels(); }

  /// Takes away channels until none is left that sees or says nothing.
  /// @throws Error (config) that names the layer whose channels would all go
  void settle();

 private:
  struct Link {
    std::size_t from, to;
    Eigen::Array<char, Eigen::Dynamic, Eigen::Dynamic> seen;
  };

  /// @return whether one went
  bool drop_unlinked(ChannelGroup& group, const std::vector<char>& linked);

  std::vector<ChannelGroup> groups_;
  std::vector<Link> links_;
  std::map<const ImageLayer*, std::pair<std::size_t, std::size_t>> places_;
};

}  // namespace predcorr::models
