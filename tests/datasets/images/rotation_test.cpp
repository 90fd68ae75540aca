// SPDX-License-Identifier: Apache-2.0
#include "datasets/images/rotation.hpp"

#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::datasets {
namespace {

using test::error_of;

TEST_CASE("Images are turned as SciPy turns them", "[datasets]") {
  int cases = 0;
  for (const Json& json : test::reference("image_reference.json").at("rotations")) {
    const double degrees = json.at("degrees").get<double>();
    const Matrix image = test::matrix(json.at("image"));
    INFO(image.rows() << " x " << image.cols() << " by " << degrees);
    CHECK(test::difference(rotated(image, degrees), test::matrix(json.at("turned"))) < 1e-12);
    ++cases;
  }
  CHECK(cases == 21);
}

TEST_CASE("No turn is the identity, and right angles are exact", "[datasets]") {
  const Matrix image = test::normals(5, 8), square = test::normals(7, 7);
  CHECK(rotated(image, 0) == image);
  CHECK(rotated(image, 180) == image.reverse());
  CHECK(rotated(image, -180) == image.reverse());
  // Counter-clockwise: the right edge becomes the upper one.
  CHECK(rotated(square, 90) == square.transpose().colwise().reverse());
  CHECK(rotated(square, -90) == square.transpose().rowwise().reverse());
  CHECK(rotated(square, 450) == rotated(square, 90));
  for (const Matrix& any : {image, square}) CHECK(rotated(any, 360) == any);
  CHECK(rotated(Matrix(0, 0), 12).size() == 0);
}

TEST_CASE("A turn and the turn back keep the middle of a smooth image", "[datasets]") {
  Matrix bump(41, 41);
  for (int y = 0; y < 41; ++y)
    for (int x = 0; x < 41; ++x) bump(y, x) = std::exp(-(std::pow(y - 18.0, 2) + 0.5 * std::pow(x - 23.0, 2)) / 40);
  for (const double degrees : {10.0, -33.0, 71.0}) {
    const Matrix turned = rotated(bump, degrees);
    CHECK(turned.sum() == test::close(bump.sum(), 1e-3));
    CHECK((rotated(turned, -degrees) - bump).cwiseAbs().maxCoeff() < 0.02);
    CHECK((turned - bump).cwiseAbs().maxCoeff() > 0.1);
  }
}

TEST_CASE("Beyond the image everything is 0", "[datasets]") {
  const Matrix turned = rotated(Matrix::Ones(9, 9), 45);
  CHECK(turned(0, 0) == 0);
  CHECK(turned(8, 0) == 0);
  CHECK(turned(4, 4) == test::close(1, 1e-14));
  CHECK(turned.minCoeff() >= 0);
  CHECK(turned.maxCoeff() <= 1 + 1e-14);
}

TEST_CASE("An angle that is not finite is refused", "[datasets]") {
  CHECK(test::missing(error_of([] { rotated(Matrix::Ones(3, 3), std::nan("")); }), {"data: ", "angle", "nan"}) == "");
  CHECK(test::missing(error_of([] { rotated(Matrix::Ones(3, 3), INFINITY); }), {"data: ", "inf"}) == "");
}

}  // namespace
}  // namespace predcorr::datasets
