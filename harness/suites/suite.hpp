// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/plugins/registry.hpp"
#include "datasets/dataset_source.hpp"
#include "metrics/active_learning/active_learning.hpp"
#include "metrics/expectation/score_expectation.hpp"
#include "results/store/run.hpp"

namespace predcorr {

/// A plug-in in use under the name that tables show.
template <class Interface>
struct Labelled {
  std::string label;
  Configured<Interface> plugin;
};

struct ActiveLearningSuite {
  std::vector<Configured<Criterion>> criteria;
  LearningOptions options;
  std::vector<std::string> models;      ///< labels of the models that select and, as "self", predict
  std::vector<std::string> datasets;    ///< labels
  bool self = true;                     ///< every selector also predicts
  std::vector<std::string> predictors;  ///< labels of the models that predict on every selector's rows
};

/// What to run, checked and with every default filled in.
struct Suite {
  std::string name;
  Json source;  ///< as written, for provenance
  Protocol protocol;
  std::vector<Labelled<DatasetSource>> datasets;
  std::vector<std::string> models;                           ///< labels
  std::map<std::string, std::vector<std::string>> families;  ///< members of each grid, by the grid's label
  std::vector<std::uint64_t> seeds;
  std::vector<Configured<Metric>> metrics;
  std::vector<Configured<CrossMetric>> cross_metrics;
  ExpectationOptions expectation;
  std::optional<ActiveLearningSuite> active_learning;
  std::vector<std::filesystem::path> folders;  ///< the suite's own first, so that its CSV files are found beside it
  std::filesystem::path folder = {};           ///< of the suite's file; empty where it has none

  /// A model with the parameters it has on a data set.
  const Configured<Model>& model(const std::string& label, const std::string& dataset) const;

  DataRequest request(std::uint64_t seed) const { return {protocol, seed, folders}; }

  std::map<std::pair<std::string, std::string>, Configured<Model>> configured_models;  ///< by label and data set
};

/// Reads "1..10", a number n of seeds (10 means 1 to 10), or a list of seeds ([1, 2, 5]). A text names its seeds, so
/// "10", like --seeds 10, is the one seed 10.  @throws Error (config)
std::vector<std::uint64_t> read_seeds(const Json& value, const std::string& path);

/// "seeds 1 to 10", "seed 3", "seeds 1, 2, 5": what was understood.
std::string seeds_in_words(const std::vector<std::uint64_t>& seeds);

/// @param origin the file's name for messages  @param folder its folder, in which files that it names are looked for
/// @throws Error (config) that names the key, what was expected and the nearest valid name
Suite read_suite(const Json& json, const std::string& origin, const std::filesystem::path& folder = {});

/// Finds a suite by path, or by name among the shipped ones. @throws Error (io)
std::filesystem::path find_suite(const std::string& name_or_path);

/// A suite file's folder, in which files that it names are looked for.
std::filesystem::path folder_of_suite(const std::filesystem::path& file);

/// Where the data files of a suite are looked for: in its own folder first.
/// @param data_folders of the command line
std::vector<std::filesystem::path> folders_of_suite(const Suite& suite,
                                                    std::vector<std::filesystem::path> data_folders);

/// Where the data files of a run that is there are looked for again: by the rule of `run`, in its suite's own folder
/// first.
/// @param data_folders of the command line
std::vector<std::filesystem::path> folders_of_run(const Run& run, std::vector<std::filesystem::path> data_folders);

}  // namespace predcorr
