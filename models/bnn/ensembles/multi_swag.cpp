// SPDX-License-Identifier: Apache-2.0
#include <optional>

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
  explicit MultiSwag(MultiSwagParameters p) : p_(std::move(p)) { p_.check_compression(); }
  ModelTraits traits() const override { return p_.checking_inputs(); }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const Batch all = network_data(data);
    std::vector<std::optional<NetworkDraws>> members(static_cast<std::size_t>(p_.members));
    Vector noise(p_.members), stddev(p_.members), moved(p_.members);
    std::vector<Int8Record> records(members.size());
    std::vector<Diagnostics> sizes(members.size());
    parallel_for(p_.members, [&](Index i) {
      const auto m = static_cast<std::size_t>(i);
      const Stream own = stream.fork("member", m);
      SwagRun run = swag_run(p_, data, all, own);
      MatrixF draws = swag_draws(run, all, p_.samples, own.fork("samples"));
      noise(i) = run.noise_variance;
      records[m] = run.record;
      sizes[m] = run.sizes;
      moved(i) = run.settling.moved();
      stddev(i) = run.moments.variances().cwiseSqrt().mean();
      members[m] = NetworkDraws{std::move(run.network), std::move(draws)};
    });
    std::vector<NetworkDraws> networks;
    for (auto& member : members) networks.push_back(std::move(*member));
    const Settling settling = Settling::of_mean("noise_variance", moved);
    Diagnostics record = settling.recorded({{"noise_variance", noise.mean()}, {"mean_weight_stddev", stddev.mean()}});
    record.merge(Int8Record::mean(records));
    record.merge(mean_of(sizes));
    return std::make_unique<DrawsPosterior>(std::move(networks), noise.mean(), std::move(record),
                                            settling.warnings("raise epochs"));
  }

  MultiSwagParameters p_;
};

PREDCORR_REGISTER(Model, "multi-swag", MultiSwag, MultiSwagParameters, "several networks' swag distributions, mixed",
                  "Wilson & Izmailov 2020");

}  // namespace
}  // namespace predcorr::models
