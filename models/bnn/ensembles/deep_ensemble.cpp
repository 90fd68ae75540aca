// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <optional>

#include "core/base/parallel.hpp"
#include "models/bnn/compression/compression.hpp"
#include "models/bnn/engine/draws_posterior.hpp"
#include "models/bnn/engine/likelihood.hpp"
#include "models/bnn/pruning/network_start.hpp"
#include "models/mcmc/settling.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct DeepEnsembleParameters : CompressibleNetworkParameters, TrainingParameters, EpochChoice {
  DeepEnsembleParameters() { epochs = 400; }
  int members = 20;
  double weight_decay = 1e-4;
  bool heteroscedastic = true;
  double noise_variance = 0;
  double prior_scale = 0;
  bool anchored = false;
  double prior_variance = 1;
  bool perturbed_targets = false;
  static Fields<DeepEnsembleParameters> fields() {
    using P = DeepEnsembleParameters;
    return joined_fields<P>(
        Fields<P>{field("members", &P::members, between(2, 10000), "networks")},
        trained_network_fields<P, CompressibleNetworkParameters>(joined_fields<P>(
            EpochChoice::fields(),
            Fields<P>{
                field("weight_decay", &P::weight_decay, at_least(0), "penalty on |weights|^2 / 2; not where anchored"),
                field("heteroscedastic", &P::heteroscedastic, any_value(),
                      "whether the noise variance is a second output or one learned number"),
                field("noise_variance", &P::noise_variance, at_least(0),
                      "in squared training units: fixes the noise, whatever heteroscedastic says; 0: learned"),
                field("prior_scale", &P::prior_scale, at_least(0),
                      "factor of the fixed random network added to each member, in training units; 0: none"),
                field("anchored", &P::anchored, any_value(),
                      "decay towards a draw from the prior, with the prior's strength; networks scaled by fan-in"),
                field("prior_variance", &P::prior_variance, above(0),
                      std::string("where anchored, ") + kPriorVarianceMeaning),
                field("perturbed_targets", &P::perturbed_targets, any_value(),
                      "each member's targets have noise of their own added; needs noise_variance")})));
  }

  /// Outputs of a member: the mean, and perhaps the noise.
  Index outputs() const { return heteroscedastic && noise_variance == 0 ? 2 : 1; }
  bool learns_one_noise() const { return !heteroscedastic && noise_variance == 0; }
};

/// Members that are sums of two networks: one trained, one left as it was drawn. What predict_draws makes of either is
/// linear in the functions' values, so means and factors add up.
class PriorFunctionPosterior : public Posterior {
 public:
  /// @param fixed draws' weights in each column, in the members' order  @param scale of what they add
  PriorFunctionPosterior(std::vector<NetworkDraws> members, double noise_variance, Network fixed_network, MatrixF fixed,
                         double scale, Diagnostics diagnostics, std::vector<std::string> warnings)
      : members_(std::move(members)),
        fixed_network_(std::move(fixed_network)),
        fixed_(std::move(fixed)),
        noise_variance_(noise_variance),
        scale_(scale),
        diagnostics_(std::move(diagnostics)),
        warnings_(std::move(warnings)) {}

  Diagnostics diagnostics() const override { return diagnostics_; }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    JointPrediction sum = predict_draws(members_, query, noise_variance_);
    const JointPrediction prior = predict_draws(fixed_network_, query, fixed_, 0);
    sum.mean += scale_ * prior.mean;
    sum.latent = Covariance::from_factor(RowMatrixF(*sum.latent.stored_float_factor() +
                                                    static_cast<float>(scale_) * *prior.latent.stored_float_factor()));
    return sum;
  }

  std::vector<NetworkDraws> members_;
  Network fixed_network_;
  MatrixF fixed_;
  double noise_variance_, scale_;
  Diagnostics diagnostics_;
  std::vector<std::string> warnings_;
};

/// Networks trained apart from different starts and batches (Lakshminarayanan et al. 2017), each by Gaussian
/// likelihood: their means' spread is the latent covariance, their mean variance the noise. Three options make that
/// spread a posterior's:
/// - `prior_scale` s (Osband et al. 2018): a member is f + s p, p a fixed random network of unit order (weights and
///   biases N(0, 1), pre-activations over sqrt(fan-in + 1)), s in units of the training targets. Training fits f to y -
///   s p(x); away from the data members keep the spread of s p.
/// - `anchored` (Pearce et al. 2020): a member w minimises  sum_i -log p(y_i | w) + |w - w0|^2 / (2 eta),  w0 its own
///   draw from N(0, eta I). With fixed noise v a linear member with features X is S (X'y / v + w0 / eta), S the
///   posterior covariance: the mean over members is the posterior mean, their covariance S S / eta. That is S where the
///   data say nothing and too small by the factor S / eta where they do.
/// - `perturbed_targets` (their noise added, as Osband et al. 2018 do): y_i + N(0, v) in the same loss. Then
///   the covariance is S (X'X / v + I / eta) S = S, the exact posterior, which anchors alone would reach only from
///   another distribution (Pearce et al. 2020), one that depends on the data.
/// Where the pool chooses the epoch, each member's is its own; the study's is the ensemble's.
/// Cost: members * epochs * n * 6 parameters.
class DeepEnsemble : public PrivilegedModel {
 public:
  explicit DeepEnsemble(DeepEnsembleParameters p) : p_(std::move(p)) {
    require(!p_.perturbed_targets || p_.noise_variance > 0, ErrorKind::config,
            "perturbed_targets needs noise_variance above 0: what is to be added must be known");
    p_.check(p_.validation);
    p_.check_compression();
    require(
        !p_.anchored || !p_.compression.options(), ErrorKind::config,
        "compression is not for anchored members: a network of other layers has no place for the anchor; set either "
        "anchored to false or compression to \"none\"");
  }
  ModelTraits traits() const override { return p_.checking_inputs(p_.EpochChoice::traits()); }

