// SPDX-License-Identifier: Apache-2.0
// External models that crash, hang, lie or talk too much.

#include "models/external/scratch.hpp"
#include "tests/support/external_models.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

using test::by_hand;
using test::contains;

std::shared_ptr<const Model> external(const Json& parameters) { return test::model("external", parameters); }

/// The error of a fit and a prediction, and whether nothing of the program was left running.
std::string failure(const std::string& script, const Json& more = Json::object()) {
  const test::TemporaryFolder folder;
  const Json parameters = test::python_script(folder, script, more);
  std::string error = test::error_of(
      [&] { external(parameters)->fit(test::training_data(), Stream(1))->predict(test::query_points(3)); });
  CHECK(test::none_naming(folder.path().string()));
  CHECK(error.find(scratch_root().string()) == std::string::npos);  // it would differ from run to run
  return error.substr(0, error.find("external model 'python3 ")) + error.substr(error.find("': ") + 3);
}

std::string on(const std::string& request, const std::string& what) {
  return by_hand("def answer(request):\n    if request[\"do\"] == \"" + request + "\":\n        " + what +
                 "\n    return good(request)\n");
}

TEST_CASE("external: how a program failed is told, and nothing of it is left", "[models]") {
  struct Bad {
    std::string script, error;
  };
  const std::vector<Bad> cases = {
      {on("fit", "sys.exit('out of luck')"),
       "io: fit: the program ended with exit status 1 before it answered; last on its standard error: out of luck"},
      {on("fit", "sys.exit(0)"), "io: fit: the program ended with exit status 0 before it answered"},
      {on("predict", "os.kill(os.getpid(), signal.SIGSEGV)"),
       "io: predict: the program was ended by signal 11 (Segmentation fault) before it answered"},
      {on("predict", "open(request['folder'] + '/prediction.npz', 'wb').write(b'PK\\x03\\x04half'); os._exit(3)"),
       "io: predict: the program ended with exit status 3 before it answered"},
      {on("predict",
          "open(request['folder'] + '/prediction.npz', 'wb').write(b'PK\\x03\\x04half'); return {'ok': True}"),
       "io: predict: prediction.npz: is cut short or damaged"},
      {on("predict", "return {'ok': True}"), "io: predict: prediction.npz: is missing; a model writes it"},
      {on("fit", "return '{\"ok\": true, \"diagnostics\": ' + '[' * 27000 + ']' * 27000 + '}'"),
       "io: fit: a line on its standard output is no answer: '{\"ok\": true, \"diagnostics\": [[["},
      {on("fit", "return {'ok': False, 'error': 'a\\x1b[31mb'}"), "fit: the model reports: a\\u001b[31mb"},
      {on("fit", "return {'ok': False, 'error': 'long ' + 'x' * 500000}"), "xxx... (500005 bytes in all)"},
      {on("fit", "return {'ok': True, 'diagnostics': {'a': 'b' * 500000}}"), "bbb... (5000"},
      {on("fit", "print('\\x1b]0;title\\x07', file=sys.stderr); sys.exit(1)"), "error: \\u001b]0;title\\u0007"},
      {on("fit", "print('epoch 1')"), "io: fit: a line on its standard output is no answer: 'epoch 1'; an answer is"},
      {on("fit", "return '[1, 2]'"), "io: fit: a line on its standard output is no answer: '[1, 2]'"},
      {on("fit", "return {'ok': 'yes'}"), "is no answer: '{\"ok\": \"yes\"}'"},
      {on("fit", "return {'ok': False, 'error': 'singular'}"), "numerical: fit: the model reports: singular"},
      {on("fit", "return {'ok': False, 'error': 'too few', 'refused': True}"), "data: fit: the model reports: too few"},
      {on("fit", "return {'ok': True, 'diagnostics': {'a': 'b'}}"),
       "data: fit: diagnostic 'a' must be a finite number, got \"b\""},
      {on("predict", "return write(request, mean=np.zeros(4), latent_cov=np.eye(3), noise_var=1.0)"),
       "shape: predict: prediction.npz: array 'mean': has shape 4; 3 numbers were expected"},
      {on("predict", "return write(request, mean=np.full(3, np.nan), latent_cov=np.eye(3), noise_var=1.0)"),
       "numerical: predict: prediction.npz: array 'mean': has nan in row 0"},
      {on("predict", "return write(request, mean=np.zeros(3), latent_cov=np.tri(3), noise_var=1.0)"),
       "numerical: predict: prediction.npz: array 'latent_cov': is not symmetric: 0 in row 0, column 1, but 1"},
      {on("predict", "return write(request, mean=np.zeros(3), latent_cov=1.5 * np.eye(3) - 1, noise_var=1.0)"),
       "numerical: predict: prediction.npz: array 'latent_cov': is no covariance"},
      {on("predict", "return write(request, mean=np.zeros(3), latent_cov=np.eye(3), noise_var=-1.0)"),
       "numerical: predict: prediction.npz: array 'noise_var': is -1 for point 0"},
      {on("predict", "return write(request, mean=np.array(['a', 'b', 'c']), latent_cov=np.eye(3), noise_var=1.0)"),
       "data: predict: prediction.npz: array 'mean': holds text (dtype '<U1')"},
  };
  for (const Bad& bad : cases) {
    INFO(bad.script.substr(bad.script.find("def answer")));
    const std::string error = failure(bad.script);
    CHECK_THAT(error, contains(bad.error));
    CHECK(error.size() < 7000);
  }
}

