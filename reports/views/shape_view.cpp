#include "reports/views/shape_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "reports/render/cell_text.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

constexpr std::int64_t kUsualContext = 4096;

std::string in_billions(double count) {
  return count < 1e9 ? fmt::format("{:.2f} M", count / 1e6) : fmt::format("{:.2f} B", count / 1e9);
}

std::string in_bytes(double bytes) {
  if (bytes < 1e6) return fmt::format("{:.1f} kB", bytes / 1e3);
  if (bytes < 1e9) return fmt::format("{:.1f} MB", bytes / 1e6);
  return fmt::format("{:.1f} GB", bytes / 1e9);
}

Cell whole_cell(double value) {
  if (!(std::abs(value) < 9e18)) return NumberCell{value, 0};
  return IntegerCell{static_cast<std::int64_t>(std::llround(value))};
}

std::vector<std::int64_t> contexts_of(const ModelShape& shape, const ShapeOptions& options) {
  if (!options.contexts.empty()) return options.contexts;
  if (shape.context_length == 0) return {kUsualContext};
  if (shape.context_length <= kUsualContext) return {shape.context_length};
  return {kUsualContext, shape.context_length};
}

std::string experts_text(const ModelShape& shape) {
  for (const LayerShape& layer : shape.layers)
    if (layer.experts > 0)
      return layer.experts_shared > 0
                 ? fmt::format("{} of {} + {}", layer.experts_used, layer.experts, layer.experts_shared)
                 : fmt::format("{} of {}", layer.experts_used, layer.experts);
  return "";
}

Table parameters_table(std::span<const InspectedShape> models) {
  TableBuilder table("models", "Parameters");
  table.text("model", "Model").text("architecture", "Architecture").number("layers", "Layers");
  table.data("total_parameters").shown("Total").data("active_parameters").shown("Active");
  table.data("active_with_embedding").shown("With embedding").data("predictor_parameters");
  table.data("published_total").data("published_active").shown("Published", Align::left);
  table.text("experts", "Experts a token").number("context_length", "Longest text");
  table.text("attention", "Attention").data("source").data("unknown_because");
  for (const InspectedShape& model : models) {
    const auto published = model.shape ? model.shape->published : model.published;
    const Cell total = published ? whole_cell(published->total) : Cell{Unknown{}};
    const bool says_active = published && published->active > 0;
    const Cell active = says_active ? whole_cell(published->active) : Cell{Unknown{}};
    Cell both = Unknown{};
    if (published)
      both = text_cell(says_active
                           ? fmt::format("{:g} B / {:g} B", published->total / 1e9, published->active / 1e9)
                           : fmt::format("{:g} B", published->total / 1e9));
    if (!model.shape) {
      table.row({TextCell{model.name}, Unknown{}, Unknown{}, Unknown{}, Unknown{}, Unknown{}, Unknown{},
                 Unknown{}, Unknown{}, Unknown{}, total, active, both, Unknown{}, Unknown{}, Unknown{},
                 Unknown{}, text_cell(model.why)});
      continue;
    }
    const ModelShape& shape = *model.shape;
    const ParameterCounts counts = count_parameters(shape);
    const auto count = [](std::int64_t n) { return text_cell(in_billions(static_cast<double>(n))); };
    table.row({TextCell{model.name}, text_cell(shape.architecture),
               IntegerCell{static_cast<std::int64_t>(shape.layers.size())}, IntegerCell{counts.total},
               count(counts.total), IntegerCell{counts.active}, count(counts.active),
               IntegerCell{counts.active_with_embedding}, count(counts.active_with_embedding),
               IntegerCell{counts.predictors}, total, active, both, text_cell(experts_text(shape)),
               integer_cell(shape.context_length > 0 ? std::optional(shape.context_length) : std::nullopt),
               text_cell(attention_summary(shape)), text_cell(shape.source), Unknown{}});
  }
  return table.build();
}

