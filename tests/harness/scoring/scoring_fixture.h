// What the tests of scorers share.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "harness/scoring/scorers.h"

namespace costwar::harness {

inline ScoreResult score_text(std::string_view scorer, std::string_view text, std::string_view expected,
                              std::string_view details = {}) {
  Item item;
  item.id = "00000000000000aa";
  item.expected = expected;
  item.details = details;
  Reply reply;
  reply.text = text;
  return find_scorer(scorer)->score(reply, item);
}

// The content of a file from the source root; empty when there is none.
inline std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace costwar::harness
