// SPDX-License-Identifier: Apache-2.0
// External models that do as they should. Those that do not are in failures_test.cpp.
#include <tbb/task_arena.h>

#include <set>

#include "models/external/scratch.hpp"
#include "tests/support/external_models.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

using test::contains;
using test::python_script;

std::shared_ptr<const Model> external(const Json& parameters) { return test::model("external", parameters); }

/// A fit and a prediction with the script, in a folder of its own.
struct Case {
  test::TemporaryFolder folder;
  std::unique_ptr<const Posterior> posterior;
  JointPrediction prediction;

  Case(const std::string& script, const Json& more, const TrainingData& data = test::training_data(),
       const Matrix& query = test::query_points(9)) {
    posterior = external(python_script(folder, script, more))->fit(data, Stream(1));
    prediction = posterior->predict(query);
  }
};

const char* const kHelper = "import numpy as np\nfrom predcorr_model import serve\n";

/// The fit says in which process it was made.
const std::string kPid = std::string(kHelper) + R"(
import os
def fit(x, y, seed, parameters):
    mean = y.mean()
    return (lambda q: dict(mean=np.full(len(q), mean), factor=np.ones((len(q), 1)), noise_var=1)), {"pid": os.getpid()}
serve(fit)
)";

TEST_CASE("the line in Python predicts what the line in C++ does", "[models]") {
  const TrainingData data = test::training_data();
  const Matrix query = test::query_points(9);
  const auto python = external({{"command", {"python3", PREDCORR_SOURCE_DIR "/models/external/bayesian_line.py"}},
                                {"parameters", {{"noise_variance", 0.2}}}});
  const auto cpp = test::model("bayesian-line", {{"noise_variance", 0.2}});
  test::check_equal(python->fit(data, Stream(1))->predict(query), cpp->fit(data, Stream(1))->predict(query), 1e-12);
}

TEST_CASE("external: the same over CSV files, without NumPy", "[models]") {
  // One input and no intercept: w ~ N(0, 1), noise 0.5, so w has precision p = x'x / 0.5 + 1 and mean x'y / 0.5 / p.
  const Case c(R"(
import json, sys
def table(folder, name): return [[float(v) for v in line.split(",")] for line in open(folder + "/" + name)]
def save(folder, name, rows): open(folder + "/" + name, "w").write("\n".join(",".join(map(repr, r)) for r in rows))
fits = {}
for line in sys.stdin:
    r = json.loads(line)
    folder = r["folder"]
    if r["do"] == "fit":
        x, y = table(folder, "x.csv"), table(folder, "y.csv")
        p = sum(a[0] ** 2 for a in x) / 0.5 + 1
        fits[folder] = p, sum(a[0] * b[0] for a, b in zip(x, y)) / 0.5 / p
    if r["do"] == "predict":
        p, w = fits[folder]
        q = [a[0] for a in table(folder, "query.csv")]
        save(folder, "mean.csv", [[a * w] for a in q])
        save(folder, "latent_cov.csv", [[a * b / p for b in q] for a in q])
        save(folder, "noise_var.csv", [[0.5]])
    print(json.dumps({"ok": True}), flush=True)
)",
               {{"format", "csv"}}, test::curve(20, 1, 3), test::query_points(9, 1));
  const TrainingData data = test::curve(20, 1, 3);
  const Vector x = data.inputs.col(0), q = test::query_points(9, 1).col(0);
  const double precision = x.squaredNorm() / 0.5 + 1, weight = x.dot(data.targets) / 0.5 / precision;
  CHECK(test::difference(c.prediction.mean, q * weight) < 1e-14);
  CHECK(test::difference(c.prediction.latent.matrix(), q * q.transpose() / precision) < 1e-14);
  CHECK(c.prediction.noise_variance == Vector::Constant(9, 0.5));
}

TEST_CASE("external: whatever is printed is kept, and does not disturb", "[models]") {
  const Case c(std::string(kHelper) + R"(
import os, sys
def fit(x, y, seed, parameters):
    print("printed by fit")
    os.system("echo from a shell")
    sys.stderr.write("gr\u00fc\u00dfe\n")
    os.write(2, b"no utf-8: \xff\n")
    def predict(q):
        print("printed by predict")
        assert input is not None and sys.stdin.read() == ""
        return dict(mean=np.zeros(len(q)), factor=np.ones((len(q), 1)), noise_var=1)
    return predict
serve(fit)
)",
               Json::object());
  CHECK(test::missing(c.posterior->log(), {"printed by fit\n", "from a shell\n", "gr\u00fc\u00dfe\n",
                                           "no utf-8: \ufffd\n", "printed by predict\n"}) == "");
}

