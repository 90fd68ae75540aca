// SPDX-License-Identifier: Apache-2.0
#include "core/plugins/conformance.hpp"

namespace predcorr::conformance {

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed: return "passed";
    case Verdict::failed: return "failed";
    case Verdict::not_applicable: return "not applicable";
  }
  return "unknown";
}

void expect_none(const std::string& text, const std::string& subject) {
  if (!text.empty()) throw Failure{subject + ": " + text};
}

CheckResult result_of(const std::function<std::string()>& ask, const std::string& fix, const std::string& plain_fix) {
  try {
    return {Verdict::passed, ask(), ""};
  } catch (const Failure& f) {
    return {Verdict::failed, f.detail, f.plain ? plain_fix : fix};
  } catch (const NotApplicable& n) {
    return {Verdict::not_applicable, n.reason, ""};
  } catch (const Error& e) {
    return {Verdict::failed, e.what(), fix};
  } catch (const std::exception& e) {
    return {Verdict::failed, fmt::format("unexpected exception: {}", e.what()), fix};
  } catch (...) {
    return {Verdict::failed, "something was thrown that is no std::exception", fix};
  }
}

}  // namespace predcorr::conformance
