// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/compression/surgery.hpp"
#include "tests/models/bnn/compression/small_fits.hpp"
#include "tests/models/bnn/pruning/small_networks.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr::models {
namespace {

Matrix rows_of(Index n, Index d) { return Stream(8).normals(n * d).reshaped(n, d); }

/// Some parts of each group.
std::vector<Part> some(const Surgery& surgery, double share) { return removal_order(surgery.groups(), share); }

/// The weights W of a block, with U_R U_R' and V_C V_C' on either side: what stays of them.
Matrix projected(const Matrix& w, const KroneckerSpectrum& spectrum, const Rows& rows, const Rows& columns,
                 Index taps) {
  const Matrix u = spectrum.delta_basis(Eigen::all, rows), v = spectrum.input_basis(Eigen::all, columns);
  Matrix stays = w;
  const Index width = v.rows();
  for (Index tap = 0; tap < taps; ++tap)
    stays.middleCols(tap * width, width) = u * u.transpose() * w.middleCols(tap * width, width) * v * v.transpose();
  return stays;
}

Rows left(const PartGroup& group, std::size_t g, const std::vector<Part>& gone) {
  Rows rows;
  for (const Index part : group.parts) {
    bool stays = true;
    for (const Part& p : gone) stays = stays && (p.group != g || p.part != part);
    if (stays) rows.push_back(part);
  }
  return rows;
}

TEST_CASE("eigendamage: under exact Kronecker structure a direction's score is what the loss goes up by", "[models]") {
  const test::KnownFisher known({7, {9}, 1});
  const auto surgery = direction_surgery(known.fitted, known.fisher);
  REQUIRE(surgery->groups().size() == 2);  // rows and columns of the hidden layer; the output layer stays
  const KroneckerSpectrum spectrum(known.fisher.blocks[0]);
  const Matrix w = known.weights(0);
  for (std::size_t g = 0; g < 2; ++g) {
    const PartGroup& group = surgery->groups()[g];
    REQUIRE(std::ssize(group.parts) == (g == 0 ? 9 : 8));
    const Matrix& basis = g == 0 ? spectrum.delta_basis : spectrum.input_basis;
    double all = 0;
    for (const Index part : group.parts) {
      const Matrix onto = basis.col(part) * basis.col(part).transpose();
      const Matrix change = g == 0 ? Matrix(onto * w) : Matrix(w * onto);
      CHECK(group.scores(part) == Approx(known.loss(0, change)).epsilon(1e-5));
      all += group.scores(part);
    }
    CHECK(all == Approx(known.loss(0, w)).epsilon(1e-5));  // directions do not know of each other
  }
}

TEST_CASE("eigendamage: of a real network and one row of data, whose structure is exact, too", "[models]") {
  const Network network({4, {6}, 1, Activation::tanh});
  Stream stream(2);
  const FittedNetwork fitted{network, network.initial_parameters(stream)};
  const Batch row{network_inputs(rows_of(1, 4)), VectorF{{1}}};
  const auto surgery =
      direction_surgery(fitted, fisher_information(network, fitted.weights, row, gaussian_information(0.5)));
  // Under the Fisher information g g' of one row the loss of all weights is (g' w)^2 / 2, all of it in one direction.
  Network::Workspace work;
  network.forward(fitted.weights, row.inputs, work);
  MatrixF jacobian;
  network.jacobian(0, work, jacobian);
  const Network::Layer& layer = network.layers()[0];
  const double along = jacobian.col(0)
                           .segment(layer.at, layer.parameters())
                           .cast<double>()
                           .dot(fitted.weights.segment(layer.at, layer.parameters()).cast<double>());
  for (const PartGroup& group : surgery->groups()) {
    CHECK(group.scores.maxCoeff() == Approx(2 * 0.5 * along * along).epsilon(1e-4));
    CHECK(group.scores.sum() == Approx(group.scores.maxCoeff()).epsilon(1e-4));
  }
}

TEST_CASE("eigendamage: directions worth nothing are taken without changing the function", "[models]") {
  test::KnownFisher known({40, {40, 40}, 1, Activation::tanh});
  for (std::size_t l = 0; l < 2; ++l) known.fisher.blocks[l] = {Matrix::Identity(41, 41), Matrix::Identity(40, 40)};
  Eigen::Map<MatrixF> w(known.fitted.weights.data() + known.fitted.network.layers()[1].at, 40, 41);
  w.bottomRows(34).setZero();
  w.leftCols(30).setZero();
  const auto surgery = direction_surgery(known.fitted, known.fisher);
  std::vector<Part> nothing;
  for (const Part& part : removal_order(surgery->groups(), 0.9999))
    if (part.score == 0) nothing.push_back(part);
  REQUIRE(nothing.size() == 34 + 30);
  const FittedNetwork thin = surgery->without(nothing);
  REQUIRE(thin.network.layers().size() == 5);
  CHECK(thin.network.layers()[1].factor == ThinFactor::inputs);
  CHECK(thin.network.layers()[2].outputs == 6);
  CHECK(std::ssize(thin.weights) == surgery->size_without(nothing));
  const Matrix rows = rows_of(20, 40);
  const MatrixF before = test::outputs_of(known.fitted, rows);
  CHECK((test::outputs_of(thin, rows) - before).norm() < 1e-5f * before.norm());
}

TEST_CASE("eigendamage: the thin layers are the whole one without the directions that went, and again", "[models]") {
  for (const Activation activation : {Activation::relu, Activation::tanh}) {
    test::KnownFisher known({30, {40, 40}, 2, activation, true});
    const Matrix rows = rows_of(20, 30);
    const auto surgery = direction_surgery(known.fitted, known.fisher);
    const std::vector<Part> gone = some(*surgery, 0.7);
    const FittedNetwork thin = surgery->without(gone);
    REQUIRE(thin.network.layers().size() == 7);
    FittedNetwork whole = known.fitted;
    for (std::size_t l = 0; l < 2; ++l) {
      const Network::Layer& layer = whole.network.layers()[l];
      const KroneckerSpectrum spectrum(known.fisher.blocks[l]);
      Eigen::Map<MatrixF>(whole.weights.data() + layer.at, layer.outputs, layer.inputs + 1) =
          projected(known.weights(l), spectrum, left(surgery->groups()[2 * l], 2 * l, gone),
                    left(surgery->groups()[2 * l + 1], 2 * l + 1, gone), 1)
              .cast<float>();
    }
    const MatrixF wanted = test::outputs_of(whole, rows);
    CHECK((test::outputs_of(thin, rows) - wanted).norm() < 1e-5f * wanted.norm());

    // A second round works on the core alone, and there are still three layers for each.
    FittedNetwork trained = thin;
    Stream stream(4);
    for (Index i = 0; i < trained.weights.size(); ++i)
      trained.weights(i) += 0.05f * static_cast<float>(stream.normal());
    const Batch batch{trained.network.inputs_of(rows), VectorF::Zero(20)};
    const FisherInformation fisher =
        fisher_information(trained.network, trained.weights, batch, heteroscedastic_information());
    const auto again = direction_surgery(trained, fisher);
    REQUIRE(again->groups().size() == 4);
    const std::vector<Part> less = some(*again, 0.4);
    const FittedNetwork thinner = again->without(less);
    CHECK(thinner.network.layers().size() == 7);
    CHECK(std::ssize(thinner.weights) == again->size_without(less));
    CHECK(thinner.weights.size() < trained.weights.size());
    FittedNetwork core = trained;
    for (std::size_t c = 0; c < 2; ++c) {
      const Network::Layer& layer = trained.network.layers()[3 * c + 1];
      const KroneckerSpectrum spectrum(fisher.blocks[3 * c + 1]);
      Eigen::Map<MatrixF> w(core.weights.data() + layer.at, layer.outputs, layer.inputs + 1);
      w = projected(w.cast<double>(), spectrum, left(again->groups()[2 * c], 2 * c, less),
                    left(again->groups()[2 * c + 1], 2 * c + 1, less), 1)
              .cast<float>();
    }
    const MatrixF projected_core = test::outputs_of(core, rows);
    CHECK((test::outputs_of(thinner, rows) - projected_core).norm() < 1e-4f * projected_core.norm());
  }
}

TEST_CASE("eigendamage: convolutions become three, the outer ones over single pixels", "[models]") {
  const TrainingData data = test::small_images(8);
  const char* network = R"([{"layer": "convolution", "channels": 12}, "activation", {"layer": "convolution",
    "channels": 14, "stride": 2}, "batch-norm", "activation", {"layer": "residual", "body": [{"layer": "convolution",
    "channels": 14, "bias": false}, "activation", {"layer": "convolution", "channels": 14}]}, "activation",
    {"layer": "convolution", "channels": 14, "groups": 14}, "global-average-pool"])";
  for (const bool scaled : {false, true}) {
    const Network shape = test::network_of({"", network, Activation::tanh}, data, 1, scaled);
    Stream stream(5);
    const FittedNetwork fitted{shape, shape.initial_parameters(stream)};
    const Batch all = network_data(data);
    const FisherInformation fisher = fisher_information(shape, fitted.weights, all, gaussian_information(0.5));
    const auto surgery = direction_surgery(fitted, fisher);
    REQUIRE(surgery->groups().size() == 8);  // not the depthwise one, nor the output layer
    const std::vector<Part> gone = some(*surgery, 0.6);
    const FittedNetwork thin = surgery->without(gone);
    CHECK(std::ssize(thin.weights) - thin.network.statistic_count() == surgery->size_without(gone));
    const std::vector<WeightBlock> before = shape.weight_blocks();
    CHECK(thin.network.weight_blocks().size() == before.size() + 8);
    FittedNetwork whole = fitted;
    for (std::size_t c = 0; c < 4; ++c) {
      const WeightBlock& block = before[c];
      const Index channels = block.group_channels;
      Matrix a = Matrix::Zero(channels, channels);
      for (Index tap = 0; tap < 9; ++tap)
        a += fisher.blocks[c].inputs.block(tap * channels, tap * channels, channels, channels) / 9;
      const KroneckerSpectrum spectrum({a, fisher.blocks[c].deltas});
      Eigen::Map<MatrixF> w(whole.weights.data() + block.at, block.outputs, block.columns);
      w = projected(w.cast<double>(), spectrum, left(surgery->groups()[2 * c], 2 * c, gone),
                    left(surgery->groups()[2 * c + 1], 2 * c + 1, gone), 9)
              .cast<float>();
    }
    const MatrixF wanted = test::outputs_of(whole, data.inputs);
    CHECK((test::outputs_of(thin, data.inputs) - wanted).norm() < 1e-4f * wanted.norm());

    // And once more, on the cores.
    const auto again =
        direction_surgery(thin, fisher_information(thin.network, thin.weights, all, gaussian_information(0.5)));
    const std::vector<Part> less = some(*again, 0.3);
    const FittedNetwork thinner = again->without(less);
    CHECK(thinner.network.weight_blocks().size() == thin.network.weight_blocks().size());
    CHECK(std::ssize(thinner.weights) - thinner.network.statistic_count() == again->size_without(less));
    CHECK(thinner.network.operations() < thin.network.operations());
    CHECK(test::outputs_of(thinner, data.inputs).allFinite());
  }
}

