// SPDX-License-Identifier: Apache-2.0
#include "results/store/keep.hpp"

#include "core/base/error.hpp"

namespace predcorr {

const char* to_string(Keep keep) {
  return keep == Keep::scores        ? "scores"
         : keep == Keep::test        ? "test"
         : keep == Keep::predictions ? "predictions"
                                     : "all";
}

Keep read_keep(const std::string& name, const std::string& subject) {
  for (const Keep keep : {Keep::scores, Keep::test, Keep::predictions, Keep::all})
    if (name == to_string(keep)) return keep;
  fail(ErrorKind::config, "{}: must be scores, test, predictions or all, got '{}'", subject, name);
}

}  // namespace predcorr
