#include "core/model_shape.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/text.h"

namespace costwar {

namespace {

// Which part of a tensor one token needs: numerator / denominator.
struct UsedShare {
  std::int64_t numerator = 1;
  std::int64_t denominator = 1;
  std::int64_t of(std::int64_t amount) const { return amount / denominator * numerator; }
};

const LayerShape* layer_of(const ModelShape& shape, const TensorShape& tensor) {
  if (tensor.layer < 0 || static_cast<std::size_t>(tensor.layer) >= shape.layers.size()) return nullptr;
  return &shape.layers[static_cast<std::size_t>(tensor.layer)];
}

UsedShare used_share(const ModelShape& shape, const TensorShape& tensor) {
  if (tensor.role == TensorRole::embedding) return {1, std::max<std::int64_t>(1, tensor.size[1])};
  if (tensor.role == TensorRole::routed_expert) {
    const LayerShape* layer = layer_of(shape, tensor);
    if (layer != nullptr && layer->experts > 0 && layer->experts_used > 0)
      return {std::min(layer->experts_used, layer->experts), layer->experts};
  }
  return {};
}

bool is_counted(const TensorShape& tensor) {
  return tensor.role != TensorRole::predictor;
}

double cached_positions(const AttentionShape& attention, double context) {
  return attention.window > 0 ? std::min(context, static_cast<double>(attention.window)) : context;
}

double compressed_entries(const AttentionShape& attention, double context) {
  return attention.ratio > 0 ? std::floor(context / static_cast<double>(attention.ratio)) : 0;
}

double best_of(const AttentionShape& attention, double entries) {
  return attention.indexer_top_k > 0 ? std::min(entries, static_cast<double>(attention.indexer_top_k))
                                     : entries;
}

double indexer_flops(const AttentionShape& attention, double entries) {
  return 2.0 * static_cast<double>(attention.indexer_heads) * static_cast<double>(attention.indexer_size) *
         entries;
}

double layer_attention_flops(const AttentionShape& attention, double context, LatentForm form) {
  const auto heads = static_cast<double>(attention.heads);
  const auto key_and_value = static_cast<double>(attention.key_size + attention.value_size);
  switch (attention.kind) {
    case AttentionKind::grouped:
      return 2 * heads * key_and_value * cached_positions(attention, context);
    case AttentionKind::latent: {
      const double absorbed = static_cast<double>(2 * attention.latent_size + attention.rope_size);
      return 2 * heads * (form == LatentForm::absorbed ? absorbed : key_and_value) *
                 best_of(attention, context) +
             indexer_flops(attention, context);
    }
    case AttentionKind::compressed: {
      const double entries = compressed_entries(attention, context);
      return 2 * heads * key_and_value *
                 (cached_positions(attention, context) + best_of(attention, entries)) +
             indexer_flops(attention, entries);
    }
  }
  return 0;
}

// Cached values of one position, kept as it is.
double position_values(const AttentionShape& attention) {
  switch (attention.kind) {
    case AttentionKind::grouped:
      return static_cast<double>(attention.kv_heads * (attention.key_size + attention.value_size));
    case AttentionKind::latent:
      return static_cast<double>(attention.latent_size + attention.rope_size);
    case AttentionKind::compressed:  // one vector is key and value at once
      return static_cast<double>(attention.kv_heads * attention.key_size);
  }
  return 0;
}

double layer_cached_values(const AttentionShape& attention, double context) {
  const double one = position_values(attention);
  const auto indexer = static_cast<double>(attention.indexer_size);
  if (attention.kind == AttentionKind::latent) return (one + indexer) * context;
  const double entries = compressed_entries(attention, context);
  return one * (cached_positions(attention, context) + entries) + indexer * entries;
}

double layer_read_values(const AttentionShape& attention, double context) {
  const double one = position_values(attention);
  const auto indexer = static_cast<double>(attention.indexer_size);
  if (attention.kind == AttentionKind::latent) return one * best_of(attention, context) + indexer * context;
  const double entries = compressed_entries(attention, context);
  return one * (cached_positions(attention, context) + best_of(attention, entries)) + indexer * entries;
}

double layer_growth(const AttentionShape& attention) {
  const double one = position_values(attention);
  const auto indexer = static_cast<double>(attention.indexer_size);
  switch (attention.kind) {
    case AttentionKind::grouped:
      return attention.window > 0 ? 0 : one;
    case AttentionKind::latent:
      return one + indexer;
    case AttentionKind::compressed:
      return attention.ratio > 0 ? (one + indexer) / static_cast<double>(attention.ratio) : 0;
  }
  return 0;
}

template <class Value>
double over_layers(const ModelShape& shape, const Value& value) {
  double sum = 0;
  for (const LayerShape& layer : shape.layers) sum += value(layer.attention);
  return sum;
}

std::string attention_name(const AttentionShape& attention) {
  switch (attention.kind) {
    case AttentionKind::latent: {
      std::string name =
          "MLA " + std::to_string(attention.latent_size) + " + " + std::to_string(attention.rope_size);
      if (attention.indexer_top_k > 0) name += ", best " + with_commas(attention.indexer_top_k);
      return name;
    }
    case AttentionKind::compressed:
      if (attention.ratio == 0) return "window " + with_commas(attention.window);
      if (attention.indexer_top_k > 0)
        return "1/" + std::to_string(attention.ratio) + ", best " + with_commas(attention.indexer_top_k);
      return "1/" + std::to_string(attention.ratio);
    case AttentionKind::grouped:
      break;
  }
  std::string name = attention.kv_heads == attention.heads ? "MHA" : attention.kv_heads == 1 ? "MQA" : "GQA";
  name += " " + std::to_string(attention.heads);
  if (attention.kv_heads != attention.heads) name += ":" + std::to_string(attention.kv_heads);
  if (attention.window > 0) name += ", window " + with_commas(attention.window);
  return name;
}

}  // namespace

ParameterCounts count_parameters(const ModelShape& shape) {
  ParameterCounts counts;
  for (const TensorShape& tensor : shape.tensors) {
    if (!is_counted(tensor)) {
      counts.predictors += tensor.elements;
      continue;
    }
    const std::int64_t used = used_share(shape, tensor).of(tensor.elements);
    counts.total += tensor.elements;
    counts.active += used;
    counts.active_with_embedding += tensor.role == TensorRole::embedding ? tensor.elements : used;
    if (tensor.role == TensorRole::routed_expert) counts.routed += tensor.elements;
  }
  return counts;
}

std::int64_t weight_bytes(const ModelShape& shape) {
  std::int64_t sum = 0;
  for (const TensorShape& tensor : shape.tensors)
    if (is_counted(tensor)) sum += tensor.bytes;
  return sum;
}

double weight_bytes_read(const ModelShape& shape, double tokens) {
  double sum = 0;
  for (const TensorShape& tensor : shape.tensors) {
    if (!is_counted(tensor)) continue;
    const auto bytes = static_cast<double>(tensor.bytes);
    const UsedShare share = used_share(shape, tensor);
    const double part = static_cast<double>(share.numerator) / static_cast<double>(share.denominator);
    if (tensor.role == TensorRole::embedding)
      sum += bytes * std::min(1.0, part * tokens);
    else
      sum += part < 1 ? bytes * (1 - std::pow(1 - part, tokens)) : bytes;
  }
  return sum;
}

double matrix_flops_per_token(const ModelShape& shape, bool with_output) {
  double sum = 0;
  for (const TensorShape& tensor : shape.tensors) {
    if (!is_counted(tensor) || !tensor.matrix) continue;
    if (tensor.role == TensorRole::output && !with_output) continue;
    sum += 2 * static_cast<double>(used_share(shape, tensor).of(tensor.elements));
  }
  return sum;
}

double routed_flops_per_token(const ModelShape& shape) {
  double sum = 0;
  for (const TensorShape& tensor : shape.tensors)
    if (tensor.role == TensorRole::routed_expert)
      sum += 2 * static_cast<double>(used_share(shape, tensor).of(tensor.elements));
  return sum;
}

double attention_flops_per_token(const ModelShape& shape, double context, LatentForm form) {
  return over_layers(shape, [&](const AttentionShape& attention) {
    return layer_attention_flops(attention, context, form);
  });
}

double attention_flops(const ModelShape& shape, double first, double tokens, LatentForm form) {
  // Linear in the position, but for the rounding of entries, between the positions where a window or the
  // choice of an indexer is full.
  const double last = first + tokens;
  std::vector<double> ends{first, last};
  for (const LayerShape& layer : shape.layers) {
    const AttentionShape& a = layer.attention;
    for (const double end : {static_cast<double>(a.window),
                             static_cast<double>(a.indexer_top_k * std::max<std::int64_t>(1, a.ratio))})
      if (end > first && end < last) ends.push_back(end);
  }
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  double sum = 0;
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    // The positions ends[i] + 1 ... ends[i + 1]: of a straight line, their number times its middle.
    const double low = attention_flops_per_token(shape, ends[i] + 1, form);
    const double high = attention_flops_per_token(shape, ends[i + 1], form);
    sum += (ends[i + 1] - ends[i]) * (low + high) / 2;
  }
  return sum;
}

