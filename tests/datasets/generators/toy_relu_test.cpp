// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "datasets/problem.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::close;
using test::difference;
using test::error_of;
using test::missing;

std::shared_ptr<const DatasetSource> toy(const Json& parameters = Json::object()) {
  return Registry<DatasetSource>::instance().make({.name = "toy-relu", .parameters = parameters}, "datasets[0]").object;
}
DataRequest request(ProtocolName protocol, std::uint64_t seed) {
  return {.protocol = {protocol}, .seed = seed, .folders = {}};
}
const Json kSmall = {{"dim", 2}, {"train", 6}, {"pool", 12}, {"test", 7}};

TEST_CASE("The study's toy problems are remade digit for digit", "[datasets]") {
  for (const Json& r : test::reference("toy.json")) {
    INFO("dim " << r.at("dim"));
    const Json parameters = {{"dim", r.at("dim")}, {"noise_variance", r.at("noise_var")}};
    const Problem problem(*toy(parameters), request(ProtocolName::paper, r.at("split_seed").get<std::uint64_t>()));
    const Dataset& data = problem.dataset();
    const Split& split = problem.split();
    CHECK(data.rows() == r.at("n_train").get<Index>() + 700);
    CHECK(difference(data.inputs.row(0).transpose(), test::vector(r.at("x_first"))) < 1e-15);
    CHECK(difference(data.inputs.bottomRows(1).transpose(), test::vector(r.at("x_last"))) < 1e-15);
    CHECK(difference(data.targets.head(5), test::vector(r.at("y_first"))) < 1e-8);
    const Rows rows = joined(joined(split.train, split.pool), split.test);
    CHECK(Rows(rows.begin(), rows.begin() + 12) == r.at("first_rows").get<Rows>());
    CHECK(split.train.size() == r.at("n_train"));
    CHECK(split.pool.size() == r.at("n_pool"));
    CHECK(split.test.size() == r.at("n_test"));

    const auto oracle = problem.oracle(split.train, joined(split.pool, split.test));
    REQUIRE(oracle.has_value());
    CHECK(difference(oracle->latent.block(0, 4, 0, 4), test::matrix(r.at("oracle_posterior_corner"))) < 1e-8);
    CHECK(oracle->latent.diagonal().sum() == close(r.at("oracle_posterior_trace")));
    CHECK(oracle->noise_variance == Vector::Constant(700, r.at("noise_var").get<double>()));
  }
}

TEST_CASE("The function without its noise is the study's", "[datasets]") {
  for (const Json& r : test::reference("toy.json")) {
    // The function is drawn before the noise, so noise too small to see leaves the function.
    const Json parameters = {{"dim", r.at("dim")}, {"noise_variance", 1e-24}};
    const Dataset data = toy(parameters)->load(request(ProtocolName::paper, 1));
    CHECK(difference(data.targets.head(5), test::vector(r.at("f_first"))) < 1e-8);
  }
}

TEST_CASE("Paper seeds split one function anew", "[datasets]") {
  const auto source = toy(kSmall);
  const Dataset one = source->load(request(ProtocolName::paper, 1)),
                two = source->load(request(ProtocolName::paper, 2));
  CHECK(one.inputs == two.inputs);
  CHECK(one.targets == two.targets);
  CHECK(source->split(one, request(ProtocolName::paper, 1)).train !=
        source->split(one, request(ProtocolName::paper, 2)).train);
  Json other = kSmall;
  other["function"] = 122;
  CHECK(toy(other)->load(request(ProtocolName::paper, 1)).inputs != one.inputs);
  CHECK_FALSE(source->standardises(request(ProtocolName::paper, 1)));
}

TEST_CASE("Paper seeds beyond 32 bits are refused, not cut", "[datasets]") {
  const auto source = toy(kSmall);
  const Dataset data = source->load(request(ProtocolName::paper, 1));
  CHECK_NOTHROW(source->split(data, request(ProtocolName::paper, 4294967295)));
  CHECK(missing(error_of([&] { source->split(data, request(ProtocolName::paper, 4294967297)); }),
                {"config: ", "4294967297"}) == "");
}

TEST_CASE("Modern seeds draw their own function and standardise it", "[datasets]") {
  const auto source = toy(kSmall);
  const Dataset one = source->load(request(ProtocolName::modern, 1)),
                again = source->load(request(ProtocolName::modern, 1));
  CHECK(one.inputs == again.inputs);
  CHECK(one.targets == again.targets);
  CHECK(one.inputs != source->load(request(ProtocolName::modern, 2)).inputs);
  CHECK(one.inputs != source->load(request(ProtocolName::paper, 1)).inputs);
  CHECK(source->standardises(request(ProtocolName::modern, 1)));
  CHECK(source->knows_truth());
}

TEST_CASE("Every row is in one part of the size asked for", "[datasets]") {
  for (const ProtocolName protocol : {ProtocolName::paper, ProtocolName::modern}) {
    const Problem problem(*toy(kSmall), request(protocol, 3));
    const Split& s = problem.split();
    CHECK(s.train.size() == 6);
    CHECK(s.pool.size() == 12);
    CHECK(s.test.size() == 7);
    Rows all = joined(joined(s.train, s.pool), s.test);
    std::sort(all.begin(), all.end());
    CHECK(all == consecutive_rows(0, 25));
  }
  CHECK(toy({{"dim", 4}, {"pool", 3}, {"test", 2}})->load(request(ProtocolName::modern, 1)).rows() ==
        25);  // 5 for each input
}

TEST_CASE("Wrong toy parameters are refused", "[datasets]") {
  CHECK(missing(error_of([] { toy({{"dim", 0}}); }),
                {"config: datasets[0].parameters.dim: must be from 1 to 1000, got 0"}) == "");
  CHECK(missing(error_of([] { toy({{"pool", 0}}); }), {"pool: must be from 1 to 20000, got 0"}) == "");
  CHECK(missing(error_of([] { toy({{"train", -1}}); }), {"train: must be from 0 to 20000, got -1"}) == "");
  CHECK(missing(error_of([] { toy({{"dims", 3}}); }), {"did you mean 'dim'?"}) == "");
}

}  // namespace
}  // namespace predcorr
