// SPDX-License-Identifier: Apache-2.0
#include "core/base/error.hpp"

namespace predcorr {

const char* to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::config: return "config";
    case ErrorKind::data: return "data";
    case ErrorKind::shape: return "shape";
    case ErrorKind::numerical: return "numerical";
    case ErrorKind::io: return "io";
    case ErrorKind::internal: return "internal";
  }
  return "unknown";
}

}  // namespace predcorr
