// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/numpy/npz.hpp"
#include "datasets/conformance/dataset_checks.hpp"
#include "datasets/dataset_source.hpp"
#include "tests/support/check_faults.hpp"
#include "tests/support/image_files.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::image_file;
using test::missing;

std::shared_ptr<const DatasetSource> images(const Json& parameters) {
  return Registry<DatasetSource>::instance().make({.name = "images", .parameters = parameters}, "datasets[0]").object;
}

const Json& expected() { return test::reference("image_reference.json").at("numpy"); }

DataRequest in(const test::TemporaryFolder& folder) { return {.protocol = {}, .seed = 1, .folders = {folder.path()}}; }

/// All files of the reference.
void write_all(const test::TemporaryFolder& folder) {
  for (const auto& [name, hex] : expected().at("files").items()) image_file(folder, "numpy", name);
}

TEST_CASE("Images come from a .npz with targets and groups", "[datasets]") {
  const test::TemporaryFolder folder;
  write_all(folder);
  const auto source = images({{"file", "stored.npz"}, {"groups", "groups"}});
  const Dataset data = source->loaded(in(folder));
  CHECK(data.image == ImageShape{2, 3, 1});
  CHECK(data.inputs == test::matrix(expected().at("grey")));
  CHECK(data.targets == test::vector(expected().at("targets")));
  CHECK(data.groups == std::vector<Index>{0, 0, 1, 1, 0, 2, 2, 2, 3, 3, 1, 0});
  CHECK(data.input_names[4] == "y1_x1");
  CHECK(data.target_name == "targets");
  CHECK(data.source.file == (folder / "stored.npz").string());
  CHECK(data.source.sha256 == sha256_hex(read_text_file(folder / "stored.npz")));
  CHECK(data.source.sha256 == source->content_hash(in(folder)));
  CHECK(data.source.notes == "images of 2 x 3 pixels");
  CHECK(source->is_file());

  const Dataset packed =
      images({{"file", "deflated.npz"}, {"inputs", "pictures"}, {"targets", "y"}})->loaded(in(folder));
  CHECK(packed.image == ImageShape{2, 3, 2});
  CHECK(packed.inputs == test::matrix(expected().at("colour")));
  CHECK(packed.targets == (1000 * test::vector(expected().at("targets"))).array().round().matrix());
  CHECK(packed.input_names[3] == "y0_x1_c1");
  CHECK(packed.target_name == "y");
}

TEST_CASE("Images come from .npy files, in any order and precision", "[datasets]") {
  const test::TemporaryFolder folder;
  write_all(folder);
  for (const char* targets : {"targets.npy", "column.npy"}) {
    const Dataset data = images({{"file", "grey.npy"}, {"targets", targets}})->loaded(in(folder));
    CHECK(data.inputs == test::matrix(expected().at("grey")));
    CHECK(data.targets == test::vector(expected().at("targets")));
    CHECK(data.target_name == "target");
  }
  for (const char* file : {"colour.npy", "fortran.npy"}) {
    const Dataset data =
        images({{"file", file}, {"targets", "targets.npy"}, {"groups", "groups.npy"}})->load(in(folder));
    INFO(file);
    CHECK(data.image == ImageShape{2, 3, 2});
    CHECK(data.inputs == test::matrix(expected().at("colour")));
    CHECK(data.groups.size() == 12);
  }
  CHECK(images({{"file", "grey_fortran.npy"}, {"targets", "targets.npy"}})->load(in(folder)).inputs ==
        test::matrix(expected().at("grey")));
  // Another file of targets is other content.
  const auto hash = [&](const char* targets) {
    return images({{"file", "grey.npy"}, {"targets", targets}})->content_hash(in(folder));
  };
  CHECK(hash("targets.npy") == hash("targets.npy"));
  CHECK(hash("targets.npy") != hash("column.npy"));
  CHECK(hash("targets.npy").size() == 64);
}

TEST_CASE("Images keep what a data set owes, and are split with their groups", "[datasets]") {
  const test::TemporaryFolder folder;
  write_all(folder);
  const auto source = images({{"file", (folder / "stored.npz").string()}, {"groups", "groups"}});
  conformance::DatasetTrial trial(*source, 1);
  CHECK(test::failures(conformance::dataset_checks(), trial) == "");
}

