// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>

#include "core/base/files.hpp"
#include "core/base/install_paths.hpp"
#include "core/base/interruption.hpp"
#include "core/base/text.hpp"
#include "core/numpy/npz.hpp"
#include "models/external/answer.hpp"
#include "models/external/command.hpp"
#include "models/external/csv_arrays.hpp"
#include "models/external/request.hpp"
#include "models/external/scratch.hpp"
#include "models/external/worker_pool.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

namespace fs = std::filesystem;

constexpr int kLinesInMessage = 4;  // of standard error

struct ExternalParameters {
  Command command;
  FreeParameters parameters;
  FileFormat format = FileFormat::npz;
  bool takes_weights = false;
  double fit_seconds = 3600;
  double predict_seconds = 3600;
  double memory_mb = 0;
  int threads = 1;
  bool keep_alive = true;

  static Fields<ExternalParameters> fields() {
    using P = ExternalParameters;
    return {
        field("command", &P::command, any_value(),
              "program and arguments; files among them are looked for beside the suite, then in the working folder"),
        field("parameters", &P::parameters, any_value(), "given to the program as they are"),
        field("format", &P::format, "of the files that are exchanged"),
        field("takes_weights", &P::takes_weights, any_value(), "whether the program counts row i as weights[i] rows"),
        field("fit_seconds", &P::fit_seconds, above(0), "time for a fit and, if need be, the program's start"),
        field("predict_seconds", &P::predict_seconds, above(0), "time for a prediction"),
        field("memory_mb", &P::memory_mb, at_least(0), "limit of the program's address space; 0 for none"),
        field("threads", &P::threads, between(1, 1024),
              "of its OpenMP and BLAS (OMP_NUM_THREADS and its like), so that sums do not depend on the machine"),
        field("keep_alive", &P::keep_alive, any_value(),
              "whether a process is kept for further fits; if not, each fit has its own")};
  }
};

/// Where predcorr_model.py is.
std::string helper_folder() {
  const std::vector<fs::path> folders = shipped_folders("external", "models/external");
  for (const fs::path& folder : folders)
    if (fs::is_directory(folder)) return folder.string();
  return folders.back().string();
}

