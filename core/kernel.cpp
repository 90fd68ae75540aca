// SPDX-License-Identifier: Apache-2.0
#include "core/kernel.hpp"

#include "core/parallel.hpp"
#include "core/tiles.hpp"

namespace predcorr {

Json JsonType<Configured<Kernel>>::write(const Configured<Kernel>& value) {
  if (value.object == nullptr) return nullptr;
  const bool list = value.name == "sum" || value.name == "product";
  return {{value.name, list ? value.parameters.at("of") : value.parameters}};
}

Configured<Kernel> JsonType<Configured<Kernel>>::read(const Json& value) {
  const auto& registry = Registry<Kernel>::instance();
  if (value.is_number()) return registry.make({.name = "constant", .parameters = {{"variance", value}}}, "kernel");
  if (!value.is_object() || value.size() != 1 || value.contains(Kernel::kKind))
    return registry.make(read_spec(value, Kernel::kKind, Kernel::kKind), Kernel::kKind);
  const auto only = value.begin();
  const Json parameters = only->is_array() ? Json{{"of", *only}} : *only;
  return registry.make({.name = only.key(), .parameters = parameters}, only.key());
}

namespace {

void lower_in_place(const Kernel& kernel, const Matrix& x, Eigen::Ref<Matrix> lower) {
  for_lower_tiles(x.rows(), [&](Index i, Index j, Index) {
    const auto [row, height] = tile_range(i, x.rows());
    const auto [col, width] = tile_range(j, x.rows());
    lower.block(row, col, height, width) = kernel.cross(x.middleRows(row, height), x.middleRows(col, width));
  });
}

}  // namespace

Matrix cross_in_tiles(const Kernel& kernel, const Matrix& x, const Matrix& z) {
  Matrix k(x.rows(), z.rows());
  const Index across = tile_count(z.rows());
  parallel_for(tile_count(x.rows()) * across, [&](Index t) {
    const auto [row, height] = tile_range(t / across, x.rows());
    const auto [col, width] = tile_range(t % across, z.rows());
    k.block(row, col, height, width) = kernel.cross(x.middleRows(row, height), z.middleRows(col, width));
  });
  return k;
}

Matrix gram_in_tiles(const Kernel& kernel, const Matrix& x) {
  Matrix k(x.rows(), x.rows());
  lower_in_place(kernel, x, k);
  mirror_lower(k);
  return k;
}

void observed_lower_in_place(const Kernel& kernel, const Matrix& x, Eigen::Ref<Matrix> lower) {
  lower_in_place(kernel, x, lower);
  lower.diagonal() += kernel.white_noise(x);
}

Vector log_values(const std::vector<LogParameter>& parameters) {
  Vector values(std::ssize(parameters));
  for (Index i = 0; i < values.size(); ++i) values(i) = parameters[static_cast<std::size_t>(i)].value;
  return values;
}

}  // namespace predcorr
