// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/pruning/pruning_scores.hpp"

#include "tests/models/bnn/pruning/small_networks.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr::models {
namespace {

PruningOptions by(PruningCriterion criterion) {
  PruningOptions options;
  options.criterion = criterion;
  return options;
}

/// Half the squared norm of the loss's gradient by the weights alone.
double weight_flow(const Network& network, const VectorF& weights, const Batch& batch, const PruningLoss& loss) {
  const Vector gradient = pruning_gradient(network, weights, batch, loss).cast<double>();
  double sum = 0;
  for (const std::vector<Index>& places : weight_places(network)) sum += 0.5 * gradient(places).squaredNorm();
  return sum;
}

TEST_CASE("pruning scores: places of weights are those of no bias and no batch normalisation", "[models]") {
  const TrainingData data = test::small_images();
  for (const test::SmallNetwork& c : test::small_networks()) {
    CAPTURE(c.what);
    const Network network = test::network_of(c, data, 2);
    Stream stream(1);
    // Biases and shifts begin at zero, scales at one, and no weight does.
    const VectorF first = network.initial_parameters(stream);
    std::vector<char> is_weight(static_cast<std::size_t>(first.size()), 0);
    for (const std::vector<Index>& places : weight_places(network))
      for (const Index i : places) is_weight[static_cast<std::size_t>(i)] = 1;
    for (Index i = 0; i < first.size(); ++i)
      CHECK((first(i) != 0 && first(i) != 1) == (is_weight[static_cast<std::size_t>(i)] != 0));
  }
}

TEST_CASE("pruning scores: grasp's are what a weight does to half the squared norm of the gradient", "[models]") {
  const TrainingData data = test::small_images();
  const Batch batch = network_data(data);
  for (const test::SmallNetwork& c : test::small_networks()) {
    if (c.activation == Activation::relu) continue;  // kinks
    for (const bool heteroscedastic : {false, true}) {
      CAPTURE(c.what, heteroscedastic);
      const Network network = test::network_of(c, data, heteroscedastic ? 2 : 1);
      Stream stream(5);
      const VectorF weights = network.initial_parameters(stream);
      PruningOptions options = by(PruningCriterion::grasp);
      options.temperature = 2;
      const VectorF scores = pruning_scores(options, network, weights, batch, heteroscedastic, Stream(1));
      const PruningLoss loss{heteroscedastic, 2};
      // All at once, along a direction in which every weight moves by a share of itself: sum of share * -S.
      VectorF direction = VectorF::Zero(weights.size()), shares = VectorF::Zero(weights.size());
      for (const std::vector<Index>& places : weight_places(network))
        for (const Index i : places) shares(i) = static_cast<float>(stream.normal());
      direction = shares.cwiseProduct(weights);
      const auto difference = [&](float step) {
        return (weight_flow(network, weights + step * direction, batch, loss) -
                weight_flow(network, weights - step * direction, batch, loss)) /
               (2.0 * step);
      };
      const double wanted = (4 * difference(0.01f) - difference(0.02f)) / 3;
      const double size = scores.cwiseProduct(shares).cast<double>().cwiseAbs().sum();
      CHECK(scores.cast<double>().dot(shares.cast<double>()) == Approx(wanted).epsilon(2e-3).margin(1e-4 * size));
    }
  }
}

TEST_CASE("pruning scores: PyTorch's double backward gives GraSP's", "[models]") {
  for (const Json& given : test::reference("gradient_flow_reference.json").at("cases")) {
    CAPTURE(given.at("name"), given.at("temperature"));
    const test::TorchNetwork torch(given);
    PruningOptions options = by(PruningCriterion::grasp);
    options.temperature = given.at("temperature");
    const VectorF scores = pruning_scores(options, torch.network, torch.parameters, torch.batch, false, Stream(1));
    const VectorF wanted = -test::vector(given.at("scores")).cast<float>();
    const Index count = wanted.size();
    for (const std::vector<Index>& places : weight_places(torch.network)) {
      VectorF ours = scores(places), theirs(ours.size());
      for (std::size_t i = 0; i < places.size(); ++i)
        theirs(static_cast<Index>(i)) = wanted(places[i] - (scores.size() - count));
      CHECK((ours - theirs).norm() < 5e-5f * wanted.norm());
    }
    options.criterion = PruningCriterion::grasp_magnitude;
    CHECK(pruning_scores(options, torch.network, torch.parameters, torch.batch, false, Stream(1)) == scores.cwiseAbs());
  }
}

/// f = v relu(w x) with x = 2, w = 3, v = 0.5, y = 1, biases zero: f = 3, r = 2, g = (r v x, r w x) = (2, 12).
struct ByHand {
  Network network{{1, {1}, 1}};
  VectorF weights{{3, 0, 0.5, 0}};  // w, its bias, v, its bias
  Batch batch{network_inputs(Matrix{{2.0}}), VectorF{{1}}};

