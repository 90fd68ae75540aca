// SPDX-License-Identifier: Apache-2.0
#include "results/submission/problem_file.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>

#include "core/base/text.hpp"
#include "core/linalg/cholesky.hpp"
#include "results/store/prediction_file.hpp"

namespace predcorr {
namespace {

const std::vector<std::string> kProblemArrays = {
    "y", "n_pool", "x", "oracle_mean", "oracle_latent_cov", "oracle_noise_var"};
const std::vector<std::string> kPredictionArrays = {"mean",    "noise_var", "latent_cov", "factor",
                                                    "samples", "cov",       "diagonal"};

constexpr Index kMostPoints = 1000000, kMostInputs = 100000;  // beyond, it is a mistake or a trap

/// Whether the covariances of different pool points, all of them, are NaN.
bool leaves_pool_open(const Matrix& c, Index n_pool) {
  if (n_pool < 2 || n_pool > c.rows()) return false;
  const auto block = c.topLeftCorner(n_pool, n_pool);
  return block.array().isNaN().count() == n_pool * (n_pool - 1) && block.diagonal().allFinite();
}

Matrix with_zeros_for_unknown(const Matrix& c, Index n_pool) {
  Matrix known = c;
  known.topLeftCorner(n_pool, n_pool).setZero();
  known.diagonal() = c.diagonal();
  return known;
}

/// Arrays of one file, checked; every message names file and array.
class Arrays {
 public:
  explicit Arrays(const std::filesystem::path& file) : npz_(file), file_(file.string()) {}

  const std::string& file() const { return file_; }
  bool contains(const std::string& name) const { return npz_.contains(name); }
  std::vector<std::string> names() const { return npz_.names(); }
  NpyHeader header(const std::string& name) const { return npz_.header(name); }
  /// @param expected numbers that the caller counts on, having looked at the header
  NpyArray array(const std::string& name, Index expected = 0) const { return npz_.array(name, expected); }
  std::string where(const std::string& name) const { return fmt::format("{}: array '{}'", file_, name); }

  void check_sides(const std::string& name, Index rows, Index cols) const {
    const NpyHeader h = header(name);
    require(h.dimensions == 2 && h.rows == rows && h.cols == cols, ErrorKind::data,
            "{}: has shape {}; {} x {} was expected", where(name), h.shape(), rows, cols);
  }

  template <class Numbers>
  Numbers finite(const std::string& name, Numbers numbers) const {
    if (numbers.allFinite()) return numbers;
    for (Index j = 0; j < numbers.cols(); ++j)
      for (Index i = 0; i < numbers.rows(); ++i)
        require(std::isfinite(numbers(i, j)), ErrorKind::data, "{}: entry {}{} is {}; finite numbers were expected",
                where(name), i, numbers.cols() > 1 ? fmt::format(", {}", j) : "", numbers(i, j));
    return numbers;
  }

  Vector vector(const std::string& name, Index size) const {
    const NpyHeader h = header(name);
    require(h.dimensions >= 1 && h.rows == size && h.cols == 1, ErrorKind::data,
            "{}: has shape {}; {} numbers were expected", where(name), h.shape(), size);
    return finite(name, array(name, size).vector());
  }

  /// One number stands for all.
  Vector variances(const std::string& name, Index size) const {
    const NpyHeader h = header(name);
    const bool one = h.rows == 1 && h.cols == 1;
    const Vector v = one ? Vector::Constant(size, finite(name, array(name).matrix())(0, 0)) : vector(name, size);
    require(v.minCoeff() >= 0, ErrorKind::data, "{}: has the negative variance {:.4g}", where(name), v.minCoeff());
    return v;
  }

  /// @param n_pool points at the front whose covariances with each other may be NaN, all of them: not known
  Matrix covariance(const std::string& name, Index size, Index n_pool) const {
    check_sides(name, size, size);
    Matrix given = array(name, size * size).matrix();
    const bool open = leaves_pool_open(given, n_pool);
    Matrix c = finite(name, open ? with_zeros_for_unknown(given, n_pool) : given);
    const double tolerance = header(name).is_float32() ? 1e-5 : 1e-8;
    const double largest = c.cwiseAbs().maxCoeff(), asymmetry = (c - c.transpose()).cwiseAbs().maxCoeff();
    require(asymmetry <= tolerance * largest, ErrorKind::data,
            "{}: is not symmetric: it differs from its transpose by {:.4g}, its largest entry is {:.4g}", where(name),
            asymmetry, largest);
    require(c.diagonal().minCoeff() >= 0, ErrorKind::data, "{}: has the negative variance {:.4g}", where(name),
            c.diagonal().minCoeff());
    if (!open) {
      check_semidefinite(name, c, tolerance);
      return c;
    }
    check_semidefinite(name, c.bottomRightCorner(size - n_pool, size - n_pool), tolerance);
    check_given_test(name, c, n_pool, tolerance);
    return given;
  }

