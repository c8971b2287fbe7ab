// A history: what a user said over several sessions on different days, and questions about it whose answers
// follow from it. Everything follows from the setup. Pure values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace costwar::harness::worlds {

struct HistorySetup {
  std::uint64_t seed = 0;
  int sessions = 5;
  int facts = 3;   // per session, that no question asks about
  int filler = 4;  // exchanges per session that say nothing
  int questions = 7;
};

// Types after LongMemEval (Wu et al. 2024, arXiv 2410.10813), and what the user withdrew.
enum class Recall : std::uint8_t {
  single_session,    // told once
  multi_session,     // two sessions together
  knowledge_update,  // told, and later told otherwise
  retraction,        // told, and later withdrawn: nobody knows
  temporal,          // days between two events, or the day of an event told as "yesterday"
  preference,        // which of two things the user would choose
  abstain,           // never told: nobody knows
};
std::string_view recall_name(Recall type);  // "single-session"

struct Exchange {
  std::string user;
  std::string assistant;
};

struct HistorySession {
  std::string date;  // "2031-04-02"
  std::vector<Exchange> exchanges;
};

struct HistoryQuestion {
  Recall type = Recall::single_session;
  std::string text;
  std::string expected;  // empty where the history does not tell
  int age = 0;           // sessions since the one that decides, that one included; 0: there is none
};

struct History {
  std::string label;  // "3fa2c1d0": names the history in every prompt
  std::vector<HistorySession> sessions;
  std::vector<HistoryQuestion> questions;
};

History make_history(const HistorySetup& setup);

// "Session 3 of 5, 2031-04-02" and the exchanges, one line each.
std::string session_text(const History& history, std::size_t session);

}  // namespace costwar::harness::worlds
