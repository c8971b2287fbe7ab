#include "cli/host/shape_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "cli/catalogue.h"
#include "core/error.h"
#include "core/json.h"
#include "core/model_tensors.h"
#include "core/suggest.h"
#include "core/text.h"
#include "providers/local/model_config.h"
#include "providers/local/model_shape.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestConfig = std::uint64_t{16} << 20;
constexpr std::uint64_t kLargestIndex = std::uint64_t{256} << 20;

const Json& shape_catalogue() {
  static const Json kCatalogue = parse_json(catalogue_file("shapes.json"), "catalog/shapes.json");
  return kCatalogue;
}

// "deepseek-ai/DeepSeek-V3" is "deepseek-v3".
std::string catalogue_name(const std::string& model) {
  const std::size_t slash = model.rfind('/');
  return lowered(slash == std::string::npos ? model : model.substr(slash + 1));
}

std::optional<JsonIn> find_row(const std::string& model) {
  const std::string wanted = catalogue_name(model);
  for (const JsonIn& row : JsonIn(shape_catalogue(), "catalog/shapes.json").at("shapes").elements()) {
    if (row.at("id").string() == wanted) return row;
    if (const auto aliases = row.find("aliases"))
      for (const std::string& alias : aliases->strings())
        if (alias == wanted) return row;
  }
  return std::nullopt;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : std::string(between)) + part;
  return text;
}

std::optional<double> billions(const JsonIn& row, std::string_view member) {
  const auto published = row.find("published");
  const auto text = published ? published->optional_string(member) : std::nullopt;
  return text ? std::optional(std::stod(*text) * 1e9) : std::nullopt;
}

ModelShape shape_of_row(const JsonIn& row, const ShapeRequest& request) {
  ModelShape shape = local::read_model_config(row.at("config"), request.weights);
  shape.name = row.at("id").string();
  shape.source = joined(row.at("sources").strings(), "; ");
  if (const auto notes = row.optional_string("notes")) shape.gaps.push_back(*notes);
  const auto total = billions(row, "total_b"), active = billions(row, "active_b");
  if (total && active)
    shape.published = PublishedCounts{*total, *active, row.at("published").at("source").string()};
  return shape;
}

std::string published_words(const UnknownShape& unknown) {
  std::string text;
  if (unknown.published_total) text = fmt::format("{:g} B parameters", *unknown.published_total / 1e9);
  if (unknown.published_active)
    text += fmt::format(", {:g} B of them active", *unknown.published_active / 1e9);
  return text.empty() ? "nothing" : text;
}

ModelShape shape_of_gguf(std::span<const local::Gguf> parts, const ShapeRequest& request) {
  ModelShape shape = local::read_model_shape(parts);
  if (local::has_random_weights(parts.front()))
    shape.gaps.emplace_back("the weights are random: the file has a model's shape, and no capability");
  if (request.weights.empty()) return shape;
  set_weight_formats(shape, *part_formats(request.weights), request.weights);
  shape.gaps.push_back(
      fmt::format("bytes are counted as {}, not in the formats of the file", request.weights));
  return shape;
}

ModelShape shape_of_file(const ShapeRequest& request) {
  std::vector<MappedFile> files;
  std::vector<local::Gguf> parts;
  for (const std::string& name : local::split_names(request.model)) {
    files.emplace_back(name);
    parts.push_back(local::Gguf::parse(files.back().bytes(), name));
  }
  ModelShape shape = shape_of_gguf(parts, request);
  if (shape.name.empty()) shape.name = fs::path(request.model).filename().string();
  return shape;
}

ModelShape shape_of_config(const fs::path& path, const ShapeRequest& request) {
  const std::string name = path.string();
  const Json config = parse_json(read_file(path, kLargestConfig), name);
  ModelShape shape = local::read_model_config(JsonIn(config, name), request.weights);
  shape.name = fs::absolute(path).parent_path().filename().string();
  shape.source = name;
  const fs::path index = path.parent_path() / "model.safetensors.index.json";
  if (request.weights.empty() && fs::exists(index)) {
    const Json content = parse_json(read_file(index, kLargestIndex), index.string());
    local::compare_with_index(shape, JsonIn(content, index.string()));
  }
  return shape;
}