Table token_table(std::span<const InspectedShape> models, const ShapeOptions& options) {
  TableBuilder table("token", "Of one token");
  table.text("model", "Model").text("weights", "Weights").data("weight_bytes").shown("All weights");
  table.data("weight_bytes_per_token").shown("Weights read");
  if (options.batch > 1)
    table.data("weight_bytes_per_batch").shown(fmt::format("Read for {} together", grouped(options.batch)));
  else
    table.data("weight_bytes_per_batch");
  table.data("matrix_flops").shown("Matrices, GFLOP").data("matrix_flops_without_output");
  table.data("kv_bytes_per_token").shown(fmt::format("Cache ({})", options.cache_type));
  for (const InspectedShape& model : models) {
    if (!model.shape) continue;
    const ModelShape& shape = *model.shape;
    const double all = static_cast<double>(weight_bytes(shape)), one = weight_bytes_read(shape, 1);
    const double batch = weight_bytes_read(shape, static_cast<double>(options.batch));
    const double flops = matrix_flops_per_token(shape),
                 cache = kv_cache_bytes_per_token(shape, options.cache_bytes);
    std::vector<Cell> row{TextCell{model.name},     text_cell(shape.weights), whole_cell(all),
                          text_cell(in_bytes(all)), whole_cell(one),          text_cell(in_bytes(one)),
                          whole_cell(batch)};
    if (options.batch > 1) row.push_back(text_cell(in_bytes(batch)));
    row.insert(row.end(), {whole_cell(flops), NumberCell{flops / 1e9, flops < 1e9 ? 4 : 2},
                           whole_cell(matrix_flops_per_token(shape, false)), NumberCell{cache, 3},
                           text_cell(fmt::format("{:.0f} B", cache))});
    table.row(std::move(row));
  }
  return table.build();
}

Table contexts_table(std::span<const InspectedShape> models, const ShapeOptions& options) {
  TableBuilder table("contexts", "At a context");
  table.text("model", "Model").number("context", "Context");
  table.data("decode_flops_per_token").shown("Decode, GFLOP a token");
  table.data("prefill_flops").data("prefill_flops_per_token").shown("Prefill, GFLOP a token");
  table.data("kv_bytes")
      .shown("Cache of one text")
      .data("kv_bytes_read_per_token")
      .shown("Cache read a token");
  table.data("batch").data("memory_weights").data("memory_cache").data("memory_activations");
  table.data("memory_bytes")
      .shown(fmt::format("Memory, {} text{}", grouped(options.batch), options.batch == 1 ? "" : "s"));
  for (const InspectedShape& model : models) {
    if (!model.shape) continue;
    for (const std::int64_t context : contexts_of(*model.shape, options)) {
      const auto length = static_cast<double>(context);
      const double decode = decode_flops_per_token(*model.shape, length);
      const double prefill = prefill_flops(*model.shape, length);
      const double cache = kv_cache_bytes(*model.shape, length, options.cache_bytes);
      const double read = kv_bytes_read_per_token(*model.shape, length, options.cache_bytes);
      const MemoryNeeded memory =
          memory_needed(*model.shape, length, static_cast<double>(options.batch), options.cache_bytes);
      const auto giga = [](double flops) { return NumberCell{flops / 1e9, flops < 1e9 ? 4 : 2}; };
      table.row({TextCell{model.name}, IntegerCell{context}, whole_cell(decode), giga(decode),
                 NumberCell{prefill, 0}, whole_cell(prefill / length), giga(prefill / length),
                 whole_cell(cache), text_cell(in_bytes(cache)), whole_cell(read), text_cell(in_bytes(read)),
                 IntegerCell{options.batch}, whole_cell(memory.weights), whole_cell(memory.kv_cache),
                 whole_cell(memory.activations), whole_cell(memory.total()),
                 text_cell(in_bytes(memory.total()))});
    }
  }
  return table.build();
}

// "0 to 2", "3, 5, ... 41", "0, 1, 3, 5".
std::string layer_numbers(const std::vector<std::size_t>& numbers) {
  const std::size_t count = numbers.size(), step = count > 1 ? numbers[1] - numbers[0] : 1;
  bool even = true;
  for (std::size_t i = 1; i < count; ++i) even = even && numbers[i] - numbers[i - 1] == step;
  if (count == 1) return fmt::format("{}", numbers[0]);
  if (even && step == 1) return fmt::format("{} to {}", numbers.front(), numbers.back());
  if (even && count > 3) return fmt::format("{}, {}, ... {}", numbers[0], numbers[1], numbers.back());
  if (count <= 4) return fmt::format("{}", fmt::join(numbers, ", "));
  return fmt::format("{}, {}, {}, ... {}", numbers[0], numbers[1], numbers[2], numbers.back());
}

