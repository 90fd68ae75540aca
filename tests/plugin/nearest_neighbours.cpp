// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>
#include <predcorr/plugin.hpp>

namespace {

using namespace predcorr;

struct NearestNeighboursParameters {
  int neighbours = 5;
  double noise_variance = 0.1;
  static Fields<NearestNeighboursParameters> fields() {
    return {field("neighbours", &NearestNeighboursParameters::neighbours, between(1, 1000), "averaged"),
            field("noise_variance", &NearestNeighboursParameters::noise_variance, above(0), "of y given f")};
  }
};

/// f(x) = w(x)' y with w = 1 / k at the k nearest rows: points that share neighbours are wrong together, Cov = s^2 W
/// W'.
struct NearestNeighboursPosterior : Posterior {
  NearestNeighboursPosterior(const TrainingData& d, NearestNeighboursParameters given) : data(d), p(given) {}

  JointPrediction do_predict(const Matrix& query) const override {
    const Index n = data.inputs.rows(), k = std::min<Index>(p.neighbours, n);
    RowMatrix w = RowMatrix::Zero(query.rows(), n);
    Rows order(static_cast<std::size_t>(n));
    for (Index i = 0; i < query.rows(); ++i) {
      const Vector distance = (data.inputs.rowwise() - query.row(i)).rowwise().squaredNorm();
      std::iota(order.begin(), order.end(), Index{0});
      std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return distance(a) < distance(b); });
      for (Index j = 0; j < k; ++j) w(i, order[static_cast<std::size_t>(j)]) = 1.0 / static_cast<double>(k);
    }
    const RowMatrix factor = std::sqrt(p.noise_variance) * w;
    return {w * data.targets, Covariance::from_factor(factor), Vector::Constant(query.rows(), p.noise_variance)};
  }
  TrainingData data;
  NearestNeighboursParameters p;
};

struct NearestNeighbours : Model {
  explicit NearestNeighbours(NearestNeighboursParameters given) : p(given) {}
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream&) const override {
    return std::make_unique<NearestNeighboursPosterior>(data, p);
  }
  NearestNeighboursParameters p;
};

PREDCORR_REGISTER(Model, "nearest-neighbours", NearestNeighbours, NearestNeighboursParameters,
                  "mean of the nearest rows", "");

}  // namespace
