// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "models/bnn/pruning/network_start.hpp"
#include "models/bnn/pruning/pruning_scores.hpp"
#include "tests/models/bnn/pruning/small_networks.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr::models {
namespace {

/// A network on images, at its first weights.
struct Example {
  TrainingData data = test::small_images();
  Network network = test::network_of(test::small_networks().at(5), data, 1);
  std::vector<std::vector<Index>> places = weight_places(network);
  VectorF weights;

  Example() {
    Stream stream(5);
    weights = network.initial_parameters(stream);
  }

  std::vector<char> mask(const Json& options) const {
    return pruning_mask(*Pruning(options).options(), network, weights, network_data(data), false, Stream(9));
  }

  std::vector<Index> counts(const std::vector<char>& left) const {
    std::vector<Index> all;
    for (const std::vector<Index>& block : places)
      all.push_back(std::count_if(block.begin(), block.end(), [&](Index i) { return left[i] != 0; }));
    return all;
  }

  Index all() const {
    Index sum = 0;
    for (const std::vector<Index>& block : places) sum += std::ssize(block);
    return sum;
  }
};

Index sum(const std::vector<Index>& counts) {
  Index all = 0;
  for (const Index count : counts) all += count;
  return all;
}

const std::vector<std::string>& criteria() {
  static const std::vector<std::string> all = {"grasp",     "grasp-magnitude", "snip",           "synflow",
                                               "magnitude", "random",          "random-by-layer"};
  return all;
}

TEST_CASE("pruning mask: as many weights go as sparsity says, the lowest scores over all layers, and no bias",
          "[models]") {
  const Example e;
  for (const std::string& criterion : criteria())
    for (const double sparsity : {0.0, 0.37, 0.9}) {
      CAPTURE(criterion, sparsity);
      const std::vector<char> left = e.mask({{"criterion", criterion}, {"sparsity", sparsity}});
      const Index stays = std::llround((1 - sparsity) * static_cast<double>(e.all()));
      CHECK(sum(e.counts(left)) == stays);
      CHECK(std::count(left.begin(), left.end(), 1) == stays + e.network.layout_count() - e.all());
      CHECK(left == e.mask({{"criterion", criterion}, {"sparsity", sparsity}}));
      if (criterion == "synflow" || criterion == "random-by-layer") continue;  // others than once scored
      PruningOptions options;
      for (const auto& [name, value] : words_of(PruningCriterion{}))
        if (name == criterion) options.criterion = value;
      const VectorF scores = pruning_scores(options, e.network, e.weights, network_data(e.data), false, Stream(9));
      float lowest_left = INFINITY, highest_gone = -INFINITY;
      for (const std::vector<Index>& block : e.places)
        for (const Index i : block) {
          if (left[static_cast<std::size_t>(i)] != 0)
            lowest_left = std::min(lowest_left, scores(i));
          else
            highest_gone = std::max(highest_gone, scores(i));
        }
      CHECK(lowest_left >= highest_gone);
    }
}

TEST_CASE("pruning mask: the shuffled control shuffles, and takes as many of each layer", "[models]") {
  const Example e;
  for (const std::string& criterion : criteria()) {
    CAPTURE(criterion);
    Json options = {{"criterion", criterion}, {"sparsity", 0.8}};
    const std::vector<char> left = e.mask(options);
    options["control"] = "shuffled";
    const std::vector<char> shuffled = e.mask(options);
    if (criterion == "random-by-layer") {
      CHECK(left == shuffled);  // which it is already
      CHECK(e.counts(left) == e.counts(e.mask({{"criterion", "grasp"}, {"sparsity", 0.8}})));
      continue;
    }
    CHECK(e.counts(shuffled) == e.counts(left));
    CHECK(shuffled != left);
    // No more of the places are the same than chance makes: of n places k, k k / n, four standard deviations allowed.
    for (const std::vector<Index>& block : e.places) {
      const auto n = static_cast<double>(block.size());
      double k = 0, both = 0;
      for (const Index i : block) {
        const auto at = static_cast<std::size_t>(i);
        k += left[at];
        both += left[at] != 0 && shuffled[at] != 0 ? 1 : 0;
      }
      if (k == 0 || k == n) continue;
      const double variance = k * k / n * (n - k) / n * (n - k) / (n - 1);
      CHECK(std::abs(both - k * k / n) <= 4 * std::sqrt(variance) + 1e-9);
    }
  }
}

TEST_CASE("pruning mask: random-by-layer takes the counts of the criterion named", "[models]") {
  const Example e;
  const auto counts = [&](const Json& options) { return e.counts(e.mask(options)); };
  for (const char* of : {"grasp", "snip", "synflow", "magnitude"})
    CHECK(counts({{"criterion", "random-by-layer"}, {"counts_of", of}, {"sparsity", 0.7}}) ==
          counts({{"criterion", of}, {"sparsity", 0.7}}));
}

TEST_CASE("pruning mask: inverted, those go that would have stayed", "[models]") {
  const Example e;
  for (const char* criterion : {"grasp", "snip", "magnitude"}) {
    CAPTURE(criterion);
    const std::vector<char> half = e.mask({{"criterion", criterion}, {"sparsity", 0.5}});
    const std::vector<char> other = e.mask({{"criterion", criterion}, {"sparsity", 0.5}, {"control", "inverted"}});
    for (const std::vector<Index>& block : e.places) {
      Index same = 0;
      for (const Index i : block) same += half[static_cast<std::size_t>(i)] == other[static_cast<std::size_t>(i)];
      CHECK(same <= 1);  // of an odd number one is in the middle
    }
  }
}

TEST_CASE("pruning mask: the re-initialised control keeps the mask and begins elsewhere", "[models]") {
  const Example e;
  ImageNetworkParameters p;
  p.units = {9, 9, 9};
  const auto start = [&](const Json& pruning) {
    p.pruning = Pruning(pruning);
    return network_start(p, e.data, network_data(e.data), 1, false, false, Stream(3));
  };
  const NetworkStart plain = start({{"criterion", "snip"}, {"sparsity", 0.6}});
  const NetworkStart again = start({{"criterion", "snip"}, {"sparsity", 0.6}, {"control", "re-initialised"}});
  CHECK(plain.network.kept() == again.network.kept());
  CHECK(plain.record == again.record);
  CHECK(plain.weights.size() == again.weights.size());
  CHECK((plain.weights - again.weights).norm() > 0.5f * plain.weights.norm());
}

TEST_CASE("pruning mask: synflow leaves no layer empty where one pass of it may", "[models]") {
  // A wide layer behind a narrow one: in one pass its many weights' small scores all fall under the bar.
  const Network network({2, {3, 200, 200, 3}, 1});
  Stream stream(2);
  const VectorF weights = network.initial_parameters(stream);
  const auto counts = [&](int passes) {
    PruningOptions options;
    options.criterion = PruningCriterion::synflow;
    options.sparsity = 0.998;
    options.passes = passes;
    const std::vector<char> left = pruning_mask(options, network, weights, {}, false, stream);
    std::vector<Index> all;
    for (const std::vector<Index>& block : weight_places(network))
      all.push_back(std::count_if(block.begin(), block.end(), [&](Index i) { return left[i] != 0; }));
    return all;
  };
  const std::vector<Index> once = counts(1), often = counts(0);
  CHECK(*std::min_element(once.begin(), once.end()) == 0);
  CHECK(*std::min_element(often.begin(), often.end()) > 0);
}

TEST_CASE("pruning: options that are none are refused by their key", "[models]") {
  const auto refusal = [](const Json& options) { return test::refusal_of([&] { Pruning(options).options(); }); };
  CHECK(refusal("none").empty());
  CHECK(refusal({{"criterion", "snip"}, {"sparsity", 0}}).empty());
  for (const double sparsity : {-0.1, 1.0, 1.5})
    CHECK(refusal({{"criterion", "snip"}, {"sparsity", sparsity}}).find("sparsity") != std::string::npos);
  CHECK(refusal("grasp").find(R"(must be "none" or an object)") != std::string::npos);
  CHECK(refusal({{"criterion", "best"}}).find("grasp, grasp-magnitude, snip") != std::string::npos);
  CHECK(refusal({{"share", 0.5}}).find("unknown parameter 'share'") != std::string::npos);
  CHECK(refusal({{"criterion", "random-by-layer"}, {"counts_of", "random-by-layer"}}).find("pruning.counts_of") !=
        std::string::npos);
  CHECK(refusal({{"temperature", 0}}).find("temperature") != std::string::npos);
}

}  // namespace
}  // namespace predcorr::models
