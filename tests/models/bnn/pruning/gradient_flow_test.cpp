// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/pruning/gradient_flow.hpp"

#include "models/bnn/engine/likelihood.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr::models {
namespace {

constexpr Index kSide = 6, kRows = 12;

TrainingData images_of_bars() {
  TrainingData data{Stream(3).normals(kRows * kSide * kSide).reshaped(kRows, kSide * kSide), Stream(4).normals(kRows)};
  data.image = ImageShape{kSide, kSide, 1};
  return data;
}

struct Case {
  std::string what;
  const char* network;  ///< JSON; null: fully connected
  Activation activation = Activation::relu;
  bool residual = false;
};

std::vector<Case> cases() {
  return {
      {"fully connected", nullptr},
      {"fully connected, tanh", nullptr, Activation::tanh},
      {"fully connected, silu, residual", nullptr, Activation::silu, true},
      {"fully connected, erf", nullptr, Activation::erf},
      {"convolution with bias", R"([{"layer": "convolution", "channels": 5}, "activation", {"layer": "convolution",
        "channels": 4, "kernel": 2, "stride": 2, "padding": 0}, "activation", {"layer": "dense", "units": 7}])",
       Activation::silu},
      {"batch-norm, pools", R"([{"layer": "convolution", "channels": 6, "bias": false}, "batch-norm", "activation",
        "max-pool", {"layer": "convolution", "channels": 3, "bias": false}, "batch-norm", {"layer": "average-pool",
        "kernel": 3, "stride": 1, "padding": 1}, "global-average-pool"])"},
      {"batch-norm, smooth", R"([{"layer": "convolution", "channels": 6}, "batch-norm", "activation",
        {"layer": "convolution", "channels": 6, "groups": 6}, "batch-norm", "activation", "global-average-pool",
        {"layer": "dense", "units": 5}])",
       Activation::tanh},
      {"grouped", R"([{"layer": "convolution", "channels": 4}, "activation", {"layer": "convolution", "channels": 6,
        "groups": 2, "stride": 2}, "activation"])",
       Activation::erf},
      {"residual sums", R"([{"layer": "convolution", "channels": 4}, "activation", {"layer": "residual", "body":
        [{"layer": "convolution", "channels": 4}, "batch-norm", "activation", {"layer": "convolution", "channels": 4}]},
        "activation", {"layer": "residual", "body": [{"layer": "convolution", "channels": 5, "stride": 2},
        "activation"], "shortcut": [{"layer": "convolution", "channels": 5, "kernel": 1, "stride": 2}]},
        "global-average-pool"])",
       Activation::tanh},
  };
}

Network network_of(const Case& c, const TrainingData& data, Index outputs, bool scaled = false) {
  ImageNetworkParameters p;
  p.units = {9, 9, 9};
  p.activation = c.activation;
  p.residual = c.residual;
  if (c.network != nullptr) p.network = NetworkDescription(Json::parse(c.network));
  return Network(p.architecture(data, outputs, scaled));
}

VectorF gradient_at(const Network& network, const VectorF& parameters, const Batch& batch, const PruningLoss& loss) {
  Network::Workspace work;
  const MatrixF outputs = network.forward(parameters, batch.inputs, work, Pass::training) / loss.temperature;
  MatrixF by_outputs;
  if (loss.heteroscedastic)
    heteroscedastic_loss(outputs, batch.targets, by_outputs);
  else
    squared_loss(outputs, batch.targets, by_outputs);
  VectorF gradient(parameters.size());
  network.backward(MatrixF(by_outputs / loss.temperature), work, gradient);
  return gradient;
}

TEST_CASE("gradient flow: the Hessian's product is the gradient's derivative, for every layer and both losses",
          "[models]") {
  const TrainingData data = images_of_bars();
  const Batch batch = network_data(data);
  for (const Case& c : cases())
    for (const bool heteroscedastic : {false, true})
      for (const bool scaled : {false, true}) {
        CAPTURE(c.what, heteroscedastic, scaled);
        const Network network = network_of(c, data, heteroscedastic ? 2 : 1, scaled);
        Stream stream(5);
        const VectorF parameters = network.initial_parameters(stream);
        VectorF direction = Stream(6).normals(parameters.size()).cast<float>();
        direction.head(network.statistic_count()).setZero();
        const PruningLoss loss{heteroscedastic, 1.5f};
        const GradientFlow flow = gradient_flow(network, parameters, batch, loss, direction);
        const VectorF gradient = gradient_at(network, parameters, batch, loss);
        CHECK((flow.gradient - gradient).norm() < 1e-5f * gradient.norm());
        // By Richardson's extrapolation. Kinks within a step would show: rectified cases take a small one.
        const auto difference = [&](float step) {
          return VectorF((gradient_at(network, parameters + step * direction, batch, loss) -
                          gradient_at(network, parameters - step * direction, batch, loss)) /
                         (2 * step));
        };
        const bool kinks = c.activation == Activation::relu;
        const VectorF wanted = kinks ? difference(2e-5f) : VectorF((4 * difference(0.004f) - difference(0.008f)) / 3);
        CHECK((flow.hessian_product - wanted).norm() < (kinks ? 0.03f : 2e-3f) * wanted.norm());
        CHECK(flow.hessian_product.head(network.statistic_count()).isZero(0));
      }
}

