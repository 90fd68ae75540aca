// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/channel_groups.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace predcorr::models {

Rows ChannelGroup::channels() const {
  Rows rows;
  for (std::size_t c = 0; c < left.size(); ++c)
    if (left[c] != 0) rows.push_back(static_cast<Index>(c));
  return rows;
}

std::size_t ChannelGroups::add(const std::string& writer, Index channels, bool fixed) {
  groups_.push_back({writer, std::vector<char>(static_cast<std::size_t>(channels), 1), fixed});
  return groups_.size() - 1;
}

void ChannelGroups::link(const std::string& layer, std::size_t from, std::size_t to,
                         Eigen::Array<char, Eigen::Dynamic, Eigen::Dynamic> seen) {
  require((seen != 0).any(), ErrorKind::config,
          "pruning: no weight would be left of the {}; lower sparsity, or take another criterion", layer);
  links_.push_back({from, to, std::move(seen)});
}

bool ChannelGroups::drop_unlinked(ChannelGroup& group, const std::vector<char>& linked) {
  if (group.fixed) return false;
  bool dropped = false;
  for (std::size_t c = 0; c < linked.size(); ++c) {
    if (group.left[c] == 0 || linked[c] != 0) continue;
    group.left[c] = 0;
    dropped = true;
  }
  require(std::find(group.left.begin(), group.left.end(), 1) != group.left.end(), ErrorKind::config,
          "pruning: nothing would be left of the {}, since no weight leads through it; lower sparsity, or take another "
          "criterion",
          group.writer);
  return dropped;
}

void ChannelGroups::settle() {
  bool changed = true;
  while (changed) {
    changed = false;
    for (const Link& link : links_) {
      ChannelGroup &from = groups_[link.from], &to = groups_[link.to];
      std::vector<char> reads(to.left.size(), 0), is_read(from.left.size(), 0);
      for (std::size_t c = 0; c < from.left.size(); ++c)
        for (std::size_t o = 0; o < to.left.size(); ++o) {
          if (from.left[c] == 0 || to.left[o] == 0 || link.seen(static_cast<Index>(o), static_cast<Index>(c)) == 0)
            continue;
          reads[o] = is_read[c] = 1;
        }
      changed = drop_unlinked(to, reads) || changed;
      changed = drop_unlinked(from, is_read) || changed;
    }
  }
}

}  // namespace predcorr::models
