// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/likelihood.hpp"

#include <cmath>

#include "core/base/stream.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr::models {
namespace {

TEST_CASE("softplus and its slope", "[models]") {
  CHECK(softplus(0) == Approx(std::log(2.0)).epsilon(1e-6));
  CHECK(softplus_slope(0) == 0.5f);
  for (const float v : {-80.0f, -6.0f, -0.3f, 1.7f, 12.0f}) {
    CHECK(softplus(v) == Approx(std::log1p(std::exp(double{v}))).epsilon(1e-6));
    CHECK(softplus_slope(v) == Approx(1 / (1 + std::exp(-double{v}))).epsilon(1e-6));
  }
  CHECK(softplus(1000) == 1000);
  CHECK(softplus(-1000) == 0);
  CHECK(softplus_slope(1000) == 1);
  CHECK(softplus_slope(-1000) == 0);
}

/// Outputs of a batch of 5 in a padded 4 x 6.
MatrixF some_outputs() {
  MatrixF outputs(4, 6);
  Stream(3).fill_normals(outputs.reshaped());
  return outputs;
}
const VectorF kTargets{{0.3f, -1.0f, 0.8f, 2.5f, 0.0f}};

/// -log N(y; f, v) + log(2 pi) / 2, averaged, in double.
template <class Variance>
double exact_loss(const MatrixF& outputs, const Variance& variance) {
  double sum = 0;
  for (Index i = 0; i < kTargets.size(); ++i) {
    const double r = double{outputs(0, i)} - double{kTargets(i)}, v = variance(i);
    sum += 0.5 * (std::log(v) + r * r / v);
  }
  return sum / static_cast<double>(kTargets.size());
}

/// The gradient that a loss wrote, against central differences of the same loss in double.
template <class Exact>
void check_output_gradient(const MatrixF& gradient, const MatrixF& outputs, Index rows, const Exact& exact) {
  for (Index o = 0; o < outputs.rows(); ++o)
    for (Index i = 0; i < outputs.cols(); ++i) {
      MatrixF up = outputs, down = outputs;
      up(o, i) += 0.00390625f;
      down(o, i) -= 0.00390625f;
      const double slope = (exact(up) - exact(down)) / (double{up(o, i)} - double{down(o, i)});
      CAPTURE(o, i);
      CHECK(gradient(o, i) == Approx(o < rows && i < 5 ? slope : 0.0).epsilon(2e-3).margin(1e-5));
    }
}

TEST_CASE("One noise: value and gradients of the Gaussian loss", "[models]") {
  const MatrixF outputs = some_outputs();
  for (const float log_variance : {-3.0f, 0.0f, 1.5f}) {
    CAPTURE(log_variance);
    const auto exact = [&](const MatrixF& out, double lv) {
      return exact_loss(out, [&](Index) { return std::exp(lv) + 1e-6; });
    };
    MatrixF gradient;
    const NetworkLoss loss = gaussian_loss(outputs, kTargets, log_variance, gradient);
    CHECK(loss.value == Approx(exact(outputs, log_variance)).epsilon(1e-5));
    const double slope = (exact(outputs, log_variance + 1e-4) - exact(outputs, log_variance - 1e-4)) / 2e-4;
    CHECK(loss.by_log_variance == Approx(slope).epsilon(1e-4));
    check_output_gradient(gradient, outputs, 1, [&](const MatrixF& out) { return exact(out, log_variance); });
  }
}

TEST_CASE("A variance too small to write holds the loss finite", "[models]") {
  MatrixF gradient;
  const NetworkLoss loss = gaussian_loss(some_outputs(), kTargets, -1000, gradient);
  CHECK(std::isfinite(loss.value));
  CHECK(gradient.allFinite());
  CHECK(loss.by_log_variance == 0);
  CHECK(noise_variance(-1000) == Approx(1e-6));
}

TEST_CASE("A given noise variance and the parameter that stands for it", "[models]") {
  for (const double variance : {1e-5, 0.04, 1.0, 1e12})
    CHECK(noise_variance(log_variance_for(variance)) == Approx(variance).epsilon(1e-5));
  CHECK(noise_variance(log_variance_for(0)) == Approx(kSmallestVariance).epsilon(0.01));  // and no logarithm of 0
}

TEST_CASE("A noise for each row: value and gradients", "[models]") {
  MatrixF outputs = some_outputs();
  outputs(1, 0) = -30;  // a variance near its floor
  outputs(1, 1) = 40;
  const auto exact = [&](const MatrixF& out) {
    return exact_loss(out, [&](Index i) { return std::log1p(std::exp(double{out(1, i)})) + 1e-6; });
  };
  MatrixF gradient;
  const NetworkLoss loss = heteroscedastic_loss(outputs, kTargets, gradient);
  CHECK(loss.value == Approx(exact(outputs)).epsilon(1e-4));
  outputs.col(0) = outputs.col(2);  // differences near the floor are too coarse to compare
  heteroscedastic_loss(outputs, kTargets, gradient);
  check_output_gradient(gradient, outputs, 2, exact);
}

TEST_CASE("Squared loss", "[models]") {
  const MatrixF outputs = some_outputs();
  const auto exact = [&](const MatrixF& out) {
    return 0.5 * (out.row(0).head(5).transpose() - kTargets).cast<double>().squaredNorm() / 5;
  };
  MatrixF gradient;
  CHECK(squared_loss(outputs, kTargets, gradient).value == Approx(exact(outputs)).epsilon(1e-6));
  check_output_gradient(gradient, outputs, 1, exact);
}

}  // namespace
}  // namespace predcorr::models
