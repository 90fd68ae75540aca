// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "metrics/gaussian.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"

namespace predcorr::test {

/// A control and its base, fitted to the same rows with the same stream, at the same points.
struct ControlCase {
  explicit ControlCase(const std::string& control, Json parameters = Json::object(), const Json& base_spec = "gp",
                       Index points = 40)
      : query(query_points(points)) {
    const CheckData data = training_data();
    const Spec spec = read_spec(base_spec, "model", "test");
    base = model(spec.name, spec.parameters)->fit(data, Stream(1), data.privileged)->predict(query);
    parameters["base"] = base_spec;
    posterior = model(control, parameters)->fit(data, Stream(1), data.privileged);
    prediction = posterior->predict(query);
  }
  Matrix base_correlations() const { return metrics::correlation_matrix(base.latent.matrix()); }
  Matrix correlations() const { return metrics::correlation_matrix(prediction.latent.matrix()); }

  Matrix query;
  std::unique_ptr<const Posterior> posterior;
  JointPrediction base, prediction;
};

/// A base whose covariance is a float factor.
inline Json bootstrap_base() { return {{"model", "bootstrap"}, {"parameters", {{"base", "ridge"}, {"members", 12}}}}; }

}  // namespace predcorr::test