TEST_CASE("external: parameters, weights, seed and surroundings are what the fit was given", "[models]") {
  TrainingData data = test::training_data();
  data.weights = Vector::LinSpaced(24, 0, 2);
  const std::string script = std::string(kHelper) + R"(
import os, random
def fit(x, y, seed, parameters, weights):
    numbers = {"n": len(x), "d": x.shape[1], "y": y.sum(), "a": parameters["a"]["b"][1], "seed": seed,
               "draw": np.random.rand() + random.random(), "threads": os.environ["OMP_NUM_THREADS"],
               "weights": -1 if weights is None else weights.sum()}
    return (lambda q: dict(mean=np.zeros(len(q)), factor=np.ones((len(q), 1)), noise_var=1)), numbers
serve(fit)
)";
  const Json more = {{"takes_weights", true}, {"threads", 3}, {"parameters", {{"a", {{"b", {1, 7}}}}}}};
  const Case c(script, more, data);
  const Diagnostics found = c.posterior->diagnostics();
  CHECK(found.at("n") == 24);
  CHECK(found.at("d") == 3);
  CHECK(found.at("y") == test::close(data.targets.sum()));
  CHECK(found.at("a") == 7);
  CHECK(found.at("threads") == 3);
  CHECK(found.at("weights") == test::close(24));
  CHECK(found.at("seed") == static_cast<double>(Stream(1).fork("external").key() >> 33));

  data.weights.resize(0);
  const auto model = external(python_script(c.folder, script, more));
  const Diagnostics first = model->fit(data, Stream(1))->diagnostics(),
                    again = model->fit(data, Stream(1))->diagnostics();
  CHECK(first.at("weights") == -1);
  CHECK(first == again);  // the second in a process that has drawn numbers before
  CHECK(model->fit(data, Stream(2))->diagnostics().at("draw") != first.at("draw"));
}

TEST_CASE("external: a fit is told of what shape the images are, where there are any", "[models]") {
  TrainingData data = test::training_data();
  data.image = ImageShape{1, 3, 1};
  const std::string script = std::string(kHelper) + R"(
def fit(x, y, seed, parameters, image):
    numbers = {"sides": 0} if image is None else {"sides": len(image), "width": x.reshape(-1, *image).shape[2]}
    return (lambda q: dict(mean=np.zeros(len(q)), factor=np.ones((len(q), 1)), noise_var=1)), numbers
serve(fit)
)";
  const Diagnostics found = Case(script, Json::object(), data).posterior->diagnostics();
  CHECK(found.at("sides") == 3);
  CHECK(found.at("width") == 3);
  data.image.reset();
  CHECK(Case(script, Json::object(), data).posterior->diagnostics().at("sides") == 0);
}

TEST_CASE("external: one process serves fit after fit, unless it is not to", "[models]") {
  const test::TemporaryFolder folder;
  const Json parameters = python_script(folder, kPid);
  const TrainingData data = test::training_data();
  const auto pid = [&](const Model& model) { return model.fit(data, Stream(1))->diagnostics().at("pid"); };
  const auto model = external(parameters);
  const double first = pid(*model);
  CHECK(pid(*model) == first);
  CHECK(pid(*external(parameters)) == first);  // another cell's model

  const auto round = model->fit(data, Stream(1));  // active learning keeps the last round's fit until it has the next
  CHECK(model->refit(*round, test::with_rows(data, data), Stream(2))->diagnostics().at("pid") == first);

  Json apart = parameters;
  apart["keep_alive"] = false;
  const double one = pid(*external(apart)), two = pid(*external(apart));
  CHECK(one != first);
  CHECK(two != one);
  CHECK(test::processes_naming(parameters.at("command").at(1)).size() == 1);  // the one that is kept
}

