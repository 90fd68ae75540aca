// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/conformance/kernel_checks.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "core/base/stream.hpp"

namespace predcorr::conformance {
namespace {

constexpr double kRounding = 1e-10;  // relative; what two ways to one number may differ by

double largest(const Matrix& m) { return m.size() == 0 ? 0 : m.cwiseAbs().maxCoeff(); }

std::string check_sizes(KernelTrial& trial) {
  const Kernel& k = trial.started();
  for (const auto& [n, m] : {std::pair<Index, Index>{5, 4}, {1, 3}, {3, 1}, {0, 2}}) {
    const Matrix x = KernelTrial::points(n), z = KernelTrial::points(m, 6);
    (void)k.cross(x, z), (void)k.diagonal(x), (void)k.white_noise(x);  // a watched kernel sees to its sizes
  }
  return "";
}

/// Points as they come, in a heap, far apart, and far from 0.
std::vector<std::pair<std::string, Matrix>> ordinary_points() {
  const Matrix x = KernelTrial::points(12);
  return {{"12 points", x}, {"12 points close together", 1e-3 * x}, {"12 points far apart", 30 * x}};
}

std::string check_values(KernelTrial& trial) {
  const Kernel& k = trial.started();
  for (const auto& [name, x] : ordinary_points()) {
    expect(k.cross(x, x).allFinite() && k.cross(x, KernelTrial::points(5, 6)).allFinite(), "{}: cross is not finite",
           name);
    expect(k.diagonal(x).allFinite() && (k.diagonal(x).array() >= 0).all(), "{}: a variance is negative or not finite",
           name);
    const Vector noise = k.white_noise(x);
    expect(noise.allFinite() && (noise.array() >= 0).all(), "{}: white noise is negative or not finite", name);
  }
  return "";
}

std::string check_symmetry(KernelTrial& trial) {
  const Kernel& k = trial.started();
  const Matrix x = KernelTrial::points(12), z = KernelTrial::points(7, 6);
  for (const auto& [a, b, name] : {std::tuple{x, x, "cross(x, x)"}, {x, z, "cross(x, z)"}}) {
    const Matrix one = k.cross(a, b), other = k.cross(b, a).transpose();
    const double off = largest(one - other);
    expect(off <= kRounding * largest(one), "{} and its mirror image differ by up to {:.3g}, of {:.3g}", name, off,
           largest(one));
  }
  return "";
}

std::string check_diagonal(KernelTrial& trial) {
  const Kernel& k = trial.started();
  for (const auto& [name, x] : ordinary_points()) {
    const Matrix copy = x;
    const Vector own = k.cross(x, copy).diagonal(), told = k.diagonal(x);
    const double off = largest(own - told);
    expect(off <= 1e-8 * largest(told), "{}: diagonal differs from cross(x, x) by up to {:.3g}, of {:.3g}", name, off,
           largest(told));
  }
  return "";
}

std::string check_definite(KernelTrial& trial) {
  const Kernel& k = trial.started();
  for (auto [name, x] : ordinary_points()) {
    Matrix twice(2 * x.rows(), x.cols());
    twice << x, x;  // twins are where a covariance that is none shows first
    const Matrix c = k.cross(twice, twice);
    const Vector eigenvalues =
        Eigen::SelfAdjointEigenSolver<Matrix>((c + c.transpose()) / 2, Eigen::EigenvaluesOnly).eigenvalues();
    expect(eigenvalues.minCoeff() >= -1e-9 * std::max(eigenvalues.maxCoeff(), largest(c)),
           "{}, each twice: eigenvalues of cross(x, x) are from {:.3g} to {:.3g}", name, eigenvalues.minCoeff(),
           eigenvalues.maxCoeff());
  }
  return "";
}

std::string check_pairs(KernelTrial& trial) {
  const Kernel& k = trial.started();
  const Matrix x = KernelTrial::points(9), z = KernelTrial::points(7, 6);
  const Matrix whole = k.cross(x, z);
  const Vector diagonal = k.diagonal(x), noise = k.white_noise(x);
  for (const Index i : {0, 4, 8}) {
    expect(largest(k.cross(x.middleRows(i, 1), z) - whole.row(i)) <= kRounding * largest(whole),
           "row {} of cross, asked for alone, is another", i);
    expect(std::abs(k.diagonal(x.middleRows(i, 1))(0) - diagonal(i)) <= kRounding * largest(diagonal),
           "the variance of point {}, asked for alone, is another", i);
    expect(std::abs(k.white_noise(x.middleRows(i, 1))(0) - noise(i)) <= kRounding * largest(noise),
           "the white noise of point {}, asked for alone, is another", i);
  }
  const Matrix some = k.cross(x.middleRows(2, 3), z.middleRows(1, 4));
  expect(largest(some - whole.block(2, 1, 3, 4)) <= kRounding * largest(whole),
         "cross of some points is no block of cross of all");
  return "";
}

std::string check_repeated(KernelTrial& trial) {
  const Kernel& k = trial.started();
  const Matrix x = KernelTrial::points(9), z = KernelTrial::points(7, 6);
  const auto asked = [&] {
    const Matrix cross = k.cross(x, z);
    const Vector diagonal = k.diagonal(x), noise = k.white_noise(x);
    return Matrix((Matrix(9, 9) << cross, diagonal, noise).finished());
  };
  const Matrix first = asked();
  expect(asked() == first, "the same call gives other bits");
  return "";
}

std::string check_started(KernelTrial& trial) {
  const Matrix x = KernelTrial::points(12);
  const KernelPtr one = trial.kernel().started(x, 2.0), again = trial.kernel().started(x, 2.0);
  expect(one->cross(x, x) == again->cross(x, x), "started twice from the same points, the kernel is another");
  // What has a start keeps it: a second start changes nothing.
  const KernelPtr twice = one->started(KernelTrial::points(9, 8), 5.0);
  expect(largest(twice->cross(x, x) - one->cross(x, x)) <= kRounding * largest(one->cross(x, x)),
         "a kernel that is started already is started once more, and changes");
  return "";
}

}  // namespace

KernelTrial::KernelTrial(const Kernel& kernel)
    : kernel_(Kernel::watched(KernelPtr(KernelPtr(), &kernel), "the kernel")) {}

Matrix KernelTrial::points(Index rows, std::uint64_t seed) { return Stream(seed).normals(rows * 3).reshaped(rows, 3); }

const Kernel& KernelTrial::started() {
  if (started_ == nullptr) {
    try {
      started_ = kernel_->started(points(30), 1.0);
    } catch (const Error& e) {  // a watched kernel throws nothing else
      throw Failure{fmt::format("started(30 points, variance 1): {}", e.what()), e.kind(), false, true};
    }
  }
  return *started_;
}

std::vector<KernelCheck> covariance_checks() {
  return {
      {"sizes", "cross is n x m, diagonal and white_noise have n numbers, for one point and for none, too",
       "Size results by x.rows() and z.rows(), never by a constant.", check_sizes},
      {"values", "all numbers are finite, and no variance or noise is below 0",
       "Find what overflows or divides by 0, at points that coincide, say; square what must be positive.",
       check_values},
      {"symmetric", "k(x, z) is k(z, x)", "Use both points alike: |x - z|, x z, not x - z.", check_symmetry},
      {"diagonal", "diagonal(x) is the diagonal of cross(x, x)",
       "Compute both from one formula; white noise belongs to white_noise alone.", check_diagonal},
      {"positive-semi-definite", "no combination of points has a negative variance, twins included",
       "Not every function of distance is a covariance. Build the kernel from ones that are: sums, products, scalings.",
       check_definite},
      {"pairs", "an entry depends on its two points alone, not on the others asked for with them",
       "Do not centre, scale or normalise by the points of a call; learn such numbers in started().", check_pairs},
      {"repeated", "the same call gives the same bits", "Keep no mutable state, and draw nothing in a call.",
       check_repeated},
      {"started", "open starts are chosen from the points, the same each time, and given ones are kept",
       "started() must return a kernel whose hyper-parameters all have a start, and change only those that have none.",
       check_started},
  };
}

const std::vector<KernelCheck>& kernel_checks() {
  static const std::vector<KernelCheck> all = [] {
    std::vector<KernelCheck> checks = covariance_checks();
    for (KernelCheck& check : gradient_checks()) checks.push_back(std::move(check));
    return checks;
  }();
  return all;
}

std::vector<Question> kernel_questions(KernelTrial& trial) {
  return questions(kernel_checks(), trial,
                   "The kernel could not be started from 30 points of 3 inputs, so this could not be asked. Repair "
                   "what the message names first.");
}

}  // namespace predcorr::conformance
