// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/error.hpp"
#include "core/joint_prediction.hpp"
#include "core/json.hpp"
#include "tests/support/catch.hpp"

namespace predcorr::test {

/// A file of tests/reference: numbers made by other software, with their generator beside them. Read once and kept, so
/// that a loop over a part of it outlives the call.
inline const Json& reference(const std::string& name) {
  static std::map<std::string, Json> files;
  const auto [place, first] = files.try_emplace(name);
  if (first) place->second = read_json_file(std::filesystem::path(PREDCORR_SOURCE_DIR) / "tests" / "reference" / name);
  return place->second;
}

inline Vector vector(const Json& list) {
  const auto values = list.get<std::vector<double>>();
  return Eigen::Map<const Vector>(values.data(), std::ssize(values));
}

/// A list of rows.
inline Matrix matrix(const Json& rows) {
  Matrix m(std::ssize(rows), rows.empty() ? 0 : std::ssize(rows.at(0)));
  for (Index i = 0; i < m.rows(); ++i) m.row(i) = vector(rows.at(static_cast<std::size_t>(i))).transpose();
  return m;
}

/// {"mean", "latent_cov", "noise_var"}.
inline JointPrediction prediction(const Json& json) {
  return {vector(json.at("mean")), Covariance::dense(matrix(json.at("latent_cov"))), vector(json.at("noise_var"))};
}

/// Equal to `tolerance` relative to the expected value.
inline Approx close(double expected, double tolerance = 1e-8) {
  return Approx(expected).epsilon(tolerance).margin(1e-12);
}

/// The error an expression throws, as text: its kind, then its message. Fails the test if it throws none.
template <class F>
std::string error_of(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    return std::string(to_string(e.kind())) + ": " + e.what();
  }
  FAIL("no error was thrown");
  return "";
}

}  // namespace predcorr::test
