// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <limits>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "core/numpy/npz.hpp"

namespace predcorr::test {

enum class Dtype { float64, float32, int64 };

/// One array as it is to be written.
struct WrittenArray {
  WrittenArray(Matrix v, Dtype t = Dtype::float64, bool is_flat = true)
      : values(std::move(v)), type(t), flat(is_flat && values.cols() == 1) {}
  WrittenArray(const Vector& v, Dtype t = Dtype::float64) : WrittenArray(Matrix(v), t) {}
  WrittenArray(double number) : WrittenArray(Matrix(Matrix::Constant(1, 1, number))) {}

  Matrix values;
  Dtype type;
  bool flat;  ///< one dimension
};
using WrittenArrays = std::map<std::string, WrittenArray>;

inline void write_arrays(const WrittenArrays& arrays, const std::filesystem::path& file) {
  NpzWriter npz;
  std::list<Vector> vectors;  // the writer copies nothing
  std::list<VectorF> floats;
  std::list<RowMatrixF> float_matrices;
  std::list<Rows> integers;
  for (const auto& [name, array] : arrays) {
    const Matrix& m = array.values;
    if (array.type == Dtype::int64) {
      Rows& numbers = integers.emplace_back();
      for (const double value : m.reshaped()) numbers.push_back(static_cast<Index>(value));
      npz.add(name, numbers);
    } else if (array.type == Dtype::float32 && array.flat) {
      npz.add(name, floats.emplace_back(m.col(0).cast<float>()));
    } else if (array.type == Dtype::float32) {
      npz.add(name, float_matrices.emplace_back(m.cast<float>()));
    } else if (array.flat) {
      npz.add(name, vectors.emplace_back(m.col(0)));
    } else {
      npz.add(name, m);
    }
  }
  npz.save(file);
}

/// A prediction of three points in a file, and what is to become of it.
struct PredictionCase {
  std::string name;
  WrittenArrays arrays;
  std::string refusal;  ///< a part of the message; empty where it is taken