TEST_CASE("Channels that seem to come second are told of", "[datasets]") {
  const test::TemporaryFolder folder;
  std::string bytes;
  for (int i = 0; i < 10 * 3 * 4 * 5; ++i) bytes += static_cast<char>(i % 251);
  const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (10, 3, 4, 5)}";
  const auto file =
      test::written(folder, "torch.npy",
                    std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header + bytes);
  std::string targets = "{'descr': '|u1', 'fortran_order': False, 'shape': (10,)}";
  targets = std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(targets.size()) + '\0' + targets + "0123456789";
  test::written(folder, "y.npy", targets);
  const Dataset data = images({{"file", "torch.npy"}, {"targets", "y.npy"}})->load(in(folder));
  CHECK(data.image == ImageShape{3, 4, 5});
  CHECK(data.targets(3) == '3');
  CHECK(missing(data.source.notes, {"WARNING", "10 x 3 x 4 x 5", "np.moveaxis(a, 1, 3)"}) == "");
}

TEST_CASE("Copies of images, and other files of the same name, are told of", "[datasets]") {
  const test::TemporaryFolder first, second;
  write_all(first);
  write_all(second);
  image_file(second, "numpy", "column.npy");
  std::filesystem::rename(second / "column.npy", second / "targets.npy");
  DataRequest request = in(first);
  request.folders.push_back(second.path());
  const auto notes = images({{"file", "grey.npy"}, {"targets", "targets.npy"}})->load(request).source.notes;
  CHECK(missing(notes, {(second / "targets.npy").string(), "which was not taken"}) == "");
  CHECK(notes.find((second / "grey.npy").string()) == std::string::npos);
}

TEST_CASE("Mistakes are reported by parameter, file, array, and what was expected", "[datasets]") {
  const test::TemporaryFolder folder;
  write_all(folder);
  const auto unmade = [](const Json& parameters) { return error_of([&] { images(parameters); }); };
  CHECK(missing(unmade(Json::object()), {"config: datasets[0].parameters", "'file' must be given"}) == "");
  CHECK(missing(unmade({{"file", "a.png"}}), {"config: ", "file", ".npz or .npy", "a.png"}) == "");
  CHECK(missing(unmade({{"file", "a.npy"}}), {"config: ", "targets", "beside 'a.npy'", "got 'targets'"}) == "");
  CHECK(missing(unmade({{"file", "a.npy"}, {"targets", "b.npy"}, {"groups", "g"}}), {"config: ", "groups", "'g'"}) ==
        "");
  CHECK(missing(unmade({{"file", "a.npy"}, {"targets", "b.npy"}, {"inputs", "x"}}), {"config: ", "inputs"}) == "");

  const auto refusal = [&](const Json& parameters) { return error_of([&] { images(parameters)->load(in(folder)); }); };
  CHECK(missing(refusal({{"file", "absent.npz"}}), {"io: absent.npz", "--data FOLDER"}) == "");
  CHECK(missing(refusal({{"file", "grey.npy"}, {"targets", "absent.npy"}}), {"io: absent.npy"}) == "");
  CHECK(missing(refusal({{"file", "stored.npz"}, {"inputs", "pictures"}}),
                {"data: ", "stored.npz", "'pictures' is missing", "groups, inputs, targets"}) == "");
  CHECK(missing(refusal({{"file", "stored.npz"}, {"inputs", "targets"}}),
                {"shape: ", "array 'targets'", "has shape 12", "n x height x width"}) == "");
  CHECK(missing(refusal({{"file", "stored.npz"}, {"targets", "inputs"}}),
                {"data: ", "array 'inputs'", "3 dimensions"}) == "");
  CHECK(missing(refusal({{"file", "targets.npy"}, {"targets", "targets.npy"}}), {"shape: ", "has shape 12"}) == "");
  CHECK(missing(refusal({{"file", "stored.npz"}, {"groups", "targets"}}), {"data: ", "'targets'", "integers"}) == "");

  NpzWriter npz;
  Matrix few = Matrix::Ones(3, 4), bad = Matrix::Ones(12, 1);
  bad(7) = std::numeric_limits<double>::quiet_NaN();
  npz.add("few", few);
  npz.add("bad", bad);
  npz.save(folder / "more.npz");
  CHECK(missing(refusal({{"file", "more.npz"}, {"inputs", "few"}, {"targets", "bad"}}),
                {"shape: ", "'few'", "3 x 4"}) == "");
  write_text_atomically(folder / "bad.npy", "no array at all");
  CHECK(missing(refusal({{"file", "grey.npy"}, {"targets", "bad.npy"}}), {"data: ", "bad.npy", "no NumPy array"}) ==
        "");
}

}  // namespace
}  // namespace predcorr
