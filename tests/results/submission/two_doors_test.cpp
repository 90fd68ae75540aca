// SPDX-License-Identifier: Apache-2.0
// A prediction that `score` takes an external model may send, and the other way round.
#include <fstream>

#include "models/external/answer.hpp"
#include "models/external/csv_arrays.hpp"
#include "results/store/prediction_file.hpp"
#include "results/submission/problem_file.hpp"
#include "tests/core/numpy/prediction_cases.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr {
namespace {

struct Answer {
  std::string refusal;  ///< without the folder
  FilePrediction read;
};

class Doors {
 public:
  explicit Doors(const test::WrittenArrays& arrays) {
    test::write_arrays(arrays, folder_ / "prediction.npz");
    for (const auto& [name, array] : arrays)
      std::ofstream(folder_ / (name + ".csv")) << models::csv_matrix(array.values);
  }
  Answer by_score() const {
    const EvaluationData three{.y = Vector::Zero(3), .n_pool = 0, .oracle = std::nullopt};
    return taken([&] {
      const Submission s = load_submission("p", folder_ / "prediction.npz", three);
      return FilePrediction{s.prediction, s.noise_included, s.pool_block};
    });
  }
  Answer by_model(models::FileFormat format) const {
    return taken([&] { return models::read_answer(folder_.path(), format, 3); });
  }

 private:
  template <class Read>
  Answer taken(const Read& read) const {
    Answer answer;
    answer.refusal = test::refusal_of([&] { answer.read = read(); });
    const std::string folder = folder_.path().string() + "/";
    for (auto at = answer.refusal.find(folder); at != std::string::npos; at = answer.refusal.find(folder))
      answer.refusal.erase(at, folder.size());
    return answer;
  }
  test::TemporaryFolder folder_;
};

void check_same(const FilePrediction& a, const FilePrediction& b) {
  CHECK(a.prediction.mean == b.prediction.mean);
  CHECK(a.prediction.noise_variance == b.prediction.noise_variance);
  CHECK(a.prediction.latent.matrix() == b.prediction.latent.matrix());
  CHECK(a.prediction.latent.is_factor() == b.prediction.latent.is_factor());
  CHECK(a.noise_included == b.noise_included);
  CHECK(a.whole == b.whole);
}

TEST_CASE("score and an external model take the same arrays for the same prediction", "[results]") {
  for (const test::PredictionCase& c : test::accepted_predictions()) {
    INFO(c.name);
    const Doors doors(c.arrays);
    const Answer score = doors.by_score(), model = doors.by_model(models::FileFormat::npz);
    CHECK(score.refusal == "");
    CHECK(model.refusal == "");
    check_same(score.read, model.read);
    if (c.only_in_npz()) continue;
    const Answer table = doors.by_model(models::FileFormat::csv);
    CHECK(table.refusal == "");
    check_same(score.read, table.read);
  }
}

TEST_CASE("score and an external model refuse the same arrays, for the same reason", "[results]") {
  for (const test::PredictionCase& c : test::refused_predictions()) {
    INFO(c.name);
    const Doors doors(c.arrays);
    const Answer score = doors.by_score(), model = doors.by_model(models::FileFormat::npz);
    CHECK(score.refusal != "");
    // Of how many points a prediction is `score` learns from the file, and finds none in a strange shape.
    if (score.refusal.find("the problem has 3, 3 of them test points") == std::string::npos)
      CHECK(score.refusal == model.refusal);
    CHECK(model.refusal != "");
    if (!c.only_in_npz()) CHECK(doors.by_model(models::FileFormat::csv).refusal != "");
  }
  for (const test::PredictionCase& c : test::predictions_of_other_sizes()) {
    INFO(c.name);
    const Doors doors(c.arrays);
    CHECK_THAT(doors.by_score().refusal, test::contains("for 4 points; the problem has 3, 3 of them test points"));
    CHECK_THAT(doors.by_model(models::FileFormat::npz).refusal, test::contains("expected"));
    CHECK_THAT(doors.by_model(models::FileFormat::csv).refusal, test::contains("expected"));
  }
}

TEST_CASE("a cell's own file may be scored as it is", "[results]") {
  const test::TemporaryFolder folder;
  const Matrix f{{1, 0}, {0.5, 1}, {0, 2}, {1, 1}, {2, 0.5}};
  const StoredPrediction stored{{Vector::LinSpaced(5, 0, 1), Covariance::dense(f * f.transpose()), Vector::Ones(5)},
                                Vector::LinSpaced(5, 1, 2),
                                2,
                                {{5}, {0, 1}, {2, 3, 4}}};
  const EvaluationData five{.y = stored.y, .n_pool = 2, .oracle = std::nullopt};
  for (const Keep keep : {Keep::all, Keep::predictions}) {
    save_prediction(stored, keep, folder / "cell.npz");
    const Submission s = load_submission("p", folder / "cell.npz", five);
    CHECK(s.pool_block == (keep == Keep::all));
    CHECK(s.prediction.latent.block(0, 5, 2, 3) == stored.prediction.latent.block(0, 5, 2, 3));
  }
}

}  // namespace
}  // namespace predcorr
