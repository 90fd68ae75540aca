// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Cholesky>
#include <cmath>

#include "core/base/error.hpp"
#include "models/bnn/compression/mask_surgery.hpp"

namespace predcorr::models {
namespace {

using Criterion = CompressionCriterion;

Rows others_than(const Rows& some, Index count) {
  Rows rest;
  std::size_t at = 0;
  for (Index i = 0; i < count; ++i) {
    if (at < some.size() && some[at] == i)
      ++at;
    else
      rest.push_back(i);
  }
  return rest;
}

class FilterSurgery : public MaskSurgery {
 public:
  FilterSurgery(const FittedNetwork& trained, const FisherInformation& fisher, Criterion criterion)
      : MaskSurgery(trained), fisher_(fisher), criterion_(criterion) {
    std::vector<ChannelScales> scales;
    if (criterion == Criterion::network_slimming) {
      if (const auto& images = network_.architecture().images) images->add_scales(network_.statistic_count(), scales);
      require(!scales.empty(), ErrorKind::config,
              "compression.criterion: network-slimming goes by the scales of batch normalisation behind convolutions, "
              "of which the network has none; take another criterion, or a network with batch-norm");
    }
    for (std::size_t b = 0; b + 1 < blocks_.size(); ++b) {
      Vector scores;
      if (criterion != Criterion::network_slimming) {
        if (criterion != Criterion::c_obd && fisher.blocks[b].deltas.size() == 0) continue;
        scores = scores_of(b);
      } else {
        for (const ChannelScales& of : scales)
          if (of.convolution == blocks_[b].at)
            scores = layout_.segment(of.at, blocks_[b].outputs).cast<double>().cwiseAbs();
        if (scores.size() == 0) continue;
      }
      PartGroup group;
      for (Index o = 0; o < blocks_[b].outputs; ++o)
        if (!places(b, o).empty()) group.parts.push_back(o);
      group.scores = scores(group.parts);
      groups_.push_back(std::move(group));
      block_of_.push_back(b);
    }
  }

 private:
  /// Of output o of block b, weights that are still there.
  Rows places(std::size_t b, Index o) const {
    Rows all;
    for (Index k = 0; k < blocks_[b].weight_columns(); ++k)
      if (const Index place = blocks_[b].at + k * blocks_[b].outputs + o; is_left(place)) all.push_back(place);
    return all;
  }
  Rows places_of(std::size_t group, Index part) const override { return places(block_of_[group], part); }

  Vector scores_of(std::size_t b) const {
    const Matrix w = matrix_of(b).cast<double>();
    const auto& [a, s] = fisher_.blocks[b];
    if (criterion_ == Criterion::c_obd) {
      const Eigen::Map<const Matrix> f(fisher_.diagonal.data() + blocks_[b].at, w.rows(), w.cols());
      return 0.5 * w.cwiseAbs2().cwiseProduct(f).rowwise().sum();
    }
    if (criterion_ == Criterion::c_obs) return 0.5 * w.cwiseAbs2().cwiseQuotient(inverse_diagonals(b)).rowwise().sum();
    const bool squared = criterion_ == Criterion::kron_obd_squared || criterion_ == Criterion::kron_obs_squared;
    const Vector by_inputs =
        squared ? Vector((w.cwiseAbs2() * a).rowwise().sum()) : Vector((w * a).cwiseProduct(w).rowwise().sum());
    if (criterion_ == Criterion::kron_obd || criterion_ == Criterion::kron_obd_squared)
      return 0.5 * s.diagonal().cwiseProduct(by_inputs);
    return 0.5 * by_inputs.cwiseQuotient(damped_inverse(s).diagonal());
  }

  /// [S^-1]_ii [A^-1]_jj.
  Matrix inverse_diagonals(std::size_t b) const {
    return damped_inverse(fisher_.blocks[b].deltas).diagonal() *
           damped_inverse(fisher_.blocks[b].inputs).diagonal().transpose();
  }

  void correct(std::size_t group, const Rows& gone, Eigen::Map<MatrixF> weights) const override {
    const std::size_t b = block_of_[group];
    if (criterion_ == Criterion::c_obs) {
      // The corrections of single weights, added up as the paper does.
      const auto& [a, s] = fisher_.blocks[b];
      Matrix c = Matrix::Zero(weights.rows(), weights.cols());
      c(gone, Eigen::all) = weights.cast<double>().cwiseQuotient(inverse_diagonals(b))(gone, Eigen::all);
      weights -= (damped_inverse(s) * c * damped_inverse(a)).cast<float>();
    } else if (criterion_ == Criterion::kron_obs || criterion_ == Criterion::kron_obs_squared) {
      // What is best for all that go together; of one filter W -= S^-1 e_i w_i' / [S^-1]_ii.
      const Matrix s = damped(fisher_.blocks[b].deltas);
      const Rows stay = others_than(gone, weights.rows());
      const Matrix lost = weights.cast<double>()(gone, Eigen::all);
      weights(stay, Eigen::all) += Matrix(s(stay, stay)).llt().solve(s(stay, gone) * lost).cast<float>();
    }
  }

  const FisherInformation& fisher_;
  Criterion criterion_;
};

}  // namespace

std::unique_ptr<Surgery> filter_surgery(const FittedNetwork& trained, const FisherInformation& fisher,
                                        CompressionCriterion criterion) {
  return std::make_unique<FilterSurgery>(trained, fisher, criterion);
}

}  // namespace predcorr::models