 private:
  /// A Cholesky factor of C + tolerance * max C_ii shows that no eigenvalue is lower than that; where there is none,
  /// the eigenvalues decide, ten times as dear.
  void check_semidefinite(const std::string& name, const Matrix& c, double tolerance) const {
    const double largest_variance = c.diagonal().maxCoeff();
    if (largest_variance > 0) {
      try {
        Matrix shifted = c;
        shifted.diagonal().array() += tolerance * largest_variance;
        [[maybe_unused]] const Cholesky factor(std::move(shifted), 0);
        return;
      } catch (const Error&) {  // perhaps indefinite
      }
    }
    if (c.rows() == 1) return;  // its one variance is not negative
    const Vector values = Eigen::SelfAdjointEigenSolver<Matrix>(c, Eigen::EigenvaluesOnly).eigenvalues();
    require(values.minCoeff() >= -tolerance * values.maxCoeff(), ErrorKind::data,
            "{}: is no covariance: its smallest eigenvalue is {:.4g}, its largest {:.4g}", where(name),
            values.minCoeff(), values.maxCoeff());
  }

  /// What the test points leave of a pool point's variance is not negative: v - c' C^-1 c.
  void check_given_test(const std::string& name, const Matrix& c, Index n_pool, double tolerance) const {
    const double largest_variance = c.diagonal().maxCoeff();
    if (largest_variance == 0) return;
    const Index n_test = c.rows() - n_pool;
    Matrix test = c.bottomRightCorner(n_test, n_test);
    test.diagonal().array() += tolerance * largest_variance;
    const Matrix whitened = Cholesky(std::move(test), 1e-4).whiten(c.bottomLeftCorner(n_test, n_pool));
    const Vector left = c.diagonal().head(n_pool) - whitened.colwise().squaredNorm().transpose();
    require(left.minCoeff() >= -1e3 * tolerance * largest_variance, ErrorKind::data,
            "{}: is no covariance: given the test points, the variance of a pool point is {:.4g}", where(name),
            left.minCoeff());
  }

