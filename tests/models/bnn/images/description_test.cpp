// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/description.hpp"

#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

std::string refused(const Json& network) {
  return test::error_of([&] { NetworkDescription{network}; });
}

std::string does_not_fit(const Json& network, const ImageShape& image) {
  return test::error_of([&] { NetworkDescription(network).build(image, Activation::relu, false); });
}

TEST_CASE("network description: a name is a list that can be spelled out", "[models]") {
  for (const std::string& name : NetworkDescription::names()) {
    CAPTURE(name);
    const NetworkDescription named{Json(name)}, spelled{NetworkDescription::list_of(name)};
    CHECK(named.given() == name);
    CHECK_FALSE(named.is_mlp());
    const auto a = named.build({28, 28, 1}, Activation::relu, false),
               b = spelled.build({28, 28, 1}, Activation::relu, false);
    CHECK(shapes_of(*a) == shapes_of(*b));
    CHECK(a->parameter_count() == b->parameter_count());
    CHECK(named.dense() == spelled.dense());
  }
  CHECK(NetworkDescription().is_mlp());
  CHECK(NetworkDescription(Json("mlp")).is_mlp());
  CHECK(NetworkDescription().given() == "mlp");
}

/// Weights of convolutions and fully connected layers, counted by hand; batch normalisation has two numbers a channel.
TEST_CASE("network description: the named networks have the layers that their papers' families have", "[models]") {
  const auto count = [](const std::string& name) {
    return NetworkDescription(Json(name)).build({28, 28, 1}, Activation::relu, false)->parameter_count();
  };
  const int norms = 2 * (16 + 16 + 32 + 32 + 64 + 64);
  CHECK(count("vgg-8") == 9 * (16 + 16 * 16 + 16 * 32 + 32 * 32 + 32 * 64 + 64 * 64) + norms);
  CHECK(NetworkDescription(Json("vgg-8")).dense() == std::vector<int>{64});
  const int first = 9 * 16 + 2 * 16, stage16 = 2 * (9 * 16 * 16 + 2 * 16);
  const int stage32 = 9 * 16 * 32 + 9 * 32 * 32 + 16 * 32 + 3 * 2 * 32;
  const int stage64 = 9 * 32 * 64 + 9 * 64 * 64 + 32 * 64 + 3 * 2 * 64;
  CHECK(count("resnet-8") == first + stage16 + stage32 + stage64);
  const int more = 2 * (stage16 + 2 * (9 * 32 * 32 + 2 * 32) + 2 * (9 * 64 * 64 + 2 * 64));
  CHECK(count("resnet-20") == first + stage16 + stage32 + stage64 + more);
  CHECK(count("mobile-8") == first + 9 * 16 + 2 * 16 + 16 * 32 + 2 * 32 + 9 * 32 + 2 * 32 + 32 * 64 + 2 * 64 + 9 * 64 +
                                 2 * 64 + 64 * 64 + 2 * 64);
}

TEST_CASE("network description: shapes are said layer by layer", "[models]") {
  const auto layers = NetworkDescription(Json::parse(R"([
    {"layer": "convolution", "channels": 4, "kernel": [3, 5], "stride": 2}, "batch-norm", "activation",
    {"layer": "convolution", "channels": 4, "groups": 4, "kernel": 2, "padding": 0}, {"layer": "max-pool"},
    {"layer": "residual", "body": [{"layer": "convolution", "channels": 4}]}, "global-average-pool"])"))
                          .build({11, 9, 3}, Activation::relu, false);
  CHECK(shapes_of(*layers) ==
        "11 x 9 x 3; convolution 3x5, stride 2: 6 x 5 x 4; batch-norm, rectified: 6 x 5 x 4; "
        "convolution 2x2, depthwise: 5 x 4 x 4; max-pool 2x2, stride 2: 2 x 2 x 4; residual sum: 2 x 2 x 4; "
        "global-average-pool 2x2: 1 x 1 x 4");
  CHECK(layers->output() == ImageShape{1, 1, 4});
}

