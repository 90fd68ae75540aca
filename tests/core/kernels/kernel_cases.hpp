// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/kernels/kernel.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::test {

/// What `add` adds to a vector of p entries that is not empty beforehand.
template <class Add>
Vector added(Index p, const Add& add) {
  Vector gradient = Vector::Constant(p, 2);
  add(gradient);
  return gradient.array() - 2;
}

/// Compares one kernel of kernel_reference.json with what NumPy and scikit-learn say: values to `tolerance` of the
/// largest, gradients, which are long sums, to `gradient_tolerance`.
inline void check_case(const Json& c, double tolerance, double gradient_tolerance) {
  INFO(c.at("kernel").dump());
  const Json& points = reference("kernel_reference.json").at("points").at(std::to_string(c.at("d").get<int>()));
  const Matrix x = matrix(points.at("x")), z = matrix(points.at("z")), weight = matrix(points.at("weight"));
  const Vector row_weight = vector(points.at("row_weight"));
  const KernelPtr kernel = read_kernel(c.at("kernel"));
  CHECK(difference(kernel->cross(x, z), matrix(c.at("cross"))) < tolerance);
  CHECK(difference(kernel->diagonal(x), vector(c.at("diagonal"))) < tolerance);
  CHECK(difference(kernel->white_noise(x), vector(c.at("white_noise"))) < tolerance);

  const Vector expected = vector(c.at("gradient"));
  const Index p = std::ssize(kernel->log_parameters());
  REQUIRE(p == expected.size());
  Matrix by_z = Matrix::Constant(z.rows(), z.cols(), 3);
  const Vector gradient = added(p, [&](Vector& g) { kernel->add_cross_gradient(x, z, weight, g, &by_z); });
  CHECK(difference(gradient, expected) < gradient_tolerance);
  CHECK(difference(by_z.array() - 3, matrix(c.at("by_z"))) < gradient_tolerance);
  CHECK(added(p, [&](Vector& g) { kernel->add_cross_gradient(x, z, weight, g, nullptr); }) == gradient);
  CHECK(difference(added(p, [&](Vector& g) { kernel->add_diagonal_gradient(x, row_weight, g); }),
                   vector(c.at("diagonal_gradient"))) < gradient_tolerance);
  CHECK(difference(added(p, [&](Vector& g) { kernel->add_white_noise_gradient(x, row_weight, g); }),
                   vector(c.at("white_noise_gradient"))) < gradient_tolerance);
}

/// All cases of one registered kernel, of which there must be `count`.
inline void check_cases(const std::string& name, int count, double tolerance = 1e-12,
                        double gradient_tolerance = 1e-11) {
  int found = 0;
  for (const Json& c : reference("kernel_reference.json").at("cases"))
    if (c.at("kernel").contains(name)) {
      check_case(c, tolerance, gradient_tolerance);
      ++found;
    }
  CHECK(found == count);
}

/// One point of as many inputs.
inline Matrix point(std::initializer_list<double> inputs) {
  Matrix x(1, std::ssize(inputs));
  std::copy(inputs.begin(), inputs.end(), x.data());
  return x;
}

}  // namespace predcorr::test