  VectorF scores(const PruningOptions& options) const {
    return pruning_scores(options, network, weights, batch, false, Stream(1));
  }
};

TEST_CASE("pruning scores: one hidden unit by hand", "[models]") {
  const ByHand one;
  // H = [[(v x)^2, v w x^2 + r x], [.., (w x)^2]] = [[1, 10], [10, 36]]; H g = (122, 452).
  CHECK((one.scores(by(PruningCriterion::grasp))({0, 2}) - VectorF{{3 * 122, 0.5 * 452}}).norm() < 1e-3f);
  CHECK((one.scores(by(PruningCriterion::snip))({0, 2}) - VectorF{{3 * 2, 0.5 * 12}}).norm() < 1e-5f);
  CHECK(one.scores(by(PruningCriterion::magnitude))({0, 2}) == VectorF{{3, 0.5}});
  // R = |v| |w|, in which both have the same share.
  CHECK(one.scores(by(PruningCriterion::synflow))({0, 2}) == VectorF{{1.5, 1.5}});
}

TEST_CASE("pruning scores: both ends of the temperature", "[models]") {
  const ByHand one;
  PruningOptions options = by(PruningCriterion::grasp);
  // Hot: r is -y, so g = -y x / T (v, w) and H = -y x / T off the diagonal: the scores, y^2 x^2 / T^2 (w^2, v^2), do
  // not know of the output any more, and so rank by magnitude.
  options.temperature = 1e4;
  CHECK((1e8f * one.scores(options)({0, 2}) - VectorF{{36, 1}}).norm() < 0.2f);
  // Cold: r is f / T, so g = f / T^2 (v x, w x) and H is 1 / T^2 of that of f^2 / 2: [[1, 12], [12, 36]]; 1 / T^4 in
  // all.
  options.temperature = 0.01;
  CHECK((1e-8f * one.scores(options)({0, 2}) - VectorF{{3 * (3 + 12 * 18), 0.5 * (12 * 3 + 36 * 18)}}).norm() < 20);
  options.temperature = 1e-3;
  CHECK((1e-12f * one.scores(options)({0, 2}) - VectorF{{657, 342}}).norm() < 2);
}

TEST_CASE("pruning scores: synflow needs no data, and what flows into a layer flows out of it", "[models]") {
  const TrainingData data = test::small_images();
  for (const test::SmallNetwork& c : test::small_networks()) {
    if (c.activation != Activation::relu) continue;
    CAPTURE(c.what);
    const Network network = test::network_of(c, data, 1);
    Stream stream(5);
    const VectorF weights = network.initial_parameters(stream);
    const VectorF scores = pruning_scores(by(PruningCriterion::synflow), network, weights, {}, false, stream);
    double sum = -1;
    for (const std::vector<Index>& places : weight_places(network)) {
      const double of_layer = scores(places).cast<double>().sum();
      CHECK(scores(places).minCoeff() >= 0);
      if (sum < 0) sum = of_layer;
      CHECK(of_layer == Approx(sum).epsilon(1e-4));  // no path leads around a layer of these
    }
  }
}

TEST_CASE("pruning scores: magnitudes are those that layers multiply with", "[models]") {
  const Network network({3, {4}, 1, Activation::relu, true});
  Stream stream(1);
  const VectorF weights = network.initial_parameters(stream);
  const VectorF scores = pruning_scores(by(PruningCriterion::magnitude), network, weights, {}, false, stream);
  CHECK(scores(0) == Approx(std::abs(weights(0)) / 2));                               // 3 inputs and the bias
  CHECK(scores(16) == Approx(std::abs(weights(16)) / std::sqrt(5.0)).epsilon(1e-6));  // 4 units and the bias
}

TEST_CASE("pruning scores: passes are means over as many batches, which take other rows", "[models]") {
  const TrainingData data = test::small_images();
  const Batch all = network_data(data);
  const Network network = test::network_of(test::small_networks().front(), data, 1);
  Stream stream(5);
  const VectorF weights = network.initial_parameters(stream);
  for (const PruningCriterion criterion : {PruningCriterion::snip, PruningCriterion::grasp}) {
    PruningOptions whole = by(criterion), parts = whole, part = whole;
    parts.rows = part.rows = 4;
    parts.passes = 3;
    const VectorF of_all = pruning_scores(whole, network, weights, all, false, Stream(1));
    const VectorF of_parts = pruning_scores(parts, network, weights, all, false, Stream(1));
    const VectorF of_part = pruning_scores(part, network, weights, all, false, Stream(1));
    CHECK((of_parts - of_all).norm() < 1e-5f * of_all.norm());
    CHECK((of_part - of_all).norm() > 1e-2f * of_all.norm());
  }
}

TEST_CASE("pruning scores: what cannot be scored is refused", "[models]") {
  const TrainingData data = test::small_images();
  const Network network = test::network_of(test::small_networks().at(4), data, 1);
  Stream stream(5);
  VectorF weights = network.initial_parameters(stream);
  const auto refusal = [&](PruningCriterion criterion) {
    return test::refusal_of(
        [&] { pruning_scores(by(criterion), network, weights, network_data(data), false, stream); });
  };
  CHECK(refusal(PruningCriterion::synflow).find("config: pruning.criterion: synflow") == 0);
  CHECK(refusal(PruningCriterion::snip).empty());
  weights.setConstant(1e30f);
  CHECK(refusal(PruningCriterion::snip).find("numerical: pruning") == 0);
  CHECK(refusal(PruningCriterion::grasp).find("numerical: pruning") == 0);
}

}  // namespace
}  // namespace predcorr::models
