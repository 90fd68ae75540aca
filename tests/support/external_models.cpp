// SPDX-License-Identifier: Apache-2.0
#include "tests/support/external_models.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/support/helpers.hpp"

namespace predcorr::test {

std::string by_hand(const std::string& answer) {
  return R"(import json, os, signal, subprocess, sys, time
import numpy as np
def good(request):
    folder = request["folder"]
    if request["do"] == "predict":
        m = len(np.load(folder + "/query.npz")["x"])
        np.savez(folder + "/prediction.npz", mean=np.zeros(m), latent_cov=np.eye(m), noise_var=0.5)
    return {"ok": True}
def write(request, **arrays):
    np.savez(request["folder"] + "/prediction.npz", **arrays)
    return {"ok": True}
)" + answer +
         R"(
for line in sys.stdin:
    reply = answer(json.loads(line))
    if reply is not None:
        sys.stdout.write((reply if isinstance(reply, str) else json.dumps(reply)) + "\n")
        sys.stdout.flush()
)";
}

Json python_script(const TemporaryFolder& folder, const std::string& script, const Json& more) {
  static int count = 0;
  const auto file = written(folder, "model" + std::to_string(count++) + ".py", script);
  Json parameters = {{"command", {"python3", file.string()}}};
  parameters.update(more);
  return parameters;
}

bool has_python(const std::string& module) {
  return std::system(("python3 -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec(\"" + module +
                      "\") is None)' >/dev/null 2>&1")
                         .c_str()) == 0;
}

bool has_r(const std::string& package) {
  return std::system(
             ("Rscript -e 'quit(status = !requireNamespace(\"" + package + "\", quietly = TRUE))' " + ">/dev/null 2>&1")
                 .c_str()) == 0;
}

std::vector<pid_t> processes_naming(const std::string& text) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos || name == std::to_string(::getpid())) continue;
    std::stringstream words;  // empty for a zombie, and for one that has gone meanwhile
    words << std::ifstream(entry.path() / "cmdline").rdbuf();
    if (words.str().find(text) != std::string::npos) found.push_back(std::stoi(name));
  }
  return found;
}

bool none_naming(const std::string& text) {
  for (int i = 0; i < 3000; ++i) {
    if (processes_naming(text).empty()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace predcorr::test
