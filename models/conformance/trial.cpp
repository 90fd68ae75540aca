// SPDX-License-Identifier: Apache-2.0
#include "models/conformance/trial.hpp"

namespace predcorr::conformance {
namespace {

template <class F>
auto guarded(bool fitting, const std::string& doing, const F& body) {
  try {
    return body();
  } catch (const Error& e) {
    throw Failure{fmt::format("{}: {}", doing, e.what()), e.kind(), fitting};
  } catch (const std::exception& e) {
    throw Failure{fmt::format("{}: unexpected exception: {}", doing, e.what()), {}, fitting};
  } catch (...) {
    throw Failure{fmt::format("{}: something was thrown that is no std::exception", doing), {}, fitting};
  }
}

/// Marks what `body` fails with.
template <class F>
auto plain(const F& body) {
  try {
    return body();
  } catch (Failure& f) {
    f.plain = true;
    throw;
  }
}

}  // namespace

Trial::Fit Trial::fit(const CheckData& data, const std::string& on, bool other_seed) const {
  return guarded(true, "fit to " + on,
                 [&] { return model_.fit(data, Stream(seed_ + (other_seed ? 1 : 0)), data.privileged); });
}

Trial::Fit Trial::refit(const Posterior& previous, const CheckData& data, const std::string& on) const {
  return guarded(true, "refit to " + on, [&] { return model_.refit(previous, data, Stream(seed_), data.privileged); });
}

JointPrediction Trial::predict(const Posterior& posterior, const Matrix& query, const std::string& of) const {
  return guarded(false, "prediction of " + of, [&] { return posterior.predict(query); });
}

const Posterior& Trial::fitted() {
  if (fitted_ == nullptr) fitted_ = plain([&] { return fit(training_data(), "24 rows of 3 inputs"); });
  return *fitted_;
}

JointPrediction Trial::joint() {
  const Posterior& posterior = fitted();
  return plain([&] { return predict(posterior, query(), "9 rows"); });
}

JointPrediction sound_prediction(const Trial& trial, const CheckData& data, const Matrix& query,
                                 const std::string& on) {
  const Trial::Fit posterior = trial.fit(data, on);
  JointPrediction prediction =
      trial.predict(*posterior, query, fmt::format("{} rows after a fit to {}", query.rows(), on));
  expect_none(unsoundness(prediction, query.rows()), "fit to " + on);
  return prediction;
}

std::string sound_or_refused(const Trial& trial, const CheckData& data, const Matrix& query, const std::string& on,
                             bool or_numerical) {
  try {
    sound_prediction(trial, data, query, on);
  } catch (const Failure& f) {
    if (f.fitting && (f.thrown == ErrorKind::data || f.thrown == ErrorKind::config ||
                      (or_numerical && f.thrown == ErrorKind::numerical)))
      return "refused: " + f.detail;
    throw;
  }
  return "";
}

}  // namespace predcorr::conformance
