// SPDX-License-Identifier: Apache-2.0
#include "models/trees/forest.hpp"

#include "models/resampling/row_folds.hpp"
#include "tests/support/model_contract.hpp"

namespace predcorr::models {
namespace {

/// Twelve rows; in pairs of twins where there are groups.
TrainingData twelve(bool groups = false) {
  TrainingData data{Matrix(Vector::LinSpaced(12, 0, 1)), Vector{{3, -1, 4, 1, -5, 9, 2, -6, 5, 3, 5, -8}}};
  if (groups)
    for (Index i = 0; i < 12; ++i) data.groups.push_back(i / 2);
  return data;
}

/// Trees of one leaf: each predicts the mean of the rows that it saw.
ForestOptions leaves(ForestNoise noise) {
  ForestOptions o;
  o.tree.min_leaf = 100;
  o.members = 4;
  o.noise = noise;
  return o;
}

double noise_of(const ForestOptions& options, const TrainingData& data) {
  return fit_forest(options, data, Stream(1))->diagnostics().at("noise_variance");
}

TEST_CASE("forest: the noise of four trees and twelve rows, from what each did not see", "[models]") {
  const TrainingData data = twelve();
  ForestOptions o = leaves(ForestNoise::out_of_bag);
  o.resampling = Resampling{};
  const Json expected = test::reference("forest_noise_reference.json");
  // What the trees drew, which the reference is made from.
  const Resampler resampler(*o.resampling, 12, {});
  Matrix counts(4, 12);
  for (Index m = 0; m < 4; ++m) {
    Stream own = Stream(1).fork("member", static_cast<std::uint64_t>(m));
    counts.row(m) = resampler.draw(own).transpose();
  }
  REQUIRE(counts == test::matrix(expected.at("counts")));
  CHECK(test::vector(expected.at("targets")) == data.targets);
  const auto posterior = fit_forest(o, data, Stream(1));
  CHECK(posterior->diagnostics().at("out_of_bag_rmse") ==
        Approx(expected.at("out_of_bag_rmse").get<double>()).epsilon(1e-6));
  CHECK(noise_of(o, data) == Approx(expected.at("noise_variance").get<double>()).epsilon(1e-6));
}

/// Mean squared distance of each row from the mean of the rows outside its fold.
double held_out(const TrainingData& data) {
  const std::vector<int> fold_of = row_folds(data, 5, Stream(1).fork("folds").key());
  double squares = 0;
  for (std::size_t i = 0; i < 12; ++i) {
    double sum = 0, seen = 0;
    for (std::size_t j = 0; j < 12; ++j)
      if (fold_of[j] != fold_of[i]) sum += data.targets(static_cast<Index>(j)), ++seen;
    const double residual = data.targets(static_cast<Index>(i)) - sum / seen;
    squares += residual * residual;
  }
  return squares / 12;
}

TEST_CASE("forest: cross-validated noise is that of trees without the row's fold, and without its group", "[models]") {
  // Trees without the same fold are equal, so that no variance is taken from the squared error.
  const ForestOptions o = leaves(ForestNoise::cross_validated);
  const double alone = held_out(twelve()), together = held_out(twelve(true));
  CHECK(noise_of(o, twelve()) == Approx(alone).epsilon(1e-6));
  CHECK(noise_of(o, twelve(true)) == Approx(together).epsilon(1e-6));
  CHECK(std::abs(alone - together) > 0.1);
}

}  // namespace
}  // namespace predcorr::models