double decode_flops_per_token(const ModelShape& shape, double context) {
  return matrix_flops_per_token(shape) + attention_flops_per_token(shape, context);
}

double prefill_flops(const ModelShape& shape, double prompt_tokens, LatentForm form) {
  const double without = matrix_flops_per_token(shape, false);
  return prompt_tokens * without + attention_flops(shape, 0, prompt_tokens, form) +
         (matrix_flops_per_token(shape) - without);
}

double kv_cache_bytes(const ModelShape& shape, double context, double value_bytes) {
  return value_bytes * over_layers(shape, [&](const AttentionShape& attention) {
           return layer_cached_values(attention, context);
         });
}

double kv_cache_bytes_per_token(const ModelShape& shape, double value_bytes) {
  return value_bytes * over_layers(shape, layer_growth);
}

double kv_bytes_read_per_token(const ModelShape& shape, double context, double value_bytes) {
  return value_bytes * over_layers(shape, [&](const AttentionShape& attention) {
           return layer_read_values(attention, context);
         });
}

MemoryNeeded memory_needed(const ModelShape& shape, double context, double sequences, double value_bytes) {
  constexpr double kChunk = 512;     // tokens of a prompt that servers compute at once (llama.cpp's default)
  constexpr double kValueBytes = 4;  // activations are single precision in the engines seen
  double widest = 0;
  for (const LayerShape& layer : shape.layers) {
    const AttentionShape& a = layer.attention;
    const double attention = static_cast<double>(a.heads * (a.key_size + a.value_size));
    const double dense = static_cast<double>(2 * layer.feed_forward);
    const double experts =
        static_cast<double>(2 * layer.expert_feed_forward * (layer.experts_used + layer.experts_shared));
    widest = std::max({widest, attention, dense, experts});
  }
  MemoryNeeded needed;
  needed.weights = static_cast<double>(weight_bytes(shape));
  needed.kv_cache = sequences * kv_cache_bytes(shape, context, value_bytes);
  const double tokens = std::max(std::min(context, kChunk), sequences);
  needed.activations = kValueBytes * (tokens * (4 * static_cast<double>(shape.width) + widest) +
                                      sequences * static_cast<double>(shape.vocabulary));
  return needed;
}

