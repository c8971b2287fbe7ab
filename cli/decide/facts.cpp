#include "cli/decide/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/comparability.h"

namespace costwar::cli {
namespace {

using analysis::Candidate;
using analysis::Fact;

constexpr std::array kAllFacts{analysis::kFactLicence,  analysis::kFactWeights, analysis::kFactResidency,
                               analysis::kFactHardware, analysis::kFactTools,   analysis::kFactContext,
                               analysis::kFactOutput};

Fact not_known(std::string why) {
  return {{}, {}, std::move(why)};
}

// A model without effort and service class: "openai/gpt-5.5" of "openai/gpt-5.5@high+batch".
std::string plain_name(const std::string& name) {
  const std::size_t at = name.rfind('@');
  if (at != std::string::npos) return name.substr(0, at);
  for (const std::string_view service : service_classes())
    if (name.ends_with(fmt::format("+{}", service))) return name.substr(0, name.size() - service.size() - 1);
  return name;
}

const pricing::ModelFacts* listed(const ModelCard& card, const pricing::PriceBook& book) {
  for (const std::string& id :
       {fmt::format("{}/{}", card.price_provider, card.price_model), plain_name(card.name)})
    if (const pricing::ModelFacts* facts = book.book().model(id)) return facts;
  return nullptr;
}

class CatalogueFacts {
 public:
  CatalogueFacts(Candidate& candidate, const pricing::ModelFacts& facts)
      : candidate_(candidate), facts_(facts) {}

  void add() {
    text(analysis::kFactLicence, "license", facts_.license);
    text(analysis::kFactWeights, "weights", facts_.weights);
    number(analysis::kFactContext, "context_tokens", facts_.context_tokens);
    number(analysis::kFactOutput, "max_output_tokens", facts_.max_output_tokens);
  }

 private:
  bool is_unconfirmed(std::string_view member) const {
    return std::find(facts_.unconfirmed.begin(), facts_.unconfirmed.end(), member) !=
           facts_.unconfirmed.end();
  }
  std::string source() const {
    return fmt::format("the catalogue, {}{}", facts_.id,
                       facts_.sources.empty() ? "" : fmt::format(" ({})", facts_.sources.front()));
  }
  void put(std::string_view fact, std::string_view member, analysis::FactValue value) {
    candidate_.facts[std::string(fact)] =
        is_unconfirmed(member)
            ? not_known(fmt::format("the catalogue's {} of {} has no sure source", member, facts_.id))
            : Fact{std::move(value), source(), {}};
  }
  void text(std::string_view fact, std::string_view member, const std::string& value) {
    if (!value.empty()) put(fact, member, std::vector<std::string>{value});
  }
  void number(std::string_view fact, std::string_view member, const std::optional<std::int64_t>& value) {
    if (value) put(fact, member, *value);
  }

  Candidate& candidate_;
  const pricing::ModelFacts& facts_;
};

// What this machine computed from its file.
void add_own_machine(Candidate& candidate, const ModelCard& card) {
  const auto say = [&](std::string_view fact, analysis::FactValue value, std::string source) {
    candidate.facts[std::string(fact)] = {std::move(value), std::move(source), {}};
  };
  if (!card.licence.empty())
    say(analysis::kFactLicence, std::vector<std::string>{card.licence}, "its weight file");
  if (card.shape && card.shape->context_length > 0)
    say(analysis::kFactContext, card.shape->context_length, "its weight file");
  if (!card.own_machine) return;
  const std::string computed = "the machine that ran it computed it from its weight file";
  say(analysis::kFactWeights, std::vector<std::string>{"open"}, computed);
  say(analysis::kFactResidency, std::vector<std::string>{"on_premises"}, computed);
}

bool is_about(const StatedFacts& stated, const Candidate& candidate) {
  return stated.model == candidate.model || stated.model == candidate.label ||
         stated.model == plain_name(candidate.model);
}

}  // namespace

std::vector<std::string> add_facts(std::vector<Candidate>& candidates, const RunHeader& header,
                                   const pricing::PriceBook& book, std::span<const StatedFacts> stated,
                                   double level) {
  std::vector<bool> used(stated.size(), false);
  for (std::size_t model = 0; model < candidates.size(); ++model) {
    Candidate& candidate = candidates[model];
    const ModelCard& card = header.models.at(model);
    for (const std::string_view fact : kAllFacts)
      candidate.facts[std::string(fact)] = not_known("neither the catalogue nor the policy says it");
    if (const pricing::ModelFacts* facts = listed(card, book)) CatalogueFacts(candidate, *facts).add();
    add_own_machine(candidate, card);
    for (std::size_t i = 0; i < stated.size(); ++i) {
      if (!is_about(stated[i], candidate)) continue;
      used[i] = true;
      for (const auto& [name, fact] : stated[i].facts) candidate.facts[name] = fact;
      // What was measured goes before what is said.
      for (const auto& [name, trials] : stated[i].safety) {
        const auto measured = candidate.figures.find(name);
        if (measured == candidate.figures.end() || !measured->second.seen.value)
          candidate.figures[name] = trials.figure(level, stated[i].source);
      }
    }
  }
  std::vector<std::string> unused;
  for (std::size_t i = 0; i < stated.size(); ++i)
    if (!used[i]) unused.push_back(stated[i].model);
  return unused;
}

}  // namespace costwar::cli
