#include "harness/tasks/item_rule.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/random.h"
#include "core/text.h"
#include "harness/builtin_tasks.h"
#include "harness/sha256.h"
#include "harness/tasks/bfcl.h"
#include "harness/tasks/choices.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kMostTurns = 1000;

std::optional<FieldTemplate> optional_template(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  return found ? std::optional(FieldTemplate::parse(*found)) : std::nullopt;
}

std::optional<Field> optional_field(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  return found ? std::optional(Field::parse(*found)) : std::nullopt;
}

RecordSpec parse_reader(const JsonIn& in) {
  in.allow_only({"format", "header", "records"});
  RecordSpec spec;
  if (const auto format = in.optional_string("format")) {
    try {
      spec.format = record_format_named(*format);
    } catch (const Error& error) {
      in.at("format").fail(error.what(), error.hint());
    }
  }
  if (const auto header = in.find("header")) spec.header = header->boolean();
  spec.records = in.optional_string("records").value_or("");
  return spec;
}

std::string message_text(const Json& content, const std::string& place) {
  if (content.is_string()) return content.get<std::string>();
  // Parts: [{"type": "text", "text": "..."}]; what is no text cannot be asked again.
  std::string text;
  if (content.is_array())
    for (const Json& part : content) {
      const bool is_text = part.is_object() && part.contains("text") && part.at("text").is_string();
      if (!is_text)
        throw Error(ErrorKind::input, fmt::format("{}: a message has a part that is no text", place),
                    "leave out records with pictures, files or sound");
      text += (text.empty() ? "" : "\n") + part.at("text").get<std::string>();
    }
  return text;
}

Message message_of(const Json& in, const std::string& place) {
  const auto role = in.is_object() && in.contains("role") && in.at("role").is_string()
                        ? role_by_name(in.at("role").get<std::string>() == "developer"
                                           ? "system"
                                           : in.at("role").get_ref<const std::string&>())
                        : std::nullopt;
  if (!role)
    throw Error(ErrorKind::input, fmt::format("{}: a message has no role that is known", place),
                "roles are system, user, assistant and tool");
  if (*role == Role::tool || in.contains("tool_calls"))
    throw Error(ErrorKind::input, fmt::format("{}: a message with tool calls cannot be asked again", place),
                "leave out records of agents");
  return {*role, in.contains("content") ? message_text(in.at("content"), place) : ""};
}

// A list of messages, or a list of lists of which the first is asked at once and the others are further
// turns.
void take_messages(const Json& in, const std::string& place, Item& item) {
  if (!in.is_array() || in.empty() || in.size() > kMostTurns)
    throw Error(ErrorKind::input, fmt::format("{}: the messages are no list", place));
  if (in.front().is_array()) {
    for (const Json& message : in.front()) item.messages.push_back(message_of(message, place));
    for (std::size_t i = 1; i < in.size(); ++i)
      for (const Json& message : in[i]) item.turns.push_back(message_of(message, place).content);
  } else {
    for (const Json& message : in) item.messages.push_back(message_of(message, place));
  }
  // What was answered is not asked.
  while (!item.messages.empty() && item.messages.back().role == Role::assistant) item.messages.pop_back();
  if (item.messages.empty() || item.messages.back().role != Role::user)
    throw Error(ErrorKind::input, fmt::format("{}: the messages do not end with the user's", place));
}

void parse_scorer_details(const JsonIn& in, std::vector<std::pair<std::string, Field>>& details) {
  if (const auto members = in.find("details"))
    for (const auto& [name, field] : members->members()) details.emplace_back(name, Field::parse(field));
}

}  // namespace

ItemRule ItemRule::parse(const JsonIn& in) {
  ItemRule rule;
  if (const auto reader = in.find("reader")) rule.reader_ = parse_reader(*reader);
  if (const auto fields = in.find("fields"))
    for (const auto& [name, field] : fields->members()) rule.fields_.emplace_back(name, Field::parse(field));
  rule.system_ = optional_template(in, "system");
  rule.prompt_ = optional_template(in, "prompt");
  rule.expected_ = optional_template(in, "expected");
  rule.group_ = optional_template(in, "group");
  rule.cluster_ = optional_template(in, "cluster");
  rule.messages_ = optional_field(in, "messages");
  rule.turns_ = optional_field(in, "turns");
  rule.key_ = optional_field(in, "key");
  if (const auto tools = in.find("tools")) {
    tools->allow_only({"at", "form"});
    rule.tools_ = Field::parse(tools->at("at"));
    const std::string form = tools->optional_string("form").value_or("openai");
    if (form != "openai" && form != "bfcl") tools->at("form").fail("expected \"openai\" or \"bfcl\"");
    rule.bfcl_tools_ = form == "bfcl";
  }
  parse_scorer_details(in, rule.details_);
  if (const auto choices = in.find("choices")) rule.choices_ = parse_choices(*choices);
  if (const auto reference = in.find("reference")) {
    reference->allow_only({"text", "calls"});
    rule.reference_text_ = optional_template(*reference, "text");
    rule.reference_calls_ = reference->optional_string("calls").value_or("");
  }
  if (const auto answers = in.find("answers")) {
    answers->allow_only({"file", "key"});
    rule.answers_file_ = answers->at("file").string();
    rule.answers_key_ = Field::parse(answers->at("key"));
    if (!rule.key_) answers->fail("records and answers are joined by \"key\", which is missing");
  }
  if (static_cast<int>(rule.prompt_.has_value()) + static_cast<int>(rule.messages_.has_value()) +
          static_cast<int>(rule.turns_.has_value()) !=
      1)
    in.fail("a task asks with one of \"prompt\", \"messages\" and \"turns\"");
  rule.check_names(in);
  return rule;
}

