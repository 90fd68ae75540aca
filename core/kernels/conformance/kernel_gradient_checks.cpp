// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/stream.hpp"
#include "core/kernels/conformance/kernel_checks.hpp"

namespace predcorr::conformance {
namespace {

constexpr double kStep = 1e-5;       // of logarithms and inputs; central differences are then good to about 1e-9
constexpr double kTolerance = 1e-5;  // of the largest gradient; a wrong one is off by its own size
constexpr double kGradientRounding = 1e-10;

Matrix x_points() { return KernelTrial::points(6); }
Matrix z_points() { return KernelTrial::points(5, 6); }
Matrix weights(Index rows, Index cols) { return Stream(9).normals(rows * cols).reshaped(rows, cols); }

/// Central differences of `value` by each log parameter.
template <class F>
Vector by_differences(const Kernel& kernel, const F& value) {
  const Vector at = log_values(kernel.log_parameters());
  Vector gradient(at.size());
  for (Index t = 0; t < at.size(); ++t) {
    Vector up = at, down = at;
    up(t) += kStep;
    down(t) -= kStep;
    gradient(t) = (value(*kernel.with_log_parameters(up)) - value(*kernel.with_log_parameters(down))) / (2 * kStep);
  }
  return gradient;
}

/// Compares what `add` adds to a vector that is not 0 with `expected`.
template <class Add>
void expect_gradient(const Kernel& kernel, const Vector& expected, double scale, const Add& add) {
  const std::vector<LogParameter> parameters = kernel.log_parameters();
  const Vector before = Vector::LinSpaced(expected.size(), 1, 2);
  Vector sum = before;
  add(sum);
  expect(sum.size() == before.size(), "the gradient of {} log parameters has {} numbers", before.size(), sum.size());
  const Vector got = sum - before;
  const double allowed = kTolerance * std::max(scale, expected.size() > 0 ? expected.cwiseAbs().maxCoeff() : 0.0);
  for (Index t = 0; t < got.size(); ++t)
    expect(std::abs(got(t) - expected(t)) <= allowed, "by '{}': added {:.8g}, differences give {:.8g}",
           parameters[static_cast<std::size_t>(t)].name, got(t), expected(t));
}

std::string check_log_parameters(KernelTrial& trial) {
  const Kernel& k = trial.started();
  const std::vector<LogParameter> all = k.log_parameters();
  std::set<std::string> names;
  for (const LogParameter& p : all) {
    expect(!p.name.empty() && names.insert(p.name).second, "the name '{}' is empty or there twice", p.name);
    expect(std::isfinite(p.value) && p.low <= p.value && p.value <= p.high && p.prior_stddev > 0,
           "'{}': {:.4g} in [{:.4g}, {:.4g}], prior of standard deviation {:.4g}", p.name, p.value, p.low, p.high,
           p.prior_stddev);
  }
  const Vector at = log_values(all);
  const Matrix x = x_points(), z = z_points();
  const double size = k.cross(x, z).cwiseAbs().maxCoeff();
  expect((k.with_log_parameters(at)->cross(x, z) - k.cross(x, z)).cwiseAbs().maxCoeff() <= kGradientRounding * size,
         "with_log_parameters(the values in force) is another kernel");
  const Vector elsewhere = at.array() + 0.01;
  const KernelPtr moved = k.with_log_parameters(elsewhere);
  const std::vector<LogParameter> after = moved->log_parameters();
  expect(after.size() == all.size(), "{} log parameters become {} by with_log_parameters", all.size(), after.size());
  for (std::size_t t = 0; t < all.size(); ++t)
    expect(after[t].name == all[t].name && std::abs(after[t].value - elsewhere(static_cast<Index>(t))) <= 1e-12 &&
               after[t].low == all[t].low && after[t].high == all[t].high,
           "'{}' moved to {:.8g} is '{}' at {:.8g} in [{:.4g}, {:.4g}]", all[t].name, elsewhere(static_cast<Index>(t)),
           after[t].name, after[t].value, after[t].low, after[t].high);
  return all.empty() ? "nothing to learn" : "";
}

std::string check_cross_gradient(KernelTrial& trial) {
  const Kernel& k = trial.started();
  const Matrix x = x_points(), z = z_points(), w = weights(x.rows(), z.rows());
  const auto value = [&](const Kernel& kernel) { return kernel.cross(x, z).cwiseProduct(w).sum(); };
  expect_gradient(k, by_differences(k, value), k.cross(x, z).cwiseAbs().maxCoeff(),
                  [&](Vector& sum) { k.add_cross_gradient(x, z, w, sum, nullptr); });
  return "";
}

std::string check_input_gradient(KernelTrial& trial) {
  const Kernel& k = trial.started();
  const Matrix x = x_points(), z = z_points(), w = weights(x.rows(), z.rows());
  Vector sum = Vector::Zero(std::ssize(k.log_parameters()));
  const Matrix before = Matrix::Constant(z.rows(), z.cols(), 0.5);
  Matrix by_z = before;
  k.add_cross_gradient(x, z, w, sum, &by_z);
  expect(by_z.rows() == z.rows() && by_z.cols() == z.cols(), "by_z has become {} x {}", by_z.rows(), by_z.cols());
  const auto value = [&](const Matrix& at) { return k.cross(x, at).cwiseProduct(w).sum(); };
  const double scale = k.cross(x, z).cwiseAbs().maxCoeff();
  for (Index j = 0; j < z.rows(); ++j)
    for (Index c = 0; c < z.cols(); ++c) {
      Matrix up = z, down = z;
      up(j, c) += kStep;
      down(j, c) -= kStep;
      const double expected = (value(up) - value(down)) / (2 * kStep), got = by_z(j, c) - before(j, c);
      expect(std::abs(got - expected) <= kTolerance * std::max(scale, std::abs(expected)),
             "by input {} of z_{}: added {:.8g}, differences give {:.8g}", c, j, got, expected);
    }
  return "";
}

std::string check_diagonal_gradient(KernelTrial& trial) {
  const Kernel& k = trial.started();
  const Matrix x = x_points();
  const Vector w = weights(x.rows(), 1);
  expect_gradient(k, by_differences(k, [&](const Kernel& kernel) { return kernel.diagonal(x).dot(w); }),
                  k.diagonal(x).maxCoeff(), [&](Vector& sum) { k.add_diagonal_gradient(x, w, sum); });
  return "";
}

std::string check_noise_gradient(KernelTrial& trial) {
  const Kernel& k = trial.started();
  const Matrix x = x_points();
  const Vector w = weights(x.rows(), 1), noise = k.white_noise(x);
  expect_gradient(k, by_differences(k, [&](const Kernel& kernel) { return kernel.white_noise(x).dot(w); }),
                  std::max(noise.maxCoeff(), 1e-3), [&](Vector& sum) { k.add_white_noise_gradient(x, w, sum); });
  return noise.isZero(0) ? "no white noise" : "";
}

}  // namespace

std::vector<KernelCheck> gradient_checks() {
  const std::string chain = " Gradients are by the logarithm of a hyper-parameter: dk / dlog v = v dk / dv.";
  return {
      {"log-parameters", "names of their own, values in range; with_log_parameters moves just these and keeps the rest",
       "Return them in one fixed order, and give with_log_parameters the same order; ranges and priors stay.",
       check_log_parameters},
      {"cross-gradient", "add_cross_gradient adds sum_ij w_ij dk_ij / dlog parameter, as central differences give it",
       "Add to what is there, in the order of log_parameters()." + chain, check_cross_gradient},
      {"input-gradient", "by_z gets sum_i w_ij dk(x_i, z_j) / dz_jc, as central differences give it",
       "Add to what is there where by_z is not null; a kernel of x - z has the sign of z here.", check_input_gradient},
      {"diagonal-gradient", "add_diagonal_gradient adds what central differences of diagonal give",
       "Add sum_i w_i dk(x_i, x_i) / dlog parameter, 0 where the diagonal does not depend on it." + chain,
       check_diagonal_gradient},
      {"noise-gradient", "add_white_noise_gradient adds what central differences of white_noise give",
       "A kernel that has white noise needs add_white_noise_gradient, too." + chain, check_noise_gradient},
  };
}

}  // namespace predcorr::conformance
