// SPDX-License-Identifier: Apache-2.0
#include "datasets/image_standardisation.hpp"

#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

/// Images given by the test.
class GivenImages : public DatasetSource {
 public:
  explicit GivenImages(Dataset data) : data_(std::move(data)) {}
  Dataset load(const DataRequest&) const override { return data_; }

 private:
  Dataset data_;
};

TEST_CASE("Images are standardised by channel, as NumPy does over rows and pixels", "[datasets]") {
  const Json& json = test::reference("image_reference.json").at("standardisation");
  const Matrix rows = test::matrix(json.at("rows"));
  const Standardisation s = standardisation_by_channel(rows, {2, 3, 2});
  const Vector mean = test::vector(json.at("mean")), deviation = test::vector(json.at("deviation"));
  REQUIRE(s.mean.size() == 12);
  for (Index j = 0; j < 12; ++j) {
    CHECK(s.mean(j) == test::close(mean(j % 2), 1e-13));
    CHECK(s.scale(j) == test::close(deviation(j % 2), 1e-13));
  }
}

TEST_CASE("Standardised channels have mean 0 and deviation 1, constant ones scale 1", "[datasets]") {
  Matrix rows = test::normals(20, 24) * 3;
  for (Index j = 2; j < 24; j += 3) rows.col(j).setConstant(0.1);
  const Matrix z = standardisation_by_channel(rows, {4, 2, 3}).apply(rows);
  for (Index c = 0; c < 3; ++c) {
    const Matrix channel = z(Eigen::all, Eigen::seqN(c, 8, 3));
    CHECK(std::abs(channel.mean()) < 1e-14);
    if (c < 2) CHECK(channel.array().square().mean() == test::close(1, 1e-12));
  }
  CHECK(z(Eigen::all, Eigen::seqN(2, 8, 3)).cwiseAbs().maxCoeff() < 1e-14);
  // One pixel of one channel is a column.
  const Matrix column = test::normals(9, 1);
  CHECK(standardisation_by_channel(column, {1, 1, 1}).mean == Standardisation::of(column).mean);
  CHECK(standardisation_by_channel(column, {1, 1, 1}).scale == Standardisation::of(column).scale);
}

TEST_CASE("Columns that are not an image's are refused", "[datasets]") {
  CHECK(test::missing(test::error_of([] { standardisation_by_channel(Matrix::Ones(3, 5), {2, 2, 1}); }),
                      {"shape: ", "2 x 2 x 1", "4 inputs", "5"}) == "");
}

TEST_CASE("A problem standardises images by channel over train and pool, and hands their shape on", "[datasets]") {
  Dataset data;
  data.name = "given";
  data.inputs = test::normals(40, 6);
  data.inputs.col(0) *= 50;
  data.inputs.col(3).setConstant(2);
  data.targets = data.inputs.col(1);
  data.input_names = {"a", "b", "c", "d", "e", "f"};
  data.target_name = "y";
  const DataRequest request{.protocol = {}, .seed = 3, .folders = {}};
  const Problem columns(GivenImages(data), request);
  data.image = ImageShape{3, 1, 2};
  const Problem images(GivenImages(data), request);
  const Rows known = joined(images.split().train, images.split().pool), test = images.split().test;
  CHECK(known == joined(columns.split().train, columns.split().pool));
  const Standardisation s = standardisation_by_channel(data.inputs(known, Eigen::all), *data.image);
  CHECK(images.inputs(test) == s.apply(data.inputs(test, Eigen::all)));
  CHECK(s.scale(0) == s.scale(2));
  CHECK(s.scale(0) == s.scale(4));
  CHECK(s.scale(1) != s.scale(0));
  CHECK(columns.inputs(test) ==
        Standardisation::of(data.inputs(known, Eigen::all)).apply(data.inputs(test, Eigen::all)));

  const TrainingSet set = images.training(images.split().train);
  CHECK(set.data.image == data.image);
  CHECK(set.data.subset({3, 1}).image == data.image);
  CHECK(images.privileged(set).labelled_pool->image == data.image);
  CHECK_FALSE(columns.training(columns.split().train).data.image.has_value());

  data.image = ImageShape{2, 2, 2};
  CHECK(test::missing(test::error_of([&] { Problem(GivenImages(data), request); }),
                      {"shape: ", "2 x 2 x 2", "6 inputs"}) == "");
}

}  // namespace
}  // namespace predcorr
