// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/hyper_parameter.hpp"

#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::close;
using test::difference;
using test::error_of;
using test::missing;
using Type = JsonType<HyperParameter>;
using List = std::vector<double>;

HyperParameter parsed(const char* text) { return Type::read(Json::parse(text)); }
std::vector<LogParameter> entries(const HyperParameter& h) {
  std::vector<LogParameter> list;
  append_log_parameters("h", h, list);
  return list;
}

TEST_CASE("A hyper-parameter is a number, a list, from data or an object", "[core]") {
  CHECK(parsed("0.5").start == List{0.5});
  CHECK(parsed("2").start == List{2});
  CHECK(parsed("[1, 2.5]").start == List{1, 2.5});
  CHECK(parsed(R"("from data")").start.empty());
  CHECK(parsed("{}").start.empty());
  CHECK(parsed("{}").learn);
  const HyperParameter h = parsed(R"({"start": [1, 2], "range": [0.5, 4], "prior": [1.5, 0.3], "learn": false})");
  CHECK(h.start == List{1, 2});
  CHECK(h.range == List{0.5, 4});
  CHECK(h.prior == List{1.5, 0.3});
  CHECK_FALSE(h.learn);
  CHECK(parsed(R"({"start": "from data", "range": [1, 2]})").start.empty());
}

TEST_CASE("A hyper-parameter is written as it was read, shortest first", "[core]") {
  for (const char* text : {"0.5", "[1.0,2.5]", R"("from data")", R"({"learn":false,"start":0.5})",
                           R"({"learn":true,"range":[0.1,10.0],"start":"from data"})",
                           R"({"learn":true,"prior":[1.0,0.5],"range":[0.1,10.0],"start":[1.0,2.0]})"})
    CHECK(Type::write(parsed(text)).dump() == text);
  CHECK(Type::write(parsed("[3]")).dump() == "3.0");
  CHECK(Type::write(parsed("{}")).dump() == R"("from data")");
  CHECK(Type::write(HyperParameter{}) == "from data");
  CHECK(Type::name() == "hyper-parameter");
}

TEST_CASE("Wrong hyper-parameters are refused", "[core]") {
  const auto refused = [](const char* text) { return error_of([&] { parsed(text); }); };
  CHECK(missing(refused("[]"), {"config: ", "a number, a list of numbers or \"from data\"", "[]"}) == "");
  CHECK(missing(refused("\"data\""), {"config: ", "must be a number", "\"data\""}) == "");
  CHECK(missing(refused("true"), {"config: ", "must be a number"}) == "");
  CHECK(missing(refused("[1, null]"), {"config: ", "must be a number"}) == "");
  CHECK(missing(refused(R"({"strat": 1})"), {"unknown key 'strat'", "did you mean 'start'?"}) == "");
  CHECK(missing(refused(R"({"anchor": 1})"), {"unknown key 'anchor'"}) == "");
  CHECK(missing(refused(R"({"range": [1]})"), {"'range' must be [lowest, highest]", "got [1]"}) == "");
  CHECK(missing(refused(R"({"range": [0, 1]})"), {"'range' must be", "two positive numbers"}) == "");
  CHECK(missing(refused(R"({"range": [2, 1]})"), {"'range' must run upwards, got 2 to 1"}) == "");
  CHECK(missing(refused(R"({"range": [2, 2]})"), {"'range' must run upwards"}) == "");
  CHECK(missing(refused(R"({"prior": [1, 0]})"), {"'prior' must be [median, standard deviation of the logarithm]"}) ==
        "");
  CHECK(missing(refused(R"({"prior": [1, 2, 3]})"), {"'prior' must be"}) == "");
  CHECK(missing(refused(R"({"learn": 1})"), {"true or false"}) == "");
}

TEST_CASE("What is allowed holds for every start", "[core]") {
  const auto positive = [](const Json& v) { return v.get<double>() > 0; };
  CHECK(Type::all(Json::parse("[1, 2]"), positive));
  CHECK_FALSE(Type::all(Json::parse("[1, 0]"), positive));
  CHECK_FALSE(Type::all(Json::parse(R"({"start": [1, -1]})"), positive));
  CHECK(Type::all(Json::parse(R"({"range": [1, 2]})"), positive));
  CHECK(Type::all("from data", positive));
}