TEST_CASE("external: many fits live in few processes and keep apart", "[models]") {
  const test::TemporaryFolder folder;
  const auto model = external(python_script(folder, kPid));
  std::vector<std::unique_ptr<const Posterior>> fits;
  std::set<double> processes;
  for (int i = 0; i < 6; ++i) {
    TrainingData data = test::training_data();
    data.targets.array() += i - data.targets.mean();
    fits.push_back(model->fit(data, Stream(1)));
    processes.insert(fits.back()->diagnostics().at("pid"));
  }
  CHECK(static_cast<int>(processes.size()) <= tbb::this_task_arena::max_concurrency());
  for (int i = 5; i >= 0; --i)
    CHECK(fits[static_cast<std::size_t>(i)]->predict(test::query_points(2)).mean(0) == test::close(i));
  fits.erase(fits.begin() + 1, fits.begin() + 5);
  CHECK(fits[1]->predict(test::query_points(2)).mean(1) == test::close(5));
}

TEST_CASE("external: every array of a prediction may be sent, and a covariance with noise in it is told", "[models]") {
  const auto script = [](const std::string& arrays) {
    return std::string(kHelper) + "def fit(x, y, seed, parameters):\n    return lambda q: dict(" + arrays +
           ")\nserve(fit)\n";
  };
  const Case sparse(script("mean=q[:, 0], factor=np.ones((len(q), 1)), diagonal=np.full(len(q), 0.5), noise_var=0.1"),
                    Json::object());
  CHECK(sparse.prediction.latent.extra_diagonal() == Vector::Constant(9, 0.5));
  CHECK(sparse.posterior->warnings().empty());
  const Case noisy(script("mean=q[:, 0], cov=2 * np.eye(len(q))"), Json::object());
  CHECK(noisy.prediction.latent.matrix() == 2 * Matrix::Identity(9, 9));
  CHECK(noisy.prediction.noise_variance == Vector::Zero(9));
  REQUIRE(noisy.posterior->warnings().size() == 1);
  CHECK_THAT(noisy.posterior->warnings()[0], contains("includes noise ('cov')"));
}

TEST_CASE("external: temporary files are gone with the fit", "[models]") {
  const auto count = [] { return std::distance(std::filesystem::directory_iterator(scratch_root()), {}); };
  const auto before = count();
  {
    const Case c(kPid, Json::object());
    CHECK(count() == before + 1);
  }
  CHECK(count() == before);
}

TEST_CASE("external: its files are part of what decides its numbers, wherever they lie", "[models]") {
  const test::TemporaryFolder a, b;
  const Json first = external(python_script(a, "print(1)"))->traits().content;
  CHECK(first.at("files").size() == 1);
  test::written(b, "same.py", "print(1)");
  const Json same = external({{"command", {"python3", (b / "same.py").string()}}})->traits().content;
  CHECK(same.at("files").begin().value() == first.at("files").begin().value());
  test::written(b, "same.py", "print(2)");
  CHECK(external({{"command", {"python3", (b / "same.py").string()}}})->traits().content != same);
  CHECK(external({{"command", {"cat", "-n"}}})->traits().content.is_null());
  const Json wrapped = {
      {"base", {{"model", "external"}, {"parameters", {{"command", {"cat", (b / "same.py").string()}}}}}}};
  for (const char* wrapper : {"bootstrap", "calibrated", "control-shrunk"})
    CHECK(test::model(wrapper, wrapped)->traits().content.at("files").size() == 1);
}

TEST_CASE("external: parameters that cannot be are refused", "[models]") {
  const auto refusal = [](const Json& parameters) { return test::error_of([&] { external(parameters); }); };
  const Json cat = {"cat"};
  CHECK_THAT(refusal(Json::object()), contains("parameter 'command' must be given"));
  for (const Json& bad : {Json("python3 m.py"), Json::array(), Json({1}), Json({""}), Json({{"a", 1}})}) {
    INFO(bad);
    CHECK_THAT(refusal({{"command", bad}}), contains("command: must be the program and its arguments, such as [\""));
  }
  CHECK_THAT(refusal({{"command", {"pyhton3", "m.py"}}}), contains("config: ") && contains("'pyhton3' is no program"));
  CHECK_THAT(refusal({{"command", cat}, {"parameters", 3}}), contains("parameters.parameters: must be an object"));
  CHECK_THAT(refusal({{"command", cat}, {"fit_seconds", 0}}), contains("fit_seconds: must be above 0"));
  CHECK_THAT(refusal({{"command", cat}, {"format", "hdf5"}}), contains("must be one of"));
}

}  // namespace
}  // namespace predcorr::models