Table layers_table(std::span<const InspectedShape> models, const ShapeOptions& options) {
  TableBuilder table("layers", "Layers, those alike together");
  table.text("model", "Model").text("layers", "Layers").number("count", "Count");
  table.text("attention", "Attention").number("heads", "Heads").number("feed_forward", "Feed-forward");
  table.number("experts", "Experts").number("experts_used", "Used").number("experts_shared", "Shared");
  table.number("expert_feed_forward", "Of an expert").number("kv_bytes_per_token", "Cache a token, B");
  table.detail();
  for (const InspectedShape& model : models) {
    if (!model.shape) continue;
    std::vector<std::pair<LayerShape, std::vector<std::size_t>>> kinds;
    for (std::size_t i = 0; i < model.shape->layers.size(); ++i) {
      const LayerShape& layer = model.shape->layers[i];
      auto known =
          std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.first == layer; });
      if (known == kinds.end()) known = kinds.insert(kinds.end(), {layer, {}});
      known->second.push_back(i);
    }
    for (const auto& [layer, numbers] : kinds) {
      ModelShape one;
      one.layers = {layer};
      const auto when = [](bool there, std::int64_t value) {
        return integer_cell(there ? std::optional(value) : std::nullopt);
      };
      const bool sparse = layer.experts > 0;
      table.row({TextCell{model.name}, TextCell{layer_numbers(numbers)},
                 IntegerCell{static_cast<std::int64_t>(numbers.size())}, text_cell(attention_summary(one)),
                 IntegerCell{layer.attention.heads}, when(!sparse, layer.feed_forward),
                 when(sparse, layer.experts), when(sparse, layer.experts_used),
                 when(sparse, layer.experts_shared), when(sparse, layer.expert_feed_forward),
                 NumberCell{kv_cache_bytes_per_token(one, options.cache_bytes), 1}});
    }
  }
  return table.build();
}

std::string shape_headline(std::span<const InspectedShape> models) {
  std::string text;
  for (const InspectedShape& model : models) {
    if (!text.empty()) text += " ";
    if (!model.shape) {
      text += fmt::format("The dimensions of {} are not known to costwar.", model.name);
      continue;
    }
    const ModelShape& shape = *model.shape;
    const ParameterCounts counts = count_parameters(shape);
    const double bytes = static_cast<double>(weight_bytes(shape));
    if (counts.routed > 0)
      text += fmt::format("{} has {} parameters and uses {} of them for a token", model.name,
                          in_billions(static_cast<double>(counts.total)),
                          in_billions(static_cast<double>(counts.active)));
    else
      text += fmt::format("{} has {} parameters and uses all but its embedding table for every token",
                          model.name, in_billions(static_cast<double>(counts.total)));
    text += fmt::format("; in {} it weighs {}, of which a token reads {}.", shape.weights, in_bytes(bytes),
                        in_bytes(weight_bytes_read(shape, 1)));
  }
  return text;
}

void add_shape_notes(Document& document, std::span<const InspectedShape> models,
                     const ShapeOptions& options) {
  const auto say = [&](NoteKind kind, std::string text) {
    document.notes.push_back({kind, std::move(text)});
  };
  for (const InspectedShape& model : models) {
    if (!model.shape) {
      say(NoteKind::warning, fmt::format("{}: {}; what is published of it comes from {}.", model.name,
                                         model.why, model.published ? model.published->source : "nowhere"));
      continue;
    }
    for (const std::string& gap : model.shape->gaps) say(NoteKind::warning, model.name + ": " + gap + ".");
    for (const std::int64_t context : contexts_of(*model.shape, options))
      if (model.shape->context_length > 0 && context > model.shape->context_length)
        say(NoteKind::warning,
            fmt::format("{}: a context of {} is beyond its longest text of {}.", model.name, grouped(context),
                        grouped(model.shape->context_length)));
    if (model.shape->predictors > 0)
      say(NoteKind::note,
          fmt::format("{}: {} of multi-token prediction, {} parameters, in none of the figures.", model.name,
                      model.shape->predictors == 1 ? "a layer" : "layers",
                      in_billions(static_cast<double>(count_parameters(*model.shape).predictors))));
    say(NoteKind::note, fmt::format("{}: dimensions from {}.", model.name, model.shape->source));
  }
  say(NoteKind::note,
      "Active counts a row of the embedding table, with embedding the whole of it; both are in use. A "
      "multiplication and an addition are two operations. Bytes are derived from dimensions and formats, and "
      "a "
      "batch is taken to choose its experts independently and evenly.");
  say(NoteKind::note,
      "Prefill expands latent attention into heads, decode multiplies with the latent vectors, as servers "
      "do. Memory "
      "is weights, caches, and an estimate for the values of a chunk of 512 tokens.");
}

}  // namespace

Document shape_document(std::span<const InspectedShape> models, const ShapeOptions& options) {
  Document document;
  document.kind = "host_inspect";
  document.headline = shape_headline(models);
  document.facts = {{"kv_type", TextCell{options.cache_type}}, {"batch", IntegerCell{options.batch}}};
  document.tables = {parameters_table(models), token_table(models, options), contexts_table(models, options),
                     layers_table(models, options)};
  add_shape_notes(document, models, options);
  const auto known =
      std::find_if(models.begin(), models.end(), [](const auto& model) { return model.shape; });
  if (known != models.end())
    document.notes.push_back(
        {NoteKind::next_step,
         fmt::format("What it would cost to run: costwar host estimate {}", known->name)});
  return document;
}

}  // namespace costwar::reports
