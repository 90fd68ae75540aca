// SPDX-License-Identifier: Apache-2.0
#include "datasets/fetch.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/hash.hpp"
#include "core/names.hpp"
#include "datasets/catalogue.hpp"

namespace predcorr::datasets {
namespace fs = std::filesystem;
namespace {

fs::path environment_folder(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

void curl_to_file(const std::string& url, const fs::path& file) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  require(started == CURLE_OK, ErrorKind::io, "libcurl cannot be started: {}", curl_easy_strerror(started));
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
  std::unique_ptr<std::FILE, CloseFile> out(std::fopen(file.c_str(), "wb"));
  require(curl && out, ErrorKind::io, "{}: cannot be opened for writing", file.string());
  char reason[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, out.get());
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, 100L);  // bytes a second ...
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, 60L);    // ... for a minute counts as broken
  curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "predcorr");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  const CURLcode status = curl_easy_perform(curl.get());
  const bool flushed = std::fclose(out.release()) == 0;
  require(status == CURLE_OK, ErrorKind::io, "{}: download failed: {}", url,
          *reason != '\0' ? reason : curl_easy_strerror(status));
  require(flushed, ErrorKind::io, "{}: cannot be written; is the disk full?", file.string());
}

}  // namespace

fs::path cache_folder() {
  fs::path base = environment_folder("XDG_CACHE_HOME");
  if (base.empty()) base = environment_folder("HOME") / ".cache";
  return base / "predcorr" / "datasets";
}

std::vector<fs::path> data_folders(const fs::path& given) {
  std::vector<fs::path> folders;
  for (const fs::path& folder : {given, environment_folder("PREDCORR_DATA"), cache_folder()})
    if (!folder.empty()) {
      folders.push_back(folder);
      folders.push_back(folder / "uci");
    }
  return folders;
}

void download(const std::string& url, const std::string& sha256, const fs::path& destination) {
  if (destination.has_parent_path()) make_folder(destination.parent_path());
  write_atomically(destination, [&](const fs::path& temporary) {
    curl_to_file(url, temporary);
    const std::string got = sha256_hex_of_file(temporary);
    require(got == sha256, ErrorKind::data, "{}: what was downloaded has SHA-256 {}, expected {}; it was thrown away",
            url, got, sha256);
  });
}

fs::path fetch(const std::string& name) {
  std::vector<std::string> known;
  for (const CatalogueRow& row : catalogue()) {
    known.push_back(row.name);
    if (row.name != name && std::find(row.aliases.begin(), row.aliases.end(), name) == row.aliases.end()) continue;
    const fs::path file = cache_folder() / row.file;
    if (!fs::exists(file) || sha256_hex_of_file(file) != row.sha256) download(row.url, row.sha256, file);
    return file;
  }
  fail(ErrorKind::config, "nothing to fetch is called '{}'{}", name, suggestion(name, known));
}

}  // namespace predcorr::datasets
