// SPDX-License-Identifier: Apache-2.0
#include "datasets/target_variation.hpp"

#include <limits>

#include "core/base/error.hpp"

namespace predcorr {

bool varies(const Eigen::Ref<const Vector>& values) {
  if (values.size() < 2) return false;
  const double rounding = 32 * std::numeric_limits<double>::epsilon() * values.cwiseAbs().maxCoeff();
  return values.maxCoeff() - values.minCoeff() > rounding;
}

void require_varying_targets(const Eigen::Ref<const Vector>& targets, const std::string& subject) {
  require(targets.size() >= 2, ErrorKind::data,
          "{}: {} training row(s); at least 2 with different targets are needed to learn how far targets vary", subject,
          targets.size());
  const bool exactly = (targets.array() == targets(0)).all();
  require(varies(targets), ErrorKind::data,
          "{}: the training targets are all {}{} ({} rows); at least 2 different ones are needed to learn how far "
          "targets vary",
          subject, targets(0), exactly ? "" : ", up to rounding", targets.size());
}

Rows varied_rows(const Vector& targets, Index count, Stream stream) {
  Rows rows = stream.permutation(targets.size());
  rows.resize(static_cast<std::size_t>(count));
  if (!varies(targets(rows))) (targets.array() - targets(rows.front())).abs().maxCoeff(&rows.back());
  return rows;
}

}  // namespace predcorr