  bool only_in_npz() const {
    for (const auto& [array, written] : arrays)
      if (written.type != Dtype::float64 || written.values.size() == 0) return true;
    return false;
  }
};

inline WrittenArrays with(WrittenArrays arrays, const WrittenArrays& others) {
  for (const auto& [name, array] : others) arrays.insert_or_assign(name, array);
  return arrays;
}

/// Every combination of arrays, every kind of number, every shape.
inline std::vector<PredictionCase> accepted_predictions() {
  const Vector mean{{1, 2, 3}}, noise{{0.25, 0.5, 0.125}}, lower{{2, 1, 2, 0.5, 1, 2}};
  const Matrix c{{2, 1, 0.5}, {1, 2, 1}, {0.5, 1, 2}}, factor{{1, 0}, {0.5, 1}, {0, 2}};
  const Matrix draws{{1, 2, 3}, {3, 6, 1}};
  const WrittenArrays base = {{"mean", mean}, {"noise_var", noise}};
  Matrix rounding = c;  // 3.5 is the largest variance of y below
  rounding(0, 2) += 2e-6;
  Matrix nearly_none = Matrix::Zero(3, 3);
  nearly_none.diagonal() << -1e-6, 1, 3;
  Matrix singular = Matrix::Constant(3, 3, 1);
  return {
      {"dense", with(base, {{"latent_cov", c}}), ""},
      {"one noise for all", {{"mean", mean}, {"noise_var", 0.5}, {"latent_cov", c}}, ""},
      {"no noise", {{"mean", mean}, {"noise_var", 0.0}, {"latent_cov", c}}, ""},
      {"dense float32", with(base, {{"latent_cov", {c, Dtype::float32}}}), ""},
      {"integers", with(base, {{"mean", {mean, Dtype::int64}}, {"latent_cov", c}}), ""},
      {"float32 mean and noise",
       {{"mean", {mean, Dtype::float32}}, {"noise_var", {noise, Dtype::float32}}, {"latent_cov", c}},
       ""},
      {"a column each",
       {{"mean", {mean, Dtype::float64, false}}, {"noise_var", {noise, Dtype::float64, false}}, {"latent_cov", c}},
       ""},
      {"a row each",
       {{"mean", Matrix(mean.transpose())}, {"noise_var", Matrix(noise.transpose())}, {"latent_cov", c}},
       ""},
      {"triangles apart by rounding", with(base, {{"noise_var", 1.5}, {"latent_cov", rounding}}), ""},
      {"a variance below 0 by rounding", with(base, {{"latent_cov", nearly_none}}), ""},
      {"singular", with(base, {{"latent_cov", singular}}), ""},
      {"nothing unknown", with(base, {{"noise_var", 0.0}, {"latent_cov", Matrix(Matrix::Zero(3, 3))}}), ""},
      {"noise included", {{"mean", mean}, {"cov", c}}, ""},
      {"factor", with(base, {{"factor", factor}}), ""},
      {"factor float32", with(base, {{"factor", {factor, Dtype::float32}}}), ""},
      {"factor of one column, one dimension", with(base, {{"factor", mean}}), ""},
      {"factor and diagonal", with(base, {{"factor", factor}, {"diagonal", noise}}), ""},
      {"factor and one diagonal for all", with(base, {{"factor", factor}, {"diagonal", 0.5}}), ""},
      {"no factor but a diagonal", with(base, {{"factor", Matrix(3, 0)}, {"diagonal", noise}}), ""},
      {"samples", {{"noise_var", noise}, {"samples", draws}}, ""},
      {"samples float32", {{"noise_var", noise}, {"samples", {draws, Dtype::float32}}}, ""},
      {"samples and mean", with(base, {{"samples", draws}}), ""},
      {"triangle", with(base, {{"latent_lower", lower}}), ""},
      {"triangle float32", with(base, {{"latent_lower", {lower, Dtype::float32}}}), ""},
      {"an array that says nothing", with(base, {{"latent_cov", c}, {"epochs", 12.0}}), ""},
  };
}

/// Every reason to refuse one.
inline std::vector<PredictionCase> refused_predictions() {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const Vector mean{{1, 2, 3}}, noise{{0.25, 0.5, 0.125}}, lower{{2, 1, 2, 0.5, 1, 2}};
  const Matrix c{{2, 1, 0.5}, {1, 2, 1}, {0.5, 1, 2}}, factor{{1, 0}, {0.5, 1}, {0, 2}};
  const Matrix draws{{1, 2, 3}, {3, 6, 1}};
  const WrittenArrays base = {{"mean", mean}, {"noise_var", noise}};
  const WrittenArrays forms = {
      {"latent_cov", c}, {"cov", c}, {"factor", factor}, {"samples", draws}, {"latent_lower", lower}};
  std::vector<PredictionCase> all = {{"no covariance", base, "has no covariance; one of the arrays 'latent_cov'"},
                                     {"misspelt", with(base, {{"covariance", c}}), "has no covariance"}};
  const auto add = [&](const std::string& name, const WrittenArrays& arrays, const std::string& refusal) {
    all.push_back({name, arrays, refusal});
  };
  for (const auto& [form, array] : forms) {
    WrittenArrays good = with(base, {{form, array}});
    if (form == "cov") {
      add("noise beside cov", good, "'noise_var': has no use beside 'cov', which includes noise");
      good.erase("noise_var");
    } else {
      WrittenArrays lacking = good;
      lacking.erase("noise_var");
      add(form + " without noise", lacking, "'noise_var' is missing");
    }
    if (form != "samples") {
      WrittenArrays lacking = good;
      lacking.erase("mean");
      add(form + " without mean", lacking, "'mean' is missing");
    }
    for (const auto& [other, another] : forms)
      if (form < other) add(form + " and " + other, with(good, {{other, another}}), "one of them was expected");
    if (form != "factor") add(form + " and diagonal", with(good, {{"diagonal", noise}}), "belongs to 'factor'");
    add(form + " and pool_variance", with(good, {{"pool_variance", Vector{{2, 2}}}}),
        form == "latent_lower" ? "has no use where no pool" : "belongs to 'latent_lower'");
    for (const double bad : {nan, infinity}) {
      Matrix spoilt = array.values;
      spoilt(spoilt.rows() - 1, 0) = bad;
      add(form + " not finite", with(good, {{form, spoilt}}), "finite numbers were expected");
    }
  }
  const WrittenArrays dense = with(base, {{"latent_cov", c}});
  const auto dense_with = [&](const char* name, const Matrix& m, const char* refusal) {
    add(name, with(base, {{"latent_cov", m}}), refusal);
    add(std::string(name) + ", noise included", {{"mean", mean}, {"cov", m}}, refusal);
  };
  add("mean of four", with(dense, {{"mean", Vector{{1, 2, 3, 4}}}}), "'mean': has shape 4; 3 numbers were expected");
  add("one mean", with(dense, {{"mean", 1.0}}), "'mean': has shape 1; 3 numbers were expected");
  add("mean not finite", with(dense, {{"mean", Vector{{1, nan, 3}}}}), "'mean': has nan in row 1");
  add("noise of two", with(dense, {{"noise_var", Vector{{1, 2}}}}),
      "3 numbers were expected, one for each point, or one");
  add("negative noise", with(dense, {{"noise_var", Vector{{0.5, -1e-9, 1}}}}), "'noise_var': is -1e-09 for point 1");
  add("noise not finite", with(dense, {{"noise_var", nan}}), "'noise_var': has nan");
  add("diagonal of two", with(base, {{"factor", factor}, {"diagonal", Vector{{1, 2}}}}), "'diagonal': has shape 2");
  add("negative diagonal", with(base, {{"factor", factor}, {"diagonal", Vector(-noise)}}),
      "'diagonal': is -0.25 for point 0");
  add("factor without columns", with(base, {{"factor", Matrix(3, 0)}}),
      "'factor': has shape 3 x 0; 3 x s was expected");
  add("infinite variance", with(base, {{"factor", Matrix(1e200 * factor)}}), "variance is not finite");
  add("one draw", with(base, {{"samples", Matrix(draws.row(0))}}), "'samples': has 1 draws; at least 2");
  add("triangle of five", with(base, {{"latent_lower", Vector{{2, 1, 2, 0.5, 1}}}}),
      "'latent_lower': has shape 5; the triangle of 3 points without the first 0 has 6 numbers");
  add("indefinite triangle", with(base, {{"latent_lower", Vector{{2, 3, 2, 0.5, 1, 2}}}}), "is no covariance");
  dense_with("not square", Matrix(c.leftCols(2)), "has shape 3 x 2; 3 x 3 was expected");
  Matrix m = c;
  m(0, 1) += 0.01;
  dense_with("asymmetric", m, "is not symmetric: 1.01 in row 0, column 1, but 1 in row 1, column 0");
  m = c;
  m(1, 1) = -0.5;
  dense_with("negative variance", m, "the variance of point 1 is -0.5");
  m(1, 1) = 0.1;
  dense_with("a correlation above 1", m, "the correlation of points 0 and 1 is 2.236");
  // Every pair is fine, the three together are not: correlations 0.9, 0.9 and -0.9.
  m = Matrix{{1, 0.9, -0.9}, {0.9, 1, 0.9}, {-0.9, 0.9, 1}};
  dense_with("indefinite", m, "negative variance: its smallest eigenvalue is -0.8, its largest 1.9");
  return all;
}

/// Arrays of other points than three; what is said depends on who was to know how many they are.
inline std::vector<PredictionCase> predictions_of_other_sizes() {
  const WrittenArrays base = {{"mean", Vector{{1, 2, 3, 4}}}, {"noise_var", 0.5}};
  return {{"dense", with(base, {{"latent_cov", Matrix(Matrix::Identity(4, 4))}}), "4 x 4"},
          {"cov", {{"mean", Vector{{1, 2, 3, 4}}}, {"cov", Matrix(Matrix::Identity(4, 4))}}, "4 x 4"},
          {"factor", with(base, {{"factor", Matrix(Matrix::Ones(4, 2))}}), "4 x 2"},
          {"samples", with(base, {{"samples", Matrix(Matrix::Identity(3, 4))}}), "3 x 4"},
          {"triangle", with(base, {{"latent_lower", Vector(Vector::Ones(10))}}), "4"}};
}

}  // namespace predcorr::test
