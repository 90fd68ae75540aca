// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/base/matrix.hpp"
#include "core/plugins/parameters.hpp"

namespace predcorr {

/// A positive quantity that is learned by its logarithm: one value, or one for each input, layer or component. In a
/// suite a number, a list, "from data", or {"start": 0.5, "range": [0.01, 10], "prior": [0.5, 1], "learn": true}; what
/// is not given follows from the start.
struct HyperParameter {
  std::vector<double> start = {};   ///< where learning begins; empty: chosen from the data by learners, else 1
  std::vector<double> range = {};   ///< lowest and highest value; empty: start / 1e4 to start * 1e4
  std::vector<double> prior = {};   ///< log-normal: median, and standard deviation of the logarithm; empty: start, 1
  bool learn = true;                ///< false keeps the start; a list with a 0 in it is kept in any case
  std::vector<double> anchor = {};  ///< what range and prior follow from once `start` has moved on; not in suites

  bool learned() const;
  Vector values() const;
};

/// One log hyper-parameter as optimisers and samplers see it.
struct LogParameter {
  std::string name;
  double value, low, high;
  double prior_mean, prior_stddev;

  double log_prior_density(double at) const;  ///< without its constant
};

/// Adds the entries of a learned hyper-parameter: "length_scale[1]", ...
/// @throws Error (config) if the start is outside the range
void append_log_parameters(const std::string& name, const HyperParameter& h, std::vector<LogParameter>& list);

/// The hyper-parameter with new values, from their logarithms.
HyperParameter moved(const HyperParameter& h, const Eigen::Ref<const Vector>& logs);

/// The hyper-parameter with this start, where none was given.
HyperParameter started(const HyperParameter& h, const Eigen::Ref<const Vector>& from_data);

template <>
struct JsonType<HyperParameter> {
  static std::string name() { return "hyper-parameter"; }
  static bool usable(const HyperParameter&) { return true; }
  static bool all(const Json& value, const std::function<bool(const Json&)>& holds);
  static Json write(const HyperParameter& h);
  static HyperParameter read(const Json& value);
};

}  // namespace predcorr
