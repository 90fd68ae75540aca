// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "core/base/stream.hpp"
#include "datasets/dataset_source.hpp"

namespace predcorr::datasets {
namespace {

template <int kDefaultNoisePercent>
struct FriedmanParameters {
  int rows = 500;
  double noise_stddev = kDefaultNoisePercent / 100.0;
  static Fields<FriedmanParameters> fields() {
    return {field("rows", &FriedmanParameters::rows, between(10, 1000000), "rows in all"),
            field("noise_stddev", &FriedmanParameters::noise_stddev, at_least(0), "standard deviation of y given f")};
  }
};

Dataset blank(const std::string& name, Index rows, Index inputs) {
  Dataset data;
  data.name = name;
  data.inputs.resize(rows, inputs);
  for (Index j = 0; j < inputs; ++j) data.input_names.push_back(fmt::format("x{}", j + 1));
  data.target_name = "y";
  data.source.citation = "Friedman 1991, Ann. Statist. 19:1-67";
  return data;
}

void add_targets(Dataset& data, const Vector& f, double noise_stddev, Stream& stream) {
  data.targets = f + noise_stddev * stream.normals(f.size());
  check_dataset(data, 10);
}

/// f = 10 sin(pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5, ten inputs uniform on [0, 1], five of them idle.
class Friedman1 : public DatasetSource {
 public:
  using Parameters = FriedmanParameters<100>;
  explicit Friedman1(Parameters p) : p_(p) {}
  Dataset load(const DataRequest& request) const override {
    Stream stream = request.stream("friedman-1");
    Dataset data = blank("friedman-1", p_.rows, 10);
    for (double& x : data.inputs.reshaped()) x = stream.uniform();
    const auto x = [&](int j) { return data.inputs.col(j - 1).array(); };
    const Vector f = 10 * (std::numbers::pi * x(1) * x(2)).sin() + 20 * (x(3) - 0.5).square() + 10 * x(4) + 5 * x(5);
    add_targets(data, f, p_.noise_stddev, stream);
    return data;
  }

 private:
  Parameters p_;
};

/// Friedman 2 and 3 describe a circuit: x1 in [0, 100] ohm, x2 in 2 pi [20, 280] rad/s, x3 in [0, 1] H, x4 in [1, 11].
/// The reactance is x2 x3 - 1 / (x2 x4); 2 is the impedance's size, 3 its phase.
template <bool kPhase>
class FriedmanCircuit : public DatasetSource {
 public:
  using Parameters = FriedmanParameters<kPhase ? 10 : 12500>;
  explicit FriedmanCircuit(Parameters p) : p_(p) {}
  Dataset load(const DataRequest& request) const override {
    const std::string name = kPhase ? "friedman-3" : "friedman-2";
    Stream stream = request.stream(name);
    Dataset data = blank(name, p_.rows, 4);
    for (double& x : data.inputs.reshaped()) x = stream.uniform();
    auto x = [&](int j) { return data.inputs.col(j - 1).array(); };
    x(1) *= 100;
    x(2) = 2 * std::numbers::pi * (20 + 260 * x(2));
    x(4) = 1 + 10 * x(4);
    const Eigen::ArrayXd reactance = x(2) * x(3) - 1 / (x(2) * x(4));
    const Vector f = kPhase ? Eigen::ArrayXd((reactance / x(1)).atan())
                            : Eigen::ArrayXd((x(1).square() + reactance.square()).sqrt());
    add_targets(data, f, p_.noise_stddev, stream);
    return data;
  }

 private:
  Parameters p_;
};
using Friedman2 = FriedmanCircuit<false>;
using Friedman3 = FriedmanCircuit<true>;

const char* const kSource = "Friedman 1991, Ann. Statist. 19:1-67";
PREDCORR_REGISTER(DatasetSource, "friedman-1", Friedman1, Friedman1::Parameters,
                  "ten uniform inputs, five of them idle", kSource);
PREDCORR_REGISTER(DatasetSource, "friedman-2", Friedman2, Friedman2::Parameters, "impedance of a circuit, four inputs",
                  kSource);
PREDCORR_REGISTER(DatasetSource, "friedman-3", Friedman3, Friedman3::Parameters, "phase of a circuit, four inputs",
                  kSource);

}  // namespace
}  // namespace predcorr::datasets