TEST_CASE("network description: what is wrong is said of which layer", "[models]") {
  CHECK(refused("vgg-9") ==
        "config: must be a network's name or a list of layers, got 'vgg-9'; did you mean 'vgg-8'? (known: mlp, vgg-8, "
        "resnet-8, resnet-20, mobile-8)");
  CHECK(refused(7) == "config: must be a network's name or a list of layers, got 7");
  CHECK(refused(Json::array()) == "config: network: has no layer on images; use \"mlp\" and its units");
  CHECK(refused({"convolution"}) == "config: network[0]: parameter 'channels' must be given (integer: of the output)");
  CHECK(refused({"convolutoin"}).starts_with("config: network[0]: there is no layer 'convolutoin'; expected one of"));
  CHECK(refused({7}) == "config: network[0]: must be a layer's name or an object with \"layer\", got 7");
  CHECK(refused({{{"layer", "convolution"}, {"channels", 4}, {"widht", 3}}})
            .starts_with("config: network[0]: unknown parameter 'widht'"));
  CHECK(refused({{{"layer", "convolution"}, {"channels", 4}, {"kernel", {3, 3, 3}}}}) ==
        "config: network[0].kernel: must be one number or two, height and width");
  CHECK(refused({"flatten", "batch-norm"}) ==
        "config: network[1]: 'batch-norm' after images were flattened; only dense layers may follow");
  CHECK(refused({"batch-norm", "flatten", "flatten"}) == "config: network[2]: images are flat already");
  const Json dense = {{"layer", "dense"}, {"units", 3}};
  CHECK(refused({{{"layer", "residual"}, {"body", {dense}}}}) ==
        "config: network[0].body[0]: 'dense' is not a layer on images; it may only come last");
  CHECK(refused({{{"layer", "residual"}}}) == "config: network[0].body: must be a list of layers, at least one");
  CHECK(refused({{{"layer", "residual"}, {"boddy", {"batch-norm"}}}}) ==
        "config: network[0]: residual has no 'boddy'; expected body and shortcut");
}

TEST_CASE("network description: a layer that does not fit is named with the shapes before it", "[models]") {
  const Json pools = {{{"layer", "max-pool"}}, {{"layer", "max-pool"}}, {{"layer", "max-pool"}}};
  CHECK(does_not_fit(pools, {6, 5, 2}) ==
        "config: network[2]: max-pool: a window of 2 x 2 does not fit into an image of 1 x 1 with 0 and 0 zeros around "
        "it; shapes before it: 6 x 5 x 2; max-pool 2x2, stride 2: 3 x 2 x 2; max-pool 2x2, stride 2: 1 x 1 x 2");
  const Json halved = {{{"layer", "residual"}, {"body", {{{"layer", "convolution"}, {"channels", 3}}}}}};
  CHECK(does_not_fit(halved, {4, 4, 2}) ==
        "config: network[0]: residual: the body gives 4 x 4 x 3, the shortcut 4 x 4 x 2; they are added and must be "
        "alike; shapes before it: 4 x 4 x 2");
  const Json groups = {{{"layer", "convolution"}, {"channels", 4}, {"groups", 3}}};
  CHECK(does_not_fit(groups, {4, 4, 6}).starts_with("config: network[0]: convolution: 3 groups divide neither"));
  const Json within = {{{"layer", "residual"}, {"body", {{{"layer", "max-pool"}, {"kernel", 9}}}}}};
  CHECK(does_not_fit(within, {4, 4, 6}).starts_with("config: network[0].body[0]: max-pool: a window of 9 x 9"));
  const Json empty = {{{"layer", "max-pool"}, {"padding", 2}}};
  CHECK(does_not_fit(empty, {4, 4, 6}).starts_with("config: network[0]: max-pool: padding of 2 and 2 leaves windows"));
}

}  // namespace
}  // namespace predcorr::models