TEST_CASE("external: a program that hangs is ended with all that it started", "[models]") {
  // For longer than any test may take: who waited for its end would not come back.
  const std::string hang = "subprocess.Popen(['sh', '-c', 'sleep 1000000; :', request['folder']]); time.sleep(1000000)";
  CHECK(failure(on("fit", hang), {{"fit_seconds", 0.4}}) == "io: fit: no answer within 0.4 s; it was ended");
  CHECK(failure(on("predict", hang), {{"predict_seconds", 0.2}}) ==
        "io: predict: no answer within 0.2 s; it was ended");
  CHECK(test::none_naming(scratch_root().string() + "/fit-"));
}

TEST_CASE("external: a program that eats memory meets its limit", "[models]") {
  CHECK_THAT(failure("import numpy as np\nfrom predcorr_model import serve\n"
                     "def fit(x, y, seed, parameters):\n    return np.ones(10 ** 9)\nserve(fit)\n",
                     {{"memory_mb", 2000}}),
             contains("numerical: fit: the model reports: ") && contains("Unable to allocate 7.45 GiB") &&
                 contains("(its memory is limited by memory_mb: 2000)"));
}

TEST_CASE("external: an exception in Python is told, with its place in the log", "[models]") {
  const test::TemporaryFolder folder;
  const Json parameters =
      test::python_script(folder,
                          "from predcorr_model import serve\n"
                          "def fit(x, y, seed, parameters):\n    print('so far so good')\n    return 1 / 0\n"
                          "serve(fit)\n");
  try {
    external(parameters)->fit(test::training_data(), Stream(1));
    FAIL("no error was thrown");
  } catch (const LoggedError& e) {
    CHECK_THAT(e.what(), contains("fit: the model reports: ZeroDivisionError: division by zero; last on its standard "
                                  "error: ") &&
                             contains("return 1 / 0 |"));
    CHECK_THAT(e.log(), contains("so far so good\n") && contains("line 4, in fit"));
  }
}

TEST_CASE("external: what a process did before does not fail a fit", "[models]") {
  // A program that is good for two fits only: the third is made in a new process.
  const test::TemporaryFolder folder;
  const std::string note = (folder / "starts").string();
  const Json parameters = test::python_script(
      folder, by_hand("fits = 0\nopen('" + note +
                      "', 'a').write('x')\ndef answer(request):\n    global fits\n"
                      "    fits += request['do'] == 'fit'\n    if fits > 2: os._exit(9)\n    return good(request)\n"));
  const auto model = external(parameters);
  for (int i = 0; i < 5; ++i)
    CHECK(model->fit(test::training_data(), Stream(1))->predict(test::query_points(3)).size() == 3);
  CHECK(std::filesystem::file_size(note) == 3);

  // One that fails whatever came before is not tried again where nothing came before.
  const test::TemporaryFolder other;
  const std::string tries = (other / "tries").string();
  const auto hopeless =
      external(test::python_script(other, on("fit", "open('" + tries + "', 'a').write('x'); os._exit(1)")));
  CHECK_THROWS_AS(hopeless->fit(test::training_data(), Stream(1)), LoggedError);
  CHECK(std::filesystem::file_size(tries) == 1);
}

TEST_CASE("external: a fit outlives the failure of another in its process", "[models]") {
  const test::TemporaryFolder folder;
  const auto model = external(test::python_script(
      folder,
      "import os\nimport numpy as np\nfrom predcorr_model import serve\n"
      "def fit(x, y, seed, parameters):\n    if y.max() > 100: os._exit(1)\n    w = y.mean() + np.random.rand()\n"
      "    return lambda q: dict(mean=np.full(len(q), w), factor=np.ones((len(q), 1)), noise_var=1)\n"
      "serve(fit)\n"));
  const TrainingData data = test::training_data();
  const Matrix query = test::query_points(3);
  std::vector<std::unique_ptr<const Posterior>> fits;
  for (std::uint64_t i = 0; i < 8; ++i) fits.push_back(model->fit(data, Stream(i)));
  std::vector<JointPrediction> before;
  for (const auto& fit : fits) before.push_back(fit->predict(query));
  CHECK(before[0].mean != before[1].mean);
  for (int i = 0; i < 3; ++i) CHECK_THROWS_AS(model->fit(test::with_targets_times(data, 1e6), Stream(1)), LoggedError);
  for (std::size_t i = 0; i < fits.size(); ++i) CHECK(test::identical(fits[i]->predict(query), before[i]));
}

TEST_CASE("external: PREDCORR_KEEP keeps the files and says where", "[models]") {
  const test::Environment keep("PREDCORR_KEEP", "1");
  const test::TemporaryFolder folder;
  const Json parameters = test::python_script(folder, on("predict", "sys.exit(1)"));
  const std::string error = test::error_of(
      [&] { external(parameters)->fit(test::training_data(), Stream(1))->predict(test::query_points(3)); });
  const std::string says = "files kept in ";
  REQUIRE_THAT(error, contains(says + scratch_root().string()));
  const std::filesystem::path kept = error.substr(error.find(says) + says.size());
  CHECK(std::filesystem::is_regular_file(kept / "train.npz"));
  CHECK(std::filesystem::is_regular_file(kept / "query.npz"));
  std::filesystem::remove_all(kept);
}

}  // namespace
}  // namespace predcorr::models
