// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/prediction/joint_prediction.hpp"
#include "tests/support/catch.hpp"

namespace predcorr::test {

/// A file of tests/reference: numbers made by other software, with their generator beside them. Read once and kept, so
/// that a loop over a part of it outlives the call.
const Json& reference(const std::string& name);

Vector vector(const Json& list);

/// A list of rows.
Matrix matrix(const Json& rows);

/// {"mean", "latent_cov", "noise_var"}.
JointPrediction prediction(const Json& json);

/// Equal to `tolerance` relative to the expected value.
Approx close(double expected, double tolerance = 1e-8);

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
