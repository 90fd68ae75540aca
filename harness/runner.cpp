// SPDX-License-Identifier: Apache-2.0
#include "harness/runner.hpp"

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "harness/output.hpp"
#include "harness/plugin_loader.hpp"
#include "harness/progress.hpp"
#include "harness/run_notices.hpp"
#include "results/store/provenance.hpp"

namespace predcorr {
namespace {

/// Label of each control's base; empty where the base has no line of its own in the suite.
std::map<std::string, std::string> controls_of(const Suite& suite) {
  std::map<std::string, std::string> controls;
  for (const std::string& label : suite.models) {
    const Configured<Model>* base = suite.model(label, suite.datasets.front().label).object->traits().controlled;
    if (base == nullptr) continue;
    const auto is_base = [&](const std::string& other) {
      return std::all_of(suite.datasets.begin(), suite.datasets.end(), [&](const auto& dataset) {
        const Configured<Model>* wanted = suite.model(label, dataset.label).object->traits().controlled;
        const Configured<Model>& model = suite.model(other, dataset.label);
        return wanted != nullptr && wanted->name == model.name && wanted->parameters == model.parameters;
      });
    };
    const auto found = std::find_if(suite.models.begin(), suite.models.end(), is_base);
    controls[label] = found == suite.models.end() ? "" : *found;
  }
  return controls;
}

/// Models that know what contenders must not. One data set where it knows too much is enough.
std::vector<std::string> unranked_of(const Suite& suite) {
  std::vector<std::string> unranked;
  for (const std::string& label : suite.models)
    if (std::any_of(suite.datasets.begin(), suite.datasets.end(), [&](const auto& dataset) {
          return !is_ranked(suite.model(label, dataset.label).object->traits().kind);
        }))
      unranked.push_back(label);
  return unranked;
}

Run describe_run(const Suite& suite, const Plan& plan) {
  Run run;
  run.suite = suite.source;
  run.protocol = write_parameters(suite.protocol);
  run.datasets = plan.datasets;
  run.models = suite.models;
  run.unranked = unranked_of(suite);
  run.controls = controls_of(suite);
  run.families = suite.families;
  for (const auto& metric : suite.cross_metrics)
    run.cross_metrics.push_back({.name = metric.name, .parameters = metric.parameters});
  run.plan = planned_cells(plan.cells);
  if (!suite.folder.empty()) run.suite_folder = to_utf8(std::filesystem::absolute(suite.folder).string());
  run.provenance = provenance();
  if (Json plugins = loaded_plugins(); !plugins.empty()) run.provenance["plugins"] = std::move(plugins);
  return run;
}

/// Brings a success on file to what is asked for now, or says that it takes a new fit.
bool completed(const Suite& suite, Problems& problems, const Store& store, const Cell& cell, Record record, Keep keep) {
  const OnFile state = on_file(suite, cell, record, keep);
  if (state != OnFile::other_scores) return state == OnFile::complete;
  if (!rescore(suite, cell, problems, store.prediction_of(record), record)) return false;
  store.save(std::move(record), nullptr);
  return true;
}

/// A cell to run, and what its result may find in its place.
struct Job {
  Cell cell;
  Filing filing = Filing::first_wins;
};

/// Data set by data set and seed by seed, so that cells which share a problem run one after the other; else in the
/// plan's order.
void in_order_of_problems(const Suite& suite, std::vector<Job>& jobs) {
  std::map<std::string, std::size_t> place;
  for (const auto& dataset : suite.datasets) place.emplace(dataset.label, place.size());
  const auto key = [&](const Job& job) { return std::pair(place.at(job.cell.entry.dataset), job.cell.seed); };
  std::stable_sort(jobs.begin(), jobs.end(), [&](const Job& a, const Job& b) { return key(a) < key(b); });
}

/// What becomes of a result that could not be read again.
Record failed_instead(const Record& r, const Error& reason) {
  Record failed;
  failed.identity = r.identity;
  failed.failed = true;
  failed.failure_kind = to_string(reason.kind());
  failed.failure_reason = reason.what();
  failed.log = r.log;
  failed.n_train = r.n_train;
  failed.n_pool = r.n_pool;
  failed.n_test = r.n_test;
  failed.cost = r.cost;
  failed.made_by = r.made_by;
  return failed;
}

/// Hands out cells to worker tasks and files what comes back.
class Workers {
 public:
  Workers(const Suite& suite, Problems& problems, const Store& store, Keep keep, const std::vector<Job>& jobs,
          Progress& progress, const std::atomic<bool>& stop)
      : suite_(suite), problems_(problems), store_(store), keep_(keep), jobs_(jobs), progress_(progress), stop_(stop) {}