 private:
  std::unique_ptr<Posterior> do_fit(const PrivilegedData& privileged, const TrainingData& data,
                                    const Stream& stream) const override {
    const Network fixed_network(p_.architecture(data, 1, true));
    const Batch all = network_data(data);
    const Batch pool = p_.by_pool() ? network_data(pool_rows(privileged, data)) : Batch{};
    std::vector<std::optional<Member>> members(static_cast<std::size_t>(p_.members));
    MatrixF fixed(p_.prior_scale > 0 ? fixed_network.parameter_count() : 0, p_.members);
    parallel_for(p_.members, [&](Index i) {
      const Stream member = stream.fork("member", static_cast<std::uint64_t>(i));
      auto& trained = members[static_cast<std::size_t>(i)];
      if (p_.prior_scale == 0 && !p_.perturbed_targets) {
        trained = trained_member(data, all, pool, member);
        return;
      }
      Batch own = all, own_pool = pool;
      if (p_.perturbed_targets) {
        VectorF noise(own.targets.size());
        member.fork("targets").fill_normals(noise);
        own.targets += static_cast<float>(std::sqrt(p_.noise_variance)) * noise;
      }
      if (p_.prior_scale > 0) {
        Stream prior = member.fork("prior");
        fixed.col(i) = fixed_network.initial_parameters(prior);
        Network::Workspace work;
        const auto less_prior = [&](Batch& batch) {
          const MatrixF& out = fixed_network.forward(fixed.col(i), batch.inputs, work, Pass::prediction);
          batch.targets -= static_cast<float>(p_.prior_scale) * out.row(0).head(batch.inputs.count).transpose();
        };
        less_prior(own);
        if (p_.by_pool()) less_prior(own_pool);
      }
      trained = trained_member(data, own, own_pool, member);
    });
    return posterior(members, fixed_network, std::move(fixed));
  }

  /// A network that was trained.
  struct Member {
    NetworkStart start;
    VectorF weights = {};  // and, where the noise is one learned number, its logarithm behind them
    double moved = 0;      // by how much that logarithm moved in the end
    Int8Record int8 = {};
    Diagnostics compressed = {};
  };

  std::unique_ptr<Posterior> posterior(std::vector<std::optional<Member>>& members, const Network& fixed_network,
                                       MatrixF fixed) const {
    double noise = p_.learns_one_noise() ? 0 : p_.noise_variance;  // or 0, and the second output gives it
    Vector moved(p_.members);
    std::vector<NetworkDraws> networks;
    std::vector<Int8Record> int8;
    std::vector<Diagnostics> pruned, compressed;
    for (const std::optional<Member>& member : members) {
      const Index weights = member->start.network.parameter_count();
      if (p_.learns_one_noise()) noise += noise_variance(member->weights(weights)) / p_.members;
      moved(std::ssize(int8)) = member->moved;
      int8.push_back(member->int8);
      pruned.push_back(member->start.record);
      compressed.push_back(member->compressed);
      networks.push_back({member->start.network, member->weights.head(weights)});
    }
    const Settling settling = Settling::of_mean("noise_variance", moved);
    Diagnostics record = Int8Record::mean(int8);
    record.merge(mean_of(pruned));
    record.merge(mean_of(compressed));
    if (p_.learns_one_noise()) record.merge(settling.recorded({{"noise_variance", noise}}));
    std::vector<std::string> warnings = settling.warnings("raise epochs");
    if (!p_.pruning.options() && !p_.compression.options()) networks = {alike(networks)};
    if (p_.prior_scale > 0)
      return std::make_unique<PriorFunctionPosterior>(std::move(networks), noise, fixed_network, std::move(fixed),
                                                      p_.prior_scale, record, std::move(warnings));
    return std::make_unique<DrawsPosterior>(std::move(networks), noise, record, std::move(warnings));
  }

  /// Networks of one shape side by side, which are evaluated together.
  static NetworkDraws alike(const std::vector<NetworkDraws>& networks) {
    NetworkDraws all{networks.front().network, MatrixF(networks.front().weights.rows(), std::ssize(networks))};
    for (std::size_t i = 0; i < networks.size(); ++i)
      all.weights.col(static_cast<Index>(i)) = networks[i].weights.col(0);
    return all;
  }

