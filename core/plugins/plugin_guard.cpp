// SPDX-License-Identifier: Apache-2.0
#include "core/plugins/plugin_guard.hpp"

#include <exception>
#include <map>

#include "core/base/json.hpp"

namespace predcorr {
namespace {

std::string& loading() {
  static auto* file = new std::string;  // never destroyed: registrations may run at any time
  return *file;
}

/// Records are UTF-8, and nobody knows what a foreign exception says.
std::string in_utf8(const char* text) {
  try {
    (void)Json(text).dump();
    return text;
  } catch (const Json::exception&) {
    return "(a message that is not UTF-8)";
  }
}

}  // namespace

std::string plugin_origin(const char* kind, const std::string& name, const std::string& library) {
  return library.empty() ? fmt::format("{} '{}'", kind, name) : fmt::format("{} '{}' of {}", kind, name, library);
}

void blame(const std::string& who, const char* doing) {
  try {
    throw;
  } catch (const std::exception& e) {
    fail(ErrorKind::internal, "{}: {}: unexpected exception: {}", who, doing, in_utf8(e.what()));
  } catch (...) {
    fail(ErrorKind::internal, "{}: {}: something was thrown that is no std::exception", who, doing);
  }
}

const std::string& library_being_loaded() { return loading(); }

LoadingLibrary::LoadingLibrary(std::string file) { loading() = std::move(file); }
LoadingLibrary::~LoadingLibrary() { loading().clear(); }

namespace {
int& depth_of(const char* kind) {
  thread_local std::map<std::string, int> depths;
  return depths[kind];
}
}  // namespace

Nesting::Nesting(const char* kind, int most, const std::string& path) : depth_(depth_of(kind)) {
  // The destructor does not run for what throws here, so the depth is counted last.
  require(
      depth_ < most, ErrorKind::config,
      "{}: a {} within a {} within ... more than {} deep; each level may repeat all that is inside, so take some out",
      path, kind, kind, most);
  ++depth_;
}
Nesting::~Nesting() { --depth_; }

}  // namespace predcorr
