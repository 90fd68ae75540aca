// SPDX-License-Identifier: Apache-2.0
#include "harness/problem_at_seed.hpp"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include <atomic>

#include "tests/support/reference.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

/// Independent of everything, and counts how often it is asked.
struct CountedTruth : Truth {
  explicit CountedTruth(std::atomic<int>& count) : asked(count) {}
  JointPrediction posterior(const Matrix&, const Vector&, const Matrix& query) const override {
    ++asked;
    return {Vector::Zero(query.rows()), Covariance::dense(Matrix::Identity(query.rows(), query.rows())),
            Vector::Ones(query.rows())};
  }
  std::atomic<int>& asked;
};

/// 40 rows, of a file or drawn for each seed.
struct Counted : DatasetSource {
  explicit Counted(bool of_file) : file(of_file) {}
  Dataset load(const DataRequest& request) const override {
    ++loaded;
    require(request.seed != 13, ErrorKind::data, "no luck");
    Dataset data;
    data.name = "counted";
    data.inputs = request.stream("counted").normals(40);
    data.targets = 2 * data.inputs.col(0);
    data.input_names = {"x"};
    data.target_name = "y";
    if (!file) data.truth = std::make_shared<CountedTruth>(asked);
    return data;
  }
  bool is_file() const override { return file; }
  bool knows_truth() const override { return !file; }

  bool file;
  mutable std::atomic<int> loaded = 0, asked = 0;
};

/// A source, labelled as in a suite.
struct Source {
  explicit Source(bool file) : counted(std::make_shared<Counted>(file)), labelled{"it", {"counted", {}, counted}} {}
  std::shared_ptr<Counted> counted;
  Labelled<DatasetSource> labelled;
};

TEST_CASE("a problem is made once for all threads, a file read once for all seeds", "[harness]") {
  const bool file = GENERATE(false, true);
  CAPTURE(file);
  const Source source(file);
  Problems problems(read_suite(test::tiny_suite(), "s.json"));
  const tbb::global_control many(tbb::global_control::max_allowed_parallelism, 8);
  tbb::parallel_for(0, 200, [&](int i) {
    const auto problem = problems.at(source.labelled, 1 + static_cast<std::uint64_t>(i % 2));
    if (problem->evaluation().n_test() != 8) throw std::logic_error("not a fifth of 40 rows");
  });
  CHECK(source.counted->loaded == (file ? 1 : 2));
  CHECK(source.counted->asked == (file ? 0 : 2));
  CHECK(problems.at(source.labelled, 1) == problems.at(source.labelled, 1));
  // A file has the same rows at every seed, split anew; a generator has others.
  const auto one = problems.at(source.labelled, 1), two = problems.at(source.labelled, 2);
  CHECK((one->problem().dataset().targets == two->problem().dataset().targets) == file);
  CHECK(one->problem().split().test != two->problem().split().test);
}

TEST_CASE("as many problems are kept as threads can work on, and one in use stays", "[harness]") {
  const Source source(false);
  Problems problems(read_suite(test::tiny_suite(), "s.json"));
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  const auto first = problems.at(source.labelled, 1);
  problems.at(source.labelled, 2);
  CHECK(problems.at(source.labelled, 1) == first);
  problems.at(source.labelled, 3);  // seed 2 has to go
  CHECK(source.counted->loaded == 3);
  problems.at(source.labelled, 2);
  CHECK(source.counted->loaded == 4);
  problems.at(source.labelled, 3);
  CHECK(source.counted->loaded == 4);
  CHECK(first->evaluation().y.size() == 32);  // pool and test
  CHECK(problems.at(source.labelled, 1)->problem().dataset().targets == first->problem().dataset().targets);
}

TEST_CASE("what fails once is tried again, and stands in nobody's way", "[harness]") {
  const Source source(false);
  Problems problems(read_suite(test::tiny_suite(), "s.json"));
  for (int i = 0; i < 2; ++i)
    CHECK_THAT(test::error_of([&] { problems.at(source.labelled, 13); }), test::contains("no luck"));
  CHECK(source.counted->loaded == 2);
  CHECK_NOTHROW(problems.at(source.labelled, 14));
}

TEST_CASE("a stored prediction belongs to a problem by its rows and targets", "[harness]") {
  const Source source(false);
  Problems problems(read_suite(test::tiny_suite(), "s.json"));
  const auto problem = problems.at(source.labelled, 1);
  const EvaluationData& evaluation = problem->evaluation();
  const StoredPrediction whole{{}, evaluation.y, evaluation.n_pool, problem->problem().split()};
  CHECK(problem->other_than(whole) == "");
  StoredPrediction part = whole;
  part.y = evaluation.test_targets();
  part.n_pool = 0;
  CHECK(problem->other_than(part) == "");
  CHECK(problem->test_evaluation().y == part.y);
  CHECK(problem->test_evaluation().oracle->size() == part.y.size());
  CHECK(problem->test_evaluation().inputs == evaluation.inputs.bottomRows(part.y.size()));

  StoredPrediction other = whole;
  std::swap(other.rows.train[0], other.rows.pool[0]);
  CHECK(problem->other_than(other) == "it was split into other rows");
  other = whole;
  other.y(3) += 1;
  CHECK(problem->other_than(other) == "its targets were others");
  other = whole;
  other.n_pool -= 1;
  CHECK(problem->other_than(other) == "other rows were predicted");
  other = part;
  other.y.conservativeResize(other.y.size() - 1);
  CHECK(problem->other_than(other) == "other rows were predicted");
}

}  // namespace
}  // namespace predcorr