void ItemRule::check_names(const JsonIn& in) const {
  const auto known = [&](const std::string& name) {
    if (choices_ && (name == "choices" || name == "answer_letter" || name == "last_letter")) return true;
    return std::any_of(fields_.begin(), fields_.end(),
                       [&](const auto& field) { return field.first == name; });
  };
  const auto check = [&](const std::optional<FieldTemplate>& text, const char* key) {
    if (!text) return;
    for (const std::string& name : text->names())
      if (!known(name)) in.fail(fmt::format("\"{}\" has {{{}}}, which is not among the fields", key, name));
  };
  check(system_, "system");
  check(prompt_, "prompt");
  check(expected_, "expected");
  check(group_, "group");
  check(cluster_, "cluster");
  check(reference_text_, "reference");
}

bool ItemRule::fits(const Json& record) const {
  const JoinedRecord joined{&record, nullptr, "record"};
  try {
    for (const auto& [name, field] : fields_) (void)field.find(joined);
    if (messages_) (void)messages_->find(joined);
    if (turns_) (void)turns_->find(joined);
    if (choices_) (void)read_choices(*choices_, joined);
    return true;
  } catch (const Error&) {
    return false;
  }
}

ItemRule::Chosen ItemRule::choose(std::uint64_t seed, const JoinedRecord& record) const {
  if (!choices_) return {};
  Choices choices = read_choices(*choices_, record);
  if (choices_->permute) permute(choices, seed);
  return {listed(choices), std::string(1, letter_of(choices.answer)), std::move(choices.options)};
}

std::string ItemRule::filled(const FieldTemplate& text, const JoinedRecord& record,
                             const Chosen& chosen) const {
  return text.fill([&](const std::string& name) -> std::string {
    if (choices_ && name == "choices") return chosen.text;
    if (choices_ && name == "answer_letter") return chosen.letter;
    if (choices_ && name == "last_letter") return std::string(1, letter_of(chosen.options.size() - 1));
    for (const auto& [known, field] : fields_)
      if (known == name) return field.text(record);
    return {};
  });
}

void ItemRule::add_messages(Item& item, const JoinedRecord& record, const Chosen& chosen) const {
  if (system_) item.messages.push_back({Role::system, filled(*system_, record, chosen)});
  if (messages_) {
    Json messages = *messages_->find(record);
    // Logs keep messages as text, too.
    if (messages.is_string()) messages = parse_json(messages.get_ref<const std::string&>(), record.place);
    take_messages(messages, record.place, item);
  } else if (turns_) {
    const Json turns = *turns_->find(record);
    if (!turns.is_array() || turns.empty() || turns.size() > kMostTurns)
      throw Error(ErrorKind::input,
                  fmt::format("{}: \"{}\" is no list of turns", record.place, turns_->at()));
    for (const Json& turn : turns) {
      if (!turn.is_string())
        throw Error(ErrorKind::input, fmt::format("{}: a turn is no text", record.place));
      if (&turn == &turns.front())
        item.messages.push_back({Role::user, turn.get<std::string>()});
      else
        item.turns.push_back(turn.get<std::string>());
    }
  } else {
    item.messages.push_back({Role::user, filled(*prompt_, record, chosen)});
  }
  if (item.messages.back().content.empty())
    throw Error(ErrorKind::input, fmt::format("{}: the prompt is empty", record.place));
}

LoadedItem ItemRule::make(const std::string& task, int version, std::uint64_t seed,
                          const JoinedRecord& record) const {
  LoadedItem made;
  made.place = record.place;
  if (key_) made.key = key_->text(record);
  Item& item = made.item;
  const Chosen chosen = choose(seed, record);
  add_messages(item, record, chosen);
  if (tools_) {
    const Json tools = *tools_->find(record);
    item.tools = bfcl_tools_ ? bfcl_tools(tools, record.place) : openai_tools(tools, record.place);
  }
  if (expected_) item.expected = filled(*expected_, record, chosen);
  if (group_) item.group = filled(*group_, record, chosen);
  if (cluster_) item.cluster = filled(*cluster_, record, chosen);
  Json details = Json::object();
  for (const auto& [name, field] : details_)
    if (auto value = field.find(record)) details[name] = *std::move(value);
  if (choices_) details["choices"] = chosen.options;
  if (!details.empty()) item.details = details.dump(-1, ' ', false, Json::error_handler_t::replace);

  if (!reference_calls_.empty()) {
    Reply reply;
    reply.tool_calls = reference_calls(details.value(reference_calls_, Json::array()));
    made.reference = std::move(reply);
  } else if (reference_text_) {
    Reply reply{filled(*reference_text_, record, chosen)};
    reply.answers = {reply.text};
    made.reference = std::move(reply);
  }

  Sha256 content;
  for (const Message& message : item.messages) content.field(role_name(message.role)).field(message.content);
  for (const std::string& turn : item.turns) content.field(turn);
  for (const Tool& tool : item.tools) content.field(tool.name).field(tool.description).field(tool.parameters);
  content.field(made.key).field(item.expected).field(item.details);
  item.id = item_id(task, version, content.finish_hex(), 0);
  return made;
}

std::vector<std::string> ItemRule::field_names() const {
  std::vector<std::string> names;
  for (const auto& [name, field] : fields_) names.push_back(fmt::format("{}={}", name, field.at()));
  if (messages_) names.push_back("messages=" + messages_->at());
  if (turns_) names.push_back("turns=" + turns_->at());
  return names;
}

}  // namespace costwar::harness