TEST_CASE("gradient flow: without a direction, along the gradient", "[models]") {
  const TrainingData data = images_of_bars();
  const Batch batch = network_data(data);
  for (const Case& c : cases()) {
    CAPTURE(c.what);
    const Network network = network_of(c, data, 1);
    Stream stream(5);
    const VectorF parameters = network.initial_parameters(stream);
    const GradientFlow own = gradient_flow(network, parameters, batch, {});
    const GradientFlow given =
        gradient_flow(network, parameters, batch, {}, gradient_at(network, parameters, batch, {}));
    CHECK(own.hessian_product == given.hessian_product);
    // The Hessian is symmetric: u' H v = v' H u.
    VectorF v = Stream(7).normals(parameters.size()).cast<float>();
    v.head(network.statistic_count()).setZero();
    const VectorF along_v = gradient_flow(network, parameters, batch, {}, v).hessian_product;
    const float uhv = own.gradient.dot(along_v), vhu = v.dot(own.hessian_product);
    CHECK(uhv == Approx(vhu).epsilon(1e-3).margin(1e-4 * own.gradient.norm() * along_v.norm()));
  }
}

VectorF numbers(const Json& list) { return test::vector(list).cast<float>(); }

TEST_CASE("gradient flow: PyTorch's double backward gives the same", "[models]") {
  for (const Json& given : test::reference("gradient_flow_reference.json").at("cases")) {
    CAPTURE(given.at("name"), given.at("temperature"));
    const Index side = given.at("side"), channels = given.at("channels"), count = std::ssize(given.at("targets"));
    const Vector images = test::vector(given.at("images"));
    TrainingData data{Eigen::Map<const RowMatrix>(images.data(), count, side * side * channels),
                      test::vector(given.at("targets"))};
    data.image = ImageShape{side, side, channels};
    ImageNetworkParameters p;
    p.units = given.at("units").get<std::vector<int>>();
    if (given.at("activation") == "silu") p.activation = Activation::silu;
    if (!given.at("network").is_null()) p.network = NetworkDescription(given.at("network"));
    const Network network(p.architecture(data, 1, false));
    const Index statistics = network.statistic_count(), weights = network.parameter_count() - statistics;
    VectorF parameters = VectorF::Zero(network.parameter_count());
    REQUIRE(std::ssize(given.at("parameters")) == weights);
    parameters.tail(weights) = numbers(given.at("parameters"));
    const GradientFlow flow =
        gradient_flow(network, parameters, network_data(data), {false, given.at("temperature").get<float>()});
    const auto close = [&](const VectorF& a, const Json& wanted) {
      const VectorF b = numbers(wanted);
      return (a.tail(weights) - b).norm() < 2e-5f * b.norm();
    };
    CHECK(close(flow.gradient, given.at("gradient")));
    CHECK(close(flow.hessian_product, given.at("hessian_gradient")));
  }
}

/// One hidden unit, f = w2 relu(w1 x) with x = 2, y = 1, w1 = 3, w2 = 0.5: f = 3, r = 2; with biases 0.
TEST_CASE("gradient flow: one hidden unit by hand", "[models]") {
  const Network network(Architecture{1, {1}, 1});
  const Batch batch{network_inputs(Matrix{{2.0}}), VectorF{{1}}};
  const VectorF parameters{{3, 0, 0.5, 0}};  // w1, b1, w2, b2
  // f' = (w2 x, w2, w1 x + b1, 1) = (1, 0.5, 6, 1); second derivatives: w1 w2: x = 2, b1 w2: 1.
  const GradientFlow flow = gradient_flow(network, parameters, batch, {});
  const VectorF slopes{{1, 0.5, 6, 1}};
  CHECK((flow.gradient - 2 * slopes).norm() < 1e-5f);
  MatrixF hessian = slopes * slopes.transpose();
  hessian(0, 2) += 2 * 2;
  hessian(2, 0) += 2 * 2;
  hessian(1, 2) += 2;
  hessian(2, 1) += 2;
  CHECK((flow.hessian_product - hessian * flow.gradient).norm() < 1e-4f * flow.hessian_product.norm());
  // A high temperature leaves the part with second derivatives, residuals being minus the targets; a low one leaves
  // Gauss and Newton's.
  const float hot = 1e4f, cold = 1e-4f;
  const VectorF v{{1, -2, 3, 0.5}};
  MatrixF second = MatrixF::Zero(4, 4);
  second(0, 2) = second(2, 0) = -2;
  second(1, 2) = second(2, 1) = -1;
  const VectorF at_hot = hot * gradient_flow(network, parameters, batch, {false, hot}, v).hessian_product;
  CHECK((at_hot - second * v).norm() < 0.02f * at_hot.norm());
  const VectorF at_cold = cold * cold * gradient_flow(network, parameters, batch, {false, cold}, v).hessian_product;
  MatrixF of_low = slopes * slopes.transpose();  // and f times second derivatives, which no temperature tells from it
  of_low(0, 2) += 3 * 2;
  of_low(2, 0) += 3 * 2;
  of_low(1, 2) += 3;
  of_low(2, 1) += 3;
  CHECK((at_cold - of_low * v).norm() < 1e-3f * at_cold.norm());
}

TEST_CASE("gradient flow: numbers that are not finite are refused", "[models]") {
  const Network network(Architecture{1, {3}, 1});
  const Batch batch{network_inputs(Matrix{{2.0}}), VectorF{{1}}};
  const VectorF parameters = VectorF::Constant(network.parameter_count(), 1e30f);
  CHECK(test::refusal_of([&] { gradient_flow(network, parameters, batch, {}); }).find("gradient flow") !=
        std::string::npos);
}

}  // namespace
}  // namespace predcorr::models