  NpzReader npz_;
  std::string file_;
};

/// The one of these arrays that the file has.
std::string form_of(const Arrays& file) {
  std::string form;
  for (const char* name : {"latent_cov", "factor", "samples", "cov"}) {
    if (!file.contains(name)) continue;
    require(form.empty(), ErrorKind::data, "{}: has both '{}' and '{}'; one of them was expected", file.file(), form,
            name);
    form = name;
  }
  require(!form.empty(), ErrorKind::data,
          "{}: has no covariance; one of the arrays 'latent_cov' (n x n), 'factor' (n x s), 'samples' (s x n) or 'cov' "
          "(n x n, with noise) was expected; the file has: {}",
          file.file(), comma_list(file.names()));
  require(form == "factor" || !file.contains("diagonal"), ErrorKind::data,
          "{}: has no use beside '{}'; it belongs to 'factor'", file.where("diagonal"), form);
  require(form != "cov" || !file.contains("noise_var"), ErrorKind::data,
          "{}: has no use beside 'cov', which includes noise; without noise call it 'latent_cov'",
          file.where("noise_var"));
  return form;
}

template <class Factor>
Covariance factored(const Arrays& file, Factor factor) {
  Vector diagonal;
  if (file.contains("diagonal")) diagonal = file.variances("diagonal", factor.rows());
  return Covariance::from_factor(file.finite("factor", std::move(factor)), std::move(diagonal));
}

Covariance load_covariance(const Arrays& file, const std::string& form, Index points, Index n_pool,
                           Vector& sample_mean) {
  if (form == "latent_cov" || form == "cov") return Covariance::dense(file.covariance(form, points, n_pool));
  const NpyHeader h = file.header(form);
  require(h.dimensions == 2 && h.cols > 0, ErrorKind::data, "{}: has shape {}; two dimensions were expected",
          file.where(form), h.shape());
  if (form == "factor")
    return h.is_float32() ? factored(file, RowMatrixF(file.array(form).floats()))
                          : factored(file, RowMatrix(file.array(form).matrix()));
  require(h.rows >= 2, ErrorKind::data, "{}: has {} draws; at least 2 are needed for a covariance", file.where(form),
          h.rows);
  JointPrediction p = h.is_float32() ? from_samples(file.finite(form, file.array(form).floats()), Vector())
                                     : from_samples(file.finite(form, file.array(form).matrix()), Vector());
  sample_mean = std::move(p.mean);
  return p.latent;
}

}  // namespace

EvaluationData load_evaluation_data(const std::filesystem::path& path) {
  const Arrays file(path);
  EvaluationData evaluation;
  const Index points = file.header("y").rows;
  require(points <= kMostPoints, ErrorKind::data, "{}: has {} points; at most {} can be scored", file.where("y"),
          points, kMostPoints);
  evaluation.y = file.vector("y", points);
  const Index n = evaluation.y.size();
  if (file.contains("n_pool")) {
    const NpyHeader h = file.header("n_pool");
    require(h.rows == 1 && h.cols == 1, ErrorKind::data, "{}: has shape {}; one number was expected",
            file.where("n_pool"), h.shape());
    evaluation.n_pool = file.array("n_pool").integers()[0];
  }
  require(evaluation.n_pool >= 0 && evaluation.n_pool < n, ErrorKind::data,
          "{}: is {} of {} points; at least one test point must be left", file.where("n_pool"), evaluation.n_pool, n);
  if (file.contains("x")) {
    const NpyHeader h = file.header("x");
    require(h.rows == n && h.dimensions >= 1, ErrorKind::data,
            "{}: has shape {}; {} rows were expected, one for each y", file.where("x"), h.shape(), n);
    require(h.cols <= kMostInputs, ErrorKind::data, "{}: has shape {}; at most {} columns were expected",
            file.where("x"), h.shape(), kMostInputs);
    evaluation.inputs = file.finite("x", file.array("x").matrix());
  }
  const std::vector<std::string> oracle = {"oracle_mean", "oracle_latent_cov", "oracle_noise_var"};
  std::vector<std::string> lacking;
  for (const std::string& name : oracle)
    if (!file.contains(name)) lacking.push_back(name);
  require(lacking.empty() || lacking.size() == oracle.size(), ErrorKind::data,
          "{}: has some arrays of the true posterior, but lacks {}; all three or none were expected", file.file(),
          comma_list(lacking));
  if (lacking.empty())
    evaluation.oracle =
        JointPrediction{file.vector(oracle[0], n), Covariance::dense(file.covariance(oracle[1], n, evaluation.n_pool)),
                        file.variances(oracle[2], n)};
  return evaluation;
}

Submission load_submission(const std::string& name, const std::filesystem::path& path,
                           const EvaluationData& evaluation) {
  const Arrays file(path);
  const std::string form = form_of(file);
  const NpyHeader h = file.header(form);
  const Index points = form == "samples" ? h.cols : h.rows;
  require(h.dimensions == 2 && (points == evaluation.y.size() || points == evaluation.n_test()), ErrorKind::data,
          "{}: has shape {}, for {} points; the problem has {}, {} of them test points", file.where(form), h.shape(),
          points, evaluation.y.size(), evaluation.n_test());
  Submission submission{name, {}, form == "cov"};
  JointPrediction& p = submission.prediction;
  const Index n_pool = points == evaluation.y.size() ? evaluation.n_pool : 0;
  p.latent = load_covariance(file, form, points, n_pool, p.mean);
  if (form != "samples" || file.contains("mean")) p.mean = file.vector("mean", points);
  p.noise_variance = form == "cov" ? Vector(Vector::Zero(points)) : file.variances("noise_var", points);
  const Matrix* dense = p.latent.stored_dense();
  submission.pool_block = dense == nullptr || !leaves_pool_open(*dense, n_pool);
  if (submission.pool_block)
    check_prediction(p, points, file.file());
  else
    check_stored({p, evaluation.y, n_pool, {}, false}, file.file());
  return submission;
}

std::vector<std::string> arrays_without_use(const std::filesystem::path& file, bool is_problem) {
  std::vector<std::string> others;
  for (const std::string& name : NpzReader(file).names())
    if (!contains(is_problem ? kProblemArrays : kPredictionArrays, name)) others.push_back(name);
  return others;
}

void add_prediction(NpzWriter& npz, const JointPrediction& p, const Vector& diagonal) {
  npz.add("mean", p.mean);
  if (const Matrix* dense = p.latent.stored_dense()) npz.add("latent_cov", *dense);
  if (const RowMatrix* factor = p.latent.stored_factor()) npz.add("factor", *factor);
  if (const RowMatrixF* factor = p.latent.stored_float_factor()) npz.add("factor", *factor);
  if (diagonal.size() > 0) npz.add("diagonal", diagonal);
  npz.add("noise_var", p.noise_variance);
}

void save_evaluation_data(const EvaluationData& evaluation, const std::filesystem::path& file) {
  NpzWriter npz;
  npz.add("y", evaluation.y);
  npz.add("n_pool", evaluation.n_pool);
  if (evaluation.inputs.size() > 0) npz.add("x", evaluation.inputs);
  const Matrix oracle = evaluation.oracle ? evaluation.oracle->latent.matrix() : Matrix();
  if (evaluation.oracle) {
    npz.add("oracle_mean", evaluation.oracle->mean);
    npz.add("oracle_latent_cov", oracle);
    npz.add("oracle_noise_var", evaluation.oracle->noise_variance);
  }
  npz.save(file);
}

void save_submission(const JointPrediction& prediction, const std::filesystem::path& file) {
  const Vector diagonal = prediction.latent.extra_diagonal();
  NpzWriter npz;
  add_prediction(npz, prediction, diagonal);
  npz.save(file);
}

}  // namespace predcorr
