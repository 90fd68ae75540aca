// SPDX-License-Identifier: Apache-2.0
#include "harness/plugin_loader.hpp"

#define BOOST_DLL_USE_STD_FS  // spares a link to Boost.Filesystem
#include <boost/dll/shared_library.hpp>
#include <vector>

#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/base/text.hpp"
#include "core/kernels/kernel.hpp"
#include "core/plugins/abi.hpp"
#include "datasets/dataset_source.hpp"
#include "metrics/active_learning/criterion.hpp"
#include "metrics/metric.hpp"
#include "models/model.hpp"

namespace predcorr {
namespace {

constexpr std::size_t kLongestStamp = 1000;

std::vector<std::string> stamps_in(const std::string& bytes) {
  std::vector<std::string> stamps;
  for (auto at = bytes.find(kAbiStampBegin); at != std::string::npos; at = bytes.find(kAbiStampBegin, at + 1)) {
    const auto end = bytes.find('}', at);
    const std::string stamp = bytes.substr(at, end == std::string::npos ? 0 : end - at + 1);
    // The bare beginning is in every library that looks for stamps itself.
    if (stamp.size() <= kLongestStamp && stamp.find('\0') == std::string::npos && !stamp.empty())
      stamps.push_back(stamp);
  }
  return stamps;
}

struct Library {
  boost::dll::shared_library library;
  std::string sha256;
};

/// Loaded for good: registries point into them.
std::map<std::filesystem::path, Library>& libraries() {
  static auto* all = new std::map<std::filesystem::path, Library>;
  return *all;
}

/// How many plug-ins are registered, and what is wrong with them.
struct Registered {
  std::size_t count = 0;
  std::string repeated;
};

template <class... Interfaces>
Registered registered() {
  Registered all;
  ((all.count += Registry<Interfaces>::instance().names().size(),
    all.repeated += Registry<Interfaces>::instance().repeated()),
   ...);
  return all;
}

}  // namespace

std::map<std::string, std::string> read_abi_stamp(const std::string& stamp) {
  std::map<std::string, std::string> parts;
  const std::string begin = kAbiStampBegin;
  if (stamp.rfind(begin, 0) != 0 || stamp.back() != '}') return parts;
  for (std::size_t at = begin.size(); at < stamp.size();) {
    const auto end = stamp.find_first_of(";}", at), equals = stamp.find('=', at);
    if (equals > end) return {};
    parts[stamp.substr(at, equals - at)] = stamp.substr(equals + 1, end - equals - 1);
    at = end + 1;
  }
  return parts;
}

std::string abi_difference(const std::string& plugin, const std::string& program) {
  const auto own = read_abi_stamp(plugin), wanted = read_abi_stamp(program);
  std::string text;
  for (const auto& [part, value] : wanted) {
    const auto found = own.find(part);
    const std::string other = found == own.end() ? "unknown" : found->second;
    if (other != value) text += fmt::format("{}{}: {} there, {} here", text.empty() ? "" : "; ", part, other, value);
  }
  return text;
}

Json loaded_plugins() {
  Json list = Json::array();
  for (const auto& [path, library] : libraries())
    list.push_back({{"file", to_utf8(path.filename().string())}, {"sha256", library.sha256}});
  return list;
}

void load_plugin(const std::filesystem::path& file) {
  std::error_code status;
  // By its full path: a bare name would be searched for among the system's libraries.
  const auto path = std::filesystem::canonical(file, status);
  if (!status && libraries().count(path) > 0) return;
  const auto fail_for = [&](const std::string& why) { fail(ErrorKind::config, "--plugin {}: {}", file.string(), why); };
  const std::string bytes = read_text_file(file);
  const std::vector<std::string> stamps = stamps_in(bytes);
  if (stamps.empty())
    fail_for(
        "is no plug-in of predcorr: it has no ABI stamp; register something by PREDCORR_REGISTER and link it "
        "with predcorr::predcorr");
  for (const std::string& stamp : stamps)
    if (const std::string difference = abi_difference(stamp, kAbiStamp); !difference.empty())
      fail_for(
          fmt::format("was built for something else ({}); rebuild it with the compiler and the installation of "
                      "this program (find_package(predcorr) brings the flags)",
                      difference));
  using Kinds = Registered (*)();
  constexpr Kinds count = registered<Model, Metric, CrossMetric, Criterion, Kernel, DatasetSource>;
  const Registered before = count();
  try {
    const LoadingLibrary loading(path.filename().string());
    libraries()[path] = {boost::dll::shared_library(path.string(), boost::dll::load_mode::rtld_now), sha256_hex(bytes)};
  } catch (const std::exception& e) {
    fail_for(fmt::format("cannot be loaded: {}", e.what()));
  }
  const Registered after = count();
  if (after.repeated != before.repeated) fail_for(after.repeated);
  if (after.count == before.count)
    fail_for("registers nothing; end a file with PREDCORR_REGISTER(Model, \"my-model\", ...)");
}

}  // namespace predcorr
