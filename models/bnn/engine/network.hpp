// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/matrix.hpp"
#include "core/base/stream.hpp"
#include "models/bnn/engine/int8_dense.hpp"
#include "models/bnn/images/batch_norm.hpp"
#include "models/bnn/images/image_layers.hpp"

namespace predcorr::models {

/// What a network looks like: perhaps layers on images, then fully connected ones.
struct Architecture {
  Index inputs = 1;
  std::vector<int> hidden;  ///< units of each hidden layer; none makes a linear function
  Index outputs = 1;
  Activation activation = Activation::relu;
  bool fan_in_scaling = false;  ///< pre-activations divided by sqrt(fan-in + 1): weights of unit variance then give
                                ///< outputs of unit order at any width (the NTK parameterisation, the study's)
  bool residual = false;        ///< hidden layers between equal widths add their input to their output
  std::shared_ptr<const ImageLayers> images = nullptr;  ///< layers before, whose output the first dense one sees
  std::shared_ptr<const Int8Options> int8 = nullptr;    ///< how to train in 8 bits; null: in float
};

/// Rows as networks take them: padded (models/bnn/arithmetic/lane_products.hpp), inputs down each column, under them a
/// one that the biases multiply.
struct NetworkInputs {
  MatrixF columns;
  Index count = 0;  ///< rows of data; the rest of the columns are zero
};

/// All rows, of networks that see every column (Network::inputs_of).  @param rows n x d
NetworkInputs network_inputs(const Matrix& rows);

/// Some of them, into storage that is used again.
void gather(const NetworkInputs& all, const Rows& rows, NetworkInputs& chosen);

/// A network's shape and its products. Weights live in one flat vector: of layers on images the running statistics
/// (which are no weights, but belong to them), then their parameters; then of each fully connected layer the weight
/// matrix (outputs x inputs, column-major) and the biases. Optimisers, samplers and posteriors see only that vector;
/// "many networks" and "many weight samples of one network" are many such vectors. That order is the layout; of a
/// pruned network the flat vector has only what is left of it, in the same order, so that optimisers, samplers and
/// posteriors see nothing else. Const functions may be called from several threads, each with a workspace of its own.
class Network {
 public:
  /// A fully connected layer: pre-activation = scale (W x + b), W and b from `at` on in the layout.
  struct Layer {
    Index inputs = 0, outputs = 0, at = 0;
    float scale = 1;
    bool residual = false;
    ThinFactor factor = ThinFactor::whole;
    bool is_activated() const { return factor == ThinFactor::whole || factor == ThinFactor::outputs; }
    Index parameters() const { return outputs * (inputs + 1); }
  };

  /// What a pass leaves for the next. Matrices are padded and allocated once per size of batch.
  struct Workspace {
    struct LayerWork {
      MatrixF weights;     ///< outputs x (inputs + 1), scaled; neither of these is written where 8 bits are used
      MatrixF transposed;  ///< inputs + 1 x outputs
      MatrixF inputs;      ///< inputs + 1 (a one) x batch; the first layer's are the caller's
      MatrixF mask;        ///< the caller's: factors of `inputs`, of their size, in what this layer multiplies; the
                           ///< residual path is left alone. Empty, as it begins: none.
      MatrixF masked;      ///< inputs times mask, where there is one
      MatrixF slope;       ///< derivative of the activation behind this layer: outputs x batch; none where rectified
      MatrixF delta;       ///< gradient by this layer's pre-activations: outputs x batch
      MatrixF after;       ///< gradient by what leaves this layer, where that has the layer's input in it
      MatrixF gradient;    ///< outputs x (inputs + 1), or its transpose in a layer of few outputs
      std::optional<Int8Dense> int8;  ///< once it has trained in 8 bits; keeps its clipping value between passes
      bool is_int8 = false;           ///< whether the last forward pass did
    };
    std::vector<LayerWork> layers;
    MatrixF outputs;
    const NetworkInputs* inputs = nullptr;  ///< of the first fully connected layer
    VectorF layout, layout_gradient;        ///< of pruned networks, zero where nothing is left

    /// Of layers on images.
    struct ImageWork {
      VectorF parameters;  ///< theirs, of the last forward pass
      ImageLayers::Work layers;
      MatrixF inputs;          ///< what the first of them sees
      NetworkInputs features;  ///< what the last of them gives, flattened
      MatrixF by_features;     ///< the gradient by them
      ImageBuffer by_output;
    };
    std::optional<ImageWork> images;

    /// Of training in 8 bits: the caller's stream, and the step, which `backward` counts.
    RoundingPlace rounding;
  };

  /// What pruning leaves of a network.
  struct Parts {
    std::shared_ptr<const ImageLayers> images;  ///< null: there are none
    std::vector<Index> units;                   ///< of every fully connected layer, the outputs included
    Rows columns;                               ///< of a table, those that are seen; of images all are
    std::vector<std::int32_t> kept;             ///< places in the new layout, ascending, the statistics' among them
  };

  explicit Network(const Architecture& architecture);

  /// What is left of `whole`; its layers keep their scales.
  Network(const Network& whole, Parts parts);

  /// A network with other layers, whose places this finds; not of a masked one.
  Network(const Network& whole, std::shared_ptr<const ImageLayers> images, std::vector<Layer> layers);

