// SPDX-License-Identifier: Apache-2.0
#include "tests/support/scripted_model.hpp"

#include "core/linalg/cholesky.hpp"

namespace predcorr::test {
namespace {

class ScriptedPosterior : public Posterior {
 public:
  ScriptedPosterior(Scene scene, Predict predict) : scene_(std::move(scene)), predict_(std::move(predict)) {}

 private:
  JointPrediction do_predict(const Matrix& query) const override { return predict_(scene_, query); }

  Scene scene_;
  Predict predict_;
};

}  // namespace

JointPrediction line(const Scene& scene, const Matrix& query) {
  const Matrix& x = scene.data.inputs;
  Matrix precision = x.transpose() * x / 0.1;
  precision.diagonal().array() += 1;
  const Cholesky cholesky(precision);
  const Vector right = x.transpose() * scene.data.targets / 0.1;
  const Vector weights = cholesky.solve(right);
  const RowMatrix factor = cholesky.whiten(query.transpose()).transpose();
  return {query * weights, Covariance::from_factor(factor), Vector::Constant(query.rows(), 0.1)};
}

std::unique_ptr<Posterior> Scripted::do_fit(const TrainingData& data, const Stream& stream) const {
  if (script_.on_fit) script_.on_fit(data);
  return std::make_unique<ScriptedPosterior>(Scene{data, stream, ++fits_}, script_.predict);
}

std::unique_ptr<Posterior> Scripted::do_refit(const Posterior&, const TrainingData& data, const Stream& stream) const {
  return std::make_unique<ScriptedPosterior>(Scene{data, stream, ++fits_}, script_.predict_after_refit);
}

}  // namespace predcorr::test
