// SPDX-License-Identifier: Apache-2.0
#include "datasets/images/pixels.hpp"

#include "tests/support/catch.hpp"

namespace predcorr::datasets {
namespace {

TEST_CASE("Pixels are named in the order of the inputs", "[datasets]") {
  using Names = std::vector<std::string>;
  CHECK(pixel_names({2, 3, 1}) == Names{"y0_x0", "y0_x1", "y0_x2", "y1_x0", "y1_x1", "y1_x2"});
  CHECK(pixel_names({1, 2, 2}) == Names{"y0_x0_c0", "y0_x0_c1", "y0_x1_c0", "y0_x1_c1"});
  CHECK(size_in_words({28, 30, 1}) == "28 x 30 pixels");
  CHECK(size_in_words({4, 5, 3}) == "4 x 5 pixels of 3 channels");
}

}  // namespace
}  // namespace predcorr::datasets
