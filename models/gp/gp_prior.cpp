// SPDX-License-Identifier: Apache-2.0
#include "models/gp/gp_prior.hpp"

#include <algorithm>
#include <limits>

#include "core/kernels/composite.hpp"

namespace predcorr::models {
namespace {

constexpr double kVague = 100;  // variance of a mean function's part in y, in units of the targets' variance

Json fixed(const Json& start) { return {{"start", start}, {"learn", false}}; }

KernelPtr constant_mean(double scale) { return read_kernel({{"constant", {{"variance", fixed(kVague * scale)}}}}); }

/// Slopes about the middle of the training inputs; constant columns explain nothing and get slope variance of a
/// column with standard deviation 1.
KernelPtr linear_mean(const Matrix& inputs, double scale) {
  Json slopes = Json::array(), origin = Json::array();
  const Standardisation columns = Standardisation::of(inputs);
  for (Index c = 0; c < inputs.cols(); ++c) {
    origin.push_back(columns.mean(c));
    slopes.push_back(kVague * scale / (columns.scale(c) * columns.scale(c)));
  }
  return read_kernel({{"linear", {{"variance", fixed(slopes)}, {"origin", origin}}}});
}

}  // namespace

EnumWords<MeanFunction> words_of(MeanFunction) {
  return {{"zero", MeanFunction::zero}, {"constant", MeanFunction::constant}, {"linear", MeanFunction::linear}};
}

Fields<GpPrior> GpPrior::fields() {
  return {
      field("kernel", &GpPrior::kernel, any_value(),
            "covariance of the function, e.g. {\"sum\": [\"rbf\", \"linear\"]}; in training units, as a rule those of "
            "standardised inputs and targets"),
      field("mean", &GpPrior::mean, "mean function, integrated out"),
      field("noise_variance", &GpPrior::noise_variance, above(0),
            "of y given f, squared training units; starts at a tenth of the targets' variance"),
      field("smallest_noise_variance", &GpPrior::smallest_noise_variance, above(0),
            "lower bound of a noise that starts from data, in units of the targets' variance")};
}

double target_scale(const Vector& targets) {
  return std::max(targets.squaredNorm() / static_cast<double>(targets.size()), 1e-100);
}

KernelPtr GpPrior::observed_kernel(const TrainingData& data) const {
  const double scale = target_scale(data.targets);
  HyperParameter noise = noise_variance;
  if (noise.start.empty()) {
    if (noise.range.empty()) noise.range = {smallest_noise_variance * scale, 1e3 * scale};
    noise = started(noise, Vector::Constant(1, std::max(0.1, smallest_noise_variance) * scale));
  }
  std::vector<KernelPtr> terms = {kernel.object->started(data.inputs, scale)};
  if (mean != MeanFunction::zero) terms.push_back(constant_mean(scale));
  if (mean == MeanFunction::linear) terms.push_back(linear_mean(data.inputs, scale));
  terms.push_back(read_kernel({{"white", {{"variance", JsonType<HyperParameter>::write(noise)}}}}));
  return sum_of(std::move(terms));
}

}  // namespace predcorr::models
