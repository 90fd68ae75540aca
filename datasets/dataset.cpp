// SPDX-License-Identifier: Apache-2.0
#include "datasets/dataset.hpp"

#include "core/base/error.hpp"

namespace predcorr {

void check_dataset(const Dataset& data, Index fewest) {
  const std::string name = data.source.file.empty() ? data.name : data.source.file;
  const Index n = data.rows(), d = data.inputs.cols();
  require(data.targets.size() == n && std::ssize(data.input_names) == d, ErrorKind::shape,
          "{}: {} rows of {} inputs, {} targets and {} input names do not fit", name, n, d, data.targets.size(),
          data.input_names.size());
  require(data.groups.empty() || std::ssize(data.groups) == n, ErrorKind::shape, "{}: {} rows but {} group labels",
          name, n, data.groups.size());
  if (data.image)
    require(data.image->fits(d), ErrorKind::shape,
            "{}: images of {} (height, width, channels) and {} inputs do not fit", name, data.image->text(), d);
  require(d >= 1, ErrorKind::data, "{}: has no input column beside the target", name);
  require(n >= fewest, ErrorKind::data, "{}: has {} rows; the protocol needs at least {}", name, n, fewest);
  require(data.inputs.allFinite() && data.targets.allFinite(), ErrorKind::data, "{}: has values that are not finite",
          name);
  require((data.targets.array() != data.targets(0)).any(), ErrorKind::data,
          "{}: target '{}' is {} in every row; there is nothing to predict", name, data.target_name, data.targets(0));
}

}  // namespace predcorr
