// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/network_kernel.hpp"

namespace predcorr {
namespace {

struct ErfNetworkParameters {
  HyperParameter weight_variance = {.start = {2, 2}};
  HyperParameter bias_variance = {.start = {0.5, 0.5}};
  static Fields<ErfNetworkParameters> fields() {
    using P = ErfNetworkParameters;
    return {field("weight_variance", &P::weight_variance, above(0), kWeightVarianceMeaning),
            field("bias_variance", &P::bias_variance, at_least(0), kBiasVarianceMeaning)};
  }
  static std::vector<Learned<ErfNetworkParameters>> learned() {
    return {{"weight_variance", &ErfNetworkParameters::weight_variance},
            {"bias_variance", &ErfNetworkParameters::bias_variance}};
  }
  void start(const Matrix&, double) {}
};

/// The GP limit of a network whose hidden units are error functions: Williams' arcsine kernel, at any depth
/// (Williams 1998; Lee et al. 2018). Its functions are smooth and level off away from the origin.
class ErfNetwork : public NetworkKernel<ErfNetwork, ErfNetworkParameters, ErfMoment> {
 public:
  explicit ErfNetwork(ErfNetworkParameters p) : NetworkKernel(std::move(p), "erf-network") {}
};

PREDCORR_REGISTER(Kernel, "erf-network", ErfNetwork, ErfNetworkParameters,
                  "infinitely wide network of error functions (arcsine kernel), any depth",
                  "Williams 1998; Lee et al. 2018");

}  // namespace
}  // namespace predcorr
