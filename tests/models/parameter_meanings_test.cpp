// SPDX-License-Identifier: Apache-2.0
// What `predcorr list` says of units must be so.
#include "models/model.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("parameter meanings: models work in training units, and prior variances are before the scaling by fan-in",
          "[models]") {
  int noises = 0, etas = 0;
  for (const std::string& name : Registry<Model>::instance().names())
    for (const ParameterInfo& p : Registry<Model>::instance().find(name).parameters()) {
      INFO(name << "." << p.name << ": " << p.meaning);
      CHECK(p.meaning.find("target units") == std::string::npos);
      if (p.name == "noise_variance") {
        ++noises;
        CHECK_THAT(p.meaning, test::contains("squared training units") || test::contains("of y given the line"));
      }
      if (p.meaning.find("N(0, eta)") == std::string::npos) continue;
      ++etas;
      CHECK_THAT(p.meaning, test::contains("fan-in"));
    }
  CHECK(noises >= 10);
  CHECK(etas >= 7);  // bbb, nng, nng-eigen, deep-ensemble, laplace, hmc, sgld, sghmc
}

}  // namespace
}  // namespace predcorr
