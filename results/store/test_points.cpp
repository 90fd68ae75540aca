// SPDX-License-Identifier: Apache-2.0
#include "results/store/test_points.hpp"

#include <cmath>

#include "core/base/hash.hpp"

namespace predcorr {
namespace {

std::string hash_of(const std::vector<std::int64_t>& values) {
  return sha256_hex({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(std::int64_t)});
}

}  // namespace

TestHashes test_hashes(const StoredPrediction& stored) {
  const Vector y = stored.y.tail(stored.y.size() - stored.n_pool);
  int exponent = 0;
  std::frexp(y.size() > 0 ? y.cwiseAbs().maxCoeff() : 0, &exponent);
  std::vector<std::int64_t> steps;
  for (const double value : y) steps.push_back(std::llround(std::ldexp(value, 10 - exponent)));
  return {hash_of({stored.rows.test.begin(), stored.rows.test.end()}), hash_of(steps)};
}

void SharedTestPoints::add(const std::string& model, const StoredPrediction& stored) {
  TestHashes own = test_hashes(stored);
  if (whose_.empty()) {
    whose_ = fmt::format("'{}'", model);
    hashes_ = std::move(own);
    return;
  }
  require(own.rows == hashes_.rows, ErrorKind::data, "{}: model '{}' was tested on other rows than {}", problem_, model,
          whose_);
  require(own.targets == hashes_.targets, ErrorKind::data, "{}: the test targets of model '{}' differ from those of {}",
          problem_, model, whose_);
}

}  // namespace predcorr
