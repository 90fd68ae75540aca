// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Cholesky>
#include <cmath>

#include "models/bnn/compression/mask_surgery.hpp"

namespace predcorr::models {
namespace {

/// Of the Fisher information obs keeps the blocks of rows, S_ii A: a filter's weights correct each other, which can be
/// solved for whatever set of them goes; of S (x) A whole it could not.
class WeightSurgery : public MaskSurgery {
 public:
  WeightSurgery(const FittedNetwork& trained, const FisherInformation& fisher, CompressionCriterion criterion)
      : MaskSurgery(trained), fisher_(fisher), criterion_(criterion) {
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      PartGroup group;
      for (Index i = 0; i < blocks_[b].outputs * blocks_[b].weight_columns(); ++i)
        if (is_left(blocks_[b].at + i)) group.parts.push_back(i);
      group.scores = scores_of(b).reshaped()(group.parts);
      groups_.push_back(std::move(group));
      block_of_.push_back(b);
    }
  }

 private:
  Rows places_of(std::size_t group, Index part) const override { return {blocks_[block_of_[group]].at + part}; }

  bool has_factors(std::size_t b) const { return fisher_.blocks[b].deltas.size() > 0; }

  Matrix scores_of(std::size_t b) const {
    const Matrix w = matrix_of(b).cast<double>();
    if (criterion_ == CompressionCriterion::magnitude) return static_cast<double>(blocks_[b].scale) * w.cwiseAbs();
    // Grouped convolutions have no factors; where all else is zero, the diagonal is the whole matrix.
    if (criterion_ == CompressionCriterion::obd || !has_factors(b)) {
      const Eigen::Map<const Matrix> f(fisher_.diagonal.data() + blocks_[b].at, w.rows(), w.cols());
      return 0.5 * w.cwiseAbs2().cwiseProduct(f);
    }
    Matrix scores = Matrix::Zero(w.rows(), w.cols());
    Rows before;
    Matrix inverse;
    for (Index o = 0; o < w.rows(); ++o) {
      const Rows there = columns_left(b, o);
      if (there != before) inverse = damped_inverse(fisher_.blocks[b].inputs(there, there));
      before = there;
      for (std::size_t k = 0; k < there.size(); ++k) {
        const double weight = w(o, there[k]);
        scores(o, there[k]) = 0.5 * weight * weight * fisher_.blocks[b].deltas(o, o) /
                              inverse(static_cast<Index>(k), static_cast<Index>(k));
      }
    }
    return scores;
  }

  /// Of row o, biases among them.
  Rows columns_left(std::size_t b, Index o) const {
    Rows there;
    for (Index k = 0; k < blocks_[b].columns; ++k)
      if (is_left(blocks_[b].at + k * blocks_[b].outputs + o)) there.push_back(k);
    return there;
  }

  /// Of the weights k that stay and p that go: w_k += A_kk^-1 A_kp w_p.
  void correct(std::size_t group, const Rows& gone, Eigen::Map<MatrixF> weights) const override {
    const std::size_t b = block_of_[group];
    if (criterion_ != CompressionCriterion::obs || !has_factors(b)) return;
    std::vector<char> goes(static_cast<std::size_t>(weights.size()), 0);
    for (const Index i : gone) goes[static_cast<std::size_t>(i)] = 1;
    const Matrix a = damped(fisher_.blocks[b].inputs);
    for (Index o = 0; o < weights.rows(); ++o) {
      Rows stay, go;
      for (const Index k : columns_left(b, o))
        (goes[static_cast<std::size_t>(k * weights.rows() + o)] != 0 ? go : stay).push_back(k);
      if (go.empty() || stay.empty()) continue;
      const Vector lost = weights.row(o)(go).transpose().cast<double>();
      const Vector change = Matrix(a(stay, stay)).llt().solve(a(stay, go) * lost);
      for (std::size_t k = 0; k < stay.size(); ++k)
        weights(o, stay[k]) += static_cast<float>(change(static_cast<Index>(k)));
    }
  }

  const FisherInformation& fisher_;
  CompressionCriterion criterion_;
};

}  // namespace

std::unique_ptr<Surgery> weight_surgery(const FittedNetwork& trained, const FisherInformation& fisher,
                                        CompressionCriterion criterion) {
  return std::make_unique<WeightSurgery>(trained, fisher, criterion);
}

}  // namespace predcorr::models
