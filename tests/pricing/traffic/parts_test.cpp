// The small parts that the log reader is made of.
#include <doctest/doctest.h>

#include <set>

#include "core/error.h"
#include "pricing/traffic/field_tree.h"
#include "pricing/traffic/log_fields.h"
#include "pricing/traffic/model_names.h"
#include "pricing/traffic/text_index.h"
#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;

TEST_CASE("instants as logs write them") {
  const auto at = [](std::string_view text) {
    const auto read = read_instant(text);
    return read ? format_wall(read->at) : std::string("none");
  };
  CHECK(at("2026-11-01T12:00:00Z") == "2026-11-01T12:00:00Z");
  CHECK(at("2026-11-01 12:00:00.250000") == "2026-11-01T12:00:00.250Z");
  CHECK(at("1793534400") == "2026-11-01T12:00:00Z");
  CHECK(at("1793534400000") == "2026-11-01T12:00:00Z");
  CHECK(at("1793534400000000") == "2026-11-01T12:00:00Z");
  CHECK(at("1793534400000000000") == "2026-11-01T12:00:00Z");
  CHECK(at("1793534400.5") == "2026-11-01T12:00:00.500Z");
  // PostgreSQL and strftime write offsets so.
  CHECK(at("2026-11-01 14:00:00.25+02") == "2026-11-01T12:00:00.250Z");
  CHECK(at("2026-11-01T14:00:00+0200") == "2026-11-01T12:00:00Z");
  CHECK_FALSE(read_instant("2026-11-01 14:00:00+02")->zone_assumed);
  CHECK(at("2026-11-01T14:00:00+2") == "none");
  CHECK(at("2026-11-01T14:00:00+020") == "none");
  CHECK(at("9223372036854775806") == "none");
  CHECK(read_instant("2026-11-01")->day_only);
  CHECK(read_instant("2026-11-01 12:00:00")->zone_assumed);
  CHECK_FALSE(read_instant("2026-11-01T12:00:00Z")->zone_assumed);
  for (const char* text : {"", "yesterday", "0", "-5", "2026-13-01", "1.5.5", "99999999999999999999", "1e9"})
    CHECK(at(text) == "none");
}

TEST_CASE("a tree finds what was put in, and nothing else") {
  FieldTree tree;
  std::set<std::string> keys;
  for (int i = 0; i < 500; ++i) keys.insert("key." + std::to_string(i * 7919) + "_tokens");
  for (const std::string& key : keys) tree.add(key, {Slot::raw, static_cast<std::uint8_t>(key.size() % 7)});
  tree.add("a/b[]/c{}/x/y", {Slot::model, 0});
  tree.finish();
  for (const std::string& key : keys) {
    const auto* entry = tree.find(FieldTree::kRoot, key);
    REQUIRE(entry != nullptr);
    CHECK(entry->target == Target{Slot::raw, static_cast<std::uint8_t>(key.size() % 7)});
    CHECK(tree.find(FieldTree::kRoot, key + "x") == nullptr);
  }
  CHECK(tree.find(FieldTree::kRoot, "") == nullptr);
  const auto* a = tree.find(FieldTree::kRoot, "a");
  REQUIRE(a != nullptr);
  const auto* b = tree.find(a->child, "b");
  REQUIRE(b != nullptr);
  CHECK(b->records);
  const auto* c = tree.find(b->child, "c");
  REQUIRE(c != nullptr);
  CHECK(c->attributes);
  CHECK(tree.find(c->child, "x/y") != nullptr);  // the key of an attribute may hold a slash
  FieldTree empty;
  CHECK_THROWS_AS(empty.add("", {}), Error);
  CHECK_THROWS_AS(empty.add("a//b", {}), Error);
  CHECK_THROWS_AS(log_fields({{"inptu", "x"}}, {}), Error);
}

TEST_CASE("texts get numbers in the order they come") {
  TextIndex index;
  for (std::uint32_t i = 0; i < 10'000; ++i) REQUIRE(index["text " + std::to_string(i)] == i);
  for (std::uint32_t i = 0; i < 10'000; ++i) REQUIRE(index["text " + std::to_string(i)] == i);
  CHECK(index.size() == 10'000);
  CHECK(index[""] == 10'000);
  CHECK(index[std::string("\0", 1)] == 10'001);
}

TEST_CASE("names of models") {
  const ModelNames names(test::catalogue().book(), {{"my-gpt", "openai/gpt-5.5"}}, "");
  const auto found = [&](std::string_view provider, std::string_view model) {
    const auto named = names.find(provider, model);
    return named ? named->full() : std::string("none");
  };
  CHECK(found("", "gpt-5.5") == "openai/gpt-5.5");
  CHECK(found("", "gpt-5.5-2026-04-23") == "openai/gpt-5.5");
  CHECK(found("", "claude-haiku-5-5-20261001") == "anthropic/claude-haiku-5-5");
  CHECK(found("", "openai/gpt-5.5@high") == "openai/gpt-5.5");
  CHECK(found("openai", "gpt-5.5") == "openai/gpt-5.5");
  CHECK(found("gemini", "gemini-3.5-flash") == "google/gemini-3.5-flash");
  CHECK(found("", "deepseek-v4-pro") == "deepseek/deepseek-v4-pro");  // the maker, not a host
  CHECK(found("deepinfra", "deepseek-v4-pro") == "deepinfra/deepseek-v4-pro");
  CHECK(found("", "gpt-oss-120b") == "none");  // five hosts and no maker
  CHECK(found("groq", "gpt-oss-120b") == "groq/gpt-oss-120b");
  CHECK(found("azure", "gpt-5.5") == "none");  // has prices of its own
  CHECK(found("", "openrouter/openai/gpt-5.5") == "none");
  CHECK(found("", "my-gpt") == "openai/gpt-5.5");
  CHECK(found("", "v3") == "none");
  CHECK(found("", "") == "none");
  const ModelNames hosted(test::catalogue().book(), {}, "groq");
  CHECK(hosted.find("", "gpt-oss-120b")->full() == "groq/gpt-oss-120b");
}
