// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "models/external/process.hpp"

namespace predcorr::models {

/// A running program and what it was asked to keep. Its members belong to whoever holds a Lease of it.
struct Worker {
  explicit Worker(const ProcessSettings& settings) : process(settings) {}

  Process process;
  int fits_begun = 0;  ///< one more than once: what it does may depend on what it did before

 private:
  friend class WorkerPool;
  std::vector<std::string> forgotten_;  // fits it need not keep, not yet told
  int fits_kept_ = 0;
  bool busy_ = false, lost_ = false;
};

class WorkerPool;

/// The sole use of a worker for a while; it goes back to the pool with this object.
class Lease {
 public:
  Lease() = default;
  Lease(WorkerPool& pool, std::shared_ptr<Worker> worker) : pool_(&pool), worker_(std::move(worker)) {}
  Lease(Lease&& other) noexcept : pool_(other.pool_), worker_(std::move(other.worker_)) {}
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { give_back(); }

  explicit operator bool() const { return worker_ != nullptr; }
  Worker* operator->() const { return worker_.get(); }
  const std::shared_ptr<Worker>& worker() const { return worker_; }

  /// Ends the process; what it kept is lost.
  void discard();

 private:
  void give_back();
  WorkerPool* pool_ = nullptr;
  std::shared_ptr<Worker> worker_;
};

/// Processes of external models, kept alive from fit to fit: to start one may take ten seconds of imports. Of equal
/// settings there are no more than threads that may want one; where there are more fits than that to be kept (a
/// bootstrap's members), several share a process. All are ended with the program.
class WorkerPool {
 public:
  static WorkerPool& instance();
  ~WorkerPool();

  /// A process for one more fit: `preferred` if it is idle, else an idle one that keeps no fit, else a new one, else
  /// the idle one that keeps fewest; waits where all are busy.  @throws Error (io), also where the user wants an end
  Lease take(const ProcessSettings& settings, const std::shared_ptr<Worker>& preferred);

  /// A new process that nobody has used. @param shared whether others may have it afterwards
  Lease start(const ProcessSettings& settings, bool shared);

  /// The same process again, as soon as it is idle; no lease if it is gone.
  Lease take_again(const std::shared_ptr<Worker>& worker);

  /// Says that a fit is no longer needed: now if the worker is idle, else before its next request.
  void forget(const std::shared_ptr<Worker>& worker, const std::string& folder);

 private:
  friend class Lease;
  using Workers = std::vector<std::shared_ptr<Worker>>;

  WorkerPool();
  std::shared_ptr<Worker> choose(Workers& workers, const std::shared_ptr<Worker>& preferred) const;
  std::shared_ptr<Worker> started(const ProcessSettings& settings, bool shared);
  Lease leased(const std::shared_ptr<Worker>& worker);
  void give_back(const std::shared_ptr<Worker>& worker);
  void discard(const std::shared_ptr<Worker>& worker);

  std::mutex mutex_;
  std::condition_variable idle_;
  std::map<std::string, Workers> workers_;  // by ProcessSettings::key()
};

}  // namespace predcorr::models
