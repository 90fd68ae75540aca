// SPDX-License-Identifier: Apache-2.0
// Which arrays an answer may have is tested with core/numpy/prediction_arrays.hpp.
#include "models/external/answer.hpp"

#include "core/base/files.hpp"
#include "models/external/csv_arrays.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

using test::contains;
using test::error_of;

TEST_CASE("external answer: messages name the file and not the folder", "[models]") {
  const test::TemporaryFolder folder;
  const auto error = [&] { return error_of([&] { read_answer(folder.path(), FileFormat::npz, 3); }); };
  CHECK(error() == "io: prediction.npz: is missing; a model writes it before it answers");
  test::written(folder, "prediction.npz", "PK\x03\x04 and then it died");
  CHECK_THAT(error(), contains("io: prediction.npz: is cut short or damaged"));
  const Vector mean = Vector::Zero(4);
  NpzWriter npz;
  npz.add("mean", mean);
  npz.save(folder / "prediction.npz");
  CHECK_THAT(error(), contains("data: prediction.npz: has no covariance") && contains("the file has: mean"));
  std::filesystem::remove(folder / "prediction.npz");
  std::filesystem::create_directory(folder / "prediction.npz");
  CHECK_THAT(error(), contains("io: prediction.npz: is missing"));
  CHECK_THAT(error_of([&] { read_answer(folder.path(), FileFormat::csv, 3); }),
             contains("data: the answer: has no covariance; one of"));
}

TEST_CASE("external answer: a table far longer than is due is not read", "[models]") {
  const test::TemporaryFolder folder;
  const auto error = [&] { return error_of([&] { read_answer(folder.path(), FileFormat::csv, 3); }); };
  std::string much;
  for (int i = 0; i < 1000; ++i) much += "0.25\n";
  test::written(folder, "mean.csv", much);
  test::written(folder, "noise_var.csv", "0.1");
  test::written(folder, "factor.csv", "1\n2\n3\n");
  CHECK_THAT(error(), contains("data: mean.csv: has 5000 bytes; 3 numbers were expected, which need fewer"));
  test::written(folder, "mean.csv", "1.0000000000000000000000000\n2,\n3");
  CHECK_THAT(error(), contains("mean.csv:2: column 2"));
  test::written(folder, "mean.csv", "1\n2\n3\n4");
  CHECK(error() == "shape: mean.csv: has shape 4 x 1; 3 numbers were expected, one for each point");
  std::filesystem::remove(folder / "noise_var.csv");
  CHECK(error() == "io: noise_var.csv: is missing; a model writes it before it answers");
}

TEST_CASE("external answer: nothing of the last answer is left", "[models]") {
  const test::TemporaryFolder folder;
  test::written(folder, "prediction.npz", "x");
  for (const std::string& array : prediction_arrays()) test::written(folder, array + ".csv", "1");
  test::written(folder, "query.csv", "1");
  remove_answer(folder.path());
  CHECK(test::entries(folder) == 1);
}

TEST_CASE("external answer: predcorr_model.py knows the same arrays", "[models]") {
  const std::string text = read_text_file(PREDCORR_SOURCE_DIR "/models/external/predcorr_model.py");
  std::string known;
  for (const std::string& array : prediction_arrays()) known += (known.empty() ? "\"" : ", \"") + array + "\"";
  CHECK_THAT(text, contains("    known = (" + known + ")\n"));
}

}  // namespace
}  // namespace predcorr::models
