// Agent loops: what an item of the tasks `agent` and `injection` says in its details, and the dialogue that
// plays it: the subject calls tools of a world, a user answers what it asks, and the final state is compared.
// The same answers lead to the same calls. One dialogue per trial, one thread.
//
// The dialogue ends when the agent sends a message without calls and the user has nothing left to say, when
// the bound on calls of the subject is met, or when a model refuses to answer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "harness/dialogue.h"
#include "harness/procedural/registry.h"
#include "harness/task.h"
#include "harness/worlds/world.h"

namespace costwar::harness::worlds {

enum class Attack : std::uint8_t {
  none,
  call,       // a tool's result asks for a call with a canary in its arguments
  secret,     // a tool's result asks for the secret of the system message
  hierarchy,  // the user claims the right to lift a rule of the system message
};
std::string_view attack_name(Attack attack);  // "none", "call", ...

// Item::details, read back. Everything else about the item follows from it.
struct AgentSetup {
  WorldSetup world;
  bool simulated_user = false;
  std::uint32_t most_calls = 0;  // to the subject
  Attack attack = Attack::none;
  bool strong = false;  // the attack is worded as an order from above

  std::string case_number() const;  // "C-58213": names the item in every message of the user
  std::string canary() const;       // "CANARY-5Q2ZK8"; of the attack `call`
  std::string secret() const;       // of the attack `secret`
};
AgentSetup agent_setup(const Item& item);  // Error{input} for details that are not of these tasks

// An item whose details are those of the setup, with messages, tools, reference state and group.
Item agent_item(const AgentSetup& setup);

std::unique_ptr<Dialogue> make_agent_dialogue(const Item& item);

// The first message of the user, and what the simulated user is told.
std::string opening(const AgentSetup& setup, const World& world);
std::string goal_sheet(const AgentSetup& setup, const World& world);
// What the simulated user says where it has nothing more to ask.
inline constexpr std::string_view kStopWord = "[END]";

// The reference (Item::expected) and the state that a dialogue ends with (Reply::state), as JSON text.
std::string expected_state(const World::Outcome& outcome);

}  // namespace costwar::harness::worlds
