// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/numpy/prediction_arrays.hpp"
#include "core/plugins/parameters.hpp"

namespace predcorr::models {

/// Of the files that are exchanged with an external model.
enum class FileFormat { npz, csv };
inline EnumWords<FileFormat> words_of(FileFormat) { return {{"npz", FileFormat::npz}, {"csv", FileFormat::csv}}; }

/// Takes away what an external model may have written into the folder, so that what is read next is of its next answer.
void remove_answer(const std::filesystem::path& folder);

/// The prediction that an external model wrote into the folder: prediction.npz, or as csv a file NAME.csv for
/// each array. The arrays, and how they are checked, are those of core/numpy/prediction_arrays.hpp. Messages leave
/// out the folder, whose name is another in every run.
/// @throws Error (shape, numerical, data, io) that names file and array, what was expected and what was found
FilePrediction read_answer(const std::filesystem::path& folder, FileFormat format, Index points);

}  // namespace predcorr::models
