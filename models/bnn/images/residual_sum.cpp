// SPDX-License-Identifier: Apache-2.0
#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "models/bnn/images/channel_groups.hpp"
#include "models/bnn/images/image_layers.hpp"

namespace predcorr::models {
namespace {

class ResidualSum : public ImageLayer {
 public:
  ResidualSum(std::unique_ptr<ImageLayers> body, std::unique_ptr<ImageLayers> shortcut)
      : ImageLayer(body->input(), body->output(), body->parameter_count() + shortcut->parameter_count(),
                   body->statistic_count() + shortcut->statistic_count()),
        body_(std::move(body)),
        shortcut_(std::move(shortcut)) {
    require(shortcut_->output() == output_, ErrorKind::config,
            "residual: the body gives {}, the shortcut {}; they are added and must be alike", output_.text(),
            shortcut_->output().text());
  }

  std::string describe() const override { return "residual sum"; }

  void initialise(Stream& stream, bool scaled, float* parameters, float* statistics) const override {
    body_->initialise(stream, scaled, parameters, statistics);
    shortcut_->initialise(stream, scaled, parameters + body_->parameter_count(), statistics + body_->statistic_count());
  }

  void add_reports(const Work& work, Index at, std::vector<LayerReport>& reports) const override {
    const auto& w = static_cast<const SumWork&>(work);
    body_->add_reports(w.body, at, reports);
    shortcut_->add_reports(w.shortcut, at + body_->parameter_count(), reports);
  }

  void add_masks(Work& work, MatrixF&, std::vector<ChannelMask>& masks) const override {
    auto& w = static_cast<SumWork&>(work);
    body_->add_masks(w.body, masks);
    shortcut_->add_masks(w.shortcut, masks);
  }

  void add_weights(Index at, std::vector<WeightBlock>& blocks) const override {
    body_->add_weights(at, blocks);
    shortcut_->add_weights(at + body_->parameter_count(), blocks);
  }

  // What is added up has to stay.
  std::size_t trace(std::size_t group, const char* left, ChannelGroups& groups) const override {
    groups.at(group).fixed = true;
    const std::size_t to = groups.add(describe(), output_.channels, true);
    groups.at(body_->trace(group, left, groups)).fixed = true;
    groups.at(shortcut_->trace(group, left + body_->parameter_count(), groups)).fixed = true;
    return to;
  }

  NarrowedLayer narrowed(const ImageShape& input, const ChannelGroups& groups) const override {
    ImageLayers::Narrowed body = body_->narrowed(input, groups), shortcut = shortcut_->narrowed(input, groups);
    for (Index& i : shortcut.parameters) i += body_->parameter_count();
    for (Index& i : shortcut.statistics) i += body_->statistic_count();
    body.parameters.insert(body.parameters.end(), shortcut.parameters.begin(), shortcut.parameters.end());
    body.statistics.insert(body.statistics.end(), shortcut.statistics.begin(), shortcut.statistics.end());
    return {residual_sum(std::move(body.layers), std::move(shortcut.layers)), std::move(body.parameters),
            std::move(body.statistics)};
  }

  void add_scales(Index at, std::vector<ChannelScales>& scales) const override {
    body_->add_scales(at, scales);
    shortcut_->add_scales(at + body_->parameter_count(), scales);
  }

  std::unique_ptr<ReplacedLayer> replaced_within(Index at, const float* flat,
                                                 const LayerReplacements& others) const override {
    ImageLayers::Replaced body = body_->replaced(at, flat, others),
                          shortcut = shortcut_->replaced(at + body_->parameter_count(), flat, others);
    body.parameters.insert(body.parameters.end(), shortcut.parameters.begin(), shortcut.parameters.end());
    return std::make_unique<ReplacedLayer>(
        ReplacedLayer{residual_sum(std::move(body.layers), std::move(shortcut.layers)), std::move(body.parameters)});
  }

  std::unique_ptr<Work> workspace() const override {
    auto work = std::make_unique<SumWork>();
    work->body = body_->workspace();
    work->shortcut = shortcut_->workspace();
    return work;
  }

