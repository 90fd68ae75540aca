// SPDX-License-Identifier: Apache-2.0
#include "datasets/dataset_source.hpp"

namespace predcorr {

Split DatasetSource::split(const Dataset& data, const DataRequest& request) const {
  if (request.protocol.is_paper()) {
    require(data.groups.empty(), ErrorKind::config,
            "{}: the paper protocol does not keep groups together; use \"protocol\": \"modern\"", data.name);
    return paper_split(data.rows(), request.seed, request.protocol.train);
  }
  return modern_split(data.rows(), data.groups, request.protocol, request.stream(data.name));
}

}  // namespace predcorr
