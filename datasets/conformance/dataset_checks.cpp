// SPDX-License-Identifier: Apache-2.0
#include "datasets/conformance/dataset_checks.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/base/json.hpp"
#include "core/linalg/cholesky.hpp"

namespace predcorr::conformance {
namespace {

template <class F>
auto reported(const char* doing, bool plain, const F& body) {
  try {
    return body();
  } catch (const Error& e) {
    throw Failure{fmt::format("{}: {}", doing, e.what()), e.kind(), false, plain};
  } catch (const std::exception& e) {
    throw Failure{fmt::format("{}: unexpected exception: {}", doing, e.what()), {}, false, plain};
  } catch (...) {
    throw Failure{fmt::format("{}: something was thrown that is no std::exception", doing), {}, false, plain};
  }
}

/// Whether sizes fit, so that the other checks can look at the rows.
std::string misfit(const Dataset& data) {
  const Index n = data.rows(), d = data.inputs.cols();
  if (data.targets.size() != n) return fmt::format("{} rows of inputs, {} targets", n, data.targets.size());
  if (std::ssize(data.input_names) != d)
    return fmt::format("{} inputs, {} names of inputs", d, data.input_names.size());
  if (!data.groups.empty() && std::ssize(data.groups) != n)
    return fmt::format("{} rows, {} group numbers", n, data.groups.size());
  if (d < 1) return "no inputs";
  if (data.image && !data.image->fits(d)) return fmt::format("{} inputs, images of {}", d, data.image->text());
  if (n < 10) return fmt::format("{} rows; splits need 10", n);
  return "";
}

const Dataset& fitting(DatasetTrial& trial) {
  const Dataset& data = trial.data();
  if (const std::string text = misfit(data); !text.empty()) throw Failure{text, {}, false, true};
  return data;
}

std::string check_sizes(DatasetTrial& trial) {
  expect_none(misfit(trial.data()), "sizes do not fit");
  const Dataset& data = trial.data();
  if (!data.image) return fmt::format("{} rows, {} inputs", data.rows(), data.inputs.cols());
  return fmt::format("{} rows, {} inputs: images of {}", data.rows(), data.inputs.cols(), data.image->text());
}

std::string check_values(DatasetTrial& trial) {
  const Dataset& data = fitting(trial);
  for (Index j = 0; j < data.inputs.cols(); ++j)
    expect(data.inputs.col(j).allFinite(), "input {} has values that are not finite", j);
  expect(data.targets.allFinite(), "targets are not finite everywhere");
  expect((data.targets.array() != data.targets(0)).any(), "the target is {} in every row", data.targets(0));
  return "";
}

std::string check_names(DatasetTrial& trial) {
  const Dataset& data = fitting(trial);
  std::vector<std::string> all = data.input_names;
  all.push_back(data.target_name);
  std::set<std::string> columns;
  for (const std::string& name : all)
    expect(!name.empty() && columns.insert(name).second, "the column name '{}' is empty or there twice", name);
  all.insert(all.end(), {data.name, data.source.url, data.source.citation, data.source.notes});
  expect(!data.name.empty(), "the data set has no name");
  try {
    (void)Json(all).dump();
  } catch (const Json::exception&) {
    throw Failure{"a name, or what is said of the source, is not UTF-8"};
  }
  return "";
}

bool same(const Dataset& a, const Dataset& b) {
  return a.inputs.rows() == b.inputs.rows() && a.inputs.cols() == b.inputs.cols() && a.inputs == b.inputs &&
         a.targets.size() == b.targets.size() && a.targets == b.targets && a.groups == b.groups && a.name == b.name &&
         a.image == b.image;
}

bool same(const Split& a, const Split& b) { return a.train == b.train && a.pool == b.pool && a.test == b.test; }

std::string check_determinism(DatasetTrial& trial) {
  const Dataset& data = fitting(trial);
  const Dataset again = trial.load(trial.request());
  expect(same(data, again), "loaded again for the same seed, the rows are others");
  expect(same(trial.split(data, trial.request()), trial.split(again, trial.request())),
         "split again for the same seed, the parts are others");
  return "";
}

std::string check_seeds(DatasetTrial& trial) {
  const Dataset& data = fitting(trial);
  const Dataset other = trial.load(trial.request(true));
  const bool same_rows = same(data, other);
  expect(!same_rows || !same(trial.split(data, trial.request()), trial.split(other, trial.request(true))),
         "another seed gives the same rows in the same parts");
  return same_rows ? "the same rows for every seed, split anew" : "another seed gives other rows";
}

std::string check_content(DatasetTrial& trial) {
  const auto hash = [&](bool other) {
    return reported("content_hash", false, [&] { return trial.source().content_hash(trial.request(other)); });
  };
  const std::string one = hash(false);
  expect(one == hash(false), "content_hash differs from call to call");
  expect(one == hash(true), "content_hash depends on the seed; it is for what parameters and seed do not decide");
  if (one.empty()) return "generated: parameters and seed decide everything";
  expect(one.size() == 64 && one.find_first_not_of("0123456789abcdef") == std::string::npos,
         "content_hash is '{}', no SHA-256 in lower-case hexadecimal", one);
  return "";
}

/// What a split names may not be there, which the check of the split says; others must not read it.
bool has_row(const Dataset& data, Index row) { return row >= 0 && row < data.rows(); }

std::string check_split(DatasetTrial& trial) {
  const Dataset& data = fitting(trial);
  const Split split = trial.split(data, trial.request());
  std::set<Index> seen;
  for (const auto& [name, part] :
       {std::pair<const char*, const Rows*>{"train", &split.train}, {"pool", &split.pool}, {"test", &split.test}}) {
    expect(!part->empty(), "the {} part is empty", name);
    for (const Index row : *part) {
      expect(has_row(data, row), "the {} part has row {} of {}", name, row, data.rows());
      expect(seen.insert(row).second, "row {} is given out twice, the second time to the {} part", row, name);
    }
  }
  return std::ssize(seen) == data.rows() ? "" : fmt::format("{} of {} rows are used", seen.size(), data.rows());
}

std::string check_groups(DatasetTrial& trial) {
  const Dataset& data = fitting(trial);
  if (data.groups.empty()) throw NotApplicable{"every row is its own group"};
  const Split split = trial.split(data, trial.request());
  std::map<Index, std::string> part_of;
  for (const auto& [name, part] :
       {std::pair<const char*, const Rows*>{"train", &split.train}, {"pool", &split.pool}, {"test", &split.test}})
    for (const Index row : *part) {
      if (!has_row(data, row)) continue;
      const auto [place, is_new] = part_of.try_emplace(data.groups[static_cast<std::size_t>(row)], name);
      expect(is_new || place->second == name, "group {} is both in the {} and in the {} part", place->first,
             place->second, name);
    }
  return "";
}

std::string check_truth_given(DatasetTrial& trial) {
  const bool told = trial.source().knows_truth(), given = trial.data().truth != nullptr;
  expect(told == given, "knows_truth() says {}, the loaded data set has {}", told ? "yes" : "no",
         given ? "a truth" : "none");
  return given ? "" : "the truth is not known";
}

/// r' C^-1 r / m of the test targets, which is 1 on average if the truth is true: with m of some hundreds, far from it
/// where noise, scale or function are others. The check allows a factor of 2 and six standard deviations of chance.
std::string check_truth_fits(DatasetTrial& trial) {
  const Dataset& data = fitting(trial);
  if (data.truth == nullptr) throw NotApplicable{"the truth is not known"};
  Split split = trial.split(data, trial.request());
  constexpr std::size_t kMost = 300;
  for (Rows* part : {&split.train, &split.test}) {
    std::erase_if(*part, [&](Index row) { return !has_row(data, row); });
    part->resize(std::min(part->size(), kMost));
  }
  const Matrix x = data.inputs(split.train, Eigen::all), query = data.inputs(split.test, Eigen::all);
  const JointPrediction p = reported("the truth's posterior", false, [&] {
    JointPrediction posterior = data.truth->posterior(x, data.targets(split.train), query);
    check_prediction(posterior, std::ssize(split.test), "posterior");
    return posterior;
  });
  Matrix covariance = p.latent.matrix();
  covariance.diagonal() += p.noise_variance;
  const double m = static_cast<double>(split.test.size());
  const Vector residual = data.targets(split.test) - p.mean;
  const double ratio = reported("the truth's posterior", false,
                                [&] { return Cholesky(std::move(covariance)).whiten(residual).squaredNorm() / m; });
  const double chance = 6 * std::sqrt(2 / m);
  expect(ratio >= 0.5 - std::min(chance, 0.4) && ratio <= 2 + chance,
         "the test targets' squared distance from the truth's posterior is {:.3g} of what it should be on average",
         ratio);
  return fmt::format("squared distance of the test targets: {:.3g} of what is expected", ratio);
}

}  // namespace

DataRequest DatasetTrial::request(bool other_seed) const {
  return {{.name = ProtocolName::modern, .train = 0.2, .test = 0.2}, seed_ + (other_seed ? 1 : 0), folders_};
}

const Dataset& DatasetTrial::data() {
  if (!data_) data_ = reported("load", true, [&] { return source_.load(request()); });
  return *data_;
}

Dataset DatasetTrial::load(const DataRequest& request) const {
  return reported("load", false, [&] { return source_.load(request); });
}

Split DatasetTrial::split(const Dataset& data, const DataRequest& request) const {
  return reported("split", false, [&] { return source_.split(data, request); });
}

const std::vector<DatasetCheck>& dataset_checks() {
  static const std::vector<DatasetCheck> all = {
      {"sizes",
       "a target and, if any, a group number for each row; a name for each input; images of as many numbers as "
       "inputs; 10 rows at least",
       "Give inputs n x d, targets n, input_names d, groups n or none, image of d numbers or none.", check_sizes},
      {"values", "all numbers are finite, and the targets vary",
       "Leave out rows with missing values, or fill them in; scale what overflows.", check_values},
      {"names", "the data set and its columns have names, each its own, in UTF-8",
       "Set name, input_names and target_name; streams are named by the data set's name.", check_names},
      {"determinism", "the same seed gives the same rows in the same parts",
       "Draw random numbers only from request.stream(name). No clock, no global generator, no mutable state.",
       check_determinism},
      {"seeds", "another seed gives other rows, or the same rows in other parts",
       "Use request.stream(name), which depends on the seed, for what is drawn and for a split of your own.",
       check_seeds},
      {"content", "content_hash is empty or a SHA-256, and does not depend on the seed",
       "Hash the file's bytes, and nothing else; a generator returns \"\".", check_content},
      {"split", "train, pool and test have rows, that exist, none twice",
       "Leave split() out to follow the protocol, or deal each row to one part, once.", check_split},
      {"groups", "rows of one group stay in one part",
       "Let modern_split(rows, groups, ...) divide them, or deal out whole groups.", check_groups},
      {"truth-given", "a data set has a truth if and only if knows_truth() says so",
       "Set Dataset::truth in load, and let knows_truth() say whether it is set.", check_truth_given},
      {"truth-fits", "the truth's posterior of the test rows fits their targets",
       "Give the posterior of f in inputs' and targets' own units, with the noise that y was made with in "
       "noise_variance, a kernel's own white noise included.",
       check_truth_fits},
  };
  return all;
}

std::vector<Question> dataset_questions(DatasetTrial& trial) {
  return questions(dataset_checks(), trial,
                   "The data set could not be loaded, or its sizes do not fit, so this could not be asked. Repair what "
                   "the message names first.");
}

}  // namespace predcorr::conformance