  void forward(const float* parameters, const float* statistics, Pass pass, const ConstImageValues& x, Work& work,
               ImageValues& y) const override {
    auto& w = static_cast<SumWork&>(work);
    w.body.rounding = w.shortcut.rounding = w.rounding;
    w.shortcut.rounding.tensor = mix_bits(w.rounding.tensor);
    y = body_->forward(parameters, statistics, pass, x, w.body) +
        shortcut_->forward(parameters + body_->parameter_count(), statistics + body_->statistic_count(), pass, x,
                           w.shortcut);
  }

  void backward(const float* parameters, const ConstImageValues& x, const ConstImageValues&,
                const ConstImageValues& by_output, Work& work, ImageValues* by_input,
                GradientSink gradient) const override {
    auto& w = static_cast<SumWork&>(work);
    body_->backward(parameters, x, by_output, w.body, by_input, gradient);
    const GradientSink behind = gradient.from(body_->parameter_count());
    if (shortcut_->layers().empty()) {
      if (by_input != nullptr) *by_input += by_output;
      return;
    }
    if (by_input == nullptr) {
      shortcut_->backward(parameters + body_->parameter_count(), x, by_output, w.shortcut, nullptr, behind);
      return;
    }
    ImageValues second = w.by_input.take(input_, images_of(x));
    shortcut_->backward(parameters + body_->parameter_count(), x, by_output, w.shortcut, &second, behind);
    *by_input += second;
  }

  void forward_tangent(const float* parameters, const float* direction, const ConstImageValues& x,
                       const ConstImageValues* x_tangent, const ConstImageValues&, Work& work, Work& along,
                       ImageValues& y_tangent) const override {
    auto& w = static_cast<SumWork&>(work);
    auto& a = static_cast<SumWork&>(along);
    const Index behind = body_->parameter_count();
    a.body_tangents = body_->tangents();
    a.shortcut_tangents = shortcut_->tangents();
    y_tangent = body_->forward_tangent(parameters, direction, x, x_tangent, w.body, a.body_tangents);
    if (!shortcut_->layers().empty())
      y_tangent += shortcut_->forward_tangent(parameters + behind, direction + behind, x, x_tangent, w.shortcut,
                                              a.shortcut_tangents);
    else if (x_tangent != nullptr)
      y_tangent += *x_tangent;
  }

  void backward_tangent(const float* parameters, const float* direction, const ConstImageValues& x,
                        const ConstImageValues* x_tangent, const ConstImageValues&, const ConstImageValues& by_output,
                        const ConstImageValues& by_output_tangent, Work& work, Work& along,
                        ImageValues* by_input_tangent, float* gradient_tangent) const override {
    auto& w = static_cast<SumWork&>(work);
    auto& a = static_cast<SumWork&>(along);
    const Index behind = body_->parameter_count();
    body_->backward_tangent(parameters, direction, x, x_tangent, by_output, by_output_tangent, w.body, a.body_tangents,
                            by_input_tangent, nullptr, gradient_tangent);
    if (shortcut_->layers().empty()) {
      if (by_input_tangent != nullptr) *by_input_tangent += by_output_tangent;
      return;
    }
    ImageValues second = a.by_input.take(input_, images_of(x));
    shortcut_->backward_tangent(parameters + behind, direction + behind, x, x_tangent, by_output, by_output_tangent,
                                w.shortcut, a.shortcut_tangents, by_input_tangent == nullptr ? nullptr : &second,
                                nullptr, gradient_tangent + behind);
    if (by_input_tangent != nullptr) *by_input_tangent += second;
  }

  void update_statistics(const Work& work, float momentum, float* statistics) const override {
    const auto& w = static_cast<const SumWork&>(work);
    body_->update_statistics(w.body, momentum, statistics);
    shortcut_->update_statistics(w.shortcut, momentum, statistics + body_->statistic_count());
  }

 private:
  struct SumWork : Work {
    ImageLayers::Work body, shortcut;
    ImageLayers::Tangents body_tangents, shortcut_tangents;
    ImageBuffer by_input;
  };
  std::unique_ptr<ImageLayers> body_, shortcut_;
};

}  // namespace

std::unique_ptr<ImageLayer> residual_sum(std::unique_ptr<ImageLayers> body, std::unique_ptr<ImageLayers> shortcut) {
  return std::make_unique<ResidualSum>(std::move(body), std::move(shortcut));
}

}  // namespace predcorr::models
