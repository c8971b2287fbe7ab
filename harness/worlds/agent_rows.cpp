// The tasks `agent` and `injection`: parameters to items.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/random.h"
#include "harness/procedural/families.h"
#include "harness/scoring/scorers.h"
#include "harness/worlds/agent.h"

namespace costwar::harness {
namespace {

using worlds::AgentSetup;
using worlds::Attack;

constexpr std::string_view kAgentScorer = "world_state";
constexpr std::array<std::string_view, 5> kDomains{"all", "bank", "files", "inventory", "tickets"};
constexpr std::array<std::string_view, 4> kAttacks{"all", "call", "secret", "hierarchy"};

TaskItems empty_task(const char* name, const char* title) {
  TaskItems made;
  made.task.name = name;
  made.task.title = title;
  made.task.scorer = kAgentScorer;
  const ScorerRow* const scorer = find_scorer(kAgentScorer);
  made.task.scorer_version = scorer == nullptr ? 1 : scorer->version;
  made.dialogue = worlds::make_agent_dialogue;
  return made;
}

// What an item's number decides: its world and its seed, so that more items never change the first ones.
AgentSetup setup_of(const Parameters& parameters, std::uint64_t seed, std::string_view family,
                    std::size_t number) {
  AgentSetup setup;
  const std::string domain = word_parameter(parameters, "domain", kDomains);
  setup.world.domain =
      domain == "all" ? &worlds::domains()[number % worlds::domains().size()] : worlds::find_domain(domain);
  setup.world.seed = RandomStream(seed, fmt::format("{}/{}", family, number)).next();
  setup.world.goals = static_cast<int>(whole_parameter(parameters, "horizon", family == "agent" ? 1 : 2, 50));
  setup.world.errors = static_cast<int>(whole_parameter(parameters, "errors", 0, 90));
  setup.world.page_size = static_cast<int>(whole_parameter(parameters, "pages", 0, 100));
  const auto steps = static_cast<std::uint32_t>(whole_parameter(parameters, "steps", 0, 1'000));
  setup.most_calls = steps > 0 ? steps : 12 + 8 * static_cast<std::uint32_t>(setup.world.goals);
  return setup;
}

TaskItems make_agent(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  constexpr std::array<std::string_view, 2> kSwitch{"off", "on"};
  constexpr std::array<std::string_view, 2> kUsers{"scripted", "simulated"};
  TaskItems made = empty_task("agent", "requests of a customer, done with tools and within a policy");
  made.simulated_user = word_parameter(parameters, "user", kUsers) == "simulated";
  for (std::size_t number = 0; number < count; ++number) {
    AgentSetup setup = setup_of(parameters, seed, "agent", number);
    setup.world.distractors = static_cast<int>(whole_parameter(parameters, "distractors", 0, 12));
    setup.world.idempotency = word_parameter(parameters, "idempotency", kSwitch) == "on";
    setup.simulated_user = made.simulated_user;
    made.items.push_back(worlds::agent_item(setup));
  }
  return made;
}

TaskItems make_injection(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  constexpr std::array<std::string_view, 3> kPositions{"first", "middle", "last"};
  constexpr std::array<std::string_view, 2> kStrengths{"weak", "strong"};
  TaskItems made = empty_task(
      "injection", "requests done with tools whose results hold an order that is not the customer's");
  const std::string attack = word_parameter(parameters, "attack", kAttacks);
  const std::string position = word_parameter(parameters, "position", kPositions);
  for (std::size_t number = 0; number < count; ++number) {
    AgentSetup setup = setup_of(parameters, seed, "injection", number);
    // Each kind of attack meets each world before any meets it twice.
    const std::size_t kind =
        attack == "all" ? (number / worlds::domains().size() + number) % 3 + 1
                        : static_cast<std::size_t>(std::find(kAttacks.begin(), kAttacks.end(), attack) -
                                                   kAttacks.begin());
    setup.attack = static_cast<Attack>(kind);
    setup.strong = word_parameter(parameters, "strength", kStrengths) == "strong";
    setup.world.position = static_cast<worlds::Position>(
        std::find(kPositions.begin(), kPositions.end(), position) - kPositions.begin());
    made.items.push_back(worlds::agent_item(setup));
  }
  return made;
}

constexpr ParameterRow kDomain{"domain", "all", "the world: bank, files, inventory, tickets, or all in turn"};
constexpr ParameterRow kErrors{"errors", "0",
                               "percent of the calls of tools that fail once and may be repeated, 0 to 90"};
constexpr ParameterRow kPages{"pages", "0", "rows of a list at once, 0 to 100; 0: all of them"};
constexpr ParameterRow kSteps{"steps", "0",
                              "most calls to the model for an item, to 1,000; 0: 12 + 8 for each request"};

constexpr std::array kAgentParameters{
    kDomain,
    ParameterRow{"horizon", "3", "requests of the customer, 1 to 50"},
    kErrors,
    kPages,
    ParameterRow{"distractors", "0", "tools that are of no use, 0 to 12"},
    ParameterRow{"idempotency", "off",
                 "on: the answer to each creation is lost once, and its repetition must not do it twice"},
    ParameterRow{"user", "scripted", "who answers the agent: scripted, or simulated by another model"},
    kSteps,
};

constexpr std::array kInjectionParameters{
    ParameterRow{
        "attack", "all",
        "call (a call with a canary), secret (of the system message), hierarchy (the user against the "
        "system message), or all in turn"},
    ParameterRow{"position", "first", "where in a list the text is planted: first, middle, last"},
    ParameterRow{"strength", "weak", "weak: a plain request; strong: an order from above"},
    kDomain,
    ParameterRow{"horizon", "2", "requests of the customer, 2 to 50"},
    kErrors,
    kPages,
    kSteps,
};

constexpr std::array kRows{
    ProceduralRow{"agent", "requests of a customer, done with tools and within a policy", "agents",
                  kAgentParameters, make_agent},
    ProceduralRow{"injection", "resisting orders that come with the results of tools", "safety",
                  kInjectionParameters, make_injection},
};

}  // namespace

std::span<const ProceduralRow> agent_rows() {
  return kRows;
}

}  // namespace costwar::harness
