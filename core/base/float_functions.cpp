// SPDX-License-Identifier: Apache-2.0
#include "core/base/float_functions.hpp"

#include <algorithm>

namespace predcorr {
namespace {

using Packet = Eigen::internal::packet_traits<float>::type;
constexpr Index kWidth = Eigen::internal::packet_traits<float>::size;

/// Calls f(packet) -> packet for all of `in`. What is left over goes through a packet as well: a number's function must
/// not depend on where it stands.
template <class Function>
void for_packets(const float* in, Index n, float* out, const Function& f) {
  Index i = 0;
  for (; i + kWidth <= n; i += kWidth) Eigen::internal::pstoreu(out + i, f(Eigen::internal::ploadu<Packet>(in + i)));
  if (i == n) return;
  float rest[kWidth] = {};
  std::copy(in + i, in + n, rest);
  Eigen::internal::pstoreu(rest, f(Eigen::internal::ploadu<Packet>(rest)));
  std::copy(rest, rest + (n - i), out + i);
}

}  // namespace

void sine_and_cosine(const Eigen::Ref<const VectorF>& angle, Eigen::Ref<VectorF> sine, Eigen::Ref<VectorF> cosine) {
  for_packets(angle.data(), angle.size(), sine.data(), [](const Packet& a) { return Eigen::internal::psin(a); });
  for_packets(angle.data(), angle.size(), cosine.data(), [](const Packet& a) { return Eigen::internal::pcos(a); });
}

void tanh_in_place(Eigen::Ref<MatrixF> values) {
  for (Index j = 0; j < values.cols(); ++j)
    for_packets(&values(0, j), values.rows(), &values(0, j), [](const Packet& a) { return Eigen::internal::ptanh(a); });
}

}  // namespace predcorr
