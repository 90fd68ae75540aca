// SPDX-License-Identifier: Apache-2.0
#include "harness/run_notices.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/output.hpp"

namespace predcorr {

std::string run_notices(const Suite& suite, const Json& datasets) {
  std::string text = seeds_in_words(suite.seeds) + "\n";
  for (const Json& about : datasets) {
    if (about.at("name") != "csv") continue;
    const auto word = [&](const char* key) { return about.at(key).get<std::string>(); };
    text += fmt::format("{}: {}: {} rows, {} inputs, target '{}'; {}\n", word("label"), word("file"),
                        about.at("rows").get<Index>(), about.at("inputs").size(), word("target"), word("notes"));
  }
  return text;
}

void print_run_notices(const Suite& suite, const Json& datasets) { print_note(run_notices(suite, datasets)); }

}  // namespace predcorr
