// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernels/kernel.hpp"

namespace predcorr {

/// What every kernel with hyper-parameters of its own has in common. P is its parameter struct, with
///   static std::vector<Learned<P>> learned()   the hyper-parameters among its fields, and
///   void start(const Matrix& inputs, double variance)   which fills those that are open.
/// The kernel writes gradients with respect to all its values, in that order; those not learned are left out here.
template <class P>
struct Learned {
  const char* name;
  HyperParameter P::*member;
};

template <class Self, class P>
class LearnedKernel : public Kernel {
 public:
  explicit LearnedKernel(P p) : p_(std::move(p)) {}

  std::vector<LogParameter> log_parameters() const override {
    std::vector<LogParameter> list;
    for (const auto& [name, member] : P::learned()) append_log_parameters(name, p_.*member, list);
    return list;
  }

  KernelPtr with_log_parameters(const Eigen::Ref<const Vector>& values) const override {
    P next = p_;
    Index at = 0;
    for (const auto& [name, member] : P::learned())
      if ((p_.*member).learned()) {
        const Index count = (p_.*member).values().size();
        next.*member = moved(p_.*member, values.segment(at, count));
        at += count;
      }
    return std::make_shared<Self>(std::move(next));
  }

  KernelPtr started(const Matrix& inputs, double variance) const override {
    P next = p_;
    next.start(inputs, variance);
    return std::make_shared<Self>(std::move(next));
  }

  void add_cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                          const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                          Matrix* by_z) const override {
    if (gradient.size() == 0 && by_z == nullptr) return;
    Vector all = Vector::Zero(value_count());
    cross_gradient(x, z, weight, all, by_z);
    add_learned(all, gradient);
  }

  void add_diagonal_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                             Eigen::Ref<Vector> gradient) const override {
    if (gradient.size() == 0) return;
    Vector all = Vector::Zero(value_count());
    diagonal_gradient(x, weight, all);
    add_learned(all, gradient);
  }

 protected:
  /// Both add to `gradient`, which has an entry for every value of every hyper-parameter.
  virtual void cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                              const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                              Matrix* by_z) const = 0;
  virtual void diagonal_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                                 Eigen::Ref<Vector> gradient) const = 0;

  const P& parameters() const { return p_; }

 private:
  Index value_count() const {
    Index count = 0;
    for (const auto& [name, member] : P::learned()) count += (p_.*member).values().size();
    return count;
  }

  void add_learned(const Vector& all, Eigen::Ref<Vector> gradient) const {
    Index from = 0, to = 0;
    for (const auto& [name, member] : P::learned()) {
      const Index count = (p_.*member).values().size();
      if ((p_.*member).learned()) {
        gradient.segment(to, count) += all.segment(from, count);
        to += count;
      }
      from += count;
    }
  }

  P p_;
};

/// The value of a hyper-parameter that has just one.  @throws Error (config) if it has more
double single_value(const HyperParameter& h, const char* name);

/// Fills an open variance: with `variance`, or where that is 0 with a constant 1.
void start_variance(HyperParameter& h, double variance);

}  // namespace predcorr
