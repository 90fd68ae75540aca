// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/gp/gp_prior.hpp"
#include "models/gp/sparse_posterior.hpp"

namespace predcorr::models {

/// What the sparse GPs ask for beside the prior.
struct SparsePrior : GpPrior {
  int inducing_points = 500;
  SparsePosterior::Form covariance = SparsePosterior::Form::low_rank;

  static Fields<SparsePrior> fields() {
    using P = SparsePrior;
    return joined_fields<P>(
        GpPrior::fields(),
        {field("inducing_points", &P::inducing_points, between(1, 20000), "how many, chosen by k-means++"),
         field("covariance", &P::covariance,
               "low-rank: a factor plus a diagonal, exact variances; full: dense, all that the bound implies")});
  }
};

}  // namespace predcorr::models
