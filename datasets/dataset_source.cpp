// SPDX-License-Identifier: Apache-2.0
#include "datasets/dataset_source.hpp"

namespace predcorr {

Dataset DatasetSource::loaded(const DataRequest& request) const {
  const std::string who = called(kKind);
  Dataset data = guarded(who, "load", [&] { return load(request); });
  try {
    check_dataset(data, 1);
  } catch (const Error& e) {
    throw e.in(who);
  }
  return data;
}

Split DatasetSource::checked_split(const Dataset& data, const DataRequest& request) const {
  const std::string who = called(kKind);
  Split parts = guarded(who, "split", [&] { return split(data, request); });
  std::vector<bool> taken(static_cast<std::size_t>(data.rows()), false);
  for (const Rows* part : {&parts.train, &parts.pool, &parts.test})
    for (const Index row : *part) {
      require(row >= 0 && row < data.rows(), ErrorKind::internal, "{}: split: there is no row {}; it has rows 0 to {}",
              who, row, data.rows() - 1);
      require(!taken[static_cast<std::size_t>(row)], ErrorKind::internal,
              "{}: split: row {} is given out twice; a row belongs to one part, once", who, row);
      taken[static_cast<std::size_t>(row)] = true;
    }
  return parts;
}

Split DatasetSource::split(const Dataset& data, const DataRequest& request) const {
  if (request.protocol.is_paper()) {
    require(data.groups.empty(), ErrorKind::config,
            "{}: the paper protocol does not keep groups together; use \"protocol\": \"modern\"", data.name);
    return paper_split(data.rows(), request.seed, request.protocol.train);
  }
  return modern_split(data.rows(), data.groups, request.protocol, request.stream(data.name));
}

}  // namespace predcorr
