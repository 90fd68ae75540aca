// SPDX-License-Identifier: Apache-2.0
#include "results/text/text_table.hpp"

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("text table: columns are aligned by characters, not bytes", "[results]") {
  const TextTable table = {"t", {"model", "RMSE ↓"}, {{{"a"}, {"1.0 ± 0.1", true}}, {{"long"}, {"2"}}}, "note"};
  CHECK(terminal_text(table) ==
        "t\n"
        "  model      RMSE ↓\n"
        "  a      *1.0 ± 0.1\n"
        "  long            2\n"
        "  note\n");
  CHECK(markdown_text(table) ==
        "## t\n\n"
        "| model | RMSE ↓ |\n|:--|--:|\n"
        "| a | **1.0 ± 0.1** |\n"
        "| long | 2 |\n"
        "\nnote\n");
}

TEST_CASE("text table: labels break neither a table of Markdown nor a terminal", "[results]") {
  const TextTable table = {"t|u", {"a|b", "c"}, {{{"x|\x1b[31my\nz"}, {"*2", true}}}, ""};
  CHECK(markdown_text(table) ==
        "## t\\|u\n\n"
        "| a\\|b | c |\n|:--|--:|\n"
        "| x\\|\\\\u001b[31my\\\\nz | **\\*2** |\n");
  CHECK(terminal_text(table) ==
        "t|u\n"
        "  a|b                 c\n"
        "  x|\\u001b[31my\\nz  **2\n");
}

TEST_CASE("text table: four significant digits, as many decimals for the error", "[results]") {
  CHECK(with_error(12.3456, 0.5) == "12.35 ± 0.50");
  CHECK(with_error(123456.0, 7.0) == "123456 ± 7");
  CHECK(with_error(-0.5, std::nullopt) == "-0.500");
  CHECK(with_error(1.5e-5, 2e-6) == "1.5e-05 ± 2e-06");
}

}  // namespace
}  // namespace predcorr