ProcessSettings process_settings(const ExternalParameters& p) {
  ProcessSettings settings;
  settings.command = p.command.located;
  check_program(p.command);
  const std::string threads = std::to_string(p.threads);
  for (const char* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"})
    settings.environment[name] = threads;
  settings.environment["PYTHONHASHSEED"] = "0";  // else the order of a set is another in every process
  settings.environment["PYTHONDONTWRITEBYTECODE"] = "1";
  const char* path = std::getenv("PYTHONPATH");
  settings.environment["PYTHONPATH"] =
      helper_folder() + (path == nullptr || *path == '\0' ? "" : ":" + std::string(path));
  settings.memory_mb = p.memory_mb;
  return settings;
}

/// Predictions are asked of the process that made the fit, by one thread at a time. Where several fits share a process
/// and another's failure ended it, the fit is made again, from the same files with the same seed.
class ExternalPosterior : public Posterior {
 public:
  ExternalPosterior(const ExternalParameters& p, const ProcessSettings& settings, const TrainingData& data,
                    std::uint64_t seed, const std::shared_ptr<Worker>& preferred)
      : p_(p), settings_(settings), image_(data.image), seed_(seed) {
    if (!keeps_scratch()) settings_.scratch_folder = scratch_root().string();
    write_training(data);
    run([&](bool fresh) { return fresh ? start() : take(preferred); }, [](Lease&) {});
  }
  ~ExternalPosterior() override {
    if (worker_ == nullptr) return;
    try {
      WorkerPool::instance().forget(worker_, folder_.path().string());
    } catch (const std::exception&) {  // then the process keeps the fit; nobody is left to be told
    }
  }

  Diagnostics diagnostics() const override { return diagnostics_; }
  std::vector<std::string> warnings() const override {
    const std::lock_guard lock(mutex_);
    if (!noise_included_) return {};
    return {
        "its covariance includes noise ('cov'), so f cannot be told from y: scores and criteria that ask for f take y "
        "for it; send 'latent_cov' and 'noise_var'"};
  }
  std::string log() const override {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  std::shared_ptr<Worker> worker() const {
    const std::lock_guard lock(mutex_);
    return worker_;
  }

 private:
  Lease start() const { return WorkerPool::instance().start(settings_, p_.keep_alive); }
  Lease take(const std::shared_ptr<Worker>& preferred) const {
    return p_.keep_alive ? WorkerPool::instance().take(settings_, preferred) : start();
  }

  JointPrediction do_predict(const Matrix& query) const override {
    if (query.rows() == 0) return {Vector(), Covariance(), Vector()};
    const std::lock_guard lock(mutex_);
    write_query(query);
    FilePrediction answer;
    const auto again = [&](bool fresh) { return fresh ? start() : WorkerPool::instance().take_again(worker_); };
    run(again, [&](Lease& lease) {
      remove_answer(folder_.path());
      ask(lease->process, {{"do", "predict"}, {"folder", folder_.path().string()}}, p_.predict_seconds);
      answer = read_answer(folder_.path(), p_.format, query.rows());
    });
    noise_included_ = noise_included_ || answer.noise_included;
    return std::move(answer.prediction);
  }

  /// Gets a process, makes the fit in it where that has not been done, and goes on to `then`. What a process does may
  /// depend on what it did before. So a failure, unless it took all its time, counts only where the process has had no
  /// other fit; else all is done once more in a new one, and a result does not depend on what ran before it.
  template <class Get, class Then>
  void run(const Get& get, const Then& then) const {
    for (bool fresh = false;; fresh = true) {
      Lease lease;
      const char* what = "start";
      try {
        lease = get(fresh);
        if (!lease) continue;  // another fit's failure ended the process
        if (lease.worker() != worker_) {
          what = "fit";
          fit(lease);
        }
        what = "predict";
        then(lease);
        listen(lease);
        return;
      } catch (const Error& e) {
        const auto* request = dynamic_cast<const RequestError*>(&e);
        const bool once_more = !fresh && lease && lease->fits_begun > 1 && (request == nullptr || !request->is_late());
        if (lease) {
          lease->process.end();
          listen(lease);
          lease.discard();
        }
        if (!once_more) fail_with(e, what);
      }
    }
  }

  void fit(Lease& lease) const {
    ++lease->fits_begun;
    worker_.reset();
    Json request = {{"do", "fit"},
                    {"folder", folder_.path().string()},
                    {"format", word_of(p_.format)},
                    {"seed", seed_},
                    {"parameters", p_.parameters.values}};
    if (image_) request["image"] = {image_->height, image_->width, image_->channels};
    const Json answer = ask(lease->process, std::move(request), p_.fit_seconds);
    diagnostics_.clear();
    const Json diagnostics = answer.value("diagnostics", Json::object());
    require(diagnostics.is_object(), ErrorKind::data, "'diagnostics' must be an object of numbers, got {}",
            diagnostics.dump());
    for (const auto& [name, value] : diagnostics.items()) {
      require(value.is_number() && std::isfinite(value.get<double>()), ErrorKind::data,
              "diagnostic '{}' must be a finite number, got {}", name, value.dump());
      diagnostics_[name] = value.get<double>();
    }
    worker_ = lease.worker();
  }

  void listen(Lease& lease) const {
    log_ += readable(lease->process.take_errors());
    if (log_.size() > kLongestLog) log_ = readable(log_.substr(log_.size() - kLongestLog));
    // A cut may have gone through a character, whose replacement is longer.
    while (log_.size() > kLongestLog) log_ = readable(log_.substr(log_.size() - kLongestLog + 4));
  }

  [[noreturn]] void fail_with(const Error& e, const char* what) const {
    std::string command;
    for (const std::string& word : p_.command.words) command += (command.empty() ? "" : " ") + word;
    std::string message =
        fmt::format("external model '{}': {}: {}", shortened(printable_line(command), kLongestMessage), what,
                    shortened(printable(e.what()), kLongestMessage));
    std::string lines = shortened(printable_line(last_lines(log_, kLinesInMessage)), kLongestMessage / 2);
    // Another folder in every run must not make equal runs differ.
    const std::string folder = folder_.path().string();
    for (auto at = lines.find(folder); at != std::string::npos; at = lines.find(folder, at))
      lines.replace(at, folder.size(), "FOLDER");
    if (p_.memory_mb > 0) message += fmt::format(" (its memory is limited by memory_mb: {})", p_.memory_mb);
    if (!lines.empty()) message += "; last on its standard error: " + lines;
    if (keeps_scratch()) message += "; files kept in " + folder;
    throw LoggedError(Error(e.kind(), message), log_);
  }

  void write_training(const TrainingData& data) const {
    const fs::path& folder = folder_.path();
    if (p_.format == FileFormat::csv) {
      write_text_atomically(folder / "x.csv", csv_matrix(data.inputs));
      write_text_atomically(folder / "y.csv", csv_matrix(data.targets));
      if (data.weights.size() > 0) write_text_atomically(folder / "weights.csv", csv_matrix(data.weights));
      return;
    }
    NpzWriter npz;
    const RowMatrix x = data.inputs;  // as NumPy has it
    npz.add("x", x);
    npz.add("y", data.targets);
    if (data.weights.size() > 0) npz.add("weights", data.weights);
    npz.save(folder / "train.npz");
  }

  void write_query(const Matrix& query) const {
    const fs::path& folder = folder_.path();
    if (p_.format == FileFormat::csv) return write_text_atomically(folder / "query.csv", csv_matrix(query));
    NpzWriter npz;
    const RowMatrix x = query;
    npz.add("x", x);
    npz.save(folder / "query.npz");
  }

  ExternalParameters p_;
  ProcessSettings settings_;
  std::optional<ImageShape> image_;
  std::uint64_t seed_;
  ScratchFolder folder_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<Worker> worker_;  // that keeps the fit
  mutable Diagnostics diagnostics_;
  mutable std::string log_;
  mutable bool noise_included_ = false;  // in a prediction's covariance
};

/// A model in any language, in a process of its own. PROTOCOL.md says how it is spoken to: a line of JSON on its
/// standard input for each request, a line back on its standard output, arrays in files of a temporary folder.
/// predcorr_model.py makes a Python function of three arguments such a program.
///
/// It is held to what a model owes: the prediction's shape, finite numbers, a symmetric and positive semi-definite
/// covariance, noise that is not negative (core/numpy/prediction_arrays.hpp). Time and memory are limited; a program
/// that fails or hangs is ended with all that it started, and the cell fails with the reason and the last lines of its
/// standard error. Cost: that of the program, and n d numbers through the file system for a fit, m^2 or m s for a
/// prediction.
class External : public Model {
 public:
  explicit External(ExternalParameters p) : p_(std::move(p)), settings_(process_settings(p_)) {
    traits_.takes_weights = p_.takes_weights;
    if (Json files = file_hashes(p_.command); !files.empty()) traits_.content = {{"files", std::move(files)}};
  }

  ModelTraits traits() const override { return traits_; }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    return fitted(data, stream, nullptr);
  }

  /// A fit from scratch, but in the process that is warm from the last one.
  std::unique_ptr<Posterior> do_refit(const Posterior& previous, const TrainingData& data,
                                      const Stream& stream) const override {
    const auto* last = dynamic_cast<const ExternalPosterior*>(&previous);
    return fitted(data, stream, last == nullptr ? nullptr : last->worker());
  }

  std::unique_ptr<Posterior> fitted(const TrainingData& data, const Stream& stream,
                                    const std::shared_ptr<Worker>& preferred) const {
    const std::uint64_t seed = stream.fork("external").key() >> 33;  // 31 bits: what R and NumPy take as a seed
    return std::make_unique<ExternalPosterior>(p_, settings_, data, seed, preferred);
  }

  ExternalParameters p_;
  ProcessSettings settings_;
  ModelTraits traits_;  // made once: the hashes of files are part of it
};

PREDCORR_REGISTER(Model, "external", External, ExternalParameters,
                  "a program in any language that fits and predicts on request (models/external/PROTOCOL.md)", "");

}  // namespace
}  // namespace predcorr::models
