// SPDX-License-Identifier: Apache-2.0
// Criteria that break one rule each, and the check that must notice.
#include "metrics/conformance/criterion_checks.hpp"

#include <atomic>
#include <functional>

#include "tests/support/check_faults.hpp"

namespace predcorr {
namespace {

using conformance::CriterionTrial;

/// The points of largest latent variance; a test may change a part of it.
struct Script : Criterion {
  std::function<Selection(const JointPrediction&, Index, Index, const Stream&)> choose = sound;
  bool needs = true;

  static Selection sound(const JointPrediction& p, Index n_pool, Index batch, const Stream&) {
    return take_best(p.latent.diagonal().head(n_pool), batch);
  }
  bool needs_prediction() const override { return needs; }
  Selection do_select(const JointPrediction& p, Index n_pool, Index batch, const Stream& stream) const override {
    return choose(p, n_pool, batch, stream);
  }
};

using Choose = std::function<Selection(const JointPrediction&, Index, Index, const Stream&)>;

std::shared_ptr<Script> with(Choose choose, bool needs = true) {
  auto script = std::make_shared<Script>();
  script->choose = std::move(choose);
  script->needs = needs;
  return script;
}

/// Sound, but for a change of what was selected.
std::shared_ptr<Script> after(std::function<void(Selection&, Index n_pool)> change) {
  return with([change = std::move(change)](const JointPrediction& p, Index n_pool, Index batch, const Stream& stream) {
    Selection selection = Script::sound(p, n_pool, batch, stream);
    change(selection, n_pool);
    return selection;
  });
}

/// Scores of the pool that a criterion with a fault adds up.
std::shared_ptr<Script> scoring(std::function<Vector(const JointPrediction&, Index)> scores) {
  return with([scores = std::move(scores)](const JointPrediction& p, Index n_pool, Index batch, const Stream&) {
    return take_best(scores(p, n_pool), batch);
  });
}

TEST_CASE("criterion checks: one that keeps the rules passes", "[metrics]") {
  const Script script;
  CriterionTrial trial(script);
  CHECK(test::failures(conformance::criterion_checks(), trial) == "");
}

TEST_CASE("criterion checks: each fault is caught by the check about it", "[metrics]") {
  const auto calls = std::make_shared<std::atomic<int>>(0);
  const auto counting = after([calls](Selection& s, Index) {
    if (!s.gains.empty()) s.gains[0] += 1e-12 * ++*calls;
  });
  const auto by_place = scoring([](const JointPrediction& p, Index n_pool) {
    return Vector(p.latent.diagonal().head(n_pool) + 100 * Vector::LinSpaced(n_pool, 0, 1));
  });
  const auto first_target = scoring(
      [](const JointPrediction& p, Index n_pool) { return Vector(p.latent.block(0, n_pool, n_pool, 1).cwiseAbs()); });
  const auto no_diagonal = scoring([](const JointPrediction& p, Index n_pool) {
    Vector variance = p.latent.diagonal().head(n_pool);
    if (const Vector own = p.latent.extra_diagonal(); own.size() > 0)
      variance += (own.head(n_pool).array() * Vector::LinSpaced(n_pool, 0, 3000).array()).matrix();
    return variance;
  });
  const auto looks = with(
      [](const JointPrediction& p, Index n_pool, Index batch, const Stream&) {
        return take_best(p.size() == 0 ? Vector(-Vector::LinSpaced(n_pool, 0, 1)) : Vector(p.mean.head(n_pool)), batch);
      },
      false);
  const auto divides = scoring([](const JointPrediction& p, Index n_pool) {
    return Vector(p.latent.diagonal().head(n_pool).cwiseQuotient(p.observed_variance().head(n_pool)));
  });
  test::expect_faults_caught<CriterionTrial, Criterion>(
      {{"no gains", after([](Selection& s, Index) { s.gains.clear(); }), "picks", "gave 0 gains for 1 picks", {"any"}},
       {"outside the pool", after([](Selection& s, Index n_pool) {
          if (s.picks.size() == 15) s.picks[14] = n_pool;
        }),
        "picks", "picked position 15, which is outside the pool of 15"},
       {"below 0", after([](Selection& s, Index) {
          if (s.picks.size() == 15) s.picks[14] = -1;
        }),
        "picks", "picked position -1"},
       {"the same twice", after([](Selection& s, Index) {
          if (s.picks.size() == 15) s.picks[14] = s.picks[0];
        }),
        "picks", "a criterion: do_select picked position"},
       {"one too few", after([](Selection& s, Index) {
          if (s.picks.size() == 15) s.picks.pop_back(), s.gains.pop_back();
        }),
        "picks", "picked 14 points, asked for 15 of 15"},
       {"throws an int for a pool of one", after([](Selection&, Index n_pool) {
          if (n_pool == 1) throw 42;
        }),
        "picks", "pool of 1, batch of 5: a criterion: do_select: something was thrown that is no std::exception"},
       {"counts its calls", counting, "repeated", "asked again"},
       {"by place", by_place, "pool-order", "the pool backwards: picks"},
       {"the first target", first_target, "target-order", "the targets backwards: picks"},
       {"counts the diagonal twice", no_diagonal, "forms", "the covariance as a factor and a diagonal: picks"},
       {"looks at a prediction it does not need", looks, "no-prediction", "with a prediction and"},
       {"0 / 0", divides, "certain", "a gain that is not finite"}},
      conformance::criterion_checks());
}

TEST_CASE("criterion checks: every registered criterion keeps the rules", "[metrics]") {
  const auto& registry = Registry<Criterion>::instance();
  for (const std::string& name : registry.names()) {
    INFO(name);
    const auto criterion = registry.make({.name = name}, name);
    CriterionTrial trial(*criterion.object);
    CHECK(test::failures(conformance::criterion_checks(), trial) == "");
  }
}

}  // namespace
}  // namespace predcorr
