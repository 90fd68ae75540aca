// SPDX-License-Identifier: Apache-2.0
#include "results/submission/problem_file.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/text.hpp"
#include "core/numpy/prediction_arrays.hpp"
#include "core/prediction/covariance_check.hpp"

namespace predcorr {
namespace {

const std::vector<std::string> kProblemArrays = {
    "y", "n_pool", "x", "image", "oracle_mean", "oracle_latent_cov", "oracle_noise_var"};
constexpr Index kMostPoints = 1000000, kMostInputs = 100000;  // beyond, it is a mistake or a trap

/// Scores make no use of it, but a reader of the file would go by it.
void check_image(const Rows& sides, Index inputs, const std::string& where) {
  const auto shape = fmt::format("{}", fmt::join(sides, " x "));
  require(sides.size() == 3 && std::ranges::all_of(sides, [&](Index side) { return side >= 1 && side <= inputs; }) &&
              sides[0] * sides[1] * sides[2] == inputs,
          ErrorKind::data, "{}: is {}; height, width and channels were expected, whose product is the {} inputs", where,
          shape, inputs);
}

}  // namespace

EvaluationData load_evaluation_data(const std::filesystem::path& path) {
  const NpzFile file(path);
  const NpzReader& npz = file.reader();
  EvaluationData evaluation;
  const Index n = npz.header("y").rows;
  require(n <= kMostPoints, ErrorKind::data, "{}: has {} points; at most {} can be scored", file.where("y"), n,
          kMostPoints);
  evaluation.y = read_vector(file, "y", n);
  if (npz.contains("n_pool")) {
    const NpyHeader h = npz.header("n_pool");
    require(h.rows == 1 && h.cols == 1, ErrorKind::data, "{}: has shape {}; one number was expected",
            file.where("n_pool"), h.shape());
    evaluation.n_pool = npz.rows("n_pool")[0];
  }
  require(evaluation.n_pool >= 0 && evaluation.n_pool < n, ErrorKind::data,
          "{}: is {} of {} points; at least one test point must be left", file.where("n_pool"), evaluation.n_pool, n);
  if (npz.contains("x")) {
    const NpyHeader h = npz.header("x");
    require(h.rows == n && h.dimensions >= 1, ErrorKind::data,
            "{}: has shape {}; {} rows were expected, one for each y", file.where("x"), h.shape(), n);
    require(h.cols <= kMostInputs, ErrorKind::data, "{}: has shape {}; at most {} columns were expected",
            file.where("x"), h.shape(), kMostInputs);
    evaluation.inputs = npz.matrix("x");
    require_finite(evaluation.inputs, file.where("x"));
    if (npz.contains("image")) check_image(npz.rows("image"), evaluation.inputs.cols(), file.where("image"));
  }
  const std::vector<std::string> oracle = {"oracle_mean", "oracle_latent_cov", "oracle_noise_var"};
  std::vector<std::string> lacking;
  for (const std::string& name : oracle)
    if (!npz.contains(name)) lacking.push_back(name);
  require(lacking.empty() || lacking.size() == oracle.size(), ErrorKind::data,
          "{}: has some arrays of the true posterior, but lacks {}; all three or none were expected", file.name(),
          comma_list(lacking));
  if (lacking.empty()) {
    bool whole = true;
    Vector mean = read_vector(file, oracle[0], n), noise = read_variances(file, oracle[2], n);
    Covariance latent = Covariance::dense(read_covariance(file, oracle[1], noise, evaluation.n_pool, whole));
    evaluation.oracle = JointPrediction{std::move(mean), std::move(latent), std::move(noise)};
  }
  return evaluation;
}

Submission load_submission(const std::string& name, const std::filesystem::path& path,
                           const EvaluationData& evaluation) {
  const NpzFile file(path);
  const std::string array = covariance_array(file);
  const Index points = predicted_points(file), all = evaluation.y.size();
  require(points == all || points == evaluation.n_test(), ErrorKind::shape,
          "{}: has shape {}, for {} points; the problem has {}, {} of them test points", file.where(array),
          file.reader().header(array).shape(), points, all, evaluation.n_test());
  FilePrediction read = read_prediction(file, points, points == all ? evaluation.n_pool : 0, Writer::outside);
  return {name, std::move(read.prediction), read.noise_included, read.whole};
}

std::vector<std::string> arrays_without_use(const std::filesystem::path& file, bool is_problem) {
  std::vector<std::string> others;
  for (const std::string& name : NpzReader(file).names())
    if (!contains(is_problem ? kProblemArrays : prediction_arrays(), name)) others.push_back(name);
  return others;
}

void save_evaluation_data(const EvaluationData& evaluation, const std::filesystem::path& file,
                          const std::optional<ImageShape>& image) {
  const Rows sides = image ? Rows{image->height, image->width, image->channels} : Rows();
  NpzWriter npz;
  npz.add("y", evaluation.y);
  npz.add("n_pool", evaluation.n_pool);
  if (evaluation.inputs.size() > 0) npz.add("x", evaluation.inputs);
  if (evaluation.inputs.size() > 0 && image) npz.add("image", sides);
  const Matrix oracle = evaluation.oracle ? evaluation.oracle->latent.matrix() : Matrix();
  if (evaluation.oracle) {
    npz.add("oracle_mean", evaluation.oracle->mean);
    npz.add("oracle_latent_cov", oracle);
    npz.add("oracle_noise_var", evaluation.oracle->noise_variance);
  }
  npz.save(file);
}

void save_submission(const JointPrediction& prediction, const std::filesystem::path& file) {
  const PredictionArrays arrays(prediction);
  NpzWriter npz;
  arrays.add_to(npz);
  npz.save(file);
}

}  // namespace predcorr