  /// @param data for the shape of the network  @param given training rows with the targets that are this member's
  /// @param pool empty unless it chooses the epoch
  Member trained_member(const TrainingData& data, const Batch& given, const Batch& pool, const Stream& stream) const {
    Member member{network_start(p_, data, given, p_.outputs(), p_.anchored, p_.outputs() == 2, stream.fork("initial"))};
    Network& network = member.start.network;
    VectorF start = VectorF::Zero(network.parameter_count() + (p_.learns_one_noise() ? 1 : 0));
    start.head(network.parameter_count()) = member.start.weights;
    member.weights = trained(network, std::move(start), p_, given, pool, stream, &member);
    if (!p_.compression.options()) return member;
    const auto information = [&](const VectorF& behind) {
      if (p_.outputs() == 2) return heteroscedastic_information();
      return gaussian_information(p_.learns_one_noise() ? noise_variance(behind(0)) : p_.noise_variance);
    };
    const TrainingOn go_on = [&](const Network& small, VectorF from, const TrainingParameters& options,
                                 const Stream& further) {
      return trained(small, std::move(from), options, given, Batch{}, further, nullptr);
    };
    CompressedNetwork small = compressed(*p_.compression.options(), network, std::move(member.weights), given,
                                         information, p_, go_on, stream.fork("compression"));
    network = std::move(small.network);
    member.weights = std::move(small.parameters);
    member.compressed = std::move(small.record);
    return member;
  }

  /// The flat vector after training, and the noise's logarithm behind it where that is learned.
  /// @param given_pool empty unless it chooses the epoch  @param member told how training went; null: nobody is
  VectorF trained(const Network& network, VectorF start, const TrainingParameters& options, const Batch& given,
                  const Batch& given_pool, const Stream& stream, Member* member) const {
    Batch narrowed, narrowed_pool;
    const Batch& all = as_seen_by(network, given, narrowed);
    const bool by_pool = given_pool.inputs.count > 0;
    const Batch& pool = by_pool ? as_seen_by(network, given_pool, narrowed_pool) : given_pool;
    const Index weights = network.parameter_count();
    VectorF anchor(p_.anchored ? weights : 0);
    if (p_.anchored) {
      stream.fork("anchor").fill_normals(anchor);
      anchor *= static_cast<float>(std::sqrt(p_.prior_variance));
    }
    Network::Workspace work;
    MatrixF output_gradient;
    // The loss is a mean over rows, so the prior's part in it is 1 / (eta n).
    const auto decay = static_cast<float>(p_.anchored ? 1 / (p_.prior_variance * static_cast<double>(all.inputs.count))
                                                      : p_.weight_decay);
    const float fixed_log_variance = p_.noise_variance > 0 ? log_variance_for(p_.noise_variance) : 0;
    const auto fit = [&](const VectorF& at, const Batch& batch, Pass pass) {
      const MatrixF& out = network.forward(at.head(weights), batch.inputs, work, pass);
      if (p_.outputs() == 2) return heteroscedastic_loss(out, batch.targets, output_gradient);
      return gaussian_loss(out, batch.targets, p_.learns_one_noise() ? at(weights) : fixed_log_variance,
                           output_gradient);
    };
    const BatchLoss loss = [&](const VectorF& at, const Batch& batch, VectorF& gradient) {
      const NetworkLoss value = fit(at, batch, Pass::training);
      network.backward(output_gradient, work, gradient.head(weights));
      network.add_decay(decay, at.head(weights), gradient.head(weights));
      if (p_.anchored) network.add_decay(-decay, anchor, gradient.head(weights));
      if (p_.learns_one_noise()) gradient(weights) = value.by_log_variance;
      return value.value;
    };
    const HeldOutLoss held_out = [&](const VectorF& at, const Batch& batch) {
      return fit(at, batch, Pass::prediction).value;
    };
    const PoolLoss pool_loss = [&](const VectorF& at) { return fit(at, pool, Pass::prediction).value; };
    Settling settling("noise_variance", options.epochs);
    const EpochHook watch = [&](int epoch, const VectorF& at) {
      if (p_.learns_one_noise() && options.validation == 0 && !by_pool)
        settling.observe(epoch, static_cast<double>(at(weights)));
    };
    Objective objective = following(network, work, stream, {loss, held_out, watch, by_pool ? pool_loss : nullptr},
                                    member == nullptr ? nullptr : &member->int8);
    if (member != nullptr) objective = before_compression(p_.compression, network, std::move(objective));
    VectorF result = train(options, all, std::move(start), stream, objective).parameters;
    if (member != nullptr) member->moved = settling.moved();
    return result;
  }

  DeepEnsembleParameters p_;
};

PREDCORR_REGISTER(Model, "deep-ensemble", DeepEnsemble, DeepEnsembleParameters,
                  "networks trained apart; their spread is the covariance",
                  "Lakshminarayanan et al. 2017; Osband et al. 2018; Pearce et al. 2020");

}  // namespace
}  // namespace predcorr::models
