// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "models/gp/collapsed_bound.hpp"
#include "models/gp/inducing_points.hpp"
#include "models/gp/maximise.hpp"
#include "models/gp/sparse_prior.hpp"

namespace predcorr::models {
namespace {

struct SgprParameters : SparsePrior {
  bool optimise_inducing = false;
  int steps = 100;
  int restarts = 0;
  bool hyper_priors = false;
  static Fields<SgprParameters> fields() {
    using P = SgprParameters;
    return joined_fields<P>(
        SparsePrior::fields(),
        {field("optimise_inducing", &P::optimise_inducing, any_value(), "move them with the hyper-parameters"),
         field("steps", &P::steps, between(0, 100000), "most L-BFGS steps of each search; 0 keeps the start"),
         field("restarts", &P::restarts, between(0, 1000), "further searches from starts drawn from the priors"),
         field("hyper_priors", &P::hyper_priors, any_value(), "add the hyper-parameters' log-priors to the bound")});
  }
};

/// The log parameters with the inducing points' coordinates behind them, which move within the data's range.
std::vector<LogParameter> with_points(std::vector<LogParameter> parameters, const Matrix& points, const Matrix& x) {
  constexpr double kFlat = std::numeric_limits<double>::infinity();
  for (Index c = 0; c < points.cols(); ++c)
    for (Index k = 0; k < points.rows(); ++k)
      parameters.push_back({"inducing", points(k, c), x.col(c).minCoeff(), x.col(c).maxCoeff(), points(k, c), kFlat});
  return parameters;
}

/// Sparse GP regression by the collapsed variational bound. Titsias 2009.
/// Cost: 4 n m^2 for each step of the search; memory: 2 n m doubles.
class Sgpr : public Model {
 public:
  explicit Sgpr(SgprParameters p) : p_(std::move(p)) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const KernelPtr start = p_.observed_kernel(data);
    const Matrix points = inducing_points(data.inputs, p_.inducing_points, stream.fork("inducing"));
    const CollapsedBound bound(data.inputs, data.targets);
    std::vector<LogParameter> parameters = start->log_parameters();
    const Index p = std::ssize(parameters);
    // Coordinates are searched for in units of their column's deviation, so that steps fit whatever the inputs' units.
    const Standardisation units = Standardisation::of(data.inputs);
    if (p_.optimise_inducing)
      parameters = with_points(std::move(parameters), units.apply(points), units.apply(data.inputs));
    const auto points_at = [&](const Vector& at) -> Matrix {
      return p_.optimise_inducing ? units.undo(at.tail(points.size()).reshaped(points.rows(), points.cols())) : points;
    };
    const auto objective = [&](const Vector& at, Vector& gradient) {
      const CollapsedBound::Value value =
          bound.at(*start->with_log_parameters(at.head(p)), points_at(at), true, p_.optimise_inducing);
      gradient.head(p) = value.gradient;
      if (p_.optimise_inducing)
        gradient.tail(points.size()) = (value.by_inducing * units.scale.asDiagonal()).reshaped();
      return value.bound;
    };
    const Optimum best = maximise(objective, parameters,
                                  {.steps = p_.steps, .restarts = p_.restarts, .use_priors = p_.hyper_priors}, stream);
    return std::make_unique<SparsePosterior>(start->with_log_parameters(best.at.head(p)), points_at(best.at), data,
                                             p_.covariance, Diagnostics{{"evidence_evaluations", best.evaluations}});
  }

  SgprParameters p_;
};

PREDCORR_REGISTER(Model, "sgpr", Sgpr, SgprParameters, "sparse Gaussian process, collapsed variational bound",
                  "Titsias 2009");

}  // namespace
}  // namespace predcorr::models
