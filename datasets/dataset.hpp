// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/prediction/joint_prediction.hpp"
#include "datasets/image_shape.hpp"

namespace predcorr {

/// What is known of a synthetic problem's true posterior, in the units of the inputs and targets it is given.
class Truth {
 public:
  virtual ~Truth() = default;

  /// The exact posterior of the query points given training data: the oracle.
  /// @param x n x d  @param y n  @param query m x d
  virtual JointPrediction posterior(const Matrix& x, const Vector& y, const Matrix& query) const = 0;
};

/// Where a data set's numbers come from; goes into every record's provenance.
struct DataSource {
  std::string file;    ///< as found on this machine; empty for generated data
  std::string sha256;  ///< of the file's bytes; empty for generated data, whose parameters and seed decide them
  std::string url;
  std::string citation;
  std::string notes;
};

/// Rows of inputs with a target each, in their own units.
struct Dataset {
  std::string name;
  Matrix inputs;                         ///< n x d
  Vector targets;                        ///< n
  std::vector<std::string> input_names;  ///< d
  std::string target_name;
  std::vector<Index> groups;        ///< n group numbers that a split must keep together, or empty
  std::optional<ImageShape> image;  ///< where the inputs are images: their shape, of d numbers
  DataSource source;
  std::shared_ptr<const Truth> truth;  ///< null where it is unknown

  Index rows() const { return inputs.rows(); }
};

/// Sizes fit, everything finite, at least `fewest` rows, targets that vary. @throws Error (data)
void check_dataset(const Dataset& data, Index fewest);

}  // namespace predcorr
