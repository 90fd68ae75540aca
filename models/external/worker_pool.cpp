// SPDX-License-Identifier: Apache-2.0
#include "models/external/worker_pool.hpp"

#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/interruption.hpp"
#include "models/external/request.hpp"
#include "models/external/scratch.hpp"

namespace predcorr::models {
namespace {

constexpr double kForgetSeconds = 60;  // to let go of a fit
constexpr double kGoodbyeSeconds = 1;  // for all processes together, to end by themselves

}  // namespace

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  pool_ = other.pool_;
  worker_ = std::move(other.worker_);
  return *this;
}

void Lease::give_back() {
  if (worker_ != nullptr) pool_->give_back(std::exchange(worker_, nullptr));
}

void Lease::discard() {
  if (worker_ != nullptr) pool_->discard(std::exchange(worker_, nullptr));
}

WorkerPool::WorkerPool() { scratch_root(); }  // made before, so that it goes after what uses it

WorkerPool& WorkerPool::instance() {
  static WorkerPool pool;
  return pool;
}

WorkerPool::~WorkerPool() {
  for (auto& [key, workers] : workers_)
    for (const auto& worker : workers) worker->process.close_input();
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(kGoodbyeSeconds);
  for (auto& [key, workers] : workers_)
    for (const auto& worker : workers) {
      const std::chrono::duration<double> left = until - std::chrono::steady_clock::now();
      worker->process.has_ended_within(std::max(left.count(), 0.0));
      worker->process.end();
    }
}

/// Of the idle ones; null if a new one is to be started, or where all are busy.
std::shared_ptr<Worker> WorkerPool::choose(Workers& workers, const std::shared_ptr<Worker>& preferred) const {
  std::erase_if(workers, [](const auto& worker) {  // it may have ended while nobody looked
    worker->lost_ = worker->lost_ || (!worker->busy_ && !worker->process.is_ready());
    return worker->lost_;
  });
  std::shared_ptr<Worker> best;
  for (const auto& worker : workers) {
    if (worker->busy_) continue;
    if (worker == preferred) return worker;
    if (best == nullptr || worker->fits_kept_ < best->fits_kept_) best = worker;
  }
  const auto most = static_cast<std::size_t>(std::max(1, tbb::this_task_arena::max_concurrency()));
  return best != nullptr && best->fits_kept_ > 0 && workers.size() < most ? nullptr : best;
}

std::shared_ptr<Worker> WorkerPool::started(const ProcessSettings& settings, bool shared) {
  auto worker = std::make_shared<Worker>(settings);
  worker->busy_ = true;
  worker->fits_kept_ = 1;
  if (shared) workers_[settings.key()].push_back(worker);
  return worker;
}

Lease WorkerPool::take(const ProcessSettings& settings, const std::shared_ptr<Worker>& preferred) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (interruption()) throw RequestError(ErrorKind::io, "interrupted by Ctrl-C", true);
    Workers& workers = workers_[settings.key()];
    if (const auto worker = choose(workers, preferred)) {
      worker->busy_ = true;
      ++worker->fits_kept_;
      lock.unlock();
      if (Lease lease = leased(worker)) return lease;
      lock.lock();
      continue;
    }
    const auto most = static_cast<std::size_t>(std::max(1, tbb::this_task_arena::max_concurrency()));
    if (workers.size() < most) return {*this, started(settings, true)};
    idle_.wait(lock);
  }
}

Lease WorkerPool::start(const ProcessSettings& settings, bool shared) {
  const std::lock_guard lock(mutex_);
  return {*this, started(settings, shared)};
}

Lease WorkerPool::take_again(const std::shared_ptr<Worker>& worker) {
  {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return worker->lost_ || !worker->busy_; });
    if (worker->lost_) return {};
    worker->busy_ = true;
  }
  return leased(worker);
}

/// A busy worker that was told what it may forget; no lease if it could not be told.
Lease WorkerPool::leased(const std::shared_ptr<Worker>& worker) {
  Lease lease(*this, worker);
  std::vector<std::string> folders;
  {
    const std::lock_guard lock(mutex_);
    folders.swap(worker->forgotten_);
  }
  try {
    for (const std::string& folder : folders)
      ask(worker->process, {{"do", "forget"}, {"folder", folder}}, kForgetSeconds);
  } catch (const RequestError&) {
    lease.discard();
  }
  return lease;
}

void WorkerPool::forget(const std::shared_ptr<Worker>& worker, const std::string& folder) {
  {
    const std::lock_guard lock(mutex_);
    if (worker->lost_) return;
    --worker->fits_kept_;
    worker->forgotten_.push_back(folder);
    if (worker->busy_) return;
    worker->busy_ = true;
  }
  leased(worker);
}

void WorkerPool::give_back(const std::shared_ptr<Worker>& worker) {
  {
    const std::lock_guard lock(mutex_);
    worker->busy_ = false;
  }
  idle_.notify_all();
}

void WorkerPool::discard(const std::shared_ptr<Worker>& worker) {
  {
    const std::lock_guard lock(mutex_);
    worker->lost_ = true;
    for (auto& [key, workers] : workers_) std::erase(workers, worker);
  }
  worker->process.end();
  idle_.notify_all();
}

}  // namespace predcorr::models
