// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>

#include "datasets/catalogue.hpp"
#include "datasets/conformance/dataset_checks.hpp"
#include "datasets/fetch.hpp"
#include "datasets/images/idx.hpp"
#include "datasets/images/rotation.hpp"
#include "datasets/problem.hpp"
#include "datasets/table.hpp"
#include "tests/support/check_faults.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/skip.hpp"

namespace predcorr::datasets {
namespace {

using test::error_of;
using test::missing;

std::shared_ptr<const DatasetSource> digits(const Json& parameters = Json::object()) {
  return Registry<DatasetSource>::instance()
      .make({.name = "rotated-digits", .parameters = parameters}, "datasets[0]")
      .object;
}

/// Skips where the files are not.
DataRequest real_data() {
  test::data_folder();
  const DataRequest request{.protocol = {}, .seed = 1, .folders = data_folders("")};
  for (const DataFile& file : find_fetched("rotated-digits").files) {
    bool is_there = false;
    for (const auto& folder : request.folders) is_there = is_there || std::filesystem::exists(folder / file.file);
    if (!is_there) test::skip(file.file + " is not in PREDCORR_DATA, nor in its folder 'images'");
  }
  return request;
}

/// What each row has, for a comparison of rows that are chosen otherwise.
std::map<std::vector<double>, double> targets_by_image(const Dataset& data) {
  std::map<std::vector<double>, double> all;
  for (Index i = 0; i < data.rows(); ++i)
    all[std::vector<double>(data.inputs.row(i).begin(), data.inputs.row(i).end())] = data.targets(i);
  return all;
}

TEST_CASE("The digits' files are described, and their content hash needs no file", "[datasets]") {
  const auto& files = find_fetched("rotated-digits").files;
  REQUIRE(files.size() == 2);
  for (const DataFile& file : files) {
    CHECK(file.sha256.size() == 64);
    CHECK(missing(file.url, {"https://raw.githubusercontent.com/kelas/mnist/", "/" + file.file}) == "");
  }
  CHECK(digits()->content_hash({}).size() == 64);
  CHECK(digits()->content_hash({}) == digits({{"rows", 100}})->content_hash({}));
  CHECK(digits()->is_file());
  CHECK_FALSE(digits()->knows_truth());
}

TEST_CASE("Digits that cannot be chosen, and files that are not the ones, are refused", "[datasets]") {
  CHECK(missing(error_of([] { digits({{"digits", {3, 10}}}); }), {"config: datasets[0].parameters", "digits"}) == "");
  CHECK(missing(error_of([] { digits({{"digits", {3, 3}}}); }), {"config: ", "digits", "at most once", "got 2"}) == "");
  CHECK(missing(error_of([] { digits({{"digits", Json::array()}}); }), {"config: ", "digits", "at least one"}) == "");
  CHECK(missing(error_of([] { digits({{"max_angle", 0}}); }), {"config: ", "max_angle"}) == "");
  CHECK(missing(error_of([] { digits({{"max_angle", 181}}); }), {"config: ", "max_angle"}) == "");
  CHECK(missing(error_of([] { digits({{"noise", -1}}); }), {"config: ", "noise"}) == "");
  CHECK(missing(error_of([] { digits({{"rows", 9}}); }), {"config: ", "rows"}) == "");

  const test::TemporaryFolder folder;
  const DataRequest request{.protocol = {}, .seed = 1, .folders = {folder.path()}};
  CHECK(missing(error_of([&] { digits()->load(request); }),
                {"io: t10k-images-idx3-ubyte.gz", "predcorr fetch rotated-digits", "--data FOLDER"}) == "");
  test::written(folder, "t10k-images-idx3-ubyte.gz", "something else");
  CHECK(missing(error_of([&] { digits()->load(request); }),
                {"data: ", "SHA-256 167310007f03058885", "got ", "predcorr fetch rotated-digits"}) == "");
}

TEST_CASE("The real digits have MNIST's counts and sums, and one is turned as SciPy turns it", "[datasets]") {
  const DataRequest request = real_data();
  const Json& expected = test::reference("image_reference.json").at("digits");
  const auto& files = find_fetched("rotated-digits").files;
  const IdxArray images = read_idx_file(find_data_file(files[0].file, request.folders, "").path, 3);
  const IdxArray labels = read_idx_file(find_data_file(files[1].file, request.folders, "").path, 1);
  CHECK(images.sides == std::vector<Index>{expected.at("count").get<Index>(), 28, 28});
  std::vector<int> of_class(10);
  for (const std::uint8_t label : labels.values) ++of_class.at(label);
  CHECK(of_class == expected.at("of_class").get<std::vector<int>>());
  std::int64_t sum = 0;
  for (const std::uint8_t value : images.values) sum += value;
  CHECK(sum == expected.at("sum").get<std::int64_t>());

  Matrix first(28, 28);
  for (Index y = 0; y < 28; ++y)
    for (Index x = 0; x < 28; ++x) first(y, x) = images.values[static_cast<std::size_t>(y * 28 + x)] / 255.0;
  const Matrix turned = rotated(first, 30);
  const Json& facts = expected.at("first_turned_by_30");
  const Vector places = Vector::LinSpaced(28, 0, 27);
  CHECK(turned.sum() == test::close(facts.at("sum").get<double>(), 1e-12));
  CHECK(turned.squaredNorm() == test::close(facts.at("squares").get<double>(), 1e-12));
  CHECK(places.dot(turned.rowwise().sum()) == test::close(facts.at("down").get<double>(), 1e-12));
  CHECK(turned.colwise().sum().dot(places) == test::close(facts.at("right").get<double>(), 1e-12));
}

TEST_CASE("Rotated digits: 2000 rows of 784 inputs, whose targets are the angles, uniform in the range", "[datasets]") {
  const DataRequest request = real_data();
  const Dataset data = digits()->loaded(request);
  CHECK(data.rows() == 2000);
  CHECK(data.image == ImageShape{28, 28, 1});
  CHECK(data.input_names[29] == "y1_x1");
  CHECK(data.target_name == "angle");
  CHECK(data.inputs.minCoeff() == 0);
  CHECK(data.inputs.maxCoeff() <= 1 + 1e-12);
  CHECK(data.source.sha256 == digits()->content_hash({}));
  CHECK(data.targets.cwiseAbs().maxCoeff() <= 45);
  // Kolmogorov's distance from the uniform distribution: 1.95 / sqrt(n) is passed once in a thousand times.
  Vector sorted = data.targets;
  std::sort(sorted.begin(), sorted.end());
  double distance = 0;
  for (Index i = 0; i < 2000; ++i)
    distance = std::max(distance, std::abs((sorted(i) + 45) / 90 - (static_cast<double>(i) + 0.5) / 2000) + 0.5 / 2000);
  CHECK(distance < 1.95 / std::sqrt(2000.0));

  // Turned back by its target a row is nearest to the digit that it is of; and that, turned by the target, is the row.
  const IdxArray images = read_idx_file(data.source.file, 3);
  using Bytes = Eigen::Matrix<std::uint8_t, 28, 28, Eigen::RowMajor>;
  const auto digit = [&](Index i) -> Matrix {
    return Eigen::Map<const Bytes>(images.values.data() + i * 784).cast<double>() / 255;
  };
  for (const Index row : {0, 777, 1999}) {
    const Vector numbers = data.inputs.row(row).transpose();
    const Matrix turned = numbers.reshaped<Eigen::RowMajor>(28, 28), upright = rotated(turned, -data.targets(row));
    Index nearest = 0;
    for (Index i = 1; i < 10000; ++i)
      if ((digit(i) - upright).squaredNorm() < (digit(nearest) - upright).squaredNorm()) nearest = i;
    CHECK(rotated(digit(nearest), data.targets(row)) == turned);
  }
}

TEST_CASE("A digit's angle and noise do not depend on what else is chosen, nor on the seed", "[datasets]") {
  DataRequest request = real_data();
  const auto all = targets_by_image(digits({{"rows", 600}})->load(request));
  REQUIRE(all.size() == 600);
  const auto fewer = targets_by_image(digits({{"rows", 100}})->load(request));
  REQUIRE(fewer.size() == 100);
  for (const auto& [image, target] : fewer) CHECK(all.at(image) == target);
  const auto sevens = targets_by_image(digits({{"digits", {7, 2}}, {"rows", 2000}})->load(request));
  int shared = 0;
  for (const auto& [image, target] : all)
    if (const auto same = sevens.find(image); same != sevens.end()) {
      CHECK(same->second == target);
      ++shared;
    }
  CHECK(shared > 80);  // a fifth of 600 are of these two classes
  request.seed = 2;
  CHECK(targets_by_image(digits({{"rows", 100}})->load(request)) == fewer);

  // A larger range stretches the same angles; noise moves the targets and not the images.
  const Dataset plain = digits({{"rows", 500}})->load(request),
                wide = digits({{"rows", 500}, {"max_angle", 90}})->load(request),
                noisy = digits({{"rows", 500}, {"noise", 3}})->load(request);
  CHECK(test::difference(wide.targets, 2 * plain.targets) < 1e-14);
  CHECK(noisy.inputs == plain.inputs);
  const Vector noise = noisy.targets - plain.targets;
  CHECK(std::sqrt(noise.array().square().mean()) == test::close(3, 0.13));  // four standard errors
  CHECK(std::abs(noise.mean()) < 0.6);
}

TEST_CASE("Rotated digits keep what a data set owes, and each protocol splits them", "[datasets]") {
  DataRequest request = real_data();
  const auto source = digits({{"rows", 300}});
  conformance::DatasetTrial trial(*source, 1, request.folders);
  CHECK(test::failures(conformance::dataset_checks(), trial) == "");
  const auto usual = digits();
  const auto data = std::make_shared<const Dataset>(usual->loaded(request));
  for (const ProtocolName name : {ProtocolName::paper, ProtocolName::modern}) {
    request.protocol.name = name;
    const Problem problem(*usual, request, data);
    CHECK(problem.split().train.size() == 400);
    CHECK(problem.split().pool.size() == 1200);
    CHECK(problem.split().test.size() == 400);
    const Matrix z = problem.inputs(joined(problem.split().train, problem.split().pool));
    CHECK(std::abs(z.mean()) < 1e-12);
    CHECK(z.array().square().mean() == test::close(1, 1e-10));  // of 1.3 million numbers
    CHECK(problem.training(problem.split().train).data.image == ImageShape{28, 28, 1});
    CHECK(problem.training(problem.split().train).target_scale == test::close(90 / std::sqrt(12.0), 0.1));
  }
  CHECK(missing(error_of([&] { digits({{"digits", 5}})->load(request); }), {"config: rows: 2000", "there are 892"}) ==
        "");
}

}  // namespace
}  // namespace predcorr::datasets
