// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/parallel.hpp"
#include "datasets/target_variation.hpp"
#include "models/model.hpp"
#include "models/resampling/resampling.hpp"

namespace predcorr::models {
namespace {

constexpr Index kQueryRows = 256;  // query rows a member predicts at a time: its covariance of them is not wanted
constexpr int kDraws = 20;         // of rows for one member, before giving up

enum class BootstrapNoise { out_of_bag, members, none };
EnumWords<BootstrapNoise> words_of(BootstrapNoise) {
  return {
      {"out-of-bag", BootstrapNoise::out_of_bag}, {"members", BootstrapNoise::members}, {"none", BootstrapNoise::none}};
}

struct BootstrapParameters : Resampling {
  Nested<Model> base;
  int members = 100;
  Spread spread = Spread::members;
  BootstrapNoise noise = BootstrapNoise::out_of_bag;
  static Fields<BootstrapParameters> fields() {
    using P = BootstrapParameters;
    return joined_fields<P>(
        Fields<P>{field("base", &P::base, any_value(), "what is fitted to every resample"),
                  field("members", &P::members, between(2, 100000), "resamples")},
        joined_fields<P>(
            Resampling::fields(),
            {field("spread", &P::spread,
                   "latent covariance: that of the members, or of their mean by one of the jackknives"),
             field("noise", &P::noise,
                   "noise variance: the out-of-bag squared error less the ensemble's variance, one number; the mean of "
                   "the members' own at each point; or 0")}));
  }
};

/// What came of one resample: the base fitted to it or, where its targets are all equal, that level everywhere.
struct Member {
  std::unique_ptr<const Posterior> posterior;  ///< null where the targets are all equal
  double level = 0;                            ///< of these
  double noise_variance = 0;                   ///< the mean square of all training targets about that level
};
using Members = std::vector<Member>;

/// Means of one member less `shift`, into a column of `values`; its noise variances likewise, unless null.
void predict_member(const Member& member, const Matrix& query, double shift, Index column, RowMatrixF& values,
                    RowMatrixF* noise) {
  if (member.posterior == nullptr) {
    values.col(column).setConstant(static_cast<float>(member.level - shift));
    if (noise != nullptr) noise->col(column).setConstant(static_cast<float>(member.noise_variance));
    return;
  }
  for (Index first = 0; first < query.rows(); first += kQueryRows) {
    const Index count = std::min(kQueryRows, query.rows() - first);
    const JointPrediction p = member.posterior->predict(query.middleRows(first, count));
    values.col(column).segment(first, count) = (p.mean.array() - shift).cast<float>().matrix();
    if (noise != nullptr) noise->col(column).segment(first, count) = p.noise_variance.cast<float>();
  }
}

class BootstrapPosterior : public Posterior {
 public:
  /// @param shift taken from the members' means before they become floats, so that these keep their digits
  /// @param noise_variance negative: the mean of the members'
  BootstrapPosterior(Members members, Counts counts, Spread spread, double shift, double noise_variance,
                     Diagnostics diagnostics)
      : members_(std::move(members)),
        counts_(std::move(counts)),
        spread_(spread),
        shift_(shift),
        noise_variance_(noise_variance),
        diagnostics_(std::move(diagnostics)) {}

  Diagnostics diagnostics() const override { return diagnostics_; }

  /// Each sentence once, with how many members say it.
  std::vector<std::string> warnings() const override {
    std::map<std::string, int> counts;
    for (const Member& member : members_)
      if (member.posterior != nullptr)
        for (const std::string& warning : member.posterior->warnings()) ++counts[warning];
    std::vector<std::string> all;
    for (const auto& [warning, count] : counts)
      all.push_back(fmt::format("{} of {} members: {}", count, members_.size(), warning));
    return all;
  }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    const Index count = std::ssize(members_);
    const bool own_noise = noise_variance_ < 0;
    RowMatrixF values(query.rows(), count), noise(own_noise ? query.rows() : 0, count);
    parallel_for(count, [&](Index b) {
      predict_member(members_[static_cast<std::size_t>(b)], query, shift_, b, values, own_noise ? &noise : nullptr);
    });
    Vector variance = Vector::Constant(query.rows(), std::max(noise_variance_, 0.0));
    if (own_noise)
      for (Index i = 0; i < query.rows(); ++i) variance(i) = noise.row(i).cast<double>().mean();
    JointPrediction prediction = ensemble_prediction(std::move(values), counts_, spread_, std::move(variance));
    prediction.mean.array() += shift_;
    return prediction;
  }

  Members members_;
  Counts counts_;  // of units; empty where the spread needs none
  Spread spread_;
  double shift_, noise_variance_;
  Diagnostics diagnostics_;
};

/// Any model fitted to resamples of the training rows (Efron 1979; bagging, Breiman 1996). A member is the base model's
/// predicted mean; the prediction is the members' mean, and the latent covariance, a factor, what `spread` takes them
/// to stand for (ensemble_prediction.hpp). Resamples are counts or weights where the base takes weights, else repeated
/// rows. `noise` out-of-bag is one number: the mean squared error of the means of those members that did not see a row,
/// less the ensemble's mean latent variance there.
///
/// A resample whose targets are all equal, as some are of a target that is mostly 0, says nothing of how targets vary;
/// no base is fitted to it. Its member is that level everywhere, as a tree's would be, with the training targets' mean
/// square about it for noise: drawn again instead, resamples would have the rare targets too often. A resample that the
/// base refuses as data for reasons of its own is drawn again. Both are counted in the diagnostics. Groups of rows are
/// drawn as a whole. What is privileged goes to every member as it is: it is no sample of rows.
/// Cost: that of the base for every member, in parallel; memory: the members, and n B floats for out-of-bag noise or a
/// jackknife.
class Bootstrap : public PrivilegedModel {
 public:
  explicit Bootstrap(BootstrapParameters p) : p_(std::move(p)) {
    p_.check(p_.spread, out_of_bag_noise());
    require(!p_.weights_all_rows() || p_.base.object->traits().takes_weights, ErrorKind::config,
            "scheme 'bayesian' needs a base that weights its rows, which '{}' cannot; take scheme 'rows'",
            p_.base.name);
  }

