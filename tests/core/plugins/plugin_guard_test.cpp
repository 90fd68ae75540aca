// SPDX-License-Identifier: Apache-2.0
#include "core/plugins/plugin_guard.hpp"

#include <stdexcept>

#include "core/plugins/registry.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;

TEST_CASE("plug-in guard: whatever is thrown names who threw it, and where", "[core]") {
  const auto thrown = [](auto what) {
    return error_of([&] { guarded("metric 'x'", "do_score", [&] { throw what; }); });
  };
  CHECK(thrown(42) == "internal: metric 'x': do_score: something was thrown that is no std::exception");
  CHECK(thrown(std::out_of_range("index 9")) == "internal: metric 'x': do_score: unexpected exception: index 9");
  CHECK(thrown(std::runtime_error("\xff\xfe")) ==
        "internal: metric 'x': do_score: unexpected exception: (a message that is not UTF-8)");
  CHECK(thrown(Error(ErrorKind::numerical, "singular")) == "numerical: singular");  // an Error speaks for itself
  CHECK_THROWS_AS(guarded("metric 'x'", "do_score", [] { throw std::bad_alloc(); }), std::bad_alloc);
  CHECK(guarded("metric 'x'", "do_score", [] { return 3; }) == 3);
}

TEST_CASE("plug-in guard: an origin names the shared library where there is one", "[core]") {
  CHECK(plugin_origin("metric", "x", "") == "metric 'x'");
  CHECK(plugin_origin("metric", "x", "libmine.so") == "metric 'x' of libmine.so");
  CHECK(library_being_loaded() == "");
  {
    const LoadingLibrary loading("libmine.so");
    CHECK(library_being_loaded() == "libmine.so");
  }
  CHECK(library_being_loaded() == "");
}

TEST_CASE("plug-in guard: nesting is counted by kind, and forgotten on the way out", "[core]") {
  const auto nest = [](auto self, int levels) -> void {
    const Nesting level("box", 3, "boxes[0]");
    if (levels > 1) self(self, levels - 1);
  };
  for (int i = 0; i < 2; ++i) {
    CHECK_NOTHROW(nest(nest, 3));
    CHECK_THAT(error_of([&] { nest(nest, 4); }),
               test::contains("config: boxes[0]: a box within a box") && test::contains("more than 3 deep"));
  }
  const Nesting full("tin", 1, "tins");
  CHECK_NOTHROW(nest(nest, 3));  // of another kind
}

struct NoTable {
  int a = 1;
};
struct HasTable {
  int a = 1;
  static Fields<HasTable> fields() { return {field("a", &HasTable::a, any_value(), "a")}; }
};
struct BasesTable : HasTable {};
struct NoDefault : HasTable {
  explicit NoDefault(int) {}
};

// What PREDCORR_REGISTER asks of a parameter struct; tests/plugin/check.sh sees the sentence that a compiler prints.
static_assert(ParameterStruct<HasTable> && ParameterStruct<NoParameters>);
static_assert(!ParameterStruct<NoTable> && !ParameterStruct<BasesTable> && !ParameterStruct<NoDefault>);

}  // namespace
}  // namespace predcorr
