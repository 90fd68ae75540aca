// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/kernels/kernel.hpp"
#include "models/gp/evidence.hpp"
#include "models/gp/exact_posterior.hpp"
#include "models/gp/gp_prior.hpp"
#include "models/gp/maximise.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct GpParameters : GpPrior {
  int steps = 200;
  int restarts = 0;
  bool hyper_priors = false;
  bool relearn = true;
  static Fields<GpParameters> fields() {
    using P = GpParameters;
    return joined_fields<P>(
        GpPrior::fields(),
        {field("steps", &P::steps, between(0, 100000), "most L-BFGS steps of each search; 0 keeps the start"),
         field("restarts", &P::restarts, between(0, 1000),
               "further searches from starts drawn from the hyper-parameters' priors; the best counts"),
         field("hyper_priors", &P::hyper_priors, any_value(), "add the hyper-parameters' log-priors to the evidence"),
         field("relearn", &P::relearn, any_value(),
               "learn hyper-parameters anew in each round of active learning; no keeps those of the first round and "
               "extends the Cholesky factor")});
  }
};

/// Exact GP regression, hyper-parameters by maximum marginal likelihood or, with priors, maximum a posteriori.
/// Rasmussen & Williams 2006, chapters 2 and 5. Cost: n^3 for each step of the search, n^2 m + n m^2 to predict m
/// points jointly; memory: one n x n matrix.
class Gp : public Model {
 public:
  explicit Gp(GpParameters p) : p_(std::move(p)) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const KernelPtr start = p_.observed_kernel(data);
    Evidence evidence(data.inputs, data.targets);
    const Optimum best = maximise(evidence.objective(start), start->log_parameters(),
                                  {.steps = p_.steps, .restarts = p_.restarts, .use_priors = p_.hyper_priors}, stream);
    const KernelPtr kernel = start->with_log_parameters(best.at);
    Diagnostics search = {{"log_marginal_likelihood", best.value},
                          {"evidence_evaluations", best.evaluations},
                          {"failed_starts", best.failed_starts}};
    const Evidence::LeaveOneOut loo = evidence.leave_one_out(*kernel);
    search["loo_log_likelihood"] = loo.log_likelihood;
    search["loo_rmse"] = loo.rmse;
    return std::make_unique<ExactPosterior>(kernel, data, std::move(search));
  }

  std::unique_ptr<Posterior> do_refit(const Posterior& previous, const TrainingData& data,
                                      const Stream& stream) const override {
    const auto* before = dynamic_cast<const ExactPosterior*>(&previous);
    if (p_.relearn || before == nullptr) return do_fit(data, stream);
    return before->extended(data);
  }

  GpParameters p_;
};

PREDCORR_REGISTER(Model, "gp", Gp, GpParameters, "exact Gaussian process, any kernel, maximum marginal likelihood",
                  "Rasmussen & Williams 2006, chapters 2 and 5");

}  // namespace
}  // namespace predcorr::models
