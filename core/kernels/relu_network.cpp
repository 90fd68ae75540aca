// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/network_kernel.hpp"

namespace predcorr {
namespace {

struct ReluNetworkParameters {
  HyperParameter weight_variance = {.start = {1.414, 1.737}};
  HyperParameter bias_variance = {.start = {2.5, 2.5}};
  static Fields<ReluNetworkParameters> fields() {
    using P = ReluNetworkParameters;
    return {field("weight_variance", &P::weight_variance, above(0), kWeightVarianceMeaning),
            field("bias_variance", &P::bias_variance, at_least(0), kBiasVarianceMeaning)};
  }
  static std::vector<Learned<ReluNetworkParameters>> learned() {
    return {{"weight_variance", &ReluNetworkParameters::weight_variance},
            {"bias_variance", &ReluNetworkParameters::bias_variance}};
  }
  void start(const Matrix&, double) {}
};

/// The GP limit of a network of rectified linear units, the arc-cosine kernel (Cho & Saul 2009; Lee et al. 2018). The
/// defaults are the study's one-hidden-layer network.
class ReluNetwork : public NetworkKernel<ReluNetwork, ReluNetworkParameters, ReluMoment> {
 public:
  explicit ReluNetwork(ReluNetworkParameters p) : NetworkKernel(std::move(p), "relu-network") {}
};

PREDCORR_REGISTER(Kernel, "relu-network", ReluNetwork, ReluNetworkParameters,
                  "infinitely wide ReLU network (arc-cosine kernel), any depth", "Cho & Saul 2009; Lee et al. 2018");

}  // namespace
}  // namespace predcorr
