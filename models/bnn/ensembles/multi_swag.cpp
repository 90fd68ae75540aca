// SPDX-License-Identifier: Apache-2.0
#include "core/base/parallel.hpp"
#include "models/bnn/engine/draws_posterior.hpp"
#include "models/bnn/ensembles/swag_training.hpp"

namespace predcorr::models {
namespace {

struct MultiSwagParameters : SwagParameters {
  MultiSwagParameters() { samples = 40; }
  int members = 10;
  static Fields<MultiSwagParameters> fields() {
    using P = MultiSwagParameters;
    return joined_fields<P>(SwagParameters::fields(),
                            {field("members", &P::members, between(1, 10000), "networks; each gives `samples`")});
  }
};

/// MultiSWAG (Wilson & Izmailov 2020): the mixture of several networks' SWAG distributions, each with its own start and
/// batches and the same number of samples. The noise is the mean of theirs.
/// Cost: that of swag for every member; members run in parallel.
class MultiSwag : public Model {
 public:
  explicit MultiSwag(MultiSwagParameters p) : p_(std::move(p)) {}
  ModelTraits traits() const override { return p_.checking_inputs(); }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const Network network(p_.architecture(data, 1, false));
    const Batch all = network_data(data);
    MatrixF draws(network.parameter_count(), p_.members * p_.samples);
    Vector noise(p_.members), stddev(p_.members), moved(p_.members);
    std::vector<Int8Record> records(static_cast<std::size_t>(p_.members));
    parallel_for(p_.members, [&](Index i) {
      const Stream own = stream.fork("member", static_cast<std::uint64_t>(i));
      const SwagRun run = swag_run(p_, network, all, own);
      Stream samples = own.fork("samples");
      for (Index s = 0; s < p_.samples; ++s) {
        run.moments.draw(samples, draws.col(i * p_.samples + s));
        measure_statistics(network, all, draws.col(i * p_.samples + s));
      }
      noise(i) = run.noise_variance;
      records[static_cast<std::size_t>(i)] = run.record;
      moved(i) = run.settling.moved();
      stddev(i) = run.moments.variances().cwiseSqrt().mean();
    });
    const Settling settling = Settling::of_mean("noise_variance", moved);
    Diagnostics record = settling.recorded({{"noise_variance", noise.mean()}, {"mean_weight_stddev", stddev.mean()}});
    record.merge(Int8Record::mean(records));
    return std::make_unique<DrawsPosterior>(network, std::move(draws), noise.mean(), std::move(record),
                                            settling.warnings("raise epochs"));
  }

  MultiSwagParameters p_;
};

PREDCORR_REGISTER(Model, "multi-swag", MultiSwag, MultiSwagParameters, "several networks' swag distributions, mixed",
                  "Wilson & Izmailov 2020");

}  // namespace
}  // namespace predcorr::models
