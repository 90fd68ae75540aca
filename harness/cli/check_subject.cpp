// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/check_subject.hpp"

#include <functional>

#include "core/kernels/conformance/kernel_checks.hpp"
#include "datasets/conformance/dataset_checks.hpp"
#include "metrics/conformance/criterion_checks.hpp"
#include "metrics/conformance/metric_checks.hpp"
#include "models/conformance/conformance.hpp"

namespace predcorr {
namespace {

/// The plug-in and its trial, kept together.
template <class Interface, class Trial>
struct Case {
  template <class... More>
  explicit Case(Configured<Interface> configured, More&&... more)
      : plugin(std::move(configured)), trial(*plugin.object, std::forward<More>(more)...) {}
  Configured<Interface> plugin;
  Trial trial;
};

template <class Trial, class Interface, class Ask, class... More>
CheckSubject subject_of(Configured<Interface> plugin, const Ask& ask, More&&... more) {
  const auto kept = std::make_shared<Case<Interface, Trial>>(std::move(plugin), std::forward<More>(more)...);
  return {Interface::kKind, kept->plugin.name, kept->plugin.parameters, ask(kept->trial), kept};
}

template <class Interface>
Configured<Interface> made(const CheckArgument& argument, const std::string& path) {
  return Registry<Interface>::instance().make(read_spec(argument.value, Interface::kKind, path), path, argument.folder);
}

template <class Trial>
std::string lines(const std::vector<conformance::CheckOf<Trial>>& checks) {
  std::string text;
  for (const auto& check : checks) text += fmt::format("  {:<24}{}\n", check.name, check.asks);
  return text;
}

/// {"rbf": {...}}, {"sum": [...]} or a number.
bool is_short_kernel(const Json& value) {
  return value.is_number() ||
         (value.is_object() && value.size() == 1 && Registry<Kernel>::instance().contains(value.begin().key()));
}

std::vector<std::string> names_of(const std::string& kind) {
  if (kind == Model::kKind) return Registry<Model>::instance().names();
  if (kind == Criterion::kKind) return Registry<Criterion>::instance().names();
  if (kind == Kernel::kKind) return Registry<Kernel>::instance().names();
  if (kind == DatasetSource::kKind) return Registry<DatasetSource>::instance().names();
  std::vector<std::string> all = Registry<Metric>::instance().names();
  for (const std::string& name : Registry<CrossMetric>::instance().names()) all.push_back(name);
  return all;
}

std::string kind_of(const Json& value, const std::string& path) {
  if (is_short_kernel(value)) return Kernel::kKind;
  if (value.is_object()) {
    for (const std::string& kind : check_kinds())
      if (value.contains(kind)) return kind;
    return Model::kKind;  // whose reader says what is missing
  }
  const std::string name = value.is_string() ? value.get<std::string>() : value.dump();
  std::vector<std::string> known;
  for (const std::string& kind : check_kinds())
    for (const std::string& other : names_of(kind)) {
      if (other == name) return kind;
      known.push_back(other);
    }
  fail(ErrorKind::config, "{}: no model, metric, criterion, kernel or data set is called '{}'{}", path, name,
       suggestion(name, known));
}

}  // namespace

const std::vector<std::string>& check_kinds() {
  static const std::vector<std::string> all = {Model::kKind, Metric::kKind, Criterion::kKind, Kernel::kKind,
                                               DatasetSource::kKind};
  return all;
}

std::string list_of_checks(const std::string& kind) {
  using namespace conformance;
  if (kind == Model::kKind) return lines(all_checks());
  if (kind == Criterion::kKind) return lines(criterion_checks());
  if (kind == Kernel::kKind) return lines(kernel_checks());
  if (kind == DatasetSource::kKind) return lines(dataset_checks());
  return lines(metric_checks()) + "of metrics of several predictions together\n" + lines(cross_metric_checks());
}

CheckSubject check_subject(const CheckArgument& argument, const std::string& given_kind, const std::string& path,
                           std::uint64_t seed, const std::vector<std::filesystem::path>& folders) {
  using namespace conformance;
  const std::string kind = given_kind.empty() ? kind_of(argument.value, path) : given_kind;
  if (kind == Model::kKind) return subject_of<Trial>(made<Model>(argument, path), model_questions, seed);
  if (kind == Criterion::kKind) return subject_of<CriterionTrial>(made<Criterion>(argument, path), criterion_questions);
  if (kind == DatasetSource::kKind)
    return subject_of<DatasetTrial>(made<DatasetSource>(argument, path), dataset_questions, seed, folders);
  if (kind == Kernel::kKind) {
    try {
      return subject_of<KernelTrial>(JsonType<Configured<Kernel>>::read(argument.value, argument.folder),
                                     kernel_questions);
    } catch (const Error& e) {
      throw e.in(path);
    }
  }
  require(kind == Metric::kKind, ErrorKind::config, "{}: must be a {}, got a {}", path, fmt::join(check_kinds(), ", "),
          kind);
  const Spec spec = read_spec(argument.value, Metric::kKind, path);
  if (Registry<CrossMetric>::instance().contains(spec.name))
    return subject_of<CrossMetricTrial>(made<CrossMetric>(argument, path), cross_metric_questions);
  return subject_of<MetricTrial>(made<Metric>(argument, path), metric_questions);
}

}  // namespace predcorr
