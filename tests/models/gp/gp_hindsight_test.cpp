// SPDX-License-Identifier: Apache-2.0
#include "models/gp/exact_posterior.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

const Json kCheap = Json::parse(R"({"kernel": "rbf", "steps": 50})");

/// 15 rows to learn from, out of 60 that are known.
test::CheckData some_data() {
  const TrainingData all = test::curve(60, 2, 3);
  return {{all.inputs.topRows(15), all.targets.head(15)}, {.labelled_pool = std::make_shared<TrainingData>(all)}};
}

std::unique_ptr<const Posterior> fitted(const test::CheckData& data, const Json& parameters = kCheap,
                                        std::uint64_t seed = 1) {
  return test::model("gp-hindsight", parameters)->fit(data, Stream(seed), data.privileged);
}

/// What was learned of the kernel.
Diagnostics kernel_of(const Posterior& posterior) {
  Diagnostics values;
  for (const auto& [name, value] : posterior.diagnostics())
    if (name.starts_with("kernel.")) values[name] = value;
  return values;
}

TEST_CASE("gp-hindsight: the kernel is the one gp learns from all rows that are known", "[models]") {
  const test::CheckData data = some_data();
  const auto posterior = fitted(data);
  const auto gp = test::model("gp", kCheap)->fit(*data.privileged.labelled_pool, Stream(1));
  const Diagnostics found = posterior->diagnostics(), expected = gp->diagnostics();
  REQUIRE(kernel_of(*posterior).size() == 4);
  // Not the same bits, since it looks at the rows in another order.
  for (const auto& [name, value] : kernel_of(*gp)) CHECK(found.at(name) == Approx(value).epsilon(1e-3));
  CHECK(found.at("hindsight_log_marginal_likelihood") == Approx(expected.at("log_marginal_likelihood")).margin(1e-3));
  CHECK(found.at("hindsight_rows") == 60);
  CHECK(found.at("evidence_evaluations") > 3);
}

TEST_CASE("gp-hindsight: predictions come from the training rows only", "[models]") {
  const test::CheckData data = some_data();
  const auto posterior = fitted(data);
  const Diagnostics learned = kernel_of(*posterior);
  const Json scales = {learned.at("kernel.1.length_scale[1]"), learned.at("kernel.1.length_scale[2]")};
  const KernelPtr kernel =
      read_kernel({{"sum",
                    {{{"rbf", {{"variance", learned.at("kernel.1.variance")}, {"length_scale", scales}}}},
                     {{"white", {{"variance", learned.at("kernel.2.variance")}}}}}}});
  const Matrix query = test::query_points(8, 2);
  test::check_equal(posterior->predict(query), ExactPosterior(kernel, data, {}).posterior_at(query), 1e-9);
}

TEST_CASE("gp-hindsight: frozen over refits", "[models]") {
  const test::CheckData data = some_data();
  const auto model = test::model("gp-hindsight", kCheap);
  const auto first = model->fit(data, Stream(1), data.privileged);
  const TrainingData& known = *data.privileged.labelled_pool;
  test::CheckData more{{known.inputs.topRows(25), known.targets.head(25)}, data.privileged};
  more = test::with_targets_times(more, 2);  // standardised anew
  const auto second = model->refit(*first, more, Stream(2), more.privileged);
  CHECK(kernel_of(*second) == kernel_of(*first));
  CHECK(second->diagnostics().at("rows_added") == 10);
  const Matrix query = test::query_points(8, 2);
  const test::CheckData same_units = test::with_targets_times(more, 0.5);
  test::check_equal(second->predict(query),
                    model->refit(*first, same_units, Stream(2), same_units.privileged)->predict(query).affine(2, 0),
                    1e-9);
  CHECK(second->predict(query).latent.diagonal().sum() < 4 * first->predict(query).latent.diagonal().sum());
}

TEST_CASE("gp-hindsight: a fit anew with other targets in the pool is another", "[models]") {
  test::CheckData data = some_data();
  const Diagnostics before = kernel_of(*fitted(data));
  TrainingData other = *data.privileged.labelled_pool;
  other.targets = Stream(9).normals(60);
  data.privileged.labelled_pool = std::make_shared<TrainingData>(other);
  CHECK(kernel_of(*fitted(data)).at("kernel.2.variance") > 5 * before.at("kernel.2.variance"));
}

TEST_CASE("gp-hindsight: looks at no more rows than told, chosen by the stream", "[models]") {
  const test::CheckData data = some_data();
  Json few = kCheap;
  few["rows"] = 20;
  const auto posterior = fitted(data, few);
  CHECK(posterior->diagnostics().at("hindsight_rows") == 20);
  CHECK(kernel_of(*posterior) == kernel_of(*fitted(data, few)));
  CHECK(kernel_of(*posterior) != kernel_of(*fitted(data, few, 2)));
}

TEST_CASE("gp-hindsight: by default a network of kernels", "[models]") {
  const test::CheckData data = some_data();
  const auto posterior = fitted(data, {{"steps", 30}});
  const Diagnostics learned = kernel_of(*posterior);
  // Layers of 8 x (6 + 1), 4 x (4 + 1) and 1 x (2 + 1) weights.
  CHECK(learned.count("kernel.1.weight[79]") == 1);
  CHECK(learned.count("kernel.1.weight[80]") == 0);
  CHECK(posterior->diagnostics().at("hindsight_log_marginal_likelihood") >
        fitted(data, {{"steps", 0}})->diagnostics().at("hindsight_log_marginal_likelihood") + 1);
  test::check_sound(posterior->predict(test::query_points(8, 2)), 8);
}

TEST_CASE("gp-hindsight: without the pool it cannot be fitted, and says so", "[models]") {
  test::CheckData data = some_data();
  data.privileged = {};
  CHECK(test::error_of([&] { fitted(data); }) ==
        "data: gp-hindsight: the rows of the pool are not known here; it is a reference for benchmarks only");
  CHECK(test::model("gp-hindsight", kCheap)->traits().kind == ModelKind::ceiling);
  CHECK_FALSE(test::model("gp-hindsight", kCheap)->traits().reads_truth);
}

}  // namespace
}  // namespace predcorr::models
