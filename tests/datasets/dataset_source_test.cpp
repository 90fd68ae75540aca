// SPDX-License-Identifier: Apache-2.0
#include "datasets/dataset_source.hpp"

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

/// A source that overrides nothing it need not.
class Plain : public DatasetSource {
 public:
  Dataset load(const DataRequest&) const override {
    Dataset data;
    data.name = "plain";
    data.inputs = Vector::LinSpaced(50, 0, 1);
    data.targets = data.inputs.col(0);
    data.input_names = {"x"};
    return data;
  }
};

TEST_CASE("A source follows the protocol's split unless it says otherwise", "[datasets]") {
  const Plain source;
  DataRequest request{.protocol = {}, .seed = 3, .folders = {}};
  const Dataset data = source.load(request);
  const Split paper = source.split(data, request), expected = paper_split(50, 3);
  CHECK(paper.train == expected.train);
  CHECK(paper.pool == expected.pool);
  CHECK(paper.test == expected.test);
  request.protocol.train = 0.1;
  CHECK(source.split(data, request).train.size() == 5);

  request.protocol = {ProtocolName::modern, 0.3, 0.1};
  const Split modern = source.split(data, request);
  const Split fresh = modern_split(50, {}, request.protocol, Stream(3).fork("data").fork("plain"));
  CHECK(modern.train == fresh.train);
  CHECK(modern.test == fresh.test);
  CHECK(modern.train.size() == 15);
  CHECK(modern.test.size() == 5);
}

TEST_CASE("Groups need the modern protocol", "[datasets]") {
  const Plain source;
  DataRequest request;
  Dataset data = source.load(request);
  for (Index row = 0; row < 50; ++row) data.groups.push_back(row / 5);
  CHECK(missing(error_of([&] { source.split(data, request); }),
                {"config: plain", "groups", "\"protocol\": \"modern\""}) == "");
  request.protocol.name = ProtocolName::modern;
  const Split split = source.split(data, request);
  for (const Rows* part : {&split.train, &split.pool, &split.test}) CHECK(part->size() % 5 == 0);
}

TEST_CASE("A source knows no truth, has no file and is standardised by default", "[datasets]") {
  const Plain source;
  CHECK_FALSE(source.knows_truth());
  CHECK(source.content_hash({}).empty());
  CHECK(source.standardises({}));
}

TEST_CASE("Data streams depend on seed and data set alone", "[datasets]") {
  const DataRequest one{.protocol = {}, .seed = 1, .folders = {}};
  const DataRequest other{.protocol = {ProtocolName::modern}, .seed = 1, .folders = {"somewhere"}};
  CHECK(one.stream("a").key() == other.stream("a").key());
  CHECK(one.stream("a").key() != one.stream("b").key());
  CHECK(one.stream("a").key() != DataRequest{.protocol = {}, .seed = 2, .folders = {}}.stream("a").key());
}

}  // namespace
}  // namespace predcorr
