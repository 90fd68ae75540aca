// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/stream.hpp"
#include "core/kernels/kernel.hpp"

namespace predcorr::test {

/// Parameters of a registered kernel for a test: the defaults, and children where it needs some.
inline Json kernel_parameters(const std::string& name) {
  static const Json given = Json::parse(R"({
    "sum": {"of": ["rbf", "linear", "white", 0.5]},
    "product": {"of": ["periodic", "matern", {"sum": ["white", "linear"]}]},
    "active": {"columns": [3, 1], "kernel": {"sum": ["rbf", "white"]}},
    "neural-kernel-network": {"primitives": ["rbf", "linear", "periodic"], "units": [4, 1]}
  })");
  return given.value(name, Json::object());
}

/// Every registered kernel as a suite writes it, and some more that have a shape of their own.
inline std::vector<Json> every_kernel() {
  std::vector<Json> all;
  for (const auto& name : Registry<Kernel>::instance().names()) all.push_back({{name, kernel_parameters(name)}});
  for (const char* text :
       {R"({"matern": {"smoothness": "1/2"}})", R"({"matern": {"smoothness": "3/2"}})",
        R"({"rbf": {"length_scale": 0.8}})", R"({"linear": {"variance": 0.7, "origin": [1, 2, 3]}})",
        R"({"periodic": {"length_scale": 1.5, "period": 2}})",
        R"({"relu-network": {"weight_variance": [1, 2, 1.5], "bias_variance": [0.5, 0.1, 0.2]}})",
        R"({"sum": [{"product": ["rbf", {"active": {"columns": 2, "kernel": "linear"}}]}, "white"]})"})
    all.push_back(Json::parse(text));
  return all;
}

/// n standard normal points of three inputs.
inline Matrix kernel_points(Index n, const char* name = "x") {
  return Stream(9).fork(name).normals(3 * n).reshaped(n, 3);
}

/// The kernel ready to be learned from 30 such points whose outputs have variance 1.7.
inline KernelPtr started_kernel(const Json& text) { return read_kernel(text)->started(kernel_points(30), 1.7); }

}  // namespace predcorr::test
