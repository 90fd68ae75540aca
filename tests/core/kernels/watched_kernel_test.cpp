// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/kernel.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;

/// Does in each function what a kernel must not.
struct Broken : Kernel {
  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>&) const override {
    return Matrix::Zero(x.rows(), 1);
  }
  Vector diagonal(const Eigen::Ref<const Matrix>&) const override { throw 42; }
  Vector white_noise(const Eigen::Ref<const Matrix>&) const override { return Vector::Zero(7); }
  std::vector<LogParameter> log_parameters() const override { return {{"a", std::nan(""), 0, 1, 0, 1}}; }
  KernelPtr with_log_parameters(const Eigen::Ref<const Vector>&) const override { return nullptr; }
  KernelPtr started(const Matrix&, double) const override { return std::make_shared<Broken>(); }
  void add_cross_gradient(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Matrix>&,
                          const Eigen::Ref<const Matrix>&, Eigen::Ref<Vector>, Matrix* by_z) const override {
    by_z->resize(1, 1);
  }
  void add_diagonal_gradient(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Vector>&,
                             Eigen::Ref<Vector>) const override {
    throw std::out_of_range("index 3");
  }
};

TEST_CASE("watched kernel: what a kernel returns or throws is looked at, and said in its name", "[core]") {
  const KernelPtr kernel = Kernel::watched(std::make_shared<Broken>(), "kernel 'broken' of libbroken.so");
  const Matrix x = Matrix::Ones(3, 2), z = Matrix::Ones(4, 2);
  Vector gradient = Vector::Zero(1);
  Matrix by_z = Matrix::Zero(4, 2);
  const std::string who = "internal: kernel 'broken' of libbroken.so: ";
  CHECK(error_of([&] { kernel->cross(x, z); }) == who + "cross returned 3 x 1 numbers, expected 3 x 4");
  CHECK(error_of([&] { kernel->diagonal(x); }) == who + "diagonal: something was thrown that is no std::exception");
  CHECK(error_of([&] { kernel->white_noise(x); }) == who + "white_noise returned 7 x 1 numbers, expected 3 x 1");
  CHECK_THAT(error_of([&] { kernel->log_parameters(); }),
             test::contains(who + "log_parameters: 'a' is nan, from 0 to 1"));
  CHECK(error_of([&] { kernel->with_log_parameters(gradient); }) ==
        who + "with_log_parameters returned null; return a kernel");
  CHECK(error_of([&] { kernel->add_cross_gradient(x, z, Matrix::Ones(3, 4), gradient, &by_z); }) ==
        who + "add_cross_gradient by z returned 1 x 1 numbers, expected 4 x 2");
  CHECK(error_of([&] { kernel->add_diagonal_gradient(x, Vector::Ones(3), gradient); }) ==
        who + "add_diagonal_gradient: unexpected exception: index 3");
  // What it turns into is watched as well.
  CHECK(error_of([&] { kernel->started(x, 1)->white_noise(x); }) ==
        who + "white_noise returned 7 x 1 numbers, expected 3 x 1");
}

TEST_CASE("watched kernel: a sum says which of its terms is broken", "[core]") {
  // A registry watches what it makes; the parts of a sum are made by it, too.
  const KernelPtr sum = read_kernel({{"sum", {"rbf", "linear"}}});
  const Matrix x = test::normals(3, 2);
  CHECK(sum->cross(x, x).isApprox(read_kernel("rbf")->cross(x, x) + read_kernel("linear")->cross(x, x)));
}

}  // namespace
}  // namespace predcorr
