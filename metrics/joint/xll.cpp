// SPDX-License-Identifier: Apache-2.0
#include "metrics/joint/xll.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numbers>

#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "metrics/gaussian.hpp"
#include "metrics/metric.hpp"
#include "metrics/ranks.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

constexpr Index kDensityChunk = 64;  // points whose densities are found by one task
constexpr double kAbsent = -std::numeric_limits<double>::infinity();

/// The latent covariance of a few points at a time.
class Blocks {
 public:
  explicit Blocks(const Covariance& latent)
      : dense_(latent.stored_dense()),
        factor_(latent.stored_factor()),
        float_factor_(latent.stored_float_factor()),
        extra_(latent.extra_diagonal()),
        width_(latent.is_factor() ? latent.width() : 0) {}

  Index width() const { return width_; }

  /// @param rows room for k x width  @param block written below the diagonal: k x k
  void fill(const NeighbourSets::Groups::ConstColXpr& set, RowMatrix& rows, Matrix& block) const {
    const Index k = set.size();
    if (dense_ != nullptr) {
      for (Index b = 0; b < k; ++b)
        for (Index a = b + 1; a < k; ++a) block(a, b) = (*dense_)(set(a), set(b));
      return;
    }
    for (Index a = 0; a < k; ++a) {
      if (factor_ != nullptr)
        rows.row(a) = factor_->row(set(a));
      else
        rows.row(a) = float_factor_->row(set(a)).cast<double>();
    }
    for (Index b = 0; b < k; ++b)
      for (Index a = b + 1; a < k; ++a) {
        block(a, b) = rows.row(a).dot(rows.row(b));
        if (extra_.size() > 0 && set(a) == set(b)) block(a, b) += extra_(set(a));
      }
  }

 private:
  const Matrix* dense_;
  const RowMatrix* factor_;
  const RowMatrixF* float_factor_;
  Vector extra_;
  Index width_;
};

/// z' R^-1 z + log |R|, with R's lower triangle in `r`, which becomes its Cholesky factor, as z becomes L^-1 z.
/// Infinite where R is singular.
double whitened_form(Matrix& r, Vector& z, double least_pivot) {
  const Index k = z.size();
  double square = 0, product = 1, log_determinant = 0;
  for (Index j = 0; j < k; ++j) {
    double pivot = 1;
    for (Index m = 0; m < j; ++m) pivot -= r(j, m) * r(j, m);
    if (!(pivot > least_pivot)) return -kAbsent;
    const double inverse = 1 / std::sqrt(pivot);
    double value = z(j);
    for (Index m = 0; m < j; ++m) value -= r(j, m) * z(m);
    z(j) = value * inverse;
    square += z(j) * z(j);
    product *= pivot;
    if (product < 1e-200) {
      log_determinant += std::log(product);
      product = 1;
    }
    for (Index i = j + 1; i < k; ++i) {
      double entry = r(i, j);
      for (Index m = 0; m < j; ++m) entry -= r(i, m) * r(j, m);
      r(i, j) = entry * inverse;
    }
  }
  return square + log_determinant + std::log(product);
}

}  // namespace

double cross_log_likelihood(const Vector& y, const JointPrediction& model, const JointPrediction& reference,
                            const NeighbourSets& neighbours) {
  const Index k = neighbours.groups.rows(), n = neighbours.points();
  const Vector variance = reference.observed_variance(), log_variance = variance.array().log();
  const Vector z = (y - reference.mean).cwiseQuotient(variance.cwiseSqrt());
  const Vector scale = model.observed_variance().cwiseSqrt().cwiseInverse();
  const Blocks blocks(model.latent);
  const Index chunks = (n + kDensityChunk - 1) / kDensityChunk;
  Vector sums = Vector::Zero(chunks);
  Rows singular(static_cast<std::size_t>(chunks), -1);
  parallel_for(chunks, [&](Index chunk) {
    RowMatrix rows(k, blocks.width());
    Matrix block(k, k);
    Vector own(k);
    for (Index i = chunk * kDensityChunk; i < std::min(n, (chunk + 1) * kDensityChunk); ++i) {
      const Index first = neighbours.first[static_cast<std::size_t>(i)],
                  end = neighbours.first[static_cast<std::size_t>(i) + 1];
      const double share = 1 / static_cast<double>(end - first);
      for (Index g = first; g < end; ++g) {
        const NeighbourSets::Groups::ConstColXpr set = neighbours.groups.col(g);
        blocks.fill(set, rows, block);
        for (Index b = 0; b < k; ++b) {
          own(b) = z(set(b));
          sums(chunk) += share * log_variance(set(b));
          for (Index a = b + 1; a < k; ++a) block(a, b) *= scale(set(a)) * scale(set(b));
        }
        const double form = whitened_form(block, own, singular_pivot(k));
        sums(chunk) += share * form;
        if (!std::isfinite(form)) {
          singular[static_cast<std::size_t>(chunk)] = i;
          return;
        }
      }
    }
  });
  for (const Index i : singular)
    require(i < 0, ErrorKind::numerical, "the model's correlations of test point {} and its neighbours are singular",
            i);
  return -0.5 * (sums.sum() / static_cast<double>(k) / static_cast<double>(n) + std::log(2 * std::numbers::pi));
}

