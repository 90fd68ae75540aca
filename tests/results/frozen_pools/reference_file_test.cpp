// SPDX-License-Identifier: Apache-2.0
#include "results/frozen_pools/reference_file.hpp"

#include "core/base/files.hpp"
#include "core/numpy/npz.hpp"
#include "metrics/points/neighbour_sets.hpp"
#include "tests/metrics/fixtures.hpp"
#include "tests/results/frozen_runs.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr {
namespace {

using test::FrozenRun;

JointPrediction kept(const JointPrediction& p, Precision precision) {
  const test::TemporaryFolder folder;
  save_reference(p, precision, folder / "p.npz");
  return load_reference(folder / "p.npz");
}

TEST_CASE("a frozen prediction comes back as it was frozen, to the last bit, in the smaller form", "[results]") {
  for (const char* model : {"gp", "ensemble", "sparse", "wide"})
    for (const Precision precision : {Precision::single, Precision::full}) {
      INFO(model);
      const JointPrediction p = FrozenRun::test_prediction(model, 1), back = kept(p, precision);
      const JointPrediction expected = as_reference(p, precision);
      CHECK(back.mean == p.mean);
      CHECK(back.noise_variance == p.noise_variance);
      CHECK(back.latent.matrix() == expected.latent.matrix());
      CHECK(back.latent.is_factor() == (p.latent.is_factor() && p.latent.width() <= 12));
      // Kept as it is, what was kept stays the same.
      CHECK(as_reference(back, precision).latent.matrix() == back.latent.matrix());
    }
}

TEST_CASE("double precision loses nothing; single moves no covariance by more than 1.2e-7 of the deviations",
          "[results]") {
  for (const char* model : {"gp", "ensemble", "sparse", "wide"}) {
    INFO(model);
    const JointPrediction p = FrozenRun::test_prediction(model, 2);
    const Matrix exact = p.latent.matrix();
    CHECK((kept(p, Precision::full).latent.matrix() - exact).cwiseAbs().maxCoeff() == 0);
    const Vector deviation = exact.diagonal().cwiseSqrt();
    const Matrix moved = kept(p, Precision::single).latent.matrix() - exact;
    const double largest = moved.cwiseQuotient(deviation * deviation.transpose()).cwiseAbs().maxCoeff();
    CHECK(largest <= 1.2e-7);
    CHECK((largest == 0) == (std::string(model) == "ensemble"));  // a float factor is what it was
  }
}

TEST_CASE("single precision halves the file; variances it cannot hold are kept in double", "[results]") {
  const test::TemporaryFolder folder;
  const JointPrediction p = FrozenRun::test_prediction("gp", 1);
  save_reference(p, Precision::single, folder / "single.npz");
  save_reference(p, Precision::full, folder / "double.npz");
  CHECK(std::filesystem::file_size(folder / "double.npz") - std::filesystem::file_size(folder / "single.npz") ==
        4 * 24 * 25 / 2);
  for (const double scale : {1e-20, 1e20}) {
    const JointPrediction extreme = p.affine(scale, 0);
    CHECK(kept(extreme, Precision::single).latent.matrix() == extreme.latent.matrix());
  }
}

TEST_CASE("single precision makes no reference of one whose correlations are all equal", "[results]") {
  const JointPrediction p =
      test::densified({Vector::Zero(30), Covariance::from_factor(RowMatrix(Stream(1).normals(30))), Vector::Zero(30)});
  JointPrediction rounded = p;
  rounded.latent = Covariance::dense(p.latent.matrix().cast<float>().cast<double>());
  CHECK(metrics::neighbour_sets(rounded, 5).named);  // by the last digits of a float
  CHECK(!metrics::neighbour_sets(kept(p, Precision::single), 5).named);
  CHECK(kept(p, Precision::single).latent.matrix() == p.latent.matrix());
}

TEST_CASE("the lower triangle lies as NumPy's tril_indices lists it", "[results]") {
  const test::TemporaryFolder folder;
  Matrix c(3, 3);
  c << 4, 1, 2, 1, 5, 3, 2, 3, 6;
  save_reference({Vector::Zero(3), Covariance::dense(c), Vector::Ones(3)}, Precision::full, folder / "p.npz");
  const NpzReader npz(folder / "p.npz");
  CHECK(npz.vector("latent_lower") == (Vector(6) << 4, 1, 5, 2, 3, 6).finished());
  for (const char* withheld : {"y", "test_rows", "train_rows", "pool_rows"}) CHECK_FALSE(npz.contains(withheld));
}

TEST_CASE("a file that is no frozen prediction is refused by name", "[results]") {
  const test::TemporaryFolder folder;
  const auto refusal = [&] { return test::error_of([&] { load_reference(folder / "p.npz"); }); };
  const Vector three = Vector::Ones(3), two = Vector::Ones(2);
  write_text_atomically(folder / "p.npz", "PK not really");
  CHECK(test::missing(refusal(), {"io: ", "p.npz"}) == "");
  const auto with = [&](const Vector& noise, const char* name, const Vector& values) {
    NpzWriter npz;
    npz.add("mean", three);
    npz.add("noise_var", noise);
    npz.add(name, values);
    npz.save(folder / "p.npz");
    return refusal();
  };
  CHECK(test::missing(with(three, "latent_lower", two),
                      {"p.npz", "'latent_lower': has shape 2", "3 points", "has 6 numbers"}) == "");
  CHECK(test::missing(with(three, "factor", two), {"p.npz", "'noise_var': has shape 3; 2 numbers were expected"}) ==
        "");
  CHECK(test::missing(with(three, "latent", three),
                      {"p.npz", "has no covariance", "'latent_lower'", "the file has: latent, mean"}) == "");
  CHECK(test::missing(with(two, "factor", three), {"shape: ", "p.npz"}) == "");
}

}  // namespace
}  // namespace predcorr
