// SPDX-License-Identifier: Apache-2.0
#include "core/numpy/prediction_arrays.hpp"

#include <limits>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/prediction/covariance_check.hpp"

namespace predcorr {
namespace {

constexpr Index kMostDraws = 1000000;  // of a factor or of samples; beyond, it is a mistake or a trap

/// `check` throws where a shape does not fit; it is asked before the numbers are read, if the file says how many there
/// are, so that a wrong shape costs no memory.
/// @param expected how many numbers are due; 0 where that is not known
template <class Check>
Matrix read_checked(const ArrayFile& file, const std::string& array, Index expected, const Check& check) {
  if (const auto header = file.header(array)) {
    check(*header);
    return file.matrix(array, expected);
  }
  Matrix values = file.matrix(array, expected);
  NpyHeader header;
  header.dimensions = 2;
  header.rows = values.rows();
  header.cols = values.cols();
  check(header);
  return values;
}

bool is_one(const NpyHeader& h) { return h.rows == 1 && h.cols == 1; }

Vector read_numbers(const ArrayFile& file, const std::string& array, Index size, bool one_will_do) {
  const Matrix values = read_checked(file, array, size, [&](const NpyHeader& h) {
    const bool fits = (h.cols == 1 && h.rows == size) || (h.rows == 1 && h.cols == size);
    require(fits || (one_will_do && is_one(h)), ErrorKind::shape,
            "{}: has shape {}; {} numbers were expected, one for each point{}", file.where(array), h.shape(), size,
            one_will_do ? ", or one number for all" : "");
  });
  require_finite(values, file.where(array));
  if (values.size() == 1) return Vector::Constant(size, values(0));
  return values.reshaped();
}

void check_square(const ArrayFile& file, const std::string& array, Index points, const NpyHeader& h) {
  require(h.rows == points && h.cols == points, ErrorKind::shape,
          "{}: has shape {}; {} x {} was expected, a row and a column for each point", file.where(array), h.shape(),
          points, points);
}

/// @param none_will_do whether there may be no columns: no point then depends on another
void check_factor(const ArrayFile& file, Index points, bool none_will_do, const NpyHeader& h) {
  require(h.rows == points && (h.cols >= 1 || none_will_do), ErrorKind::shape,
          "{}: has shape {}; {} x s was expected, a row for each point and, without 'diagonal', at least one column",
          file.where("factor"), h.shape(), points);
  require(h.cols <= kMostDraws, ErrorKind::shape, "{}: has {} columns; at most {} were expected", file.where("factor"),
          h.cols, kMostDraws);
}

void check_samples(const ArrayFile& file, Index points, const NpyHeader& h) {
  require(h.cols == points, ErrorKind::shape,
          "{}: has shape {}; s x {} was expected, a row for each draw and a column for each point",
          file.where("samples"), h.shape(), points);
  require(h.rows >= 2, ErrorKind::shape, "{}: has {} draws; at least 2 are needed for a covariance",
          file.where("samples"), h.rows);
  require(h.rows <= kMostDraws, ErrorKind::shape, "{}: has {} draws; at most {} were expected", file.where("samples"),
          h.rows, kMostDraws);
}

/// In the precision that the file has: `use` gets doubles or floats.
template <class Check, class Use>
auto read_in_its_precision(const ArrayFile& file, const std::string& array, const Check& check, const Use& use) {
  if (!file.is_float32(array)) {
    const Matrix values = read_checked(file, array, 0, check);
    require_finite(values, file.where(array));
    return use(values);
  }
  check(*file.header(array));
  const MatrixF values = file.floats(array, 0);
  require_finite(values, file.where(array));
  return use(values);
}

Covariance read_factor(const ArrayFile& file, Index points, Writer writer) {
  Vector diagonal;
  if (file.contains("diagonal")) diagonal = read_variances(file, "diagonal", points);
  const bool none_will_do = writer == Writer::own || file.contains("diagonal");
  return read_in_its_precision(
      file, "factor", [&](const NpyHeader& h) { check_factor(file, points, none_will_do, h); },
      [&](const auto& values) {
        using Scalar = typename std::decay_t<decltype(values)>::Scalar;
        using Factor = std::conditional_t<std::is_same_v<Scalar, float>, RowMatrixF, RowMatrix>;
        return Covariance::from_factor(Factor(values), std::move(diagonal));
      });
}

/// Numbers of the lower triangle's rows `first` to `n - 1`.
Index triangle_size(Index n, Index first) { return (n * (n + 1) - first * (first + 1)) / 2; }

/// The matrix is symmetric: row i up to its diagonal is column i, which lies together.
Vector packed_rows(const Matrix& m, Index first) {
  Vector packed(triangle_size(m.rows(), first));
  Index at = 0;
  for (Index i = first; i < m.rows(); at += ++i) packed.segment(at, i + 1) = m.col(i).head(i + 1);
  return packed;
}

/// The whole matrix of them, with NaN for what they leave open.  @param packed one column
Matrix unpacked_rows(const Matrix& packed, const Vector& first_variances, Index n) {
  const Index first = first_variances.size();
  Matrix m(n, n);
  m.topLeftCorner(first, first).setConstant(std::numeric_limits<double>::quiet_NaN());
  m.diagonal().head(first) = first_variances;
  Index at = 0;
  for (Index i = first; i < n; at += ++i) {
    m.col(i).head(i + 1) = packed.col(0).segment(at, i + 1);
    m.row(i).head(i) = packed.col(0).segment(at, i).transpose();
  }
  return m;
}

Matrix read_triangle(const ArrayFile& file, Index points, Index n_pool) {
  Vector pool;
  if (file.contains("pool_variance")) {
    require(n_pool > 0, ErrorKind::data, "{}: has no use where no pool is predicted; leave it out, and give all rows",
            file.where("pool_variance"));
    pool = read_numbers(file, "pool_variance", n_pool, false);
  }
  const Index expected = triangle_size(points, pool.size());
  const Matrix values = read_checked(file, "latent_lower", expected, [&](const NpyHeader& h) {
    require(h.rows == expected && h.cols == 1, ErrorKind::shape,
            "{}: has shape {}; the triangle of {} points without the first {} has {} numbers",
            file.where("latent_lower"), h.shape(), points, pool.size(), expected);
  });
  require_finite(values, file.where("latent_lower"));
  return unpacked_rows(values, pool, points);
}

double rounding_of(const ArrayFile& file, const std::string& array) {
  return file.is_float32(array) ? kSingleRounding : kDoubleRounding;
}

}  // namespace

const std::vector<std::string>& prediction_arrays() {
  static const std::vector<std::string> names = {"mean",     "noise_var", "latent_cov",   "cov",          "factor",
                                                 "diagonal", "samples",   "latent_lower", "pool_variance"};
  return names;
}

std::string covariance_array(const ArrayFile& file) {
  std::string found;
  for (const char* array : {"latent_cov", "cov", "factor", "samples", "latent_lower"}) {
    if (!file.contains(array)) continue;
    require(found.empty(), ErrorKind::data, "{}: has both '{}' and '{}'; one of them was expected", file.name(), found,
            array);
    found = array;
  }
  require(!found.empty(), ErrorKind::data,
          "{}: has no covariance; one of the arrays 'latent_cov' (n x n), 'factor' (n x s), 'samples' (s x n), 'cov' "
          "(n x n, with noise) and 'latent_lower' was expected; the file has: {}",
          file.name(), comma_list(file.names()));
  const auto belongs = [&](const char* array, const char* owner) {
    require(found == owner || !file.contains(array), ErrorKind::data, "{}: has no use beside '{}'; it belongs to '{}'",
            file.where(array), found, owner);
  };
  belongs("diagonal", "factor");
  belongs("pool_variance", "latent_lower");
  require(found != "cov" || !file.contains("noise_var"), ErrorKind::data,
          "{}: has no use beside 'cov', which includes noise; without noise call it 'latent_cov'",
          file.where("noise_var"));
  return found;
}

Index predicted_points(const NpzFile& file) {
  const std::string array = covariance_array(file);
  const NpyHeader h = file.reader().header(array == "latent_lower" ? "mean" : array);
  return array == "samples" || (array == "latent_lower" && h.rows == 1) ? h.cols : h.rows;
}

Vector read_vector(const ArrayFile& file, const std::string& array, Index size) {
  return read_numbers(file, array, size, false);
}

Vector read_variances(const ArrayFile& file, const std::string& array, Index size) {
  const Vector variances = read_numbers(file, array, size, true);
  for (Index i = 0; i < variances.size(); ++i)
    require(variances(i) >= 0, ErrorKind::numerical,
            "{}: is {:.4g} for point {} (counted from 0); a variance must not be negative", file.where(array),
            variances(i), i);
  return variances;
}

Matrix read_covariance(const ArrayFile& file, const std::string& array, const Vector& noise, Index n_pool,
                       bool& whole) {
  const Index points = noise.size();
  Matrix c =
      read_checked(file, array, points * points, [&](const NpyHeader& h) { check_square(file, array, points, h); });
  whole = check_covariance(c, noise, rounding_of(file, array), n_pool, file.where(array));
  return c;
}

FilePrediction read_prediction(const ArrayFile& file, Index points, Index n_pool, Writer writer) {
  const std::string array = covariance_array(file);
  FilePrediction read;
  JointPrediction& p = read.prediction;
  read.noise_included = array == "cov";
  Vector noise = read.noise_included ? Vector(Vector::Zero(points)) : read_variances(file, "noise_var", points);
  if (array == "samples")
    p = read_in_its_precision(
        file, array, [&](const NpyHeader& h) { check_samples(file, points, h); },
        [](const auto& values) { return from_samples(values, Vector()); });
  if (array != "samples" || file.contains("mean")) p.mean = read_vector(file, "mean", points);
  if (array == "factor") p.latent = read_factor(file, points, writer);
  if (array == "latent_cov" || array == "cov")
    p.latent = Covariance::dense(read_covariance(file, array, noise, n_pool, read.whole));
  if (array == "latent_lower") {
    Matrix c = read_triangle(file, points, n_pool);
    read.whole = !file.contains("pool_variance");
    // Of a single pool point nothing is left out.
    if (writer == Writer::outside)
      read.whole = check_covariance(c, noise, rounding_of(file, array), n_pool, file.where(array));
    p.latent = Covariance::dense(std::move(c));
  }
  p.noise_variance = std::move(noise);
  check_known(read, points, n_pool, file.name());
  return read;
}

void check_known(const FilePrediction& read, Index points, Index n_pool, const std::string& subject) {
  if (read.whole) return check_prediction(read.prediction, points, subject);
  const JointPrediction& p = read.prediction;
  const Matrix* dense = p.latent.stored_dense();
  require(dense != nullptr && n_pool <= dense->rows(), ErrorKind::data,
          "{}: a part is said to be unknown of a covariance that cannot lack it", subject);
  const JointPrediction known{p.mean, Covariance::dense(with_zeros_for_unknown(*dense, n_pool)), p.noise_variance};
  check_prediction(known, points, subject);
}

PredictionArrays::PredictionArrays(JointPrediction prediction, DenseForm form)
    : prediction_(std::move(prediction)), form_(form), diagonal_(prediction_.latent.extra_diagonal()) {
  const Matrix* dense = prediction_.latent.stored_dense();
  if (dense == nullptr || !form_.packed) return;
  pool_variance_ = dense->diagonal().head(form_.variances_alone);
  lower_ = packed_rows(*dense, form_.variances_alone);
  if (form_.single) single_lower_ = lower_.cast<float>();
}

void PredictionArrays::add_to(NpzWriter& npz) const {
  add_mean_to(npz);
  add_covariance_to(npz);
  add_noise_to(npz);
}

void PredictionArrays::add_covariance_to(NpzWriter& npz) const {
  const Covariance& latent = prediction_.latent;
  if (const Matrix* dense = latent.stored_dense(); dense != nullptr && !form_.packed) npz.add("latent_cov", *dense);
  if (!latent.is_factor() && form_.packed && form_.single) npz.add("latent_lower", single_lower_);
  if (!latent.is_factor() && form_.packed && !form_.single) npz.add("latent_lower", lower_);
  if (pool_variance_.size() > 0) npz.add("pool_variance", pool_variance_);
  if (const RowMatrix* factor = latent.stored_factor()) npz.add("factor", *factor);
  if (const RowMatrixF* factor = latent.stored_float_factor()) npz.add("factor", *factor);
  if (diagonal_.size() > 0) npz.add("diagonal", diagonal_);
}

}  // namespace predcorr
