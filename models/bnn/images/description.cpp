// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "models/bnn/images/batch_norm.hpp"
#include "models/bnn/images/convolution.hpp"
#include "models/bnn/images/pooling.hpp"

namespace predcorr::models {
namespace {

// ---------------------------------------------------------------------- layers as users write them

struct ConvolutionItem {
  int channels = 0;
  std::vector<int> kernel = {3};
  int stride = 1;
  std::vector<int> padding;
  int groups = 1;
  bool bias = true;
  static Fields<ConvolutionItem> fields() {
    using P = ConvolutionItem;
    return {
        field("channels", &P::channels, between(1, 4096), "of the output"),
        field("kernel", &P::kernel, between(1, 64), "pixels of the window: height and width, or one number for both"),
        field("stride", &P::stride, between(1, 64), "pixels from a window to the next"),
        field("padding", &P::padding, between(0, 64), "zeros around the image; none given: half the kernel"),
        field("groups", &P::groups, between(1, 4096), "of channels; as many as channels: depthwise"),
        field("bias", &P::bias, any_value(), "whether a number is added to each channel")};
  }
};

struct PoolItem {
  std::vector<int> kernel = {2};
  int stride = 2;
  std::vector<int> padding = {0};
  static Fields<PoolItem> fields() {
    using P = PoolItem;
    return {field("kernel", &P::kernel, between(1, 64), "pixels of the window"),
            field("stride", &P::stride, between(1, 64), "pixels from a window to the next"),
            field("padding", &P::padding, between(0, 63), "zeros around the image")};
  }
};

struct DenseItem {
  int units = 0;
  static Fields<DenseItem> fields() {
    return {field("units", &DenseItem::units, between(1, 10000), "hidden units, with their activation")};
  }
};

Index side(const std::vector<int>& sides, std::size_t axis, Index otherwise, const std::string& path) {
  require(sides.size() <= 2, ErrorKind::config, "{}: must be one number or two, height and width", path);
  return sides.empty() ? otherwise : static_cast<Index>(sides[std::min(axis, sides.size() - 1)]);
}

Window window_of(const std::vector<int>& kernel, int stride, const std::vector<int>& padding, const std::string& path) {
  require(!kernel.empty(), ErrorKind::config, "{}.kernel: must be one number or two, height and width", path);
  const Index height = side(kernel, 0, 0, path + ".kernel"), width = side(kernel, 1, 0, path + ".kernel");
  return {height, width, stride, side(padding, 0, height / 2, path + ".padding"),
          side(padding, 1, width / 2, path + ".padding")};
}

/// The word of a layer, and what else its object says.
struct Item {
  std::string word, path;
  Json rest;
};

const std::vector<std::string>& layer_words() {
  static const std::vector<std::string> words = {"convolution", "max-pool",   "average-pool", "global-average-pool",
                                                 "batch-norm",  "activation", "residual",     "flatten",
                                                 "dense"};
  return words;
}

Item item_of(const Json& given, const std::string& path) {
  Item item{"", path, Json::object()};
  if (given.is_string()) {
    item.word = given.get<std::string>();
  } else if (given.is_object() && given.contains("layer") && given.at("layer").is_string()) {
    item.word = given.at("layer").get<std::string>();
    item.rest = given;
    item.rest.erase("layer");
  } else {
    fail(ErrorKind::config, "{}: must be a layer's name or an object with \"layer\", got {}", path, given.dump());
  }
  const auto& words = layer_words();
  require(std::find(words.begin(), words.end(), item.word) != words.end(), ErrorKind::config,
          "{}: there is no layer '{}'; expected one of {}", path, item.word, comma_list(words));
  return item;
}

std::vector<Item> items_of(const Json& list, const std::string& path) {
  require(list.is_array(), ErrorKind::config, "{}: must be a list of layers, got {}", path, list.dump());
  std::vector<Item> items;
  for (std::size_t i = 0; i < list.size(); ++i) items.push_back(item_of(list[i], fmt::format("{}[{}]", path, i)));
  return items;
}

// ---------------------------------------------------------------------- layers as they run

using Setting = ImageLayerSetting;
using LayerList = std::vector<DescribedLayer>;

LayerList layers_in(const Json& list, const std::string& path);

std::unique_ptr<ImageLayers> build_layers(const LayerList& list, const ImageShape& input, Setting& setting) {
  auto layers = std::make_unique<ImageLayers>(input);
  for (std::size_t i = 0; i < list.size(); ++i) {
    // Both in one pass over the values.
    const bool rectified = list[i].word == "batch-norm" && i + 1 < list.size() && list[i + 1].word == "activation" &&
                           setting.activation == Activation::relu;
    try {
      layers->add(rectified ? batch_norm(layers->output(), true) : list[i].build(layers->output(), setting));
    } catch (const Error& e) {
      if (std::string_view(e.what()).starts_with("network[")) throw;  // of a layer within
      throw Error(e.kind(), fmt::format("{}: {}; shapes before it: {}", list[i].path, e.what(), shapes_of(*layers)));
    }
    if (rectified) ++i;
  }
  return layers;
}

BuildLayer residual_in(const Item& item) {
  for (const auto& [key, value] : item.rest.items())
    require(key == "body" || key == "shortcut", ErrorKind::config,
            "{}: residual has no '{}'; expected body and shortcut", item.path, key);
  const LayerList body = layers_in(item.rest.value("body", Json::array()), item.path + ".body");
  const LayerList shortcut = layers_in(item.rest.value("shortcut", Json::array()), item.path + ".shortcut");
  require(!body.empty(), ErrorKind::config, "{}.body: must be a list of layers, at least one", item.path);
  return [body, shortcut](const ImageShape& input, Setting& setting) {
    return residual_sum(build_layers(body, input, setting), build_layers(shortcut, input, setting));
  };
}

BuildLayer layer_in(const Item& item) {
  if (item.word == "convolution") {
    const auto p = read_parameters<ConvolutionItem>(item.rest, item.path);
    const Window window = window_of(p.kernel, p.stride, p.padding, item.path);
    return [p, window](const ImageShape& input, Setting& setting) {
      const bool in_float = setting.int8 && setting.is_first && setting.int8->keeps_float(LayerPlace::first);
      setting.is_first = false;
      return convolution(input,
                         {p.channels, window, p.groups, p.bias, setting.scaled, in_float ? nullptr : setting.int8});
    };
  }
  if (item.word == "max-pool" || item.word == "average-pool") {
    const auto p = read_parameters<PoolItem>(item.rest, item.path);
    const Window window = window_of(p.kernel, p.stride, p.padding, item.path);
    const auto pool = item.word == "max-pool" ? max_pool : average_pool;
    return [pool, window](const ImageShape& input, Setting&) { return pool(input, window); };
  }
  if (item.word == "residual") return residual_in(item);
  require(item.word != "flatten" && item.word != "dense", ErrorKind::config,
          "{}: '{}' is not a layer on images; it may only come last", item.path, item.word);
  read_parameters<NoParameters>(item.rest, item.path);
  if (item.word == "global-average-pool")
    return [](const ImageShape& input, Setting&) { return global_average_pool(input); };
  if (item.word == "batch-norm") return [](const ImageShape& input, Setting&) { return batch_norm(input, false); };
  return [](const ImageShape& input, Setting& setting) { return activation_layer(input, setting.activation); };
}

LayerList layers_in(const Json& list, const std::string& path) {
  LayerList layers;
  for (const Item& item : items_of(list, path)) layers.push_back({item.word, item.path, layer_in(item)});
  return layers;
}

// ---------------------------------------------------------------------- named networks

Json convolution_item(int channels, int kernel = 3, int stride = 1, int groups = 1) {
  Json item = {{"layer", "convolution"}, {"channels", channels}, {"kernel", kernel}, {"bias", false}};
  if (stride != 1) item["stride"] = stride;
  if (groups != 1) item["groups"] = groups;
  return item;
}

void append(Json& list, std::initializer_list<Json> items) {
  for (const Json& item : items) list.push_back(item);
}

/// After Simonyan & Zisserman 2015: three stages of two 3 x 3 convolutions, each halved by pooling, and two dense
/// layers.
Json vgg_8() {
  Json list = Json::array();
  for (const int channels : {16, 32, 64}) {
    for (int i = 0; i < 2; ++i) append(list, {convolution_item(channels), "batch-norm", "activation"});
    list.push_back({{"layer", "max-pool"}, {"kernel", 2}, {"stride", 2}});
  }
  append(list, {"flatten", Json{{"layer", "dense"}, {"units", 64}}});
  return list;
}

/// After He et al. 2016: three stages of residual blocks of two convolutions; where a stage begins, the shortcut is a
/// 1 x 1 convolution.
Json resnet(int blocks) {
  Json list = {convolution_item(16), "batch-norm", "activation"};
  int before = 16;
  for (const int channels : {16, 32, 64})
    for (int b = 0; b < blocks; ++b) {
      const int stride = channels != before ? 2 : 1;
      const Json body = {convolution_item(channels, 3, stride), "batch-norm", "activation", convolution_item(channels),
                         "batch-norm"};
      Json block = {{"layer", "residual"}, {"body", body}};
      if (channels != before) block["shortcut"] = {convolution_item(channels, 1, stride), "batch-norm"};
      append(list, {block, "activation"});
      before = channels;
    }
  list.push_back("global-average-pool");
  return list;
}

/// After Howard et al. 2017: depthwise 3 x 3 convolutions, each with a 1 x 1 convolution behind it.
Json mobile_8() {
  Json list = {convolution_item(16), "batch-norm", "activation"};
  int before = 16;
  for (const auto& [channels, stride] : {std::pair{32, 2}, std::pair{64, 2}, std::pair{64, 1}}) {
    append(list, {convolution_item(before, 3, stride, before), "batch-norm", "activation",
                  convolution_item(channels, 1), "batch-norm", "activation"});
    before = channels;
  }
  list.push_back("global-average-pool");
  return list;
}

struct NamedNetwork {
  const char* name;
  Json (*list)();
};
constexpr NamedNetwork kNamed[] = {{"vgg-8", vgg_8},
                                   {"resnet-8", [] { return resnet(1); }},
                                   {"resnet-20", [] { return resnet(3); }},
                                   {"mobile-8", mobile_8}};

}  // namespace

NetworkDescription::NetworkDescription() : given_("mlp") {}

NetworkDescription::NetworkDescription(const Json& given) : given_(given) {
  if (given == "mlp") return;
  Json list = given;
  if (given.is_string()) {
    list = list_of(given.get<std::string>());
  } else if (!given.is_array()) {
    wrong_type("a network's name or a list of layers", given);
  }
  is_mlp_ = false;
  bool flat = false;
  for (const Item& item : items_of(list, "network")) {
    if (item.word == "flatten") {
      read_parameters<NoParameters>(item.rest, item.path);
      require(!flat, ErrorKind::config, "{}: images are flat already", item.path);
    } else if (item.word == "dense") {
      dense_.push_back(read_parameters<DenseItem>(item.rest, item.path).units);
    } else {
      require(!flat, ErrorKind::config, "{}: '{}' after images were flattened; only dense layers may follow", item.path,
              item.word);
      layers_.push_back({item.word, item.path, layer_in(item)});
    }
    flat = flat || item.word == "flatten" || item.word == "dense";
  }
  require(!layers_.empty(), ErrorKind::config, "network: has no layer on images; use \"mlp\" and its units");
}

std::vector<std::string> NetworkDescription::names() {
  std::vector<std::string> all;
  for (const NamedNetwork& network : kNamed) all.emplace_back(network.name);
  return all;
}

Json NetworkDescription::list_of(const std::string& name) {
  for (const NamedNetwork& network : kNamed)
    if (name == network.name) return network.list();
  std::vector<std::string> known = names();
  known.insert(known.begin(), "mlp");
  fail(ErrorKind::config, "must be a network's name or a list of layers, got '{}'{}", name, suggestion(name, known));
}

std::shared_ptr<const ImageLayers> NetworkDescription::build(const ImageShape& input, Activation activation,
                                                             bool scaled,
                                                             const std::shared_ptr<const Int8Options>& int8) const {
  Setting setting{activation, scaled, int8};
  return build_layers(layers_, input, setting);
}

std::string shapes_of(const ImageLayers& layers) {
  std::string all = layers.input().text();
  for (const auto& layer : layers.layers()) all += fmt::format("; {}: {}", layer->describe(), layer->output().text());
  return all;
}

}  // namespace predcorr::models