  ModelTraits traits() const override {
    ModelTraits own = p_.base.object->traits().wrapped();
    own.takes_weights = false;
    return own;
  }

 private:
  bool out_of_bag_noise() const { return p_.noise == BootstrapNoise::out_of_bag; }

  std::unique_ptr<Posterior> do_fit(const PrivilegedData& privileged, const TrainingData& data,
                                    const Stream& stream) const override {
    const Resampler resampler(p_, data.targets.size(), data.groups);
    const Index n = data.targets.size();
    const double shift = data.targets.mean();
    Members members(static_cast<std::size_t>(p_.members));
    std::vector<int> draws(members.size());
    Counts counts(p_.members, n);
    RowMatrixF values(out_of_bag_noise() ? n : 0, p_.members);  // at the training rows
    if (p_.spread != Spread::members) {  // what would fail at last is refused before anything is trained
      for (Index b = 0; b < p_.members; ++b) {
        Stream own = stream.fork("member", static_cast<std::uint64_t>(b));
        counts.row(b) = resampler.draw(own).cast<float>().transpose();
      }
      check_counts(resampler.unit_counts(counts), p_.members, p_.spread);
    }
    for_every_member([&](Index b) {
      const auto at = static_cast<std::size_t>(b);
      members[at] = fitted_member(privileged, data, resampler, stream.fork("member", at), counts.row(b), draws[at]);
      if (out_of_bag_noise()) predict_member(members[at], data.inputs, shift, b, values, nullptr);
    });
    Diagnostics diagnostics;
    for (const int drawn : draws) diagnostics["redrawn"] += drawn - 1;
    diagnostics["equal_target_members"] = static_cast<double>(
        std::count_if(members.begin(), members.end(), [](const Member& m) { return m.posterior == nullptr; }));
    Counts units;
    if (p_.spread != Spread::members) {
      units = resampler.unit_counts(counts);
      check_counts(units, p_.members, p_.spread);
    }
    double noise = p_.noise == BootstrapNoise::members ? -1 : 0;
    if (out_of_bag_noise()) {
      const OutOfBag out = out_of_bag(values, counts, (data.targets.array() - shift).matrix());
      require(!out.rows.empty(), ErrorKind::data,
              "bootstrap: all of {} members saw all of {} rows, so there is no out-of-bag error; take more members, or "
              "noise 'members'",
              p_.members, n);
      noise = unexplained_noise(
          out, ensemble_prediction(std::move(values), units, p_.spread, Vector::Zero(n)).latent.diagonal());
      diagnostics["out_of_bag_rmse"] = std::sqrt(out.square);
      diagnostics["out_of_bag_rows"] = static_cast<double>(out.rows.size());
      diagnostics["noise_variance"] = noise;
    }
    return std::make_unique<BootstrapPosterior>(std::move(members), std::move(units), p_.spread, shift, noise,
                                                std::move(diagnostics));
  }

  /// In parallel. Of members that fail the first is told of, on any number of threads; those behind it are left out.
  void for_every_member(const std::function<void(Index)>& body) const {
    std::vector<std::optional<Error>> errors(static_cast<std::size_t>(p_.members));
    std::atomic<Index> failed = p_.members;
    parallel_for(p_.members, [&](Index b) {
      if (b > failed) return;
      try {
        body(b);
      } catch (const Error& e) {
        errors[static_cast<std::size_t>(b)] = e.in(fmt::format("member {} of {} ({})", b, p_.members, p_.base.name));
        Index first = failed;
        while (b < first && !failed.compare_exchange_weak(first, b)) {
        }
      }
    });
    if (failed < p_.members) throw Error(*errors[static_cast<std::size_t>(failed)]);
  }

  /// @param counts written: what the member was trained on  @param draws written: how many it took
  Member fitted_member(const PrivilegedData& privileged, const TrainingData& data, const Resampler& resampler,
                       Stream stream, Eigen::Ref<RowMatrixF> counts, int& draws) const {
    for (draws = 1;; ++draws) {
      const Vector drawn = resampler.draw(stream);
      counts = drawn.cast<float>().transpose();
      Rows seen;
      for (Index i = 0; i < drawn.size(); ++i)
        if (drawn(i) > 0) seen.push_back(i);
      const Vector targets = data.targets(seen);
      if (!varies(targets)) {
        const double level = targets.mean();
        return {nullptr, level, (data.targets.array() - level).square().mean()};
      }
      try {
        return {p_.base.object->fit(resampled(data, drawn), stream.fork("fit"), privileged), 0, 0};
      } catch (const Error& e) {
        if (e.kind() != ErrorKind::data || draws == kDraws) throw;
      }
    }
  }

  TrainingData resampled(const TrainingData& data, const Vector& counts) const {
    if (p_.base.object->traits().takes_weights) {
      TrainingData weighted = data;
      weighted.weights = counts;
      return weighted;
    }
    return data.subset(repeated_rows(counts));
  }

  BootstrapParameters p_;
};

PREDCORR_REGISTER(Model, "bootstrap", Bootstrap, BootstrapParameters,
                  "any model on resampled rows; the members' spread is the covariance",
                  "Efron 1979; Breiman 1996; Palmer et al. 2022");

}  // namespace
}  // namespace predcorr::models