TEST_CASE("Range and prior follow from the start where none is given", "[core]") {
  const auto list = entries(parsed("[0.5, 3]"));
  REQUIRE(list.size() == 2);
  CHECK(list[0].name == "h[1]");
  CHECK(list[1].name == "h[2]");
  CHECK(list[1].value == close(std::log(3), 1e-15));
  CHECK(list[1].low == close(std::log(3e-4), 1e-14));
  CHECK(list[1].high == close(std::log(3e4), 1e-14));
  CHECK(list[1].prior_mean == close(std::log(3), 1e-15));
  CHECK(list[1].prior_stddev == 1.0);
  CHECK(entries(parsed("0.5")).at(0).name == "h");
  const auto given = entries(parsed(R"({"start": [1, 2], "range": [0.5, 4], "prior": [1.5, 0.3]})"));
  for (const LogParameter& p : given) {
    CHECK(p.low == close(std::log(0.5)));
    CHECK(p.high == close(std::log(4)));
    CHECK(p.prior_mean == close(std::log(1.5)));
    CHECK(p.prior_stddev == 0.3);
  }
}

TEST_CASE("Range and prior stay behind when the value moves", "[core]") {
  const HyperParameter h = parsed("[0.5, 3]");
  const HyperParameter far = moved(h, Eigen::Vector2d(std::log(40), std::log(1e-3)));
  CHECK(difference(far.values(), Eigen::Vector2d(40, 1e-3)) < 1e-14);
  const auto before = entries(h), after = entries(moved(far, Eigen::Vector2d(7, -20)));  // outside the range, even
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(after[i].low == before[i].low);
    CHECK(after[i].high == before[i].high);
    CHECK(after[i].prior_mean == before[i].prior_mean);
  }
  CHECK(after[0].value == close(7));
  CHECK(after[1].value == close(-20));
  // The anchor is not for suites.
  CHECK(Type::write(far).is_array());
}

TEST_CASE("An open start is taken from the data, within its range", "[core]") {
  CHECK(started(parsed("{}"), Eigen::Vector2d(0.3, 4)).start == List{0.3, 4});
  CHECK(started(parsed("7"), Eigen::Vector2d(0.3, 4)).start == List{7});
  CHECK(started(parsed(R"({"range": [1, 2]})"), Eigen::Vector3d(0.3, 1.5, 4)).start == List{1, 1.5, 2});
  CHECK(parsed("{}").values() == Vector::Ones(1));
}

TEST_CASE("A start of 0 stays 0", "[core]") {
  CHECK_FALSE(parsed("0").learned());
  CHECK(entries(parsed("0")).empty());
  CHECK(parsed("0").values() == Vector::Zero(1));
  CHECK_FALSE(parsed(R"({"start": 0, "learn": true})").learned());
  CHECK_FALSE(parsed(R"({"start": 2, "learn": false})").learned());
  CHECK(entries(parsed(R"({"start": 2, "learn": false})")).empty());
  CHECK(parsed("2").learned());
  CHECK(parsed("{}").learned());
}

TEST_CASE("A start outside the range is refused", "[core]") {
  for (const char* text : {R"({"start": 5, "range": [1, 2]})", R"({"start": [1.5, 0.5], "range": [1, 2]})"})
    CHECK(missing(error_of([&] { entries(parsed(text)); }), {"config: ", "'h'", "outside the range 1 to 2"}) == "");
  CHECK(entries(parsed(R"({"start": [1, 2], "range": [1, 2]})")).size() == 2);
  CHECK(entries(parsed(R"({"start": 5, "range": [1, 2], "learn": false})")).empty());
}

TEST_CASE("The prior is log-normal", "[core]") {
  const LogParameter p = entries(parsed(R"({"start": 1, "prior": [2, 0.5]})")).at(0);
  CHECK(p.log_prior_density(std::log(2)) == 0.0);
  CHECK(p.log_prior_density(std::log(2) + 0.5) == close(-0.5));
  CHECK(p.log_prior_density(std::log(2) - 1) == close(-2));
}

}  // namespace
}  // namespace predcorr
