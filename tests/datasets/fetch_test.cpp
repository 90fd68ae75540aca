// SPDX-License-Identifier: Apache-2.0
#include "datasets/fetch.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "datasets/catalogue.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/skip.hpp"

namespace predcorr::datasets {
namespace {

namespace fs = std::filesystem;
using test::Environment;
using test::error_of;
using test::missing;

TEST_CASE("A download with the right check sum appears, with its folders", "[datasets]") {
  const test::TemporaryFolder from, to;
  const std::string bytes = "1 2 3\r\n" + std::string(100000, 'x') + std::string("\0\xFF", 2);
  const auto file = test::written(from, "some.data", bytes);
  download("file://" + file.string(), sha256_hex(bytes), to / "cache" / "deep" / "some.data");
  CHECK(read_text_file(to / "cache" / "deep" / "some.data") == bytes);
  CHECK(test::entries(to) == 3);
}

TEST_CASE("A download replaces an old file", "[datasets]") {
  const test::TemporaryFolder from, to;
  const auto file = test::written(from, "some.data", "new");
  const auto destination = test::written(to, "some.data", "old, damaged and longer");
  download("file://" + file.string(), sha256_hex("new"), destination);
  CHECK(read_text_file(destination) == "new");
  CHECK(test::entries(to) == 1);
}

TEST_CASE("A download with another check sum is refused and leaves nothing", "[datasets]") {
  const test::TemporaryFolder from, to;
  const auto file = test::written(from, "some.data", "tampered");
  const std::string url = "file://" + file.string();
  const std::string error = error_of([&] { download(url, sha256_hex("genuine"), to / "some.data"); });
  CHECK(missing(error, {url, sha256_hex("tampered"), sha256_hex("genuine")}) == "");
  CHECK(test::entries(to) == 0);
  const auto old = test::written(to, "some.data", "genuine");
  CHECK_THROWS_AS(download(url, sha256_hex("genuine"), old), Error);
  CHECK(read_text_file(old) == "genuine");
  CHECK(test::entries(to) == 1);
}

TEST_CASE("A download of a file that is not there leaves nothing", "[datasets]") {
  const test::TemporaryFolder from, to;
  const std::string url = "file://" + (from / "absent.data").string();
  CHECK(missing(error_of([&] { download(url, sha256_hex(""), to / "some.data"); }),
                {"io: " + url, "download failed"}) == "");
  CHECK(missing(error_of([&] { download("no-such-scheme://x", sha256_hex(""), to / "some.data"); }),
                {"io: no-such-scheme://x", "download failed"}) == "");
  CHECK(test::entries(to) == 0);
}

TEST_CASE("A destination that cannot be made is an io error", "[datasets]") {
  const test::TemporaryFolder from, to;
  const auto file = test::written(from, "some.data", "x");
  const auto in_the_way = test::written(to, "file", "not a folder");
  CHECK(missing(error_of([&] { download("file://" + file.string(), sha256_hex("x"), in_the_way / "some.data"); }),
                {"io: ", in_the_way.string()}) == "");
  CHECK(test::entries(to) == 1);
}

TEST_CASE("The cache follows the XDG rule", "[datasets]") {
  const Environment home("HOME", "/home/somebody");
  {
    const Environment cache("XDG_CACHE_HOME", "/scratch/cache");
    CHECK(cache_folder() == fs::path("/scratch/cache/predcorr/datasets"));
  }
  for (const char* unset : {static_cast<const char*>(nullptr), ""}) {
    const Environment cache("XDG_CACHE_HOME", unset);
    CHECK(cache_folder() == fs::path("/home/somebody/.cache/predcorr/datasets"));
  }
}

TEST_CASE("Data folders are searched in the order given, environment, cache", "[datasets]") {
  const Environment cache("XDG_CACHE_HOME", "/scratch/cache");
  const std::vector<fs::path> cached = {"/scratch/cache/predcorr/datasets", "/scratch/cache/predcorr/datasets/uci",
                                        "/scratch/cache/predcorr/datasets/images"};
  {
    const Environment data("PREDCORR_DATA", "/data");
    CHECK(data_folders("/given") == std::vector<fs::path>{"/given", "/given/uci", "/given/images", "/data", "/data/uci",
                                                          "/data/images", cached[0], cached[1], cached[2]});
  }
  const Environment data("PREDCORR_DATA", nullptr);
  CHECK(data_folders("") == cached);
}

TEST_CASE("A right file in the cache is not fetched again", "[datasets]") {
  const fs::path data = test::data_folder();
  fs::path original = data / "yacht_hydrodynamics.data";
  if (!fs::exists(original)) original = data / "uci" / "yacht_hydrodynamics.data";
  const test::TemporaryFolder folder;
  const Environment cache("XDG_CACHE_HOME", folder.path().c_str());
  // With no way to the network a download would fail.
  const Environment proxy("https_proxy", "http://127.0.0.1:9");
  fs::create_directories(cache_folder());
  fs::copy_file(original, cache_folder() / "yacht_hydrodynamics.data");
  CHECK(fetch("yacht") == std::vector{cache_folder() / "yacht_hydrodynamics.data"});
}

TEST_CASE("Of a data set of two files the one that is missing is fetched", "[datasets]") {
  const fs::path data = test::data_folder();
  const auto& files = find_fetched("rotated-digits").files;
  const test::TemporaryFolder folder;
  const Environment cache("XDG_CACHE_HOME", folder.path().c_str());
  const Environment proxy("https_proxy", "http://127.0.0.1:9");
  const Environment exceptions("no_proxy", nullptr), capitals("NO_PROXY", nullptr);
  fs::create_directories(cache_folder());
  for (const DataFile& file : files) {
    const fs::path original = fs::exists(data / file.file) ? data / file.file : data / "images" / file.file;
    if (!fs::exists(original)) test::skip(file.file + " is not in PREDCORR_DATA, nor in its folder 'images'");
    CHECK(missing(error_of([] { fetch("rotated-digits"); }), {"io: " + file.url, "download failed"}) == "");
    fs::copy_file(original, cache_folder() / file.file);
  }
  CHECK(fetch("rotated-digits") == std::vector{cache_folder() / files[0].file, cache_folder() / files[1].file});
}

TEST_CASE("A damaged file in the cache is not trusted but fetched again", "[datasets]") {
  const test::TemporaryFolder folder;
  const Environment cache("XDG_CACHE_HOME", folder.path().c_str());
  // With no way to the network the new download fails; so a path that comes back would be of the damaged file.
  const Environment proxy("https_proxy", "http://127.0.0.1:9");
  const Environment exceptions("no_proxy", nullptr), capitals("NO_PROXY", nullptr);
  fs::create_directories(cache_folder());
  std::ofstream(cache_folder() / "yacht_hydrodynamics.data") << "1 2 3\n";
  CHECK(missing(error_of([] { fetch("yacht"); }), {"io: https://", "yacht_hydrodynamics.data", "download failed"}) ==
        "");
}

/// A server on this machine that answers one request with these bytes, and then closes the connection.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : answer_(std::move(answer)) {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listening_, 1) == 0);
    REQUIRE(::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    url_ = fmt::format("http://127.0.0.1:{}/some.data", ntohs(address.sin_port));
    server_ = std::thread([this] {
      const int client = ::accept(listening_, nullptr, nullptr);
      char request[4096];
      if (client < 0 || ::recv(client, request, sizeof request, 0) <= 0) return;
      for (std::size_t sent = 0; sent < answer_.size();) {
        const ssize_t now = ::send(client, answer_.data() + sent, answer_.size() - sent, MSG_NOSIGNAL);
        if (now <= 0) break;
        sent += static_cast<std::size_t>(now);
      }
      ::close(client);
    });
  }
  ~OneAnswer() {
    ::shutdown(listening_, SHUT_RDWR);
    server_.join();
    ::close(listening_);
  }
  const std::string& url() const { return url_; }

