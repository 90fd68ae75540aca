// SPDX-License-Identifier: Apache-2.0
#include "results/requests/board_request.hpp"

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::contains;
using test::error_of;

const RequestNames kNames = {
    {"boston", "yacht", "wine"}, {"gp", "bbb"}, {"rmse", "xllr", "r_statistic.std"}, {"rmse", "xllr"}};

Json good() {
  return Json::parse(R"({
    "groups": {"small": ["boston", "yacht"]},
    "primary": "xllr",
    "combined": {"rmse": 1, "xllr": 2.5},
    "findings": [{"finding": "GPs are better", "source": "arXiv:1", "score": "rmse", "model": "gp", "than": "bbb",
                  "datasets": "small", "at_most": 0},
                 {"finding": "calibrated", "source": "a book", "score": "r_statistic.std", "model": "gp",
                  "datasets": ["wine"], "at_least": 0.9, "at_most": 1.1}]
  })");
}

TEST_CASE("board requests: all keys are read, and all may be left out", "[results]") {
  const BoardRequest request = read_board_request(good(), "s.json", &kNames);
  CHECK(request.groups == std::vector<DatasetGroup>{{"small", {"boston", "yacht"}}});
  CHECK(request.primary == ScoreKey{"xllr"});
  CHECK(request.combined == std::vector<WeightedScore>{{{"rmse"}, 1}, {{"xllr"}, 2.5}});
  REQUIRE(request.findings.size() == 2);
  CHECK(request.findings[0].datasets == std::vector<std::string>{"boston", "yacht"});
  CHECK(request.findings[0].than == "bbb");
  CHECK_FALSE(request.findings[0].at_least);
  CHECK(request.findings[0].at_most == 0.0);
  CHECK(request.findings[1].score == ScoreKey{"r_statistic", "std"});
  const BoardRequest none = read_board_request(Json::object(), "s.json", &kNames);
  CHECK(none.groups.empty());
  CHECK_FALSE(none.primary);
  CHECK(none.combined.empty());
  CHECK(none.findings.empty());
}

TEST_CASE("board requests: mistakes are refused with the key and the nearest valid name", "[results]") {
  struct Mistake {
    std::string pointer;
    Json value;
    std::vector<std::string> named;
  };
  const std::vector<Mistake> mistakes = {
      {"/groups", {"boston"}, {"s.json: groups: must be an object of lists"}},
      {"/groups", Json::object(), {"s.json: groups: must be an object"}},
      {"/groups/small", {"bostn"}, {"s.json: groups.small[0]", "'bostn'", "did you mean 'boston'?"}},
      {"/groups/small", {"wine", "wine"}, {"groups.small[1]: 'wine' is named twice"}},
      {"/groups/small", Json::array(), {"groups.small: must be a list of labels"}},
      {"/groups/small/0", 3, {"groups.small[0]: must be a text", "got 3"}},
      {"/groups/a\nb", {"wine"}, {"groups: must be at most"}},
      {"/primary", "xlr", {"s.json: primary", "'xlr'", "did you mean 'xllr'?"}},
      {"/primary", "r_statistic.std", {"primary: no metric of this suite gives, with a better direction,"}},
      {"/primary", {"rmse"}, {"primary: must be a text"}},
      {"/combined", {"rmse"}, {"s.json: combined: must be an object of weights"}},
      {"/combined/rsme", 1, {"combined", "'rsme'", "did you mean 'rmse'?"}},
      {"/combined/rmse", 0, {"combined.rmse: must be a weight above 0, got 0"}},
      {"/combined/rmse", "1", {"combined.rmse: must be a weight above 0"}},
      {"/findings", Json::object(), {"s.json: findings: must be a list"}},
      {"/findings/0", "gp", {"findings[0]: must be an object"}},
      {"/findings/0/modle", "gp", {"findings[0]: unknown key 'modle'", "did you mean 'model'?"}},
      {"/findings/0/model", "gq", {"findings[0].model", "'gq'", "did you mean 'gp'?"}},
      {"/findings/0/than", "gp", {"findings[0].than: must be another model than 'gp'"}},
      {"/findings/0/score", "rms", {"findings[0].score", "did you mean 'rmse'?"}},
      {"/findings/0/source", "", {"findings[0].source: must be a text that is not empty"}},
      {"/findings/0/datasets", "smal", {"findings[0].datasets: must be", "a group's name", "did you mean 'small'?"}},
      {"/findings/0/datasets", {"wien"}, {"findings[0].datasets[0]", "did you mean 'wine'?"}},
      {"/findings/0/at_most", "0", {"findings[0].at_most: must be a number"}},
      {"/findings/1/at_least", 2, {"findings[1]: at_least is 2, above at_most, 1.1"}},
  };
  for (const Mistake& mistake : mistakes) {
    Json json = good();
    json[Json::json_pointer(mistake.pointer)] = mistake.value;
    INFO(mistake.pointer + " " + mistake.value.dump());
    const std::string message = error_of([&] { read_board_request(json, "s.json", &kNames); });
    CHECK_THAT(message, contains("config: s.json: "));
    for (const std::string& part : mistake.named) CHECK_THAT(message, contains(part));
  }
  for (const char* key : {"finding", "source", "score", "model"}) {
    Json json = good();
    json["findings"][0].erase(key);
    CHECK_THAT(error_of([&] { read_board_request(json, "s.json", &kNames); }),
               contains(fmt::format("findings[0]: key '{}' must be given", key)));
  }
  Json json = good();
  json["findings"][0].erase("at_most");
  CHECK_THAT(error_of([&] { read_board_request(json, "s.json", &kNames); }), contains("needs \"at_least\""));
}

