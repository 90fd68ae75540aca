// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/pruning/gradient_flow.hpp"

#include "models/bnn/engine/likelihood.hpp"
#include "tests/models/bnn/pruning/small_networks.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr::models {
namespace {

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
  const TrainingData data = test::small_images();
  const Batch batch = network_data(data);
  for (const test::SmallNetwork& c : test::small_networks())
    for (const bool heteroscedastic : {false, true})
      for (const bool scaled : {false, true}) {
        CAPTURE(c.what, heteroscedastic, scaled);
        const Network network = test::network_of(c, data, heteroscedastic ? 2 : 1, scaled);
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
  const TrainingData data = test::small_images();
  const Batch batch = network_data(data);
  for (const test::SmallNetwork& c : test::small_networks()) {
    CAPTURE(c.what);
    const Network network = test::network_of(c, data, 1);
    Stream stream(5);
    const VectorF parameters = network.initial_parameters(stream);
    const GradientFlow own = gradient_flow(network, parameters, batch, {});
    const GradientFlow given =
        gradient_flow(network, parameters, batch, {}, gradient_at(network, parameters, batch, {}));
    CHECK((own.hessian_product - given.hessian_product).norm() < 1e-5f * given.hessian_product.norm());
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
    const test::TorchNetwork torch(given);
    const GradientFlow flow =
        gradient_flow(torch.network, torch.parameters, torch.batch, {false, given.at("temperature").get<float>()});
    const auto close = [&](const VectorF& a, const Json& wanted) {
      const VectorF b = numbers(wanted);
      return (a.tail(b.size()) - b).norm() < 2e-5f * b.norm();
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