TEST_CASE("eigendamage: gradients of thin layers are the function's", "[models]") {
  const TrainingData data = test::small_images(8);
  const auto check = [&](const FittedNetwork& thin, const Matrix& rows) {
    const NetworkInputs inputs = thin.network.inputs_of(rows);
    Network::Workspace work;
    const auto half_square = [&](const VectorF& at) {
      return 0.5 * thin.network.forward(at, inputs, work, Pass::training).cast<double>().squaredNorm();
    };
    const MatrixF out = thin.network.forward(thin.weights, inputs, work, Pass::training);
    VectorF gradient(thin.weights.size()), direction = Stream(3).normals(gradient.size()).cast<float>();
    thin.network.backward(out, work, gradient);
    direction.head(thin.network.statistic_count()).setZero();
    const float step = 1e-3f;
    const double slope =
        (half_square(thin.weights + step * direction) - half_square(thin.weights - step * direction)) / (2.0 * step);
    CHECK(gradient.cast<double>().dot(direction.cast<double>()) == Approx(slope).epsilon(2e-3));
  };
  const test::KnownFisher known({30, {40, 40}, 1, Activation::tanh, true});
  const auto dense = direction_surgery(known.fitted, known.fisher);
  check(dense->without(some(*dense, 0.7)), rows_of(20, 30));
  const Network shape = test::network_of(
      {"", R"([{"layer": "convolution", "channels": 12}, "batch-norm", "activation", {"layer": "convolution",
               "channels": 12}, "activation", "global-average-pool"])",
       Activation::tanh},
      data, 1);
  Stream stream(5);
  const FittedNetwork fitted{shape, shape.initial_parameters(stream)};
  const auto images = direction_surgery(
      fitted, fisher_information(shape, fitted.weights, network_data(data), gaussian_information(0.5)));
  check(images->without(some(*images, 0.6)), data.inputs);
}

}  // namespace
}  // namespace predcorr::models
