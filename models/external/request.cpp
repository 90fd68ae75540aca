// SPDX-License-Identifier: Apache-2.0
#include "models/external/request.hpp"

#include <algorithm>
#include <vector>

#include "core/base/text.hpp"

namespace predcorr::models {
namespace {

constexpr std::size_t kQuoted = 200;  // bytes of a strange line that a message shows

[[noreturn]] void no_answer(const std::string& line) {
  throw RequestError(
      ErrorKind::io,
      fmt::format("a line on its standard output is no answer: '{}'; an answer is {{\"ok\": true}} or {{\"ok\": false, "
                  "\"error\": \"...\"}} on a line of its own, and whatever else the program prints belongs on standard "
                  "error",
                  printable_line(line.substr(0, kQuoted))),
      false);
}

}  // namespace

Json ask(Process& process, Json request, double seconds) {
  request["predcorr"] = kExternalProtocol;
  const Reply reply = process.exchange(request.dump(), seconds);
  switch (reply.evaluation) {
    case Reply::EvaluationData::answered: break;
    case Reply::EvaluationData::ended:
      throw RequestError(ErrorKind::io, fmt::format("the program {} before it answered", reply.text), false);
    case Reply::EvaluationData::late:
      throw RequestError(ErrorKind::io, fmt::format("no answer within {} s; it was ended", seconds), true);
    case Reply::EvaluationData::interrupted:
      throw RequestError(ErrorKind::io, "interrupted by Ctrl-C; it was ended", true);
    case Reply::EvaluationData::flooded: no_answer(reply.text);
  }
  Json answer;
  try {
    answer = parse_json(reply.text, "answer");
  } catch (const Error&) {
    no_answer(reply.text);
  }
  if (!answer.is_object() || !answer.contains("ok") || !answer.at("ok").is_boolean()) no_answer(reply.text);
  if (answer.at("ok").get<bool>()) return answer;
  const Json error = answer.value("error", Json("no reason given"));
  throw RequestError(
      answer.value("refused", Json(false)) == true ? ErrorKind::data : ErrorKind::numerical,
      "the model reports: " +
          shortened(printable(error.is_string() ? error.get<std::string>() : error.dump()), kLongestMessage / 2),
      false);
}

std::string readable(const std::string& text) {
  return parse_json(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace), "text").get<std::string>();
}

std::string last_lines(const std::string& text, int count) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n' || c == '\r')
      lines.emplace_back();
    else
      lines.back() += c;
  }
  std::erase_if(lines, [](const std::string& line) { return line.find_first_not_of(" \t") == std::string::npos; });
  std::string joined;
  for (std::size_t i = lines.size() - std::min(lines.size(), static_cast<std::size_t>(count)); i < lines.size(); ++i)
    joined += (joined.empty() ? "" : " | ") + lines[i];
  return joined;
}

}  // namespace predcorr::models