namespace {

struct XllParameters {
  int neighbours = 5;
  NeighbourSelection selection = NeighbourSelection::absolute;
  bool self_reference = true;
  std::vector<std::string> references;
  static Fields<XllParameters> fields() {
    return {field("neighbours", &XllParameters::neighbours, between(1, 100),
                  "k: points in a group, the point itself included"),
            field("selection", &XllParameters::selection,
                  "neighbours: largest |correlation| of y under the reference, largest correlation, random ones, or "
                  "smallest variance of the difference of f"),
            field("self_reference", &XllParameters::self_reference, any_value(),
                  "whether a model is one of its own references"),
            field("references", &XllParameters::references, any_value(),
                  "labels of the models that serve as references; empty: all but controls")};
  }
};

/// What is no reference, because it tells no test point from another.
constexpr const char* kNamesNone =
    "as a reference it names no neighbours: what it predicts of two test points is the same for all pairs";

/// Values that differ by no more are one model's twice: their order is that of rounding.
constexpr Ties kEqual = {.absolute = kTie, .relative = kTie};

/// XLL of every model against every model as reference, its mean, and XLLR: the model's mean rank among all models over
/// the references (1 is best). Without self-reference a model's mean and ranks are over the others as references; the
/// models ranked by one reference are then all but it. A guest is no reference, unless named as one; it is ranked among
/// all that are no guests and itself, so that its scores do not depend on other guests, nor theirs on it.
///
/// A reference whose correlations between test points are all equal (metrics/points/neighbour_sets.hpp), as those of
/// constant and of independent predictions, names no neighbours: scores by it are absent, and means and ranks are over
/// the others. It is a model like any other all the same. Where only some of a reference's correlations tie, a point's
/// score is the mean over the choices among the tied, or over a draw of them that depends on the points' targets and
/// predictions. So no score depends on the order of the rows; the study, whose numbers have no ties, leaves it open.
class Xll : public CrossMetric {
 public:
  explicit Xll(XllParameters p) : p_(std::move(p)) {}

  std::vector<ScoreInfo> describe() const override {
    return {{.name = "xll_mean",
             .unit = "nats per point",
             .direction = Direction::higher,
             .meaning = "cross-normalised log-likelihood, mean over references",
             .head = "XLL",
             .default_column = 60},
            {.name = "xllr",
             .unit = "rank",
             .direction = Direction::lower,
             .meaning = "mean rank by cross-normalised log-likelihood over references",
             .head = "XLLR",
             .default_column = 40},
            {.name = "xll",
             .part = "*",
             .unit = "nats per point",
             .direction = Direction::higher,
             .meaning = "cross-normalised log-likelihood with the named reference"}};
  }

  std::vector<ContenderScores> score(const Vector& y, const std::vector<Contender>& contenders) const override {
    const Index count = std::ssize(contenders);
    for (const Contender& contender : contenders)
      require(contender.test.size() == y.size(), ErrorKind::shape, "xll: '{}' predicts {} points, there are {} targets",
              contender.label, contender.test.size(), y.size());
    std::vector<std::string> reasons(contenders.size());
    for (std::size_t m = 0; m < contenders.size(); ++m) {
      try {
        require((held_variance(contenders[m].test).array() > 0).all(), ErrorKind::numerical,
                "a predicted variance of y is 0");
      } catch (const Error& e) {
        reasons[m] = e.what();
      }
    }
    Matrix table = Matrix::Constant(count, count, kAbsent);  // model x reference
    std::vector<char> names_none(contenders.size(), 0);      // of a reference; written side by side
    parallel_for(count, [&](Index r) {
      const auto ref = static_cast<std::size_t>(r);
      if (!reasons[ref].empty()) return;
      if (!serves(contenders[ref])) return;
      const JointPrediction& reference = contenders[ref].test;
      const std::vector<Vector> keys = {y, reference.mean, reference.observed_variance()};
      const ContentOrder order = content_order(keys);
      const NeighbourSets shared = neighbour_sets(reference, p_.neighbours, p_.selection, order);
      names_none[ref] = !shared.named;
      if (!shared.named) return;
      for (std::size_t m = 0; m < contenders.size(); ++m) {
        if (!reasons[m].empty() || !judges(static_cast<Index>(m), r)) continue;
        const JointPrediction& model = contenders[m].test;
        try {
          if (!shared.drawn || order.distinct) {
            table(static_cast<Index>(m), r) = cross_log_likelihood(y, model, reference, shared);
            continue;
          }
          // What is equal in all that the reference knows of it may not be so to the model.
          std::vector<Vector> more = keys;
          more.insert(more.end(), {model.mean, model.observed_variance()});
          const NeighbourSets own = neighbour_sets(reference, p_.neighbours, p_.selection, content_order(more));
          table(static_cast<Index>(m), r) = cross_log_likelihood(y, model, reference, own);
        } catch (const Error&) {  // this pair stays absent
        }
      }
    });
    return summarise(contenders, table, reasons, names_none);
  }

