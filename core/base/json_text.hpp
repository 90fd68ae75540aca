// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/base/json.hpp"

namespace predcorr {

/// A document for people and for diffs: an object or a list that fits in 100 characters is on one line, as are the
/// numbers of a long list, many to a line; everything else has a line of its own, one blank further in for each level.
/// Half the size of dump(1) where there are many short lists. Ends in a newline.
/// Cost: linear in the text.
std::string readable_json(const OrderedJson& document);

/// A value as it stands within such a document, below `depth` levels; without a newline at its end.
std::string readable_json_part(const OrderedJson& value, std::size_t depth);

}  // namespace predcorr
