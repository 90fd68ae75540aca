// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/hyper_parameter.hpp"

#include <algorithm>
#include <cmath>

namespace predcorr {
namespace {

using Numbers = JsonType<std::vector<double>>;

constexpr const char* kFromData = "from data";

Json write_start(const std::vector<double>& start) {
  if (start.empty()) return kFromData;
  return start.size() == 1 ? Json(start.front()) : Json(start);
}

std::vector<double> read_start(const Json& value) {
  if (value == kFromData) return {};
  const std::vector<double> start = Numbers::read(value);
  require(!start.empty(), ErrorKind::config, "must be a number, a list of numbers or \"{}\", got []", kFromData);
  return start;
}

/// Two positive numbers, such as a range.
std::vector<double> read_pair(const Json& value, const char* key, const char* meaning) {
  const std::vector<double> pair = Numbers::read(value);
  require(pair.size() == 2 && pair[0] > 0 && pair[1] > 0, ErrorKind::config,
          "'{}' must be [{}], two positive numbers, got {}", key, meaning, value.dump());
  return pair;
}

}  // namespace

bool HyperParameter::learned() const {
  return learn && std::none_of(start.begin(), start.end(), [](double v) { return v == 0; });
}

Vector HyperParameter::values() const {
  if (start.empty()) return Vector::Constant(1, range.empty() ? 1.0 : std::clamp(1.0, range[0], range[1]));
  return Eigen::Map<const Vector>(start.data(), std::ssize(start));
}

double LogParameter::log_prior_density(double at) const {
  const double off = (at - prior_mean) / prior_stddev;
  return -0.5 * off * off;
}

void append_log_parameters(const std::string& name, const HyperParameter& h, std::vector<LogParameter>& list) {
  constexpr double kWide = 1e4;
  if (!h.learned()) return;
  const Vector now = h.values();
  const std::vector<double> anchor = h.anchor.empty() ? std::vector<double>(now.begin(), now.end()) : h.anchor;
  for (std::size_t i = 0; i < anchor.size(); ++i) {
    const double low = h.range.empty() ? anchor[i] / kWide : h.range[0];
    const double high = h.range.empty() ? anchor[i] * kWide : h.range[1];
    require(low <= anchor[i] && anchor[i] <= high, ErrorKind::config,
            "'{}': the start {} is outside the range {} to {}", name, anchor[i], low, high);
    list.push_back({anchor.size() == 1 ? name : fmt::format("{}[{}]", name, i + 1),
                    std::log(now(static_cast<Index>(i))), std::log(low), std::log(high),
                    std::log(h.prior.empty() ? anchor[i] : h.prior[0]), h.prior.empty() ? 1.0 : h.prior[1]});
  }
}

HyperParameter moved(const HyperParameter& h, const Eigen::Ref<const Vector>& logs) {
  HyperParameter next = h;
  if (next.anchor.empty()) {
    const Vector now = h.values();
    next.anchor.assign(now.begin(), now.end());
  }
  next.start.resize(next.anchor.size());
  for (std::size_t i = 0; i < next.start.size(); ++i) next.start[i] = std::exp(logs(static_cast<Index>(i)));
  return next;
}

HyperParameter started(const HyperParameter& h, const Eigen::Ref<const Vector>& from_data) {
  HyperParameter next = h;
  if (next.start.empty()) {
    next.start.assign(from_data.begin(), from_data.end());
    if (!h.range.empty())
      for (double& v : next.start) v = std::clamp(v, h.range[0], h.range[1]);
  }
  return next;
}

bool JsonType<HyperParameter>::all(const Json& value, const std::function<bool(const Json&)>& holds) {
  const Json start = value.is_object() ? value.value("start", Json(kFromData)) : value;
  return start == kFromData || Numbers::all(start, holds);
}

Json JsonType<HyperParameter>::write(const HyperParameter& h) {
  if (h.range.empty() && h.prior.empty() && h.learn) return write_start(h.start);
  Json object = {{"start", write_start(h.start)}, {"learn", h.learn}};
  if (!h.range.empty()) object["range"] = h.range;
  if (!h.prior.empty()) object["prior"] = h.prior;
  return object;
}

HyperParameter JsonType<HyperParameter>::read(const Json& value) {
  HyperParameter h;
  if (!value.is_object()) {
    h.start = read_start(value);
    return h;
  }
  for (const auto& [key, part] : value.items()) {
    if (key == "start")
      h.start = read_start(part);
    else if (key == "range")
      h.range = read_pair(part, "range", "lowest, highest");
    else if (key == "prior")
      h.prior = read_pair(part, "prior", "median, standard deviation of the logarithm");
    else if (key == "learn")
      h.learn = JsonType<bool>::read(part);
    else
      fail(ErrorKind::config, "unknown key '{}'{}", key, suggestion(key, {"start", "range", "prior", "learn"}));
  }
  require(h.range.empty() || h.range[0] < h.range[1], ErrorKind::config, "'range' must run upwards, got {} to {}",
          h.range.empty() ? 0 : h.range[0], h.range.empty() ? 0 : h.range[1]);
  return h;
}

}  // namespace predcorr
