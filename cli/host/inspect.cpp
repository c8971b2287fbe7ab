// costwar host inspect: what models are made of, from files and from the catalogue, side by side.

#include <fmt/format.h>

#include <algorithm>

#include "cli/exit_code.h"
#include "cli/host/commands.h"
#include "cli/host/shape_source.h"
#include "cli/output.h"
#include "core/error.h"
#include "core/model_tensors.h"
#include "core/suggest.h"
#include "core/text.h"
#include "reports/views/shape_view.h"

namespace costwar::cli {
namespace {

class HostInspect final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option(
        "MODEL", models_,
        "A .gguf file (a part of a split one stands for all), a folder or config.json of a Hugging Face "
        "model, local/NAME, or a name such as deepseek-v3");
    app.add_option("--context", contexts_,
                   "Texts of so many tokens (default: 4096 and the longest of the model)")
        ->delimiter(',')
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 32));
    app.add_option("--batch", batch_, "Texts that are computed together (default: 1)")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20));
    app.add_option("--kv-type", cache_type_,
                   "What the cache holds: f16, bf16, fp8, q8_0, q4_0, f32 (default: f16)");
    app.add_option("--weights", weights_,
                   "Count bytes in this format in place of the source's: bf16, fp8, q4_0, ...");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    // Not ->required(): the verb itself has these flags too, and its subcommands are no models.
    if (models_.empty()) {
      std::string names;
      for (const std::string& name : catalogue_shapes()) names += (names.empty() ? "" : ", ") + name;
      throw Error(ErrorKind::usage, "name a model to inspect",
                  "a .gguf file, a folder with a config.json, or one of " + names);
    }
    check_output_flags(output_);
    reports::ShapeOptions options;
    options.contexts = contexts_;
    std::sort(options.contexts.begin(), options.contexts.end());
    options.contexts.erase(std::unique(options.contexts.begin(), options.contexts.end()),
                           options.contexts.end());
    options.batch = batch_;
    options.cache_type = lowered(cache_type_);
    options.cache_bytes = bytes_of_value(options.cache_type);
    std::vector<reports::InspectedShape> inspected;
    for (const std::string& model : models_) inspected.push_back(inspect(model));
    if (std::none_of(inspected.begin(), inspected.end(),
                     [](const auto& one) { return one.shape.has_value(); }))
      static_cast<void>(find_shape({models_.front(), weights_}));  // throws: it says what is published
    emit(reports::shape_document(inspected, options), output_, environment);
    return kOk;
  }

 private:
  static double bytes_of_value(const std::string& type) {
    const WeightFormat* const format = find_weight_format(type);
    if (format == nullptr) {
      std::vector<std::string> names;
      for (const WeightFormat& known : weight_formats()) names.emplace_back(known.name);
      const auto near = nearest_name(type, std::span<const std::string>(names));
      throw Error(ErrorKind::usage, fmt::format("--kv-type {}: there is no such format", type),
                  near ? fmt::format("did you mean {}?", *near) : "f16, bf16, fp8, q8_0 and q4_0 are usual");
    }
    return static_cast<double>(format->block_bytes) / static_cast<double>(format->block_elements);
  }

  // Names are kept as typed, but a file's own name would be long: its last part.
  reports::InspectedShape inspect(const std::string& model) const {
    reports::InspectedShape one;
    if (const auto unknown = models_.size() > 1 ? unknown_shape(model) : std::nullopt) {
      one.name = unknown->name;
      one.why = unknown->why;
      if (unknown->published_total)
        one.published = PublishedCounts{*unknown->published_total, unknown->published_active.value_or(0),
                                        unknown->source};
      return one;
    }
    one.shape = find_shape({model, weights_});
    one.name = one.shape->name.empty() ? model : one.shape->name;
    return one;
  }

  std::vector<std::string> models_;
  std::vector<std::int64_t> contexts_;
  std::int64_t batch_ = 1;
  std::string cache_type_ = "f16";
  std::string weights_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_host_inspect() {
  return std::make_unique<HostInspect>();
}

}  // namespace costwar::cli