ModelFacts facts_of(const ModelShape& shape) {
  ModelFacts facts;
  facts.architecture = shape.architecture;
  facts.layers = static_cast<int>(shape.layers.size());
  facts.context_length = shape.context_length;
  for (const LayerShape& layer : shape.layers) {
    facts.experts = std::max(facts.experts, static_cast<int>(layer.experts));
    facts.experts_used = std::max(facts.experts_used, static_cast<int>(layer.experts_used));
    facts.experts_shared = std::max(facts.experts_shared, static_cast<int>(layer.experts_shared));
  }
  for (const TensorShape& tensor : shape.tensors) {
    if (!is_counted(tensor)) continue;
    const UsedShare share = used_share(shape, tensor);
    facts.total_parameters += tensor.elements;
    facts.active_parameters += share.of(tensor.elements);
    facts.weight_bytes += tensor.bytes;
    facts.weight_bytes_per_token += share.of(tensor.bytes);
    if (tensor.matrix) facts.flops_per_token += 2 * share.of(tensor.elements);
  }
  return facts;
}

std::string attention_summary(const ModelShape& shape) {
  std::vector<std::pair<std::string, std::size_t>> kinds;
  for (const LayerShape& layer : shape.layers) {
    std::string name = attention_name(layer.attention);
    const auto known =
        std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == name; });
    if (known == kinds.end())
      kinds.emplace_back(std::move(name), 1);
    else
      ++known->second;
  }
  std::string text;
  for (const auto& [name, layers] : kinds) {
    if (!text.empty()) text += "; ";
    text += kinds.size() == 1 ? name : std::to_string(layers) + " x " + name;
  }
  return text;
}

}  // namespace costwar
