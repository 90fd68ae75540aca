// SPDX-License-Identifier: Apache-2.0
// A plug-in of every kind that breaks its rules: none may take the program down, and each is named.
#include <predcorr/plugin.hpp>

namespace {

using namespace predcorr;

struct ThrowsAnInt : Metric {
  explicit ThrowsAnInt(NoParameters) {}
  std::vector<ScoreInfo> describe() const override { return {{.name = "throws_an_int", .meaning = "42"}}; }
  MetricResult do_score(const EvaluationData&, const JointPrediction&) const override { throw 42; }
};

struct TooFew : Metric {
  explicit TooFew(NoParameters) {}
  std::vector<ScoreInfo> describe() const override {
    return {{.name = "too_few", .part = "a", .meaning = "one"}, {.name = "too_few", .part = "b", .meaning = "two"}};
  }
  MetricResult do_score(const EvaluationData&, const JointPrediction&) const override { return {1.0}; }
};

struct ForgetsModels : CrossMetric {
  explicit ForgetsModels(NoParameters) {}
  std::vector<ScoreInfo> describe() const override { return {{.name = "forgets_models", .meaning = "one"}}; }
  std::vector<ContenderScores> score(const Vector&, const std::vector<Contender>&) const override { return {}; }
};

struct NoGains : Criterion {
  explicit NoGains(NoParameters) {}
  Selection do_select(const JointPrediction&, Index, Index batch, const Stream&) const override {
    return {consecutive_rows(0, batch), {}};
  }
};

struct OutsideThePool : Criterion {
  explicit OutsideThePool(NoParameters) {}
  Selection do_select(const JointPrediction&, Index n_pool, Index batch, const Stream&) const override {
    return {consecutive_rows(n_pool, batch), std::vector<double>(static_cast<std::size_t>(batch), 1.0)};
  }
};

struct ReturnsNull : Model {
  explicit ReturnsNull(NoParameters) {}
  std::unique_ptr<Posterior> do_fit(const TrainingData&, const Stream&) const override { return nullptr; }
};

struct FitThrows : Model {
  explicit FitThrows(NoParameters) {}
  std::unique_ptr<Posterior> do_fit(const TrainingData&, const Stream&) const override { throw 42; }
};

struct Nowhere : DatasetSource {
  explicit Nowhere(NoParameters) {}
  Dataset load(const DataRequest&) const override { throw 42; }
};

struct Narrow : Kernel {
  explicit Narrow(NoParameters) {}
  Matrix cross(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Matrix>&) const override {
    return Matrix::Ones(1, 1);
  }
  Vector diagonal(const Eigen::Ref<const Matrix>&) const override { return Vector::Ones(1); }
  std::vector<LogParameter> log_parameters() const override { return {}; }
  KernelPtr with_log_parameters(const Eigen::Ref<const Vector>&) const override { return nullptr; }
  KernelPtr started(const Matrix&, double) const override { return std::make_shared<Narrow>(NoParameters{}); }
  void add_cross_gradient(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Matrix>&,
                          const Eigen::Ref<const Matrix>&, Eigen::Ref<Vector>, Matrix*) const override {}
  void add_diagonal_gradient(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Vector>&,
                             Eigen::Ref<Vector>) const override {}
};

/// Cannot be made, nor described.
struct BadDefaults {
  int a = throwing();
  static int throwing() { throw 42; }
  static Fields<BadDefaults> fields() { return {field("a", &BadDefaults::a, any_value(), "never")}; }
};
struct CannotBeMade : Model {
  explicit CannotBeMade(BadDefaults) {}
  std::unique_ptr<Posterior> do_fit(const TrainingData&, const Stream&) const override { return nullptr; }
};

PREDCORR_REGISTER(Metric, "throws-an-int", ThrowsAnInt, NoParameters, "throws", "");
PREDCORR_REGISTER(Metric, "too-few", TooFew, NoParameters, "a value short", "");
PREDCORR_REGISTER(CrossMetric, "forgets-models", ForgetsModels, NoParameters, "returns nothing", "");
PREDCORR_REGISTER(Criterion, "no-gains", NoGains, NoParameters, "no gains", "");
PREDCORR_REGISTER(Criterion, "outside-the-pool", OutsideThePool, NoParameters, "picks what is not there", "");
PREDCORR_REGISTER(Model, "returns-null", ReturnsNull, NoParameters, "null", "");
PREDCORR_REGISTER(Model, "fit-throws", FitThrows, NoParameters, "throws", "");
PREDCORR_REGISTER(Model, "cannot-be-made", CannotBeMade, BadDefaults, "throws", "");
PREDCORR_REGISTER(DatasetSource, "nowhere", Nowhere, NoParameters, "throws", "");
PREDCORR_REGISTER(Kernel, "narrow", Narrow, NoParameters, "one number", "");

}  // namespace
