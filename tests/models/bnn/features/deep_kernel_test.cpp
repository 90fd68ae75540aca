// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/features/deep_kernel.hpp"

#include <cmath>

#include "models/gp/evidence.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

KernelPtr observed_kernel() {
  return read_kernel(Json::parse(
      R"({"sum": [{"rbf": {"variance": 1.3, "length_scale": [0.8, 1.4, 2]}}, {"white": {"variance": 0.2}}]})"));
}

Matrix normals(Index n, Index d, std::uint64_t seed) { return Stream(seed).normals(n * d).reshaped(n, d); }

TEST_CASE("deep kernel: evidence and its gradients by hyper-parameters and features", "[models]") {
  for (const Index n : {7, 110}) {  // one tile, and more
    CAPTURE(n);
    const Matrix z = normals(n, 3, 2);
    const Vector y = z.col(0).array().sin().matrix() + 0.3 * Stream(3).normals(n);
    const KernelPtr kernel = observed_kernel();
    const FeatureEvidence found = feature_evidence(*kernel, z, y);
    Evidence evidence(z, y);
    const Evidence::Value value = evidence.at(*kernel);
    CHECK(found.log_likelihood == test::close(value.log_likelihood, 1e-10));
    CHECK(test::difference(found.by_log_parameters, value.gradient) < 1e-9);
    constexpr double h = 1e-5;
    for (const Index i : {Index{0}, n / 2, n - 1})
      for (Index c = 0; c < 3; ++c) {
        const auto at = [&](double step) {
          Matrix moved = z;
          moved(i, c) += step;
          return Evidence(moved, y).at(*kernel, false).log_likelihood;
        };
        CAPTURE(i, c);
        CHECK(found.by_features(i, c) == Approx((at(h) - at(-h)) / (2 * h)).epsilon(1e-5).margin(1e-6));
      }
  }
}

TEST_CASE("deep kernel: the evidence's gradient by network weights agrees with differences", "[models]") {
  const Network network({2, {5}, 3, Activation::tanh, true});
  const Matrix x = normals(9, 2, 4);
  const Vector y = x.col(0).array().sin();
  Stream initial(5);
  const VectorF weights = network.initial_parameters(initial);
  const KernelPtr kernel = observed_kernel();
  const NetworkInputs inputs = network_inputs(x);
  Network::Workspace work;
  VectorF by_weights;
  const FeatureEvidence found = network_evidence(network, weights, inputs, *kernel, y, work, by_weights);

  // The same network in double, for differences that floats are too coarse for.
  const auto evidence_at = [&](const Vector& at) {
    const Eigen::Map<const Matrix> first(at.data(), 5, 3), second(at.data() + 15, 3, 6);
    const Matrix hidden =
        (((x * first.leftCols(2).transpose()).rowwise() + first.col(2).transpose()) / std::sqrt(3.0)).array().tanh();
    const Matrix z = ((hidden * second.leftCols(5).transpose()).rowwise() + second.col(5).transpose()) / std::sqrt(6.0);
    return Evidence(z, y).at(*kernel, false).log_likelihood;
  };
  const Vector exact = weights.cast<double>();
  REQUIRE(exact.size() == 15 + 18);
  CHECK(found.log_likelihood == Approx(evidence_at(exact)).epsilon(1e-5));
  Vector expected(exact.size());
  for (Index i = 0; i < exact.size(); ++i) {
    Vector up = exact, down = exact;
    up(i) += 1e-5;
    down(i) -= 1e-5;
    expected(i) = (evidence_at(up) - evidence_at(down)) / 2e-5;
  }
  CHECK(test::difference(by_weights.cast<double>(), expected) < 1e-4);
  // Each is a number to compare with but the last biases, which move all features alike.
  CHECK(expected.head(30).cwiseAbs().minCoeff() > 1e-4);
  CHECK(by_weights.tail(3).cwiseAbs().maxCoeff() < 1e-5f);
}

/// Predicts with given weights and hyper-parameters.
class Known : public Model {
 public:
  Known(Network network, VectorF weights) : network_(std::move(network)), weights_(std::move(weights)) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream&) const override {
    return deep_kernel_posterior(network_, weights_, observed_kernel(), data, {{"from", 7}});
  }
  Network network_;
  VectorF weights_;
};

TEST_CASE("deep kernel: a network that changes nothing leaves the GP", "[models]") {
  const TrainingData data = test::curve(25, 3, 6);
  VectorF identity = VectorF::Zero(12);
  Eigen::Map<MatrixF>(identity.data(), 3, 3).setIdentity();
  const auto posterior = Known(Network({3, {}, 3}), identity).fit(data, Stream(1));
  const Json kernel = Json::parse(R"({"rbf": {"variance": 1.3, "length_scale": [0.8, 1.4, 2]}})");
  const Json noise = {{"start", 0.2}, {"learn", false}};
  const auto gp =
      test::model("gp", {{"kernel", kernel}, {"noise_variance", noise}, {"steps", 0}})->fit(data, Stream(1));
  const Matrix query = test::query_points(8);
  test::check_equal(posterior->predict(query), gp->predict(query), 1e-6);  // inputs are rounded to floats
  CHECK(posterior->diagnostics().at("from") == 7);
  CHECK(posterior->diagnostics().at("signal_variance") == test::close(1.3));
  CHECK(posterior->diagnostics().at("noise_variance") == test::close(0.2));
}

TEST_CASE("deep kernel: a linear map of the inputs is a kernel of the map", "[models]") {
  // Twice the inputs are half the length-scales.
  const TrainingData data = test::curve(25, 3, 6);
  VectorF twice = VectorF::Zero(12);
  Eigen::Map<MatrixF>(twice.data(), 3, 3).diagonal().setConstant(2);
  twice.tail(3).setConstant(5);  // biases move all points alike
  const Json kernel = Json::parse(R"({"rbf": {"variance": 1.3, "length_scale": [0.4, 0.7, 1]}})");
  const Json noise = {{"start", 0.2}, {"learn", false}};
  const auto gp =
      test::model("gp", {{"kernel", kernel}, {"noise_variance", noise}, {"steps", 0}})->fit(data, Stream(1));
  const Matrix query = test::query_points(8);
  test::check_equal(Known(Network({3, {}, 3}), twice).fit(data, Stream(1))->predict(query), gp->predict(query), 1e-5);
}

TEST_CASE("deep kernel: features that coincide have finite gradients", "[models]") {
  const FeatureEvidence found = feature_evidence(*observed_kernel(), Matrix::Constant(8, 3, 0.4), Stream(2).normals(8));
  CHECK(std::isfinite(found.log_likelihood));
  CHECK(found.by_features.cwiseAbs().maxCoeff() < 1e-12);  // where distances are 0 the kernel is flat
  CHECK(found.by_log_parameters.allFinite());
}

}  // namespace
}  // namespace predcorr::models
