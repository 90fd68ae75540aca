// SPDX-License-Identifier: Apache-2.0
#include "tests/support/reference.hpp"

#include <map>

namespace predcorr::test {

const Json& reference(const std::string& name) {
  static std::map<std::string, Json> files;
  const auto [place, first] = files.try_emplace(name);
  if (first) place->second = read_json_file(std::filesystem::path(PREDCORR_SOURCE_DIR) / "tests" / "reference" / name);
  return place->second;
}

Vector vector(const Json& list) {
  const auto values = list.get<std::vector<double>>();
  return Eigen::Map<const Vector>(values.data(), std::ssize(values));
}

Matrix matrix(const Json& rows) {
  Matrix m(std::ssize(rows), rows.empty() ? 0 : std::ssize(rows.at(0)));
  for (Index i = 0; i < m.rows(); ++i) m.row(i) = vector(rows.at(static_cast<std::size_t>(i))).transpose();
  return m;
}

JointPrediction prediction(const Json& json) {
  return {vector(json.at("mean")), Covariance::dense(matrix(json.at("latent_cov"))), vector(json.at("noise_var"))};
}

Approx close(double expected, double tolerance) { return Approx(expected).epsilon(tolerance).margin(1e-12); }

}  // namespace predcorr::test
