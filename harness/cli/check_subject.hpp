// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/plugins/conformance.hpp"

namespace predcorr {

/// A plug-in with the questions that `predcorr check` asks about its kind.
struct CheckSubject {
  std::string kind;  ///< "model", "metric", "criterion", "kernel" or "dataset"
  std::string name;
  Json parameters;  ///< effective
  std::vector<conformance::Question> questions;
  std::shared_ptr<const void> trial;  ///< what the questions are about; they must not outlive it
};

/// The kinds that can be checked, in the order in which a bare name is looked for.
const std::vector<std::string>& check_kinds();

/// Every check of a kind, as lines "name  what it asks" for help.
std::string list_of_checks(const std::string& kind);

/// What is to be checked, as it was written.
struct CheckArgument {
  Json value;  ///< a registered name, {"model": ..., "parameters": ...} with any kind as the key, or a suite's kernel
  std::filesystem::path folder = {};  ///< in which files that it names are looked for
};

/// @param kind one of check_kinds(), or empty: by the key, or by where the name is registered
/// @param path what messages call it  @param seed of fits and data  @param folders where data files are looked for
/// @throws Error (config)
CheckSubject check_subject(const CheckArgument& argument, const std::string& kind, const std::string& path,
                           std::uint64_t seed, const std::vector<std::filesystem::path>& folders);

}  // namespace predcorr
