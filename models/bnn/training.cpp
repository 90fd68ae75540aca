// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/training.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace predcorr::models {

void Adam::step(const VectorF& gradient, VectorF& parameters) {
  constexpr float kDecay1 = 0.9f, kDecay2 = 0.999f, kEpsilon = 1e-8f;
  ++steps_;
  first_ = kDecay1 * first_ + (1 - kDecay1) * gradient;
  second_.array() = kDecay2 * second_.array() + (1 - kDecay2) * gradient.array().square();
  // Both bias corrections folded into the rate, as the paper suggests at the end of its section 2.
  const double correction = std::sqrt(1 - std::pow(kDecay2, steps_)) / (1 - std::pow(kDecay1, steps_));
  parameters.array() -= static_cast<float>(rate_ * correction) * first_.array() / (second_.array().sqrt() + kEpsilon);
}

void train(const TrainingData& data, int epochs, int batch_size, Stream stream,
           const std::function<double(const Batch&)>& step) {
  const MatrixF inputs = network_inputs(data.inputs);
  const VectorF targets = data.targets.cast<float>();
  const Index n = targets.size();
  const double largest_loss = 1e10 * std::max(1.0, data.targets.squaredNorm() / static_cast<double>(n));
  Batch batch;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const Rows order = stream.permutation(n);
    for (Index first = 0; first < n; first += batch_size) {
      const Index size = std::min<Index>(batch_size, n - first);
      batch.inputs.resize(inputs.rows(), size);
      batch.targets.resize(size);
      for (Index i = 0; i < size; ++i) {
        const Index row = order[static_cast<std::size_t>(first + i)];
        batch.inputs.col(i) = inputs.col(row);
        batch.targets(i) = targets(row);
      }
      const double loss = step(batch);
      require(std::isfinite(loss) && loss < largest_loss, ErrorKind::numerical,
              "training diverged in epoch {} with a loss of {}; lower learning_rate", epoch + 1, loss);
    }
  }
}

MatrixF network_inputs(const Matrix& rows) { return rows.transpose().cast<float>(); }

float softplus(float v) { return std::max(v, 0.0f) + std::log1p(std::exp(-std::abs(v))); }
float softplus_slope(float v) { return 1 / (1 + std::exp(-v)); }

}  // namespace predcorr::models
