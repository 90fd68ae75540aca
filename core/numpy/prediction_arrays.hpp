// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/numpy/array_file.hpp"
#include "core/prediction/joint_prediction.hpp"

namespace predcorr {

// A joint prediction of n points as arrays of a file: the one list for predictions that are scored, that an external
// model sends, that a run keeps and that a pool freezes (docs/file-formats.md has it for users). Where points of a pool
// are predicted they come first.
//
//   mean           n; beside `samples` it may be left out
//   noise_var      n or one number, the variance of y around f; not beside `cov`
//   and one of
//   latent_cov     n x n, the covariance of f
//   cov            n x n, noise included: taken for the covariance of f, with noise 0
//   factor         n x s: covariance F F', plus `diagonal` (n or one number), where there is one
//   samples        s x n draws of f, s >= 2
//   latent_lower   the rows of the lower triangle, one after the other; where `pool_variance` (n_pool) is there it has
//                  the diagonal of the pool, and the rows begin behind the pool
//
// float64, float32 or integers; a factor of float32 stays one. Vectors may lie, n x 1 or 1 x n. In the two n x n
// matrices the covariances of different pool points may be NaN, all of them: not known.

/// The names above.
const std::vector<std::string>& prediction_arrays();

/// Which of them the file's covariance is in.  @throws Error (data) if there is none, or more than one, or an array
/// that belongs to another
std::string covariance_array(const ArrayFile& file);

/// How many points an .npz file's prediction is of, by the header of that array.  @throws Error (data)
Index predicted_points(const NpzFile& file);

/// What a file said.
struct FilePrediction {
  JointPrediction prediction;
  bool noise_included = false;  ///< it was `cov`: what is in `latent` is the covariance of y
  bool whole = true;            ///< false: covariances of different pool points are not known, NaN in `prediction`
};

/// Whose file it is. Of the program's own, predictions were checked when they were made: n^2 operations. What comes
/// from outside must also be a covariance (core/prediction/covariance_check.hpp): n^3 / 3 for a dense one.
enum class Writer { own, outside };

/// Shapes are held against what is due before the numbers are read, where there are headers.
/// @param points how many were to be predicted  @param n_pool how many of them, at the front, are a pool
/// @throws Error (shape, numerical, data, io) that names file and array, what was expected and what was found
FilePrediction read_prediction(const ArrayFile& file, Index points, Index n_pool, Writer writer);

/// The parts, for files that have other arrays of the kind. Each is finite.
Vector read_vector(const ArrayFile& file, const std::string& array, Index size);
Vector read_variances(const ArrayFile& file, const std::string& array, Index size);  ///< not negative; n or one for all

/// A dense covariance from outside.  @param noise n  @param whole false where the pool's part is not known
Matrix read_covariance(const ArrayFile& file, const std::string& array, const Vector& noise, Index n_pool, bool& whole);

/// Sizes fit, everything that is known is finite, no variance is negative.
/// @throws Error (shape, numerical, data) that begins with `subject`
void check_known(const FilePrediction& read, Index points, Index n_pool, const std::string& subject);

/// How a dense covariance is written. A factor is written as it is, with `diagonal` where there is one.
struct DenseForm {
  bool packed = false;        ///< `latent_lower` in place of `latent_cov`
  Index variances_alone = 0;  ///< of a packed one: points at the front, the pool, whose part is `pool_variance`
  bool single = false;        ///< of a packed one: float32
};

/// The arrays of a prediction for an NpzWriter, which it must outlive. They have the precision that they have: what is
/// read again has the same bits.
class PredictionArrays {
 public:
  explicit PredictionArrays(JointPrediction prediction, DenseForm form = {});

  void add_to(NpzWriter& npz) const;  ///< all of them
  void add_mean_to(NpzWriter& npz) const { npz.add("mean", prediction_.mean); }
  void add_covariance_to(NpzWriter& npz) const;
  void add_noise_to(NpzWriter& npz) const { npz.add("noise_var", prediction_.noise_variance); }

 private:
  JointPrediction prediction_;
  DenseForm form_;
  Vector lower_, pool_variance_, diagonal_;
  VectorF single_lower_;
};

}  // namespace predcorr
