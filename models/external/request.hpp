// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "models/external/process.hpp"

namespace predcorr::models {

inline constexpr int kExternalProtocol = 1;  ///< the version that PROTOCOL.md describes

/// A request that was not answered as it should be.
class RequestError : public Error {
 public:
  RequestError(ErrorKind kind, const std::string& message, bool late) : Error(kind, message), late_(late) {}
  bool is_late() const { return late_; }  ///< it took too long

 private:
  bool late_;
};

/// Sends a request of the protocol, to which this adds its version, and returns the answer, whose "ok" is true.
/// @throws RequestError (numerical, or data where it refuses the data) with the model's own error, (io) that says how
/// the program ended, after how many seconds it was given up, or what it printed in place of an answer
Json ask(Process& process, Json request, double seconds);

/// Text of a program of unknown manners, made fit for JSON: bytes that are no UTF-8 are replaced.
std::string readable(const std::string& text);

/// The last lines that are not blank, joined by " | ".
std::string last_lines(const std::string& text, int count);

}  // namespace predcorr::models
