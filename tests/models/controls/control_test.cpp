// SPDX-License-Identifier: Apache-2.0
#include "models/controls/control.hpp"

#include <cmath>
#include <set>

#include "tests/metrics/fixtures.hpp"
#include "tests/models/controls/controls.hpp"

namespace predcorr::models {
namespace {

std::vector<std::string> controls() {
  std::vector<std::string> names;
  for (const std::string& name : Registry<Model>::instance().names())
    if (name.rfind("control-", 0) == 0) names.push_back(name);
  return names;
}

TEST_CASE("control: every one keeps means, noise and variances of its base's own fit, and no correlations",
          "[models]") {
  REQUIRE(controls().size() == 5);
  for (const std::string& name : controls())
    for (const Json& base : {Json("gp"), test::bootstrap_base()}) {
      INFO(name << " of " << base);
      const test::ControlCase c(name, Json::object(), base);
      CHECK(c.prediction.mean == c.base.mean);
      CHECK(c.prediction.noise_variance == c.base.noise_variance);
      CHECK(test::difference(c.prediction.latent.diagonal(), c.base.latent.diagonal()) < 1e-6);
      CHECK(test::difference(c.correlations(), c.base_correlations()) > 0.1);
      CHECK(c.posterior->diagnostics().size() > 0);
      for (const auto& [key, value] : c.posterior->diagnostics()) CHECK(key.rfind("base_", 0) == 0);
    }
}

TEST_CASE("control: scores of single points see no difference, joint ones do", "[models]") {
  for (const std::string& name : controls()) {
    INFO(name);
    const test::ControlCase c(name);
    const EvaluationData evaluation{.y = c.base.mean + Stream(3).normals(40), .n_pool = 0, .oracle = std::nullopt};
    for (const char* metric : {"rmse", "marginal_log_likelihood", "crps"})
      CHECK(test::score(metric, evaluation, c.prediction) == test::close(test::score(metric, evaluation, c.base)));
    CHECK(std::abs(test::score("joint_log_likelihood", evaluation, c.prediction) -
                   test::score("joint_log_likelihood", evaluation, c.base)) > 1e-3);
  }
}

TEST_CASE("control: all win nothing, and share their base's stream", "[models]") {
  for (const std::string& name : controls()) {
    INFO(name);
    const auto control = test::model(name, {{"base", {{"model", name}, {"parameters", {{"base", "bbb"}}}}}});
    CHECK(control->traits().kind == ModelKind::control);
    REQUIRE(control->traits().controlled != nullptr);
    CHECK(control->traits().controlled->name == name);
    CHECK(control->traits().reads_truth == (name == "control-oracle-correlations"));
    CHECK(test::model(name, {{"base", "oracle"}})->traits().reads_truth);
    CHECK(control->traits().stream_name == "bbb");
  }
  CHECK(test::model("constant")->traits().stream_name.empty());
  CHECK_THAT(test::error_of([] { test::model("control-independent"); }), test::contains("'base' must be given"));
}

TEST_CASE("control: another covariance's correlations at one's own variances, in the other's form", "[models]") {
  const Covariance base = Covariance::dense(Matrix{{4, 0, 0}, {0, 9, 0}, {0, 0, 1}});
  const Matrix expected{{4, 3, -1.2}, {3, 9, 0}, {-1.2, 0, 1}};
  const RowMatrix factor{{1, 0}, {0.5, std::sqrt(0.75)}, {-0.6, 0}};
  const Covariance other = Covariance::from_factor(factor, Vector{{0, 0, 0.64}});
  const Matrix dense = other.matrix();
  Matrix wanted = dense;
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 3; ++j)
      wanted(i, j) *= std::sqrt(base.diagonal()(i) * base.diagonal()(j) / (dense(i, i) * dense(j, j)));
  CHECK(wanted(0, 1) == test::close(expected(0, 1)));
  CHECK(wanted(0, 2) == test::close(expected(0, 2)));
  const Covariance taken = with_correlations_of(base, other, 0);
  CHECK(taken.is_factor());
  CHECK(taken.matrix().isApprox(wanted, 1e-14));
  CHECK(with_correlations_of(base, Covariance::dense(dense), 0).matrix().isApprox(wanted, 1e-14));
  CHECK(with_correlations_of(base, Covariance::from_factor(RowMatrixF(factor.cast<float>()), Vector{{0, 0, 0.64}}), 0)
            .matrix()
            .isApprox(wanted, 1e-6));
  // A point that is silent in the other keeps its variance alone.
  const Covariance mute = Covariance::dense(Matrix{{1, 0.5, 0}, {0.5, 1, 0}, {0, 0, 1e-12}});
  CHECK(with_correlations_of(base, mute, 1e-10).matrix().isApprox(Matrix{{4, 3, 0}, {3, 9, 0}, {0, 0, 1}}, 1e-14));
  CHECK(test::error_of([&] { with_correlations_of(base, Covariance(), 0); }) ==
        "shape: control: covariances of 3 and 0 points");
}

TEST_CASE("control: shrunk correlations by hand, in either form", "[models]") {
  const RowMatrix factor{{2, 0}, {1, 1}};
  const Matrix halved{{4.5, 1}, {1, 2.25}};
  const Vector extra{{0.5, 0.25}};
  CHECK(with_correlations_times(Covariance::from_factor(factor, extra), 0.5).matrix().isApprox(halved, 1e-14));
  CHECK(with_correlations_times(Covariance::dense(Matrix{{4.5, 2}, {2, 2.25}}), 0.5).matrix().isApprox(halved, 1e-14));
  CHECK(with_correlations_times(Covariance::from_factor(factor), 0).matrix() == Matrix{{4, 0}, {0, 2}});
  CHECK(with_correlations_times(Covariance::from_factor(factor), 1).matrix() == Matrix{{4, 2}, {2, 2}});
  CHECK_THAT(test::error_of([&] { with_correlations_times(Covariance::from_factor(factor), 1.5); }),
             test::contains("must be from 0 to 1"));
}

TEST_CASE("control: keys tell points apart, not copies of one point", "[models]") {
  const Matrix points = test::query_points(500);
  std::set<std::uint64_t> keys;
  for (Index i = 0; i < 500; ++i) keys.insert(point_key(points.row(i), 7));
  CHECK(keys.size() == 500);
  const Matrix swapped = points.rowwise().reverse();
  CHECK(point_key(swapped.row(0), 7) != point_key(points.row(0), 7));
  CHECK(point_key(points.row(3), 8) != point_key(points.row(3), 7));
  CHECK(point_key(Matrix(points.row(3)).row(0), 7) == point_key(points.row(3), 7));
  CHECK(point_key(Eigen::RowVectorXd{{0.0, 1}}, 7) == point_key(Eigen::RowVectorXd{{-0.0, 1}}, 7));
}

TEST_CASE("control: places are distributed as the rows", "[models]") {
  Matrix rows = Stream(4).normals(600).reshaped(300, 2);
  rows.col(0) = 5 * rows.col(0).array() + 2;
  rows.conservativeResize(300, 3);
  rows.col(2).setConstant(0.7);
  const PlaceSampler sampler(rows);
  constexpr Index kPlaces = 2000;
  Matrix places(kPlaces, 3);
  for (Index i = 0; i < kPlaces; ++i)
    places.row(i) = sampler.draw(Stream(4).fork("place", static_cast<std::uint64_t>(i)));
  CHECK(places.col(2) == Vector::Constant(kPlaces, 0.7));
  for (const Index j : {0, 1}) {
    const double variance = (rows.col(j).array() - rows.col(j).mean()).square().mean();
    const double placed = (places.col(j).array() - places.col(j).mean()).square().mean();
    CHECK(std::abs(places.col(j).mean() - rows.col(j).mean()) < 4.5 * std::sqrt(1.2 * variance / kPlaces));
    // 1 + h^2 of the rows' variance, h = (4 / 5)^(1 / 7) 300^(-1 / 7); its standard error is sqrt(2 / n) of it.
    const double width = std::pow(4.0 / 5 / 300, 1.0 / 7);
    CHECK(std::abs(placed / (variance * (1 + width * width)) - 1) < 4.5 * std::sqrt(2.0 / kPlaces));
  }
}

}  // namespace
}  // namespace predcorr::models
