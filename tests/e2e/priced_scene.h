// A provider "acme" on a mock server whose models know how often they are right, say that they do not know
// where they are not, and have prices. Owned by the test that makes it.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "command.h"
#include "scene.h"

namespace costwar::e2e {

struct PricedModel {
  std::string name;
  std::string accuracy;
  std::string input;  // USD per million tokens
  std::string output;
};

struct PricedScene {
  // `seeds`: of the items that the server has answers to.
  explicit PricedScene(std::vector<PricedModel> all, std::vector<std::string> seeds = {"7"},
                       Arguments more = {})
      : models(std::move(all)) {
    std::string book;
    for (const std::string& seed : seeds) {
      const Result made = run(folder, {"tasks", "answers", "--tasks", "arithmetic", "--n", "200", "--seed",
                                       seed, "-o", "answers.jsonl"});
      REQUIRE_MESSAGE(made.code == 0, made.err);
      std::ifstream lines(folder.path() / "answers.jsonl");
      for (std::string line; std::getline(lines, line);) {
        auto answer = nlohmann::json::parse(line);
        answer["wrong"] = "I don't know.";
        book += answer.dump() + "\n";
      }
    }
    folder.write("book.jsonl", book);
    Arguments flags{"--answers", "book.jsonl", "--truth", "truth.jsonl"};
    nlohmann::json records = nlohmann::json::array();
    for (const PricedModel& model : models) {
      flags.insert(flags.end(), {"--model", model.name + "=" + model.accuracy});
      records.push_back(price(model));
    }
    flags.insert(flags.end(), more.begin(), more.end());
    folder.write("prices.json",
                 nlohmann::json{{"schema_version", 1}, {"as_of", "2026-11-23"}, {"records", records}}.dump());
    mock = std::make_unique<Mock>(folder, flags);
    const nlohmann::json acme{{"like", "http"}, {"base_url", mock->url()}, {"price_provider", "acme"}};
    folder.write("costwar.json", nlohmann::json{{"providers", {{"acme", acme}}}}.dump());
  }

  static nlohmann::json price(const PricedModel& model) {
    return {{"id", "acme/" + model.name},
            {"kind", "price"},
            {"provider", "acme"},
            {"model", model.name},
            {"currency", "USD"},
            {"unit", "per_1m_tokens"},
            {"service_class", "standard"},
            {"region", "any"},
            {"time_band", "all"},
            {"meters", {{"input", model.input}, {"output", model.output}}},
            {"reasoning", "included_in_output"},
            {"rate_kind", "list"},
            {"status", "in_force"},
            {"effective_from", "2020-01-01T00:00:00Z"},
            {"effective_from_precision", "minute"},
            {"known_from", "2020-01-01T00:00:00Z"},
            {"known_from_basis", "at_effect"},
            {"confirmed", true},
            {"source_kind", "official"},
            {"sources", {"invented"}},
            {"seen", "2026-11-23"},
            {"last_verified", "2026-11-23"}};
  }

  // Measures these models; returns the run's id.
  std::string measure(const std::vector<std::string>& names, Arguments more = {}) const {
    Arguments all{"run"};
    for (const std::string& name : names) all.push_back("acme/" + name);
    all.insert(all.end(), {"--tasks", "arithmetic", "--n", "200", "--seed", "7", "--book", "prices.json"});
    all.insert(all.end(), more.begin(), more.end());
    const Result measured = run(folder, all);
    REQUIRE_MESSAGE(measured.code == 0, measured.err);
    return measured.out.substr(0, measured.out.find('\n'));
  }

  // With the prices, as JSON.
  nlohmann::json json(Arguments arguments) const {
    arguments.insert(arguments.end(), {"--book", "prices.json", "--format", "json"});
    return Scene::parsed(run(folder, arguments));
  }

  std::vector<nlohmann::json> lines_of(const std::string& text) const {
    std::vector<nlohmann::json> rows;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) rows.push_back(nlohmann::json::parse(line));
    return rows;
  }

  std::vector<PricedModel> models;
  TemporaryFolder folder;
  std::unique_ptr<Mock> mock;
};

}  // namespace costwar::e2e
