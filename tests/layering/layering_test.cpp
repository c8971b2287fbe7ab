// Folders are layers: every #include of the product is read and checked against the edges of
// docs/architecture.md.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

using Names = std::set<std::string>;

struct Layer {
  Names folders;      // ours that it may include, besides itself
  Names third_party;  // first part of others' include paths that it owns
};

// Everyone may use what core is made of.
const Names kEveryone{"fmt", "nlohmann"};

const std::map<std::string, Layer> kLayers{
    {"core", {{}, {}}},
    {"stats", {{"core"}, {"boost"}}},
    {"system", {{"core"}, {"curl", "seccomp.h", "zip.h", "zlib.h", "zstd.h"}}},
    {"pricing", {{"core"}, {"simdjson.h"}}},
    {"providers", {{"core", "system"}, {"simdjson.h", "utf8proc.h", "cpuid.h", "immintrin.h"}}},
    {"harness", {{"core", "stats", "system"}, {"sqlite3.h", "openssl", "re2", "utf8proc.h", "valijson"}}},
    {"analysis", {{"core", "stats", "pricing"}, {}}},
    {"reports", {{"core", "pricing", "analysis"}, {"utf8proc.h", "xlsxwriter.h"}}},
    {"mock", {{"core", "system"}, {}}},
    {"cli",
     {{"core", "stats", "system", "pricing", "providers", "harness", "analysis", "reports", "mock"},
      {"CLI", "llama.h", "ggml.h", "ggml-backend.h"}}},
};

// Libraries that are wrapped in one source file, or few.
const std::map<std::string, Names> kOwners{{"curl",
                                            {"system/curl_setup.cpp", "system/curl_transfer.cpp",
                                             "system/curl_transfer.h", "system/curl_transport.cpp"}},
                                           {"ggml-backend.h", {"cli/llama_child/model.cpp"}},
                                           {"ggml.h", {"cli/llama_child/model.cpp"}},
                                           {"llama.h", {"cli/llama_child/model.cpp"}},
                                           {"seccomp.h", {"system/sandbox_rules.cpp"}},
                                           {"sqlite3.h", {"harness/store/sqlite.cpp"}},
                                           {"valijson", {"harness/scoring/json_schema.cpp"}},
                                           {"xlsxwriter.h", {"reports/render/workbook.cpp"}},
                                           {"zip.h", {"system/zip_file.cpp"}},
                                           {"zlib.h", {"system/byte_file.cpp"}},
                                           {"zstd.h", {"system/zip_file.cpp"}}};

// Folders without any view of the operating system.
const Names kPure{"core", "stats", "pricing", "analysis"};

bool is_operating_system(const std::string& header) {
  static const Names kHeaders{"unistd.h", "fcntl.h",  "signal.h", "pthread.h", "dlfcn.h",
                              "poll.h",   "spawn.h",  "dirent.h", "netdb.h",   "termios.h",
                              "csignal",  "locale.h", "stdlib.h"};  // these two for what POSIX adds to the C
                                                                    // library
  return header.starts_with("sys/") || header.starts_with("linux/") || header.starts_with("netinet/") ||
         header.starts_with("arpa/") || kHeaders.contains(header);
}

struct Include {
  std::string file;
  std::string header;
  bool quoted = false;
};

std::vector<Include> includes_of(const fs::path& folder) {
  static const std::regex kPattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp" && extension != ".inc") continue;
    std::ifstream in(entry.path());
    std::string line;
    std::smatch match;
    while (std::getline(in, line))
      if (std::regex_search(line, match, kPattern))
        found.push_back({entry.path().generic_string(), match[2], match[1] == "\""});
  }
  return found;
}

std::string first_part(const std::string& path) {
  return path.substr(0, path.find('/'));
}

// What is wrong with one include, or an empty text.
std::string complaint(const std::string& folder, const Layer& layer, const Include& include) {
  const std::string owner = first_part(include.header);
  if (include.quoted) {
    if (include.header == "embedded_table.inc")
      return folder == "cli" || include.file == "reports/render/html_assets.cpp"
                 ? ""
                 : "only cli opens the embedded catalogue";
    if (!kLayers.contains(owner)) return "includes of ours are written from the source root";
    return owner == folder || layer.folders.contains(owner) ? "" : folder + " may not include " + owner;
  }
  if (is_operating_system(include.header))
    return kPure.contains(folder) ? folder + " has no view of the operating system" : "";
  const auto owners = kOwners.find(owner);
  if (owners != kOwners.end())
    return owners->second.contains(include.file)
               ? ""
               : owner + " belongs to " + *owners->second.rbegin() + " alone";
  const bool standard = include.header.find('/') == std::string::npos && !include.header.ends_with(".h");
  if (standard || kEveryone.contains(owner) || layer.third_party.contains(owner)) return "";
  return folder + " does not own <" + include.header + ">";
}

}  // namespace

TEST_CASE("every include stays within its folder's layer") {
  std::size_t read = 0;
  for (const auto& [folder, layer] : kLayers) {
    for (const Include& include : includes_of(folder)) {
      ++read;
      const std::string wrong = complaint(folder, layer, include);
      CHECK_MESSAGE(wrong.empty(), include.file << " includes " << include.header << ": " << wrong);
    }
  }
  CHECK(read > 200);
}

TEST_CASE("the rules do find what breaks them") {
  const auto wrong = [](const char* folder, const char* file, const char* header, bool quoted) {
    return !complaint(folder, kLayers.at(folder), {file, header, quoted}).empty();
  };
  CHECK(wrong("core", "core/x.cpp", "system/http.h", true));
  CHECK(wrong("pricing", "pricing/x.cpp", "harness/plan.h", true));
  CHECK(wrong("harness", "harness/x.cpp", "pricing/bill.h", true));
  CHECK(wrong("mock", "mock/x.cpp", "providers/wire/sse.h", true));
  CHECK(wrong("stats", "stats/x.cpp", "unistd.h", false));
  CHECK(wrong("system", "system/files.cpp", "curl/curl.h", false));
  CHECK(wrong("reports", "reports/x.cpp", "sqlite3.h", false));
  CHECK_FALSE(wrong("harness", "harness/store/sqlite.cpp", "sqlite3.h", false));
  CHECK_FALSE(wrong("analysis", "analysis/x.cpp", "stats/wilson.h", true));
}

TEST_CASE("no folder of the product is outside the rules") {
  const Names not_layers{"build", "catalog", "cmake", "docs", "examples", "tests", "tools"};
  for (const auto& entry : fs::directory_iterator(".")) {
    const std::string name = entry.path().filename();
    if (!entry.is_directory() || name.starts_with(".") || not_layers.contains(name)) continue;
    CHECK_MESSAGE(kLayers.contains(name), name << " is neither a layer nor listed as none");
  }
}
