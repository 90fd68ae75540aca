// SPDX-License-Identifier: Apache-2.0
#include "models/external/process.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "core/base/interruption.hpp"
#include "models/model.hpp"
#include "tests/support/external_models.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

using test::contains;
using EvaluationData = Reply::EvaluationData;

ProcessSettings shell(const std::string& script, const std::string& mark = "predcorr-test-process") {
  return {{"sh", "-c", script, mark}, {}};
}

TEST_CASE("process: a line goes in and a line comes back", "[models]") {
  Process cat({{"cat"}, {}});
  CHECK(cat.is_ready());
  for (const std::string& line : {std::string("one"), std::string(), std::string(300000, 'x')}) {
    const Reply reply = cat.exchange(line, 10);
    CHECK(reply.evaluation == EvaluationData::answered);
    CHECK((reply.text == line));
  }
  cat.close_input();
  CHECK(cat.has_ended_within(10));
  CHECK_FALSE(cat.is_ready());
}

TEST_CASE("process: how a program ended is told", "[models]") {
  const auto ending = [](const std::string& script) {
    Process process(shell(script));
    const Reply reply = process.exchange("x", 10);
    CHECK(reply.evaluation == EvaluationData::ended);
    return reply.text;
  };
  CHECK(ending("exit 3") == "ended with exit status 3");
  CHECK(ending("read line; exit 0") == "ended with exit status 0");
  CHECK_THAT(ending("kill -SEGV $$"), contains("was ended by signal 11 ("));
  CHECK(ending("printf half; exit 1") == "ended with exit status 1");
  CHECK(ending("exec >&-; sleep 20") == "closed its standard output");
  // A grandchild keeps the pipe open: the end of the program itself is what counts.
  CHECK(ending("sleep 20 & exit 4") == "ended with exit status 4");

  Process last_words(shell("echo done; exit 5"));
  CHECK(last_words.has_ended_within(10));
  CHECK(last_words.exchange("x", 10).text == "done");
  CHECK(last_words.exchange("x", 10).text == "ended with exit status 5");
}

TEST_CASE("process: it is given so much time, and so long a line", "[models]") {
  Process slow(shell("sleep 20"));
  CHECK(slow.exchange("x", 0.05).evaluation == EvaluationData::late);
  Process deaf(shell("sleep 20"));  // a request that does not fit into the pipe
  CHECK(deaf.exchange(std::string(1 << 20, 'x'), 0.05).evaluation == EvaluationData::late);
  Process flood({{"yes", std::string(5000, 'y')}, {}});
  CHECK(flood.exchange("x", 10).evaluation == EvaluationData::answered);
  Process endless(shell("tr '\\0' 'a' </dev/zero"));
  CHECK(endless.exchange("x", 20).evaluation == EvaluationData::flooded);
}

TEST_CASE("process: standard error is kept, at most its end", "[models]") {
  Process process(shell("while read line; do echo \"heard $line\" >&2; echo ok; done"));
  process.exchange("this", 10);
  CHECK(process.take_errors() == "heard this\n");
  CHECK(process.take_errors().empty());

  Process much(shell("head -c 300000 /dev/zero | tr '\\0' 'e' >&2; echo end >&2; echo ok; read line"));
  CHECK(much.exchange("x", 10).evaluation == EvaluationData::answered);  // a full pipe would have stopped it
  const std::string errors = much.take_errors();
  CHECK(errors.size() == kLongestLog);
  CHECK(errors.substr(errors.size() - 5) == "eend\n");
}

TEST_CASE("process: what nobody asked for makes it unfit for further requests", "[models]") {
  Process process(shell("read line; printf 'ok\\nand more\\n'; read line"));
  CHECK(process.exchange("x", 10).text == "ok");
  CHECK_FALSE(process.is_ready());
}

TEST_CASE("process: environment and memory are as asked for", "[models]") {
  ProcessSettings settings = shell("read line; echo \"$PREDCORR_TEST $(ulimit -v)\"");
  settings.environment["PREDCORR_TEST"] = "hello";
  settings.memory_mb = 2048;
  CHECK(Process(settings).exchange("x", 10).text == "hello 2097152");
  settings.memory_mb = 0;
  CHECK(Process(settings).exchange("x", 10).text == "hello unlimited");
}

TEST_CASE("process: with it go all that it started, also such as ignore signals", "[models]") {
  const std::string mark = fmt::format("predcorr-test-mark-{}", ::getpid());
  {
    Process process(
        shell("trap '' TERM INT HUP; sh -c 'sleep 30; :' " + mark + "-child & echo ready; read line; sleep 30", mark));
    CHECK(process.exchange("", 10).text == "ready");
    CHECK(test::processes_naming(mark).size() >= 2);
  }
  CHECK(test::none_naming(mark));
}

TEST_CASE("process: with it go those that have left its group", "[models]") {
  // A session of their own, with and without a parent that is still there; one has an environment of its own, too.
  const std::string mark = fmt::format("predcorr-test-session-{}", ::getpid());
  const std::string sleeper = "sh -c 'sleep 30; :' " + mark;
  {
    Process process(shell("setsid " + sleeper + "-child & (setsid " + sleeper +
                              "-orphan &) ; env -i $(command -v setsid) " + sleeper +
                              "-stranger & sleep 0.2; echo ready; read line; sleep 30",
                          mark));
    CHECK(process.exchange("", 10).text == "ready");
    for (int i = 0; i < 3000 && test::processes_naming(mark).size() < 4; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(test::processes_naming(mark).size() >= 4);
  }
  CHECK(test::none_naming(mark));

  // Orphans of a program that has ended by itself; and nothing of another one's.
  const std::string other_mark = fmt::format("predcorr-test-other-{}", ::getpid());
  Process other(shell("setsid sh -c 'sleep 30; :' " + other_mark + " & echo ready; read line; sleep 30"));
  CHECK(other.exchange("", 10).text == "ready");
  {
    Process process(shell("setsid " + sleeper + "-left & exit 3", mark));
    CHECK(process.exchange("", 10).evaluation == EvaluationData::ended);
  }
  CHECK(test::none_naming(mark));
  CHECK(test::processes_naming(other_mark).size() == 2);  // the script has it, too
  other.end();
  CHECK(test::none_naming(other_mark));
}

TEST_CASE("process: nobody waits on for an answer once the user wants an end", "[models]") {
  Process process(shell("read line; sleep 30"));
  std::thread user([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    interruption() = true;
  });
  const EvaluationData evaluation = process.exchange("x", 25).evaluation;
  user.join();
  interruption() = false;
  CHECK((evaluation == EvaluationData::interrupted));
}

TEST_CASE("process: a program that is not there cannot be started", "[models]") {
  CHECK_THAT(test::error_of([] { Process({{"predcorr-no-such-program"}, {}}); }),
             contains("io: cannot be started: predcorr-no-such-program: No such file"));
}

}  // namespace
}  // namespace predcorr::models
