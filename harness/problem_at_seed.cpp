// SPDX-License-Identifier: Apache-2.0
#include "harness/problem_at_seed.hpp"

#include <tbb/global_control.h>

namespace predcorr {
namespace {

Rows rows_to_predict(const Problem& problem) {
  const Split& split = problem.split();
  return problem.dataset().truth ? joined(split.pool, split.test) : split.test;
}

}  // namespace

ProblemAtSeed::ProblemAtSeed(const DatasetSource& source, const DataRequest& request,
                             std::shared_ptr<const Dataset> data)
    : problem_(source, request, std::move(data)), predicted_rows_(rows_to_predict(problem_)) {}

const EvaluationData& ProblemAtSeed::evaluation() const {
  return *evaluation_.get([&] {
    const Split& split = problem_.split();
    return std::make_shared<const EvaluationData>(
        EvaluationData{problem_.targets(predicted_rows_), std::ssize(predicted_rows_) - std::ssize(split.test),
                       problem_.oracle(split.train, predicted_rows_), problem_.inputs(predicted_rows_)});
  });
}

EvaluationData ProblemAtSeed::test_evaluation() const {
  const EvaluationData& all = evaluation();
  EvaluationData test{.y = all.test_targets(), .n_pool = 0, .oracle = std::nullopt};
  if (all.oracle) test.oracle = test_part(all, *all.oracle);
  if (all.inputs.size() > 0) test.inputs = all.inputs.bottomRows(all.n_test());
  return test;
}

std::string ProblemAtSeed::other_than(const StoredPrediction& stored) const {
  const Split& split = problem_.split();
  if (split.train != stored.rows.train || split.pool != stored.rows.pool || split.test != stored.rows.test)
    return "it was split into other rows";
  const Rows& rows = stored.n_pool > 0 ? predicted_rows_ : split.test;
  if (std::ssize(rows) != stored.y.size() || std::ssize(rows) - std::ssize(split.test) != stored.n_pool)
    return "other rows were predicted";
  return problem_.targets(rows) == stored.y ? "" : "its targets were others";
}

Problems::Problems(const Suite& suite) : request_(suite.request(0)) {}

std::shared_ptr<const ProblemAtSeed> Problems::at(const Labelled<DatasetSource>& dataset, std::uint64_t seed) {
  return place_of({dataset.label, seed})->get([&] {
    DataRequest request = request_;
    request.seed = seed;
    return std::make_shared<const ProblemAtSeed>(*dataset.plugin.object, request, file_of(dataset, request));
  });
}

/// Null for generated data, which are others at every seed.
std::shared_ptr<const Dataset> Problems::file_of(const Labelled<DatasetSource>& dataset, const DataRequest& request) {
  const DatasetSource& source = *dataset.plugin.object;
  if (!source.is_file()) return nullptr;
  std::shared_ptr<MadeOnce<Dataset>> file;
  {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<MadeOnce<Dataset>>& place = files_[dataset.label];
    if (!place) place = std::make_shared<MadeOnce<Dataset>>();
    file = place;
  }
  return file->get([&] { return std::make_shared<const Dataset>(source.loaded(request)); });
}

std::shared_ptr<MadeOnce<ProblemAtSeed>> Problems::place_of(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(recent_.begin(), recent_.end(), [&](const auto& each) { return each.first == key; });
  if (found != recent_.end())
    recent_.splice(recent_.begin(), recent_, found);
  else
    recent_.emplace_front(key, std::make_shared<MadeOnce<ProblemAtSeed>>());
  const std::size_t most = tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism) + 1;
  while (recent_.size() > most) recent_.pop_back();  // who uses it has it still
  return recent_.front().second;
}

}  // namespace predcorr
