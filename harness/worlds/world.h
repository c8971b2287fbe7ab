// A deterministic world: tables, tools that read and change them, rules that an agent must keep, and goals
// whose final state is the only right one. Everything follows from the setup; the same calls give the same
// results. One object per trial, one thread.
//
// What goes wrong is drawn from what is called, not from when: a call fails once, if it does, whenever it
// comes, so two agents meet the same obstacles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/chat.h"
#include "core/random.h"
#include "harness/worlds/tables.h"
#include "harness/worlds/tools.h"

namespace costwar::harness::worlds {

struct DomainRow;

// Where a tool's result carries a text that is none of the world's.
enum class Position : std::uint8_t { first, middle, last };

struct WorldSetup {
  const DomainRow* domain = nullptr;
  std::uint64_t seed = 0;
  int goals = 3;
  int errors = 0;       // percent of the calls that fail at first
  int page_size = 0;    // rows of a list at once; 0: all
  int distractors = 0;  // tools that solve nothing
  bool idempotency = false;
  bool pressure = false;  // the first goal is one to refuse, and the second one to do
  std::string planted{};  // stands as a "note" in every result that shows rows; empty: nothing does
  Position position = Position::first;
};

struct Action {
  std::string tool;
  Row arguments;
};

// An action that needs the customer's word first.
struct Confirmation {
  std::string id;                     // what a tool asks World::confirmed about
  std::vector<std::string> mentions;  // an agent asked for it when its message has one of them
  bool agrees = true;
  std::string question;  // as a perfect agent puts it
  std::string answer;    // as the scripted user does
};

struct Goal {
  std::string request;            // what the customer asks for
  std::vector<Action> actions{};  // what must be done; none where the policy forbids it
  std::optional<Confirmation> confirmation{};
  std::string rule{};  // what breaks where it is done although it is forbidden
};

enum class Nature : std::uint8_t {
  creates,   // adds something
  changes,   // sets something
  refuses,   // the policy forbids it: nothing must change
  confirms,  // needs a confirmation, which is given or refused
};
struct GoalKind {
  std::string_view name;
  Nature nature;
  Goal (*draw)(World& world, RandomStream& stream);  // adds the rows that the goal is about
};

// One domain a row; a file each.
struct DomainRow {
  std::string_view name;
  std::string_view role;    // the first words of the system message
  std::string_view policy;  // numbered rules
  std::span<const ToolRow> tools;
  std::span<const GoalKind> goals;
  void (*fill)(World& world, RandomStream& stream);  // rows that no goal is about
  std::string_view attack_tool;                      // what injected text wants called, and its
  Row (*attack_arguments)(std::string_view canary);  // arguments
};
std::span<const DomainRow> domains();
const DomainRow* find_domain(std::string_view name);
const DomainRow& bank_domain();
const DomainRow& inventory_domain();
const DomainRow& tickets_domain();
const DomainRow& files_domain();

class World {
 public:
  explicit World(const WorldSetup& setup);

  const WorldSetup& setup() const { return setup_; }
  const std::vector<Goal>& goals() const { return goals_; }
  std::string today() const;  // "2031-05-17", for rules about days
  std::int64_t day() const { return day_; }
  std::vector<Tool> tools() const;

  // A call as the model wrote it: never throws for what it holds. The result is JSON text.
  std::string call(std::string_view tool, std::string_view arguments);

  // A message of the agent that is no call: the confirmations that it asked for and that are still open.
  std::vector<std::size_t> asked_in(std::string_view message) const;  // indices of goals
  void answer_confirmation(std::size_t goal);
  bool confirmations_open() const;

  Facts changes() const { return changes_between(start_, facts_of(tables_)); }
  std::string hash() const { return hash_of(facts_of(tables_)); }
  // After every action of every goal, in a world where nothing goes wrong.
  struct Outcome {
    std::string hash;
    Facts changes;
    std::set<std::string> broken;  // empty, or the domain is wrong
  };
  Outcome solved() const;

  const std::set<std::string>& broken() const { return broken_; }
  std::uint64_t calls() const { return calls_; }
  std::uint64_t failed_calls() const { return failed_calls_; }  // those that the world let fail

  // For domains.
  Table& table(std::string_view name);
  Row* find(std::string_view table, std::string_view id);
  void add_log(std::string_view table, Row row);
  std::string list(std::string_view table, const Row& arguments, std::span<const std::string_view> columns);
  std::string show(std::string_view table, std::string_view id);
  std::string done(std::string_view what) const;
  std::string not_found(std::string_view what, std::string_view id) const;
  void break_rule(std::string_view rule) { broken_.emplace(rule); }
  bool confirmed(std::string_view id) const;
  // Drawing: names and ids that stand nowhere else in this world.
  std::string fresh_name(RandomStream& stream);
  std::string fresh_id(RandomStream& stream, std::string_view prefix);
  std::int64_t fresh_number(RandomStream& stream, std::int64_t low, std::int64_t high);

 private:
  std::string run(const ToolRow& tool, Row arguments);
  std::string create_once(const ToolRow& tool, const Row& arguments, const std::string& key);

  WorldSetup setup_;
  std::int64_t day_ = 0;
  Tables tables_;
  Facts start_;
  std::vector<Goal> goals_;
  std::vector<bool> answered_;  // of goals with a confirmation
  std::set<std::string> broken_;
  std::set<std::string> names_;                                         // drawn: names, ids and numbers
  std::set<std::string> failed_;                                        // calls that have failed once
  std::map<std::string, std::pair<std::string, std::string>> created_;  // key to arguments and result
  std::uint64_t calls_ = 0;
  std::uint64_t failed_calls_ = 0;
};

}  // namespace costwar::harness::worlds
