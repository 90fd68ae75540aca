// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace predcorr {

/// What went wrong, as far as a program needs to know. People read the message.
enum class ErrorKind {
  config,     ///< a suite, parameter or command line that cannot be honoured
  data,       ///< a data file or data set that cannot be used
  shape,      ///< sizes that do not fit together
  numerical,  ///< a factorisation, optimiser or sampler that did not succeed
  io,         ///< a file or download that could not be read or written
  internal,   ///< code that breaks its own rules: a plug-in that throws what it may not, or returns what does not fit
};

/// The lower-case word used for a kind in records and messages.
const char* to_string(ErrorKind kind);

/// The one exception of predcorr. Its message reads outside in: "suite.json: models[2].parameters.units: must be
/// at least 1, got 0". Code that knows more about where it happened adds it with `in`.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  ErrorKind kind() const { return kind_; }

  /// The same error with what was being worked on put in front.
  Error in(const std::string& context) const { return {kind_, context + ": " + what()}; }

 private:
  ErrorKind kind_;
};

/// Throws an Error with a formatted message: subject, rule, value received, and what to do where that is not plain.
template <class... Args>
[[noreturn]] void fail(ErrorKind kind, fmt::format_string<Args...> text, Args&&... args) {
  throw Error(kind, fmt::format(text, std::forward<Args>(args)...));
}

/// Checks input in every build; `assert` is for invariants of our own.
template <class... Args>
void require(bool holds, ErrorKind kind, fmt::format_string<Args...> text, Args&&... args) {
  if (!holds) fail(kind, text, std::forward<Args>(args)...);
}

}  // namespace predcorr