 private:
  bool serves(const Contender& c) const { return p_.references.empty() ? !c.guest : contains(p_.references, c.label); }
  bool judges(Index model, Index reference) const { return p_.self_reference || model != reference; }

  /// Only models and references that have a value in every pair are compared: all the others drop out, model first.
  std::vector<ContenderScores> summarise(const std::vector<Contender>& contenders, const Matrix& table,
                                         const std::vector<std::string>& reasons,
                                         const std::vector<char>& names_none) const {
    const Index count = table.rows();
    const auto is_guest = [&](Index m) { return contenders[static_cast<std::size_t>(m)].guest; };
    // References that no model could be scored with are not references at all. A guest decides that for itself only,
    // unless there is nobody else.
    const bool only_guests = std::all_of(contenders.begin(), contenders.end(), [](const auto& c) { return c.guest; });
    std::vector<bool> counts(contenders.size(), false);
    for (Index r = 0; r < count; ++r)
      for (Index m = 0; m < count; ++m)
        if ((only_guests || !is_guest(m)) && table(m, r) != kAbsent) counts[static_cast<std::size_t>(r)] = true;
    std::vector<Rows> references(contenders.size());  // of each model
    for (Index m = 0; m < count; ++m)
      for (Index r = 0; r < count; ++r)
        if (judges(m, r) && (counts[static_cast<std::size_t>(r)] || table(m, r) != kAbsent))
          references[static_cast<std::size_t>(m)].push_back(r);
    Rows ranked;
    for (Index m = 0; m < count; ++m) {
      const Rows& own = references[static_cast<std::size_t>(m)];
      if (!own.empty() && (table(m, own).array() != kAbsent).all()) ranked.push_back(m);
    }
    Rows field, guests;
    for (const Index m : ranked) (is_guest(m) ? guests : field).push_back(m);
    Vector mean_rank = Vector::Zero(count);
    for (Index r = 0; r < count; ++r) {
      const auto judged_by_r = [&](Index m) {
        return std::ranges::binary_search(references[static_cast<std::size_t>(m)], r);
      };
      Rows judged;
      std::copy_if(field.begin(), field.end(), std::back_inserter(judged), judged_by_r);
      const auto rank_last = [&](const Rows& among) {
        return average_ranks(-table(among, r), kEqual)(std::ssize(among) - 1);
      };
      const auto add = [&](Index m, double rank) {
        mean_rank(m) += rank / static_cast<double>(references[static_cast<std::size_t>(m)].size());
      };
      if (!judged.empty()) {
        const Vector ranks = average_ranks(-table(judged, r), kEqual);
        for (std::size_t i = 0; i < judged.size(); ++i) add(judged[i], ranks(static_cast<Index>(i)));
      }
      for (const Index guest : guests) {
        if (!judged_by_r(guest)) continue;
        judged.push_back(guest);
        add(guest, rank_last(judged));
        judged.pop_back();
      }
    }

    std::string no_reference = "no model can be its reference";
    if (std::ranges::any_of(names_none, [](char none) { return none != 0; }))
      no_reference += std::string(": ") + kNamesNone;
    std::vector<ContenderScores> all;
    for (Index m = 0; m < count; ++m) {
      const auto c = static_cast<std::size_t>(m);
      const Rows& own = references[c];
      ContenderScores scores{contenders[c].label, {}};
      const std::string reason = !reasons[c].empty() ? reasons[c]
                                 : own.empty()       ? no_reference
                                                     : "the model's correlations are singular in some group";
      if (std::find(ranked.begin(), ranked.end(), m) != ranked.end())
        scores.scores = {{"xll_mean", "", table(m, own).mean(), ""}, {"xllr", "", mean_rank(m), ""}};
      else
        scores.scores = {{"xll_mean", "", std::nullopt, reason}, {"xllr", "", std::nullopt, reason}};
      for (Index r = 0; r < count; ++r) {
        const std::string& label = contenders[static_cast<std::size_t>(r)].label;
        if (names_none[static_cast<std::size_t>(r)] && judges(m, r) && reasons[c].empty())
          scores.scores.push_back({"xll", label, std::nullopt, kNamesNone});
        else if (std::ranges::binary_search(own, r) && table(m, r) != kAbsent)
          scores.scores.push_back({"xll", label, table(m, r), ""});
      }
      all.push_back(std::move(scores));
    }
    return all;
  }

  XllParameters p_;
};

PREDCORR_REGISTER(
    CrossMetric, "xll", Xll, XllParameters,
    "XLL and XLLR: which model's correlations explain the test targets best, models as each other's reference",
    "Wang, Sun & Grosse 2021, section 4.2");

}  // namespace
}  // namespace predcorr::metrics
