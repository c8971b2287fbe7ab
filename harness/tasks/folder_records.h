// A folder as one text of JSON Lines. Either of files with records, each record with "_file", the name of its
// file without ending, beside its own members: for sets that come as a file a subject. Or of prompts, one a
// file, with answers beside them.
#pragma once

#include <filesystem>
#include <string>

namespace costwar::harness {

// Files by name: .csv, .tsv, .json, .jsonl, also with .gz. The first row of a table is its header when one of
// its fields is "question" or "prompt". Error{input} when there is none, or beyond 1 GiB of text.
std::string folder_as_json_lines(const std::filesystem::path& folder);

// One record {"id", "question", "answer"} for each NAME.txt, NAME.md or NAME.prompt; the answer is
// NAME.answer, NAME.answer.txt, NAME.expected, NAME.expected.txt or answers/NAME.txt, where there is one.
// Empty text: there is no such file.
std::string prompts_as_json_lines(const std::filesystem::path& folder);

}  // namespace costwar::harness