ModelShape shape_of_folder(const ShapeRequest& request) {
  const fs::path folder(request.model);
  if (fs::exists(folder / "config.json")) return shape_of_config(folder / "config.json", request);
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".gguf") found.push_back(entry.path().string());
  std::sort(found.begin(), found.end());
  // One model, of one file or of the parts that its first one names.
  if (!found.empty() && (found.size() == 1 || local::split_names(found.front()).size() == found.size()))
    return shape_of_file({found.front(), request.weights});
  throw Error(ErrorKind::input,
              fmt::format("{}: there is no config.json{}", request.model,
                          found.empty() ? ", and no .gguf file either" : ", and several .gguf files"),
              found.empty() ? "name a folder of a Hugging Face model, or a .gguf file"
                            : "name one of them: " + found.front());
}

[[noreturn]] void no_such_shape(const std::string& model) {
  const std::vector<std::string> names = catalogue_shapes();
  const auto near = nearest_name(catalogue_name(model), std::span<const std::string>(names));
  throw Error(ErrorKind::input, fmt::format("{}: there is no such file, and no model of that name", model),
              near ? fmt::format("did you mean {}?", *near)
                   : "name a .gguf file, a folder with a config.json, or one of " + joined(names, ", "));
}

void check_weights(const std::string& weights) {
  if (weights.empty() || part_formats(weights)) return;
  std::vector<std::string> names;
  for (const WeightFormat& format : weight_formats()) names.emplace_back(format.name);
  const auto near = nearest_name(lowered(weights), std::span<const std::string>(names));
  throw Error(ErrorKind::usage, fmt::format("there is no weight format \"{}\"", weights),
              near ? fmt::format("did you mean {}?", *near) : "known are " + joined(names, ", "));
}

}  // namespace

ModelShape find_shape(const ShapeRequest& asked) {
  ShapeRequest request = asked;
  request.weights = lowered(request.weights);
  check_weights(request.weights);
  if (request.model.starts_with("local/")) {
    const std::string name = request.model.substr(6);
    const auto embedded = catalogue_folder("models");
    const auto found = std::find_if(embedded.begin(), embedded.end(), [&](const CatalogueFile& file) {
      return file.path == "models/" + name + ".gguf";
    });
    if (found != embedded.end()) {
      const local::Gguf file = local::Gguf::parse(
          std::as_bytes(std::span(found->bytes.data(), found->bytes.size())), request.model);
      ModelShape shape = shape_of_gguf(std::span(&file, 1), request);
      shape.name = request.model;
      return shape;
    }
    request.model = name;
  }
  if (fs::is_directory(request.model)) return shape_of_folder(request);
  if (fs::exists(request.model) || request.model.ends_with(".gguf"))
    return request.model.ends_with(".json") ? shape_of_config(request.model, request)
                                            : shape_of_file(request);
  if (const auto unknown = unknown_shape(request.model))
    throw Error(ErrorKind::input,
                fmt::format("{}: {}; published are {} ({})", unknown->name, unknown->why,
                            published_words(*unknown), unknown->source),
                "name its GGUF file or the folder with its config.json");
  if (const auto row = find_row(request.model)) return shape_of_row(*row, request);
  no_such_shape(asked.model);
}

std::vector<std::string> catalogue_shapes() {
  std::vector<std::string> known, unknown;
  for (const JsonIn& row : JsonIn(shape_catalogue(), "catalog/shapes.json").at("shapes").elements())
    (row.find("config") ? known : unknown).push_back(row.at("id").string());
  known.insert(known.end(), unknown.begin(), unknown.end());
  return known;
}

std::optional<UnknownShape> unknown_shape(const std::string& model) {
  const auto row = find_row(model);
  if (!row || row->find("config")) return std::nullopt;
  UnknownShape unknown;
  unknown.name = row->at("id").string();
  unknown.why = row->at("unknown").string();
  unknown.published_total = billions(*row, "total_b");
  unknown.published_active = billions(*row, "active_b");
  unknown.source = row->at("published").at("source").string();
  return unknown;
}

}  // namespace costwar::cli