  void run(int threads, RunSummary& summary) {
    tbb::task_arena arena(threads);
    arena.execute([&] { parallel_for(threads, [&](Index) { work(); }); });
    if (broken_) std::rethrow_exception(broken_);
    summary.done = done_;
    summary.failed = failed_;
    summary.left = static_cast<int>(jobs_.size()) - done_ - failed_;
  }

 private:
  void work() {
    for (;;) {
      if (stop_ || is_broken()) return;
      const std::size_t i = next_++;
      if (i >= jobs_.size()) return;
      try {
        run_one(jobs_[i]);
      } catch (const Error& e) {  // the result could not be filed: going on would only lose more
        const std::lock_guard lock(mutex_);
        if (!broken_)
          broken_ = std::make_exception_ptr(
              e.in("a result cannot be written, the run stops; what is done is kept, and the same command goes on"));
        return;
      }
    }
  }

  void run_one(const Job& job) {
    // The peak belongs to the process; it is this cell's own only while nothing runs beside it.
    if (running_++ == 0) reset_peak_resident_bytes();
    progress_.started();
    std::optional<StoredPrediction> prediction;
    Record record = run_cell(suite_, job.cell, problems_, prediction);
    record.cost.peak_bytes = peak_resident_bytes();
    --running_;
    if (record.failed && stop_) return progress_.given_up();  // cut short: no failure, but run again next time
    file(job, std::move(prediction), record);
    ++(record.failed ? failed_ : done_);
    progress_.finished(job.cell.describe(), record);
  }

  /// Files a result. One that could not be read again is a failure of its cell, and says why.
  void file(const Job& job, std::optional<StoredPrediction> prediction, Record& record) {
    const Keep keep = to_keep(suite_, job.cell, keep_);
    Filed filed = Filed::written;
    try {
      filed = store_.save(record, prediction ? &*prediction : nullptr, keep, job.filing);
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::io) throw;
      record = failed_instead(record, e);
      filed = store_.save(record, nullptr, keep, job.filing);
    }
    if (filed == Filed::other_bits)
      progress_.note(
          fmt::format("{}: another process has filed other numbers for it; the first ones stay", job.cell.describe()));
    if (filed == Filed::success_stays) {
      progress_.note(fmt::format("{}: failed here ({}), but there is a success on file, which stays",
                                 job.cell.describe(), record.failure_reason));
      record.failed = false;
    }
  }

  bool is_broken() {
    const std::lock_guard lock(mutex_);
    return broken_ != nullptr;
  }

  const Suite& suite_;
  Problems& problems_;
  const Store& store_;
  const Keep keep_;
  const std::vector<Job>& jobs_;
  Progress& progress_;
  const std::atomic<bool>& stop_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<int> running_ = 0, done_ = 0, failed_ = 0;
  std::mutex mutex_;
  std::exception_ptr broken_;
};

/// What was done before of these cells; where they are all of the suite's, of every cell that is the run's own.
void forget(const Store& store, const std::vector<Cell>& cells, bool is_all, bool quiet) {
  std::set<std::string> ids;
  for (const Cell& cell : cells) ids.insert(cell.id());
  if (is_all) ids.merge(store.own_cells());
  store.forget(ids);
  const auto others = std::distance(std::filesystem::directory_iterator(store.cells()), {});
  if (is_all && others > 0 && !quiet)
    note("--fresh: {}: {} files that this run does not name stay\n", store.cells().string(), others);
}

}  // namespace

