// SPDX-License-Identifier: Apache-2.0
#include "models/mcmc/mixing.hpp"

#include "core/base/stream.hpp"
#include "models/mcmc/mcmc_diagnostics.hpp"
#include "tests/support/catch.hpp"

namespace predcorr::models {
namespace {

TEST_CASE("mixing: the worst over several numbers", "[models]") {
  Stream stream(2);
  const Matrix good = stream.normals(120).reshaped(40, 3);
  Matrix apart = good;
  apart.col(0).array() += 4;
  Mixing worst;
  CHECK(worst.chains == 0);
  worst.worsen(Mixing::of(good));
  CHECK(worst.r_hat == rank_normalised_r_hat(good));
  CHECK(worst.ess == bulk_effective_sample_size(good));
  CHECK(worst.draws == 120);
  CHECK(worst.chains == 3);
  worst.worsen(Mixing::of(apart));
  worst.worsen(Mixing::of(good));
  worst.worsen({});  // no number
  CHECK(worst.r_hat == rank_normalised_r_hat(apart));
  CHECK(worst.ess == bulk_effective_sample_size(apart));
}

TEST_CASE("mixing: a sentence only where a limit is passed, with every number that passes one", "[models]") {
  const Mixing good{.r_hat = 1.1, .ess = 20, .drift = -1, .chains = 4, .draws = 200};
  CHECK(mixing_warnings("functions", good, "raise burn_in").empty());
  CHECK(mixing_warnings("functions", {}, "raise burn_in").empty());
  Mixing bad = good;
  bad.r_hat = 1.2345;
  CHECK(
      mixing_warnings("functions", bad, "raise burn_in") ==
      std::vector<std::string>{"the sampler has not mixed, functions: R-hat 1.23 (trusted up to 1.1); raise burn_in"});
  bad.ess = 7.89;
  bad.drift = -1.7;
  CHECK(mixing_warnings("functions", bad, "raise burn_in") ==
        std::vector<std::string>{"the sampler has not mixed, functions: R-hat 1.23 (trusted up to 1.1), effective "
                                 "sample size 7.89 of 200 draws (trusted from 20), drift of -1.7 standard deviations "
                                 "while sampled (trusted up to 1); raise burn_in"});
  bad = good;
  bad.r_hat = 3;
  bad.chains = 1;  // its halves alone: too few to judge by
  CHECK(mixing_warnings("functions", bad, "").empty());
}

}  // namespace
}  // namespace predcorr::models