 private:
  std::string answer_, url_;
  int listening_ = -1;
  std::thread server_;
};

TEST_CASE("A download that sends too much is given up, whatever it says beforehand", "[datasets]") {
  const test::TemporaryFolder from, to;
  const Environment direct("no_proxy", "127.0.0.1");
  const std::string much(20000, 'x');
  const auto error = [&](const std::string& url) {
    return error_of([&] { download(url, sha256_hex(much), to / "some.data", 10000); });
  };
  const OneAnswer honest(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", much.size(), much));
  const OneAnswer silent("HTTP/1.0 200 OK\r\n\r\n" + much);
  const auto file = test::written(from, "some.data", much);
  for (const std::string& url : {honest.url(), silent.url(), "file://" + file.string()})
    CHECK(missing(error(url), {"io: " + url, "download failed: more than 10000 bytes come"}) == "");
  CHECK(test::entries(to) == 0);
  const OneAnswer enough("HTTP/1.0 200 OK\r\n\r\n" + much);
  download(enough.url(), sha256_hex(much), to / "some.data", much.size());
  CHECK(read_text_file(to / "some.data") == much);
}

TEST_CASE("A server may send us on to another server, but not to a file or to other kinds of address", "[datasets]") {
  const test::TemporaryFolder from, to;
  const Environment direct("no_proxy", "127.0.0.1");
  const auto redirect = [](const std::string& url) {
    return fmt::format("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", url);
  };
  const auto secret = test::written(from, "secret", "x");
  for (const std::string& url : {"file://" + secret.string(), std::string("gopher://127.0.0.1/"),
                                 std::string("ftp://127.0.0.1/x"), std::string("dict://127.0.0.1/x")}) {
    const OneAnswer server(redirect(url));
    CHECK(missing(error_of([&] { download(server.url(), sha256_hex("x"), to / "some.data"); }),
                  {"io: " + server.url(), "download failed: Protocol", "not supported or disabled"}) == "");
  }
  CHECK(missing(error_of([&] { download("gopher://127.0.0.1/", sha256_hex("x"), to / "some.data"); }),
                {"download failed: Protocol", "not supported or disabled"}) == "");
  CHECK(test::entries(to) == 0);
  const OneAnswer second("HTTP/1.0 200 OK\r\n\r\nx"), first(redirect(second.url()));
  download(first.url(), sha256_hex("x"), to / "some.data");
  CHECK(read_text_file(to / "some.data") == "x");
}

TEST_CASE("A fetch that fails leaves no file in the cache", "[datasets]") {
  const test::TemporaryFolder folder;
  const Environment cache("XDG_CACHE_HOME", folder.path().c_str());
  const Environment proxy("https_proxy", "http://127.0.0.1:9");
  const Environment exceptions("no_proxy", nullptr), capitals("NO_PROXY", nullptr);
  CHECK(missing(error_of([] { fetch("power_plant"); }), {"io: https://", "power_plant.data", "download failed"}) == "");
  CHECK_FALSE(fs::exists(cache_folder() / "power_plant.data"));
  CHECK(fs::is_empty(cache_folder()));
}

TEST_CASE("An unknown name cannot be fetched", "[datasets]") {
  CHECK(missing(error_of([] { fetch("bostn"); }), {"config: ", "'bostn'", "did you mean 'boston'?", "yacht"}) == "");
}

}  // namespace
}  // namespace predcorr::datasets
