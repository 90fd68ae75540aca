// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/compression/compression.hpp"

#include <cmath>

#include "models/bnn/engine/likelihood.hpp"
#include "tests/models/bnn/compression/small_fits.hpp"
#include "tests/models/bnn/pruning/small_networks.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr::models {
namespace {

const std::vector<std::string>& criteria() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> names;
    for (const auto& [name, value] : words_of(CompressionCriterion{})) names.push_back(name);
    return names;
  }();
  return all;
}

CompressionOptions options(const Json& given) { return *Compression(given).options(); }

/// What a criterion makes of an untrained network on small images; training that goes on does nothing, or says so.
struct Compressing {
  TrainingData data = test::small_images(8);
  Batch all = network_data(data);
  Network network = test::network_of(
      {"", R"([{"layer": "convolution", "channels": 16}, "batch-norm", "activation", {"layer": "convolution",
               "channels": 24}, "batch-norm", "activation", "max-pool", {"layer": "dense", "units": 40}])"},
      data, 1);
  VectorF trained;
  int calls = 0;
  std::vector<int> epochs;

  Compressing() {
    Stream stream(5);
    trained.resize(network.parameter_count() + 1);
    trained << network.initial_parameters(stream), -1.5f;
  }

  CompressedNetwork operator()(const Json& given) {
    TrainingParameters training;
    training.learning_rate = 0.5;
    return compressed(
        options(given), network, trained, all,
        [](const VectorF& behind) { return gaussian_information(noise_variance(behind(0))); }, training,
        [&](const Network& smaller, VectorF start, const TrainingParameters& further, const Stream&) {
          ++calls;
          epochs.push_back(further.epochs);
          CHECK(start.size() == smaller.parameter_count() + 1);
          CHECK(further.learning_rate == 0.001);
          return start;
        },
        Stream(1));
  }
};

TEST_CASE("compression: every criterion brings a network to its size, and no further than it must", "[models]") {
  for (const std::string& criterion : criteria())
    for (const double smaller : {1.0, 2.0, 5.0}) {
      CAPTURE(criterion, smaller);
      Compressing compress;
      const CompressedNetwork result = compress({{"criterion", criterion}, {"smaller", smaller}, {"cap", 0.99}});
      const auto whole = static_cast<double>(compress.network.parameter_count() - compress.network.statistic_count());
      const auto now = static_cast<double>(result.network.parameter_count() - result.network.statistic_count());
      CHECK(now <= whole / smaller);
      CHECK(now >= 0.85 * whole / smaller);
      CHECK(result.parameters.size() == result.network.parameter_count() + 1);
      CHECK(result.parameters(result.parameters.size() - 1) == -1.5f);
      CHECK(compress.calls == 1);
      CHECK(compress.epochs == std::vector<int>{100});
      CHECK(result.record.at("compression.weights.before") > result.record.at("compression.weights.after") - 0.5);
      CHECK(result.record.at("compression.bytes.after") > 0);
      const bool by_weight = criterion == "obd" || criterion == "obs" || criterion == "magnitude";
      if (smaller > 1 && !by_weight)
        CHECK(result.record.at("compression.operations.after") < result.record.at("compression.operations.before"));
      CHECK(result.record.at("compression.parts_gone") == (smaller == 1 ? Approx(0) : Approx(0.5).margin(0.5)));
      CHECK(test::outputs_of({result.network, result.parameters.head(result.network.parameter_count())},
                             compress.data.inputs)
                .allFinite());
    }
}

TEST_CASE("compression: in rounds, each trained on", "[models]") {
  for (const std::string& criterion : criteria()) {
    CAPTURE(criterion);
    Compressing compress;
    const CompressedNetwork result =
        compress({{"criterion", criterion}, {"smaller", 4}, {"rounds", 3}, {"cap", 0.99}, {"epochs", 7}});
    CHECK(compress.epochs == std::vector<int>{7, 7, 7});
    CHECK(4 * (result.network.parameter_count() - result.network.statistic_count()) <=
          compress.network.parameter_count() - compress.network.statistic_count());
  }
  Compressing compress;
  compress({{"criterion", "magnitude"}, {"smaller", 4}, {"epochs", 0}});
  CHECK(compress.calls == 0);
}

TEST_CASE("compression: running statistics are those of the smaller network", "[models]") {
  Compressing compress;
  const CompressedNetwork result = compress({{"criterion", "eigendamage"}, {"smaller", 2}});
  VectorF again = result.parameters.head(result.network.parameter_count());
  measure_statistics(result.network, compress.all, again);
  CHECK(test::difference(again.cast<double>(), result.parameters.head(again.size()).cast<double>()) < 1e-5);
  CHECK(again.head(result.network.statistic_count()) != compress.trained.head(result.network.statistic_count()));
}

TEST_CASE("compression: a size that cannot be reached is refused, with the one that can", "[models]") {
  Compressing compress;
  const std::string said =
      test::refusal_of([&] { compress({{"criterion", "kron-obd"}, {"smaller", 5}, {"cap", 0.1}}); });
  CAPTURE(said);
  CHECK(said.find("config: compression.smaller: of 19161 numbers at most 3832 may stay") == 0);
  CHECK(said.find("lower smaller, raise cap or rounds") != std::string::npos);
}

TEST_CASE("compression: options that are none are refused by their key", "[models]") {
  const auto refusal = [](const Json& given) { return test::refusal_of([&] { Compression{given}; }); };
  CHECK(refusal("none").empty());
  CHECK(refusal("eigendamage").find(R"(must be "none" or an object)") != std::string::npos);
  CHECK(refusal({{"criterion", "best"}}).find("eigendamage, kron-obd") != std::string::npos);
  CHECK(refusal({{"smaller", 0.5}}).find("smaller") != std::string::npos);
  CHECK(refusal({{"sparsity", 0.5}}).find("unknown parameter 'sparsity'") != std::string::npos);
  CHECK(refusal({{"cap", 1}}).find("cap") != std::string::npos);
}

TEST_CASE("compression: network-slimming's penalty is on scales, and its gradient its derivative", "[models]") {
  const Compressing at;
  const VectorF weights = at.trained.head(at.network.parameter_count());
  const auto quiet = [](const VectorF&, const Batch&, VectorF& gradient) {
    gradient.setZero();
    return 0.0;
  };
  const Objective objective = before_compression(
      Compression(Json{{"criterion", "network-slimming"}, {"scale_penalty", 0.5}}), at.network, {quiet, {}});
  VectorF gradient(weights.size());
  CHECK(objective.loss(weights, at.all, gradient) == Approx(0.5 * 40));  // 16 + 24 scales of one
  CHECK(gradient.sum() == Approx(0.5 * 40));
  CHECK(before_compression(Compression(Json{{"criterion", "kron-obd"}}), at.network, {quiet, {}})
            .loss(weights, at.all, gradient) == 0);
}

}  // namespace
}  // namespace predcorr::models