TEST_CASE("board requests: of several suites groups and findings are joined, the first says the rest", "[results]") {
  const BoardRequest request = read_board_request(good(), "s.json");
  Json other = good();
  other["groups"] = {{"small", {"yacht", "wine"}}, {"big", {"naval"}}};
  other["primary"] = "rmse";
  other["findings"].erase(0);
  other["findings"][0]["at_least"] = 0.5;
  const BoardRequest all = joined({BoardRequest(), request, request, read_board_request(other, "t.json")});
  CHECK(all.groups == std::vector<DatasetGroup>{{"small", {"boston", "yacht", "wine"}}, {"big", {"naval"}}});
  CHECK(all.primary == ScoreKey{"xllr"});
  CHECK(all.combined == request.combined);
  CHECK(all.findings.size() == 3);
}

TEST_CASE("board requests: weights on the command line", "[results]") {
  const std::vector<std::string> ranked = {"rmse", "variogram_score.0.5"};
  CHECK(read_weights("rmse=1,variogram_score.0.5=0.25", "--combine", ranked) ==
        std::vector<WeightedScore>{{{"rmse"}, 1}, {{"variogram_score", "0.5"}, 0.25}});
  CHECK(read_weights("rmse", "--combine", ranked) == std::vector<WeightedScore>{{{"rmse"}, 1}});
  for (const auto& [text, named] : {std::pair{"", "must be like"},
                                    {"rmse=1,", "must be like"},
                                    {"rsme=1", "did you mean 'rmse'?"},
                                    {"rmse=0", "the weight of rmse must be a number above 0"},
                                    {"rmse=-1", "above 0, got \"-1\""},
                                    {"rmse=", "above 0, got \"\""},
                                    {"rmse=1x", "above 0"},
                                    {"rmse=nan", "above 0"},
                                    {"rmse=inf", "above 0"},
                                    {"rmse=1,rmse=2", "rmse is named twice"}}) {
    INFO(text);
    CHECK_THAT(error_of([&, text = text] { read_weights(text, "--combine", ranked); }),
               contains("config: --combine: ") && contains(named));
  }
}

}  // namespace
}  // namespace predcorr
