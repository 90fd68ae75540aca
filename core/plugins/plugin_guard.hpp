// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <new>
#include <string>

#include "core/base/error.hpp"

namespace predcorr {

/// Base of every kind of plug-in. It knows by which name it was registered, so that what a plug-in does wrong is said
/// of that plug-in and of no other.
class Plugin {
 public:
  /// The registered name; empty for an object that no registry made.
  const std::string& registered_name() const { return name_; }

  /// "metric 'spread'", or "metric 'spread' of libmine.so" where a shared library brought it; empty as above.
  const std::string& origin() const { return origin_; }

  /// The origin, or "a metric" where there is none: how a message begins.  @param kind "metric", "model", ...
  std::string called(const char* kind) const { return origin_.empty() ? fmt::format("a {}", kind) : origin_; }

  /// For a registry, which knows.
  void be_registered_as(std::string name, std::string origin) {
    name_ = std::move(name);
    origin_ = std::move(origin);
  }

 private:
  std::string name_, origin_;
};

/// "metric 'spread' of libmine.so".
std::string plugin_origin(const char* kind, const std::string& name, const std::string& library);

/// Throws what is being handled as an Error of kind internal: "WHO: DOING: unexpected exception: ...".
/// Only within a handler.
[[noreturn]] void blame(const std::string& who, const char* doing);

/// What `body`, a call of a plug-in, returns. An Error passes as it is, and so does a lack of memory; anything else
/// that is thrown, even an int, becomes an Error of kind internal that names who threw it and in which of its
/// functions.
template <class Body>
decltype(auto) guarded(const std::string& who, const char* doing, const Body& body) {
  try {
    return body();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (...) {
    blame(who, doing);
  }
}

/// File name of the shared library whose registrations are running; empty for those of the program itself.
const std::string& library_being_loaded();

/// Names that library while it lives.
class LoadingLibrary {
 public:
  explicit LoadingLibrary(std::string file);
  ~LoadingLibrary();
  LoadingLibrary(const LoadingLibrary&) = delete;
  LoadingLibrary& operator=(const LoadingLibrary&) = delete;
};

/// Counts how deep plug-ins of one kind are being made within each other, in this thread.
class Nesting {
 public:
  /// @throws Error (config) where `kind` is nested deeper than `most`
  Nesting(const char* kind, int most, const std::string& path);
  ~Nesting();
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  int& depth_;
};

}  // namespace predcorr
