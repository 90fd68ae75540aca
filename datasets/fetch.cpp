// SPDX-License-Identifier: Apache-2.0
#include "datasets/fetch.hpp"

#include <curl/curl.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/hash.hpp"
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

/// Where what comes goes, and how much more may come: a server need not say beforehand how much it will send.
struct Sink {
  std::FILE* file;
  std::uint64_t left;
};

std::size_t write_some(char* bytes, std::size_t one, std::size_t count, void* to) {
  auto& sink = *static_cast<Sink*>(to);
  const std::size_t size = one * count;
  if (size > sink.left) return 0;  // by which libcurl gives up
  sink.left -= size;
  return std::fwrite(bytes, 1, size, sink.file);
}

/// Which kinds of address libcurl may go to, and be sent on to. It has others (scp, gopher, ...), and by default would
/// go from https to http.
void limit_protocols(CURL* curl, bool is_https) {
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http,file");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, is_https ? "https" : "https,http");
#else
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTPS | CURLPROTO_HTTP | CURLPROTO_FILE));
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS,
                   static_cast<long>(is_https ? CURLPROTO_HTTPS : CURLPROTO_HTTPS | CURLPROTO_HTTP));
#endif
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
}

void curl_to_file(const std::string& url, const fs::path& file, std::uint64_t most) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  require(started == CURLE_OK, ErrorKind::io, "libcurl cannot be started: {}", curl_easy_strerror(started));
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
  std::unique_ptr<std::FILE, CloseFile> out(std::fopen(file.c_str(), "wb"));
  require(curl && out, ErrorKind::io, "{}: cannot be opened for writing", file.string());
  char reason[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  limit_protocols(curl.get(), url.rfind("https:", 0) == 0);
  Sink sink{out.get(), most};
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &write_some);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &sink);
  curl_easy_setopt(curl.get(), CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(most));
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, 100L);  // bytes a second ...
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, 60L);    // ... for a minute counts as broken
  curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "predcorr");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  const CURLcode status = curl_easy_perform(curl.get());
  const bool full = std::ferror(out.get()) != 0;
  const bool flushed = std::fclose(out.release()) == 0 && !full;
  require(status != CURLE_FILESIZE_EXCEEDED && (status != CURLE_WRITE_ERROR || !flushed), ErrorKind::io,
          "{}: download failed: more than {} bytes come; that is not the file", url, most);
  require(flushed, ErrorKind::io, "{}: cannot be written; is the disk full?", file.string());
  require(status == CURLE_OK, ErrorKind::io, "{}: download failed: {}", url,
          *reason != '\0' ? reason : curl_easy_strerror(status));
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
      folders.push_back(folder / "images");
    }
  return folders;
}

void download(const std::string& url, const std::string& sha256, const fs::path& destination, std::uint64_t most) {
  if (destination.has_parent_path()) make_folder(destination.parent_path());
  write_atomically(destination, [&](const fs::path& temporary) {
    curl_to_file(url, temporary, most);
    const std::string got = sha256_hex_of_file(temporary);
    require(got == sha256, ErrorKind::data, "{}: what was downloaded has SHA-256 {}, expected {}; it was thrown away",
            url, got, sha256);
  });
}

std::vector<fs::path> fetch(const std::string& name) {
  std::vector<fs::path> fetched;
  for (const DataFile& wanted : find_fetched(name).files) {
    const fs::path file = cache_folder() / wanted.file;
    if (!fs::exists(file) || sha256_hex_of_file(file) != wanted.sha256) download(wanted.url, wanted.sha256, file);
    fetched.push_back(file);
  }
  return fetched;
}

}  // namespace predcorr::datasets
