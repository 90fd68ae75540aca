// SPDX-License-Identifier: Apache-2.0
#include "datasets/dataset.hpp"

#include <limits>

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

Dataset example() {
  Dataset data;
  data.name = "example";
  data.inputs = Matrix::Constant(4, 2, 0.5);
  data.targets = Eigen::Vector4d(1, 1, 1, 2);
  data.input_names = {"a", "b"};
  data.target_name = "y";
  return data;
}
std::string refusal(const Dataset& data, Index fewest = 1) {
  return error_of([&] { check_dataset(data, fewest); });
}

TEST_CASE("A sound data set passes, with groups or without", "[datasets]") {
  Dataset data = example();
  CHECK(data.rows() == 4);
  CHECK_NOTHROW(check_dataset(data, 4));
  data.groups = {0, 0, 1, 1};
  CHECK_NOTHROW(check_dataset(data, 1));
}

TEST_CASE("Sizes that do not fit are refused", "[datasets]") {
  Dataset data = example();
  data.targets = Vector::Ones(3);
  CHECK(missing(refusal(data), {"shape: example", "4 rows", "3 targets"}) == "");
  data = example();
  data.input_names = {"a"};
  CHECK(missing(refusal(data), {"shape: example", "1 input names"}) == "");
  data = example();
  data.groups = {0, 1};
  CHECK(missing(refusal(data), {"shape: example", "4 rows but 2 group labels"}) == "");
}

TEST_CASE("Images have as many numbers as there are inputs", "[datasets]") {
  Dataset data = example();
  for (const ImageShape shape : {ImageShape{2, 1, 1}, ImageShape{1, 2, 1}, ImageShape{1, 1, 2}}) {
    data.image = shape;
    CHECK_NOTHROW(check_dataset(data, 4));
  }
  for (const ImageShape shape : {ImageShape{2, 2, 1}, ImageShape{-1, -2, 1}, ImageShape{0, 1, 1}}) {
    data.image = shape;
    CHECK(missing(refusal(data), {"shape: example", "height, width, channels", "2 inputs do not fit"}) == "");
  }
}

TEST_CASE("Data that cannot be learned from are refused", "[datasets]") {
  Dataset data = example();
  CHECK(missing(refusal(data, 5), {"data: example", "has 4 rows", "at least 5"}) == "");
  data.targets = Vector::Constant(4, 7.5);
  CHECK(missing(refusal(data), {"data: example", "target 'y' is 7.5 in every row"}) == "");
  data = example();
  data.inputs.resize(4, 0);
  data.input_names.clear();
  CHECK(missing(refusal(data), {"data: example", "no input column"}) == "");
}

TEST_CASE("Values that are not finite are refused", "[datasets]") {
  Dataset data = example();
  data.inputs(3, 1) = std::nan("");
  CHECK(missing(refusal(data), {"data: example", "not finite"}) == "");
  data = example();
  data.targets(0) = std::numeric_limits<double>::infinity();
  CHECK(missing(refusal(data), {"data: example", "not finite"}) == "");
}

TEST_CASE("A data set from a file is named by the file", "[datasets]") {
  Dataset data = example();
  data.source.file = "/data/mine.csv";
  CHECK(missing(refusal(data, 5), {"data: /data/mine.csv", "has 4 rows"}) == "");
}

}  // namespace
}  // namespace predcorr
