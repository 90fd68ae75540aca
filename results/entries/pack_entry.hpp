// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/entries/entry.hpp"
#include "results/store/run_gaps.hpp"
#include "results/store/store.hpp"

namespace predcorr {

/// What `predcorr submit` is asked for.
struct PackRequest {
  EntryAbout about;
  std::string model;              ///< its label in the run
  Keep keep = Keep::predictions;  ///< of predictions, as far as the run has them; Keep::scores: none, so that nothing
                                  ///< can be recomputed
  std::filesystem::path out;      ///< the new folder
};

/// Packs a model's regression cells of a run as an entry: records as they are, predictions without targets, and
/// run.json with this model alone. Learning loops keep no predictions and stay out. The folder appears whole or not at
/// all.
/// @throws Error (config) for a label that the run does not have, a control, and a folder that exists; (data) if there
/// is no result; (io)
Entry pack_entry(const Store& store, const PackRequest& request);

/// The model's planned cells that have no readable record. Failed ones are packed as failures.
/// @throws Error (config) for a label that the run does not have
RunGaps missing_of_entry(const Store& store, const std::string& model);

}  // namespace predcorr
