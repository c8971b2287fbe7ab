#include "cli/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "cli/verb.h"
#include "cli/version.h"
#include "core/suggest.h"
#include "reports/render/text.h"

namespace costwar::cli {
namespace {

std::string overview() {
  std::string text =
      "costwar: which model gives the capability we need for the least money, and how sure are we?\n\n"
      "Usage: costwar VERB [FLAGS]\n";
  std::string_view group;
  for (const VerbRow& row : verbs()) {
    if (row.group.empty()) continue;
    if (row.group != group) text += fmt::format("\n{}\n", row.group);
    group = row.group;
    text += fmt::format("  {:<9} {}\n", row.name, row.summary);
  }
  text +=
      "\nA model is provider/model[@effort] (openai/gpt-5.5@high, deepseek/deepseek-v4-flash, ollama/NAME,\n"
      "local/FILE.gguf, local/tiny-moe, local/tiny-dense) or a server's address "
      "(http://127.0.0.1:8080/v1#NAME).\n"
      "\nStart with: costwar compare        Help for a verb: costwar VERB --help        Version: costwar "
      "--version\n";
  return text;
}

const VerbRow& find_verb(const std::string& name) {
  std::vector<std::string_view> names;
  for (const VerbRow& row : verbs()) {
    if (row.name == name) return row;
    if (!row.group.empty()) names.push_back(row.name);
  }
  const auto near = nearest_name(name, std::span<const std::string_view>(names));
  throw Error(ErrorKind::usage, fmt::format("'{}' is not a verb of costwar", name),
              near ? fmt::format("did you mean 'costwar {}'?", *near) : "costwar --help lists the verbs");
}

// CLI11 leaves what it does not know in the exception's text; a suggestion is ours to add. Flags may belong
// to the subcommand that was typed; a misspelt subcommand is the first word.
Error as_error(const CLI::ParseError& error, const CLI::App& flags, const std::vector<std::string>& typed) {
  std::string name = flags.get_name();
  std::vector<std::string> known;
  const auto add_flags = [&](const CLI::App& app) {
    for (const CLI::Option* option : app.get_options())
      for (const std::string& flag : option->get_lnames()) known.push_back("--" + flag);
  };
  add_flags(flags);
  std::vector<std::string> subcommands;
  for (const CLI::App* subcommand : flags.get_subcommands([](const CLI::App*) { return true; })) {
    subcommands.push_back(subcommand->get_name());
    if (typed.empty() || typed.front() != subcommands.back()) continue;
    add_flags(*subcommand);
    name += " " + subcommands.back();
  }
  if (!subcommands.empty() && !typed.empty() && !typed.front().starts_with("-") &&
      std::find(subcommands.begin(), subcommands.end(), typed.front()) == subcommands.end()) {
    // Where the first word may be something else than a subcommand, it is one only if it looks like one.
    const bool takes_words =
        !flags.get_options([](const CLI::Option* option) { return option->get_positional(); }).empty();
    const auto near = nearest_name(typed.front(), std::span<const std::string>(subcommands));
    if (near || !takes_words)
      return {ErrorKind::usage, fmt::format("'{}' is nothing that {} does", typed.front(), name),
              near ? fmt::format("did you mean '{} {}'?", name, *near)
                   : fmt::format("it does {}", fmt::join(subcommands, ", "))};
  }
  for (const std::string& argument : typed) {
    if (!argument.starts_with("--")) continue;
    const std::string flag = argument.substr(0, argument.find('='));
    if (std::find(known.begin(), known.end(), flag) != known.end()) continue;
    const auto near = nearest_name(flag, std::span<const std::string>(known));
    return {ErrorKind::usage, fmt::format("'{}' is not a flag of {}", flag, name),
            near ? fmt::format("did you mean {}?", *near) : fmt::format("{} --help lists them", name)};
  }
  return {ErrorKind::usage, error.what(), fmt::format("{} --help shows how it is used", name)};
}

// A flag that may be repeated takes one value each time: CLI11 would let it swallow the positional arguments
// that follow, so that "compare --tasks recall local/tiny-moe" had a task of that name.
void one_value_each(CLI::App& flags) {
  for (CLI::Option* option : flags.get_options())
    if (!option->get_positional() && option->get_items_expected_max() > 1) option->allow_extra_args(false);
  for (CLI::App* subcommand : flags.get_subcommands([](CLI::App*) { return true; }))
    one_value_each(*subcommand);
}

int run_verb(const VerbRow& row, std::vector<std::string> arguments, Environment& environment) {
  const std::unique_ptr<Verb> verb = row.make();
  CLI::App flags(std::string(row.summary), "costwar " + std::string(row.name));
  flags.footer(examples_footer(row.examples));
  flags.get_formatter()->column_width(34);
  verb->declare(flags);
  one_value_each(flags);
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    flags.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    write_text(environment.out, flags.help());
    return kOk;
  } catch (const CLI::ParseError& error) {
    throw as_error(error, flags, arguments);
  }
  return verb->run(environment);
}

int dispatch(const std::vector<std::string>& arguments, Environment& environment) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    if (arguments.size() > 1 && arguments[0] == "help")
      return run_verb(find_verb(arguments[1]), {"--help"}, environment);
    write_text(environment.out, overview());
    return arguments.empty() ? kUsage : kOk;
  }
  if (arguments[0] == "--version") {
    write_text(environment.out, fmt::format("costwar {}\n", kVersion));
    return kOk;
  }
  return run_verb(find_verb(arguments[0]), {arguments.begin() + 1, arguments.end()}, environment);
}

// What a server said may be in it: one line, and nothing that a terminal obeys.
void complain(Environment& environment, const std::string& message, const std::string& hint) {
  const std::string line =
      hint.empty() ? fmt::format("costwar: {}", message) : fmt::format("costwar: {}; {}", message, hint);
  fmt::print(environment.err, "{}\n", reports::printable(line));
}

}  // namespace

int run(int argc, const char* const* argv, Environment environment) {
  try {
    return dispatch({argv + std::min(argc, 1), argv + argc}, environment);
  } catch (const Error& error) {
    complain(environment, error.what(), error.hint());
    return exit_code(error.kind());
  } catch (const OutputClosed&) {
    return kOk;
  } catch (const std::exception& error) {
    complain(environment, fmt::format("internal error: {}", error.what()),
             "please report it with the command you typed");
    return kInternal;
  }
}

}  // namespace costwar::cli
