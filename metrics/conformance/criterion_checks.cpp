// SPDX-License-Identifier: Apache-2.0
#include "metrics/conformance/criterion_checks.hpp"

#include <algorithm>
#include <set>

#include "metrics/conformance/scenes.hpp"

namespace predcorr::conformance {
namespace {

constexpr Index kPool = 15, kTargets = 10, kBatch = 4;

JointPrediction prediction() { return drawn_prediction(kPool + kTargets, 30, 80); }

std::string text_of(const Rows& picks) { return fmt::format("{}", fmt::join(picks, ", ")); }

std::string check_picks(CriterionTrial& trial) {
  const JointPrediction p = prediction();
  for (const Index batch : {Index{1}, kBatch, kPool, kPool + 5}) trial.select(p, kPool, batch);
  const JointPrediction few = drawn_prediction(3, 30, 81);
  trial.select(few, 1, 5);
  trial.select(few, 2, 0);
  return "";
}

std::string check_repeated(CriterionTrial& trial) {
  const JointPrediction p = prediction();
  const Selection first = trial.select(p, kPool, kBatch), again = trial.select(p, kPool, kBatch);
  expect(again.picks == first.picks && again.gains == first.gains, "picks {} and then, asked again, {}",
         text_of(first.picks), text_of(again.picks));
  return trial.draws() ? "draws lots" : "";
}

/// The same rows of a prediction in another order.
void expect_picks(const CriterionTrial& trial, const Rows& rows, const std::string& what) {
  const JointPrediction p = prediction();
  const Rows expected = trial.select(p, kPool, kBatch).picks;
  Rows picks;
  for (const Index pick : trial.select(p.subset(rows), kPool, kBatch).picks)
    picks.push_back(rows[static_cast<std::size_t>(pick)]);
  expect(picks == expected, "{}: picks {} where it picked {}", what, text_of(picks), text_of(expected));
}

std::string check_pool_order(CriterionTrial& trial) {
  if (trial.draws()) throw NotApplicable{"it draws lots, by the points' places"};
  Rows rows = consecutive_rows(0, kPool + kTargets);
  std::reverse(rows.begin(), rows.begin() + kPool);
  expect_picks(trial, rows, "the pool backwards");
  return "";
}

std::string check_target_order(CriterionTrial& trial) {
  Rows rows = consecutive_rows(0, kPool + kTargets);
  std::reverse(rows.begin() + kPool, rows.end());
  expect_picks(trial, rows, "the targets backwards");
  return "";
}

std::string check_forms(CriterionTrial& trial) {
  std::optional<Rows> dense;
  for (const auto& [form, p] : forms_of(prediction())) {
    const Rows picks = trial.select(p, kPool, kBatch).picks;
    if (!dense) dense = picks;
    expect(picks == *dense, "the covariance as {}: picks {} where it picked {} from a dense one", form, text_of(picks),
           text_of(*dense));
  }
  return "";
}

std::string check_no_prediction(CriterionTrial& trial) {
  if (trial.criterion().needs_prediction()) throw NotApplicable{"it needs a prediction"};
  const Rows with = trial.select(prediction(), kPool, kBatch).picks, without = trial.select({}, kPool, kBatch).picks;
  expect(with == without, "picks {} with a prediction and {} without", text_of(with), text_of(without));
  return "";
}

std::string check_certain(CriterionTrial& trial) {
  const Index n = kPool + kTargets;
  const Covariance nothing = Covariance::from_factor(RowMatrix(RowMatrix::Zero(n, 1)));
  const JointPrediction mean = prediction();
  for (const double noise : {0.0, 0.1}) {
    try {
      trial.select({mean.mean, nothing, Vector::Constant(n, noise)}, kPool, kBatch);
    } catch (const Failure& f) {
      if (f.thrown != ErrorKind::numerical && f.thrown != ErrorKind::data) throw;
      return "refused: " + f.detail;
    }
  }
  return "";
}

}  // namespace

Selection CriterionTrial::select(const JointPrediction& p, Index n_pool, Index batch, std::uint64_t seed) const {
  try {
    return criterion_.select(p, n_pool, batch, Stream(seed));
  } catch (const Error& e) {
    throw Failure{fmt::format("pool of {}, batch of {}: {}", n_pool, batch, e.what()), e.kind()};
  }
}

bool CriterionTrial::draws() const {
  const JointPrediction p = prediction();
  const Rows first = select(p, kPool, kBatch, 1).picks;
  return select(p, kPool, kBatch, 2).picks != first || select(p, kPool, kBatch, 3).picks != first;
}

const std::vector<CriterionCheck>& criterion_checks() {
  static const std::vector<CriterionCheck> all = {
      {"picks", "as many different pool points as asked for, or the whole pool, with a finite gain each",
       "Return positions from 0 to n_pool - 1, none twice, and one gain for each; take_best and pick_greedily do.",
       check_picks},
      {"repeated", "the same prediction and seed give the same picks and gains",
       "Draw random numbers only from forks of the given stream, and keep no mutable state.", check_repeated},
      {"pool-order", "the same pool in another order: the same points are picked",
       "Break ties by position only where scores are equal; a place says nothing else about a point.",
       check_pool_order},
      {"target-order", "the same targets in another order: the same points are picked",
       "Sum or average over the targets, from position n_pool on.", check_target_order},
      {"forms", "the covariance, dense or as a factor, with or without a diagonal of its own: the same picks",
       "Ask for block() or diagonal(), or treat each form, extra_diagonal() included.", check_forms},
      {"no-prediction", "where needs_prediction() is false, a prediction changes nothing and may be missing",
       "Look at the pool's size and the stream alone, or let needs_prediction() say true.", check_no_prediction},
      {"certain", "a pool about which everything is known is picked from, or refused",
       "Do not divide by a variance of 0; throw an Error of kind numerical that says what is missing.", check_certain},
  };
  return all;
}

std::vector<Question> criterion_questions(CriterionTrial& trial) { return questions(criterion_checks(), trial, ""); }

}  // namespace predcorr::conformance
