// SPDX-License-Identifier: Apache-2.0
#include "datasets/target_variation.hpp"
#include "models/gp/evidence.hpp"
#include "models/gp/exact_posterior.hpp"
#include "models/gp/gp_prior.hpp"
#include "models/gp/maximise.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct GpHindsightParameters : GpPrior {
  GpHindsightParameters() { kernel = JsonType<Nested<Kernel>>::read("neural-kernel-network"); }
  int rows = 1000;
  int steps = 200;
  int restarts = 0;
  static Fields<GpHindsightParameters> fields() {
    using P = GpHindsightParameters;
    return joined_fields<P>(
        GpPrior::fields(),
        {field("rows", &P::rows, between(2, 100000), "most rows of train and pool that the kernel is learned from"),
         field("steps", &P::steps, between(0, 100000), "most L-BFGS steps of each search"),
         field("restarts", &P::restarts, between(0, 1000), "further searches from starts drawn from the priors")});
  }
};

/// The stand-in for an oracle where the truth is not known: a GP whose rich kernel was learned with hindsight, from
/// training rows and pool with their targets, and then frozen. Its predictions still come from the training rows alone.
/// As a selector it tells how well active learning could do with the right covariances; it is no contender.
/// Source: Wang, Sun & Grosse 2021, section 5.2; kernel, Sun et al. 2018.
class GpHindsight : public PrivilegedModel {
 public:
  explicit GpHindsight(GpHindsightParameters p) : p_(std::move(p)) {}
  ModelTraits traits() const override { return {.kind = ModelKind::ceiling, .reads_labelled_pool = true}; }

 private:
  std::unique_ptr<Posterior> do_fit(const PrivilegedData& privileged, const TrainingData& data,
                                    const Stream& stream) const override {
    require(privileged.labelled_pool != nullptr, ErrorKind::data,
            "gp-hindsight: the rows of the pool are not known here; it is a reference for benchmarks only");
    const TrainingData& known = *privileged.labelled_pool;
    const Rows rows = varied_rows(known.targets, std::min<Index>(known.targets.size(), p_.rows), stream.fork("rows"));
    const TrainingData all = known.subset(rows);
    const KernelPtr start = p_.observed_kernel(all);
    Evidence evidence(all.inputs, all.targets);
    const Optimum best = maximise(evidence.objective(start), start->log_parameters(),
                                  {.steps = p_.steps, .restarts = p_.restarts}, stream);
    return std::make_unique<ExactPosterior>(start->with_log_parameters(best.at), data,
                                            Diagnostics{{"hindsight_rows", static_cast<double>(all.inputs.rows())},
                                                        {"hindsight_log_marginal_likelihood", best.value},
                                                        {"evidence_evaluations", best.evaluations}});
  }

  std::unique_ptr<Posterior> do_refit(const PrivilegedData& privileged, const Posterior& previous,
                                      const TrainingData& data, const Stream& stream) const override {
    const auto* before = dynamic_cast<const ExactPosterior*>(&previous);
    return before != nullptr ? before->extended(data) : do_fit(privileged, data, stream);
  }

  GpHindsightParameters p_;
};

PREDCORR_REGISTER(Model, "gp-hindsight", GpHindsight, GpHindsightParameters,
                  "reference that learned its kernel from training rows and pool, then froze it",
                  "Wang, Sun & Grosse 2021; Sun et al. 2018");

}  // namespace
}  // namespace predcorr::models
