// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <map>

#include "core/base/hash.hpp"
#include "core/numpy/npz.hpp"
#include "datasets/dataset_source.hpp"
#include "datasets/images/pixels.hpp"
#include "datasets/row_copies.hpp"
#include "datasets/table.hpp"

namespace predcorr::datasets {
namespace {

struct ImagesParameters {
  std::string file;
  std::string inputs = "inputs";
  std::string targets = "targets";
  std::string groups;
  static Fields<ImagesParameters> fields() {
    using P = ImagesParameters;
    return {field("file", &P::file, not_empty(),
                  ".npz, or .npy of the images; a relative path is looked for beside the suite, in --data, "
                  "$PREDCORR_DATA and the cache"),
            field("inputs", &P::inputs, not_empty(), "array of the .npz: n x height x width, perhaps x channels"),
            field("targets", &P::targets, not_empty(), "array of the .npz, n numbers; beside a .npy another .npy"),
            field("groups", &P::groups, any_value(),
                  "array of the .npz, or .npy: n whole numbers; equal ones are kept in one part of a split (modern "
                  "protocol)")};
  }
};

bool ends_with_npy(const std::string& file) { return file.ends_with(".npy"); }

/// What may be unpacked of a deflated array: images are mostly background and pack well, so a size that is suspicious
/// elsewhere is not so here. As doubles 2 GiB.
constexpr Index kMostNumbers = Index{1} << 28;

/// A user's own images with a target each.
class Images : public DatasetSource {
 public:
  explicit Images(ImagesParameters p) : p_(std::move(p)) {
    require(is_npz() || ends_with_npy(p_.file), ErrorKind::config,
            "file: a name that ends in .npz or .npy was expected, "
            "got '{}'",
            p_.file);
    if (is_npz()) return;
    require(ends_with_npy(p_.targets), ErrorKind::config,
            "targets: beside '{}' the .npy file of the targets was expected, got '{}'", p_.file, p_.targets);
    require(p_.groups.empty() || ends_with_npy(p_.groups), ErrorKind::config,
            "groups: beside '{}' the .npy file of the groups was expected, got '{}'", p_.file, p_.groups);
    require(p_.inputs == ImagesParameters().inputs, ErrorKind::config,
            "inputs: names an array of a .npz; '{}' has one array, without a name", p_.file);
  }

  bool is_file() const override { return true; }

  /// Of one file its own check sum, of several one of their check sums.
  std::string content_hash(const DataRequest& request) const override {
    const std::vector<FoundFile> found = files(request);
    std::string sums;
    for (const FoundFile& file : found) sums += sha256_hex_of_file(file.path);
    return found.size() == 1 ? sums : sha256_hex(sums);
  }

  Dataset load(const DataRequest& request) const override {
    const std::vector<FoundFile> found = files(request);
    std::optional<NpzReader> npz;
    if (is_npz()) npz.emplace(found[0].path);
    const auto array = [&](std::size_t file, const std::string& name, int dimensions) {
      return npz ? npz->array(name, kMostNumbers, dimensions) : read_npy_file(found[file].path, dimensions);
    };

    Dataset data;
    data.name = "images";
    {
      const NpyArray pixels = array(0, p_.inputs, kImageDimensions);
      const NpyHeader& h = pixels.header;
      require(h.dimensions == 3 || h.dimensions == 4, ErrorKind::shape,
              "{}: has shape {}; images n x height x width, or n x height x width x channels, were expected",
              pixels.where, h.shape());
      data.image = ImageShape{h.sides[1], h.sides[2], h.dimensions == 4 ? h.sides[3] : 1};
      require(h.rows > 0 && data.image->size() > 0, ErrorKind::shape, "{}: has shape {}; there is not a number in it",
              pixels.where, h.shape());
      data.inputs = pixels.matrix();
      expect_finite(data.inputs, pixels.where);
      if (h.dimensions == 4 && h.sides[1] <= 4 && h.sides[3] > 4)
        data.source.notes = fmt::format(
            "WARNING: {} has shape {}, which is taken as n x height x width x channels; if the channels come second, "
            "move them to the end: np.moveaxis(a, 1, 3); ",
            npz ? "array '" + p_.inputs + "'" : p_.file, h.shape());
    }
    const NpyArray targets = array(1, p_.targets, kMatrixDimensions);
    expect_rows(targets, data.rows());
    data.targets = targets.vector();
    expect_finite(data.targets, targets.where);
    if (!p_.groups.empty()) {
      const NpyArray groups = array(2, p_.groups, kMatrixDimensions);
      expect_rows(groups, data.rows());
      std::map<Index, Index> numbers;
      for (const Index group : groups.integers())
        data.groups.push_back(numbers.try_emplace(group, std::ssize(numbers)).first->second);
    }

    data.input_names = pixel_names(*data.image);
    data.target_name = npz ? p_.targets : "target";
    data.source.file = found[0].path.string();
    data.source.sha256 = content_hash(request);
    data.source.notes += fmt::format("images of {}", size_in_words(*data.image));
    check_dataset(data, 10);
    for (const FoundFile& file : found)
      for (const auto& other : file.others)
        if (sha256_hex_of_file(other) != sha256_hex_of_file(file.path))
          data.source.notes += fmt::format("; {} is another file of that name, which was not taken", other.string());
    if (const std::string words = words_on_copies(data); !words.empty()) data.source.notes += "; " + words;
    return data;
  }

 private:
  bool is_npz() const { return p_.file.ends_with(".npz"); }

  /// The .npz; or the .npy of images, of targets, and of groups where there are any.
  std::vector<FoundFile> files(const DataRequest& request) const {
    std::vector<std::string> names = {p_.file};
    if (!is_npz()) names.push_back(p_.targets);
    if (!is_npz() && !p_.groups.empty()) names.push_back(p_.groups);
    std::vector<FoundFile> found;
    for (const std::string& name : names)
      found.push_back(find_data_file(name, request.folders, "give the full path, or --data FOLDER"));
    return found;
  }

  static void expect_rows(const NpyArray& array, Index n) {
    require(array.header.rows == n && array.header.cols == 1 && array.header.dimensions >= 1, ErrorKind::shape,
            "{}: has shape {}; {} was expected, one number for each image", array.where, array.header.shape(), n);
  }

  static void expect_finite(const Matrix& numbers, const std::string& where) {
    for (Index i = 0; i < numbers.rows(); ++i)
      require(numbers.row(i).allFinite(), ErrorKind::data, "{}: row {} (from 0) has a number that is not finite", where,
              i);
  }

  ImagesParameters p_;
};

PREDCORR_REGISTER(DatasetSource, "images", Images, ImagesParameters,
                  "your own images with a target each: NumPy arrays, .npz or .npy", "");

}  // namespace
}  // namespace predcorr::datasets
