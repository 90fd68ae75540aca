// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "core/base/stream.hpp"
#include "datasets/dataset_source.hpp"

namespace predcorr::datasets {
namespace {

struct FriedmanPalmerParameters {
  int rows = 500;
  double noise_share = 0;
  static Fields<FriedmanPalmerParameters> fields() {
    return {field("rows", &FriedmanPalmerParameters::rows, between(10, 1000000), "rows in all"),
            field("noise_share", &FriedmanPalmerParameters::noise_share, at_least(0),
                  "standard deviation of y given f, as a share of f's own over the rows")};
  }
};

/// The synthetic setting of the calibration-after-bootstrap study, a relative of Friedman 1 without idle inputs:
/// f = 30 sin(4 pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5, inputs uniform on [0, 1/2]. The study trains on 500 rows
/// and tests on 10,000, without noise and with shares of 0.1 to 2. Formula, ranges and noise are those of its published
/// programs; the formula gives back the rows of its data file SI/Friedman_500 (github.com/uw-cmg/ML-error).
/// Departure: f's standard deviation is taken over all rows, there over the training rows.
class FriedmanPalmer : public DatasetSource {
 public:
  explicit FriedmanPalmer(FriedmanPalmerParameters p) : p_(p) {}
  Dataset load(const DataRequest& request) const override {
    Stream stream = request.stream("friedman-palmer");
    Dataset data;
    data.name = "friedman-palmer";
    data.input_names = {"x1", "x2", "x3", "x4", "x5"};
    data.target_name = "y";
    data.source.citation = "Palmer et al. 2022, npj Comput. Mater. 8:115";
    data.inputs.resize(p_.rows, 5);
    for (double& x : data.inputs.reshaped()) x = 0.5 * stream.uniform();
    const auto x = [&](int j) { return data.inputs.col(j - 1).array(); };
    const Vector f =
        30 * (4 * std::numbers::pi * x(1) * x(2)).sin() + 20 * (x(3) - 0.5).square() + 10 * x(4) + 5 * x(5);
    const double spread = std::sqrt((f.array() - f.mean()).square().mean());
    data.targets = f + p_.noise_share * spread * stream.normals(p_.rows);
    check_dataset(data, 10);
    return data;
  }

 private:
  FriedmanPalmerParameters p_;
};

PREDCORR_REGISTER(DatasetSource, "friedman-palmer", FriedmanPalmer, FriedmanPalmerParameters,
                  "the calibration-after-bootstrap study's synthetic setting, five uniform inputs",
                  "Palmer et al. 2022, npj Comput. Mater. 8:115");

}  // namespace
}  // namespace predcorr::datasets