  const Architecture& architecture() const { return architecture_; }
  const std::vector<Layer>& layers() const { return layers_; }
  /// Of the flat vector.
  Index parameter_count() const { return is_masked() ? std::ssize(kept_) : layout_count(); }
  Index layout_count() const { return layers_.back().at + layers_.back().parameters(); }
  /// Whether the flat vector has less than the layout.
  bool is_masked() const { return !kept_.empty(); }
  /// Places of the flat vector's numbers in the layout; empty where that is all of it.
  const std::vector<std::int32_t>& kept() const { return kept_; }

  /// The layout of a flat vector, zero where nothing is left.  @param storage used where the network is masked
  const VectorF& laid_out(const VectorF& parameters, VectorF& storage) const;
  /// The same of a masked network.  @param layout written
  void lay_out(const Eigen::Ref<const VectorF>& parameters, VectorF& layout) const;
  /// The flat vector of what the layout has, or of factors given for every place of it.
  VectorF collected(const VectorF& layout) const;

  /// Rows of a table, or flattened images, as this network takes them.  @param rows n x d
  NetworkInputs inputs_of(const Matrix& rows) const;
  /// Columns of a table that it sees; empty where it sees all.
  const Rows& columns() const { return columns_; }
  /// How many of them, the first, are running statistics: their gradient is zero.
  Index statistic_count() const { return architecture_.images ? architecture_.images->statistic_count() : 0; }
  Index outputs() const { return architecture_.outputs; }
  /// All matrices of weights in the layout: of convolutions, then of fully connected layers.
  std::vector<WeightBlock> weight_blocks() const;

  /// Operations (additions and multiplications) of the products in a forward pass of one row.
  double operations() const;

  /// What training in 8 bits did to each of its layers in the last backward pass.
  std::vector<LayerReport> reports(const Workspace& work) const;

  /// The masks of convolutions' inputs, in the order of weight_blocks, to be written before a forward pass.
  std::vector<ChannelMask> channel_masks(Workspace& work) const;

  /// Independent normal weights, zero biases; variance 2 / fan-in for ReLU and SiLU (He et al. 2015), 1 / fan-in for
  /// the others. Where pre-activations are scaled: unit variance, for weights and biases alike.
  VectorF initial_parameters(Stream& stream) const;

  /// Outputs (padded) x batch (padded), kept in the workspace. `inputs` must live until `backward` is done.
  /// Cost: 2 * parameters * batch operations; of a convolution so many for every pixel.
  const MatrixF& forward(const Eigen::Ref<const VectorF>& parameters, const NetworkInputs& inputs, Workspace& work,
                         Pass pass = Pass::evaluation) const;

  /// After a forward pass in training and the optimiser's step: moves the running statistics towards the batch's.
  /// @param momentum share of the way
  void update_statistics(const Workspace& work, Eigen::Ref<VectorF> parameters,
                         float momentum = kStatisticsMomentum) const;

  /// gradient += decay * parameters, but for the running statistics.  @param gradient, parameters: parameter_count
  void add_decay(float decay, const Eigen::Ref<const VectorF>& parameters, Eigen::Ref<VectorF> gradient) const;

  /// After `forward`: the gradient of a loss by the parameters, given its gradient by the outputs.
  /// @param output_gradient as `forward`'s result, zero in the padding  @param gradient written: parameter_count
  /// Cost: twice that of forward.
  void backward(const MatrixF& output_gradient, Workspace& work, Eigen::Ref<VectorF> gradient) const;

  /// The first half of `backward`: every fully connected layer's `delta`, a column for each row of the batch. With its
  /// `layer_inputs` x, a row's gradient by the layer's weights and bias is scale * delta x'.
  void backward_deltas(const MatrixF& output_gradient, Workspace& work) const;

  /// What layer l multiplied in the last forward pass: inputs + 1 (padded) x batch (padded).
  const MatrixF& layer_inputs(const Workspace& work, std::size_t l) const {
    return work.layers[l].mask.size() > 0 ? work.layers[l].masked : unmasked_inputs(work, l);
  }

  /// After `forward`: the gradient of output `o` at every row.  @param jacobian written: parameter_count x batch
  /// @param sums of convolutions, added to, where somebody asks
  /// Cost: parameters * batch, and with layers on images that of `backward`.
  void jacobian(Index o, Workspace& work, MatrixF& jacobian,
                std::map<const ImageLayer*, ConvolutionSums>* sums = nullptr) const;

  /// The same for the gradient of any function of the outputs.  @param output_gradient as `backward`'s
  void row_gradients(const MatrixF& output_gradient, Workspace& work, MatrixF& gradients,
                     std::map<const ImageLayer*, ConvolutionSums>* sums = nullptr) const;

  /// The `output_gradient` that is one in output o of every row, zero elsewhere.
  static MatrixF output_unit(const Workspace& work, Index o);

 private:
  const MatrixF& unmasked_inputs(const Workspace& work, std::size_t l) const {
    return l == 0 ? work.inputs->columns : work.layers[l].inputs;
  }
  bool is_rectified(std::size_t l) const;
  bool trains_in_int8(std::size_t l) const;
  /// by_inputs = W' delta of layer l.
  void send_back(std::size_t l, Workspace& work, MatrixF& by_inputs) const;
  const NetworkInputs& see_images(const float* layout, const NetworkInputs& inputs, Workspace& work, Pass pass) const;
  void tell_images(Workspace& work, GradientSink gradient) const;
  void load(const float* layout, Pass pass, Workspace& work) const;

  Architecture architecture_;
  std::vector<Layer> layers_;
  Rows columns_;                    // of the table; empty: all
  std::vector<std::int32_t> kept_;  // empty: all
};

}  // namespace predcorr::models