std::vector<Cell> selected_cells(const std::vector<Cell>& cells, const Suite& suite, const RunOptions& options) {
  std::vector<std::string> models, datasets;
  for (const std::string& label : options.only) {
    if (const auto family = suite.families.find(label); family != suite.families.end()) {
      models.insert(models.end(), family->second.begin(), family->second.end());
      continue;
    }
    const bool is_model = contains(suite.models, label);
    const bool is_dataset =
        std::any_of(suite.datasets.begin(), suite.datasets.end(), [&](const auto& d) { return d.label == label; });
    if (!is_model && !is_dataset) {
      std::vector<std::string> known = suite.models;
      for (const auto& dataset : suite.datasets) known.push_back(dataset.label);
      fail(ErrorKind::config, "--only: nothing in suite '{}' is labelled '{}'{}", suite.name, label,
           suggestion(label, known));
    }
    if (is_model) models.push_back(label);
    if (is_dataset) datasets.push_back(label);
  }
  require(options.shards >= 1 && options.shard >= 1 && options.shard <= options.shards, ErrorKind::config,
          "--shard: must be I/N with I from 1 to N, got {}/{}", options.shard, options.shards);
  const auto wanted = [](const std::vector<std::string>& list, const std::string& label) {
    return list.empty() || contains(list, label);
  };
  std::vector<Cell> kept;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string& model = cells[i].entry.selector.empty() ? cells[i].entry.model : cells[i].entry.selector;
    if (wanted(models, model) && wanted(datasets, cells[i].entry.dataset) &&
        static_cast<int>(i % static_cast<std::size_t>(options.shards)) == options.shard - 1)
      kept.push_back(cells[i]);
  }
  return kept;
}

int thread_count(const RunOptions& options) {
  return options.threads > 0 ? options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

Keep to_keep(const Suite& suite, const Cell& cell, Keep keep) {
  const bool is_control =
      suite.model(cell.predictors.front(), cell.dataset->label).object->traits().controlled != nullptr;
  return is_control && keep == Keep::predictions ? Keep::test : keep;
}

OnFile on_file(const Suite& suite, const Cell& cell, const Record& record, Keep keep) {
  if (record.failed) return OnFile::to_run;
  if (cell.criterion != nullptr) return OnFile::complete;
  const Keep kept = record.prediction ? record.prediction->kept : Keep::scores;
  if (kept < to_keep(suite, cell, keep)) return OnFile::to_run;
  const Json wanted = metrics_in_use(suite);
  const bool complete = std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& metric) {
    return record.metrics.contains(metric.key()) && record.metrics.at(metric.key()) == metric.value();
  });
  if (complete) return OnFile::complete;
  return record.prediction ? OnFile::other_scores : OnFile::to_run;
}

RunSummary run_suite(const Suite& suite, const Store& store, const RunOptions& options, const std::atomic<bool>& stop) {
  Problems problems(suite);
  return run_plan(suite, plan_suite(suite, problems), problems, store, options, stop);
}

RunSummary run_plan(const Suite& suite, const Plan& plan, Problems& problems, const Store& store,
                    const RunOptions& options, const std::atomic<bool>& stop) {
  const std::vector<Cell> cells = selected_cells(plan.cells, suite, options);
  if (options.fresh) forget(store, cells, cells.size() == plan.cells.size(), options.quiet);
  store.write_run(describe_run(suite, plan));
  if (!options.quiet) print_run_notices(suite, plan.datasets);

  RunSummary summary;
  std::vector<Job> to_do;
  std::vector<std::string> notes;
  for (const Cell& cell : cells) {
    FiledCell before = store.look_up(cell.id());
    if (!before.damage.empty()) {
      notes.push_back(fmt::format("damaged, to be run again: {} ({})", before.damage, cell.describe()));
      summary.damaged.push_back({cell.id(), before.damage});
    }
    if (!before.record || before.record->failed) {
      to_do.push_back({cell});
      continue;
    }
    if (completed(suite, problems, store, cell, std::move(*before.record), options.keep))
      ++summary.done_before;
    else
      to_do.push_back({cell, Filing::replace});
  }
  const int threads = thread_count(options);
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
  Progress progress(static_cast<int>(to_do.size()), summary.done_before, options.quiet);
  for (const std::string& note : notes) progress.note(note);
  in_order_of_problems(suite, to_do);
  Workers(suite, problems, store, options.keep, to_do, progress, stop).run(threads, summary);
  return summary;
}

}  // namespace predcorr
