// What a transformer is made of, and what follows from it: parameters, bytes, operations, cache. One
// description for a weight file, a Hugging Face configuration and the catalogue; the formulas stand here
// once, for the built-in engine, `costwar host` and the price of own hardware alike. Values only: readers are
// elsewhere (GGUF and config.json: providers/local/; the catalogue: cli/).
//
// Conventions. A multiply and an add are two operations. Sizes are counts of values unless a name says bytes.
// "Context" is how many positions a token attends to, its own among them. Products over the whole cache are
// kept in double: a context or a batch is an assumption, and an estimate needs no last digit.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model_card.h"

namespace costwar {

enum class AttentionKind : std::uint8_t {
  grouped,     // heads share kv_heads keys and values: MHA (kv_heads = heads), GQA, MQA (kv_heads = 1)
  latent,      // MLA: one latent vector and one rotated key of all heads (DeepSeek-V2, arXiv:2405.04434)
  compressed,  // DeepSeek V4: a window of positions as they are, and earlier ones `ratio` to one entry
};

struct AttentionShape {
  AttentionKind kind = AttentionKind::grouped;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t key_size = 0;     // of a head, with its rotated part
  std::int64_t value_size = 0;   // of a head
  std::int64_t rope_size = 0;    // latent: rotated part of a key, cached beside the latent vector
  std::int64_t query_rank = 0;   // 0: queries are not compressed
  std::int64_t latent_size = 0;  // latent
  std::int64_t window = 0;       // positions that are kept; 0: all
  std::int64_t ratio = 0;        // compressed: positions to one entry (4 or 128); 0: the window alone
  // latent (DeepSeek-V3.2) or compressed with an indexer: only its `indexer_top_k` best entries are attended
  // to
  std::int64_t indexer_heads = 0;
  std::int64_t indexer_size = 0;
  std::int64_t indexer_top_k = 0;
  friend bool operator==(const AttentionShape&, const AttentionShape&) = default;
};

struct LayerShape {
  AttentionShape attention;
  std::int64_t feed_forward = 0;         // hidden size of a dense layer; 0 where there are experts
  std::int64_t experts = 0;              // routed; 0: dense
  std::int64_t experts_used = 0;         // of a token
  std::int64_t experts_shared = 0;       // used by every token
  std::int64_t expert_feed_forward = 0;  // hidden size of one expert
  friend bool operator==(const LayerShape&, const LayerShape&) = default;
};

enum class TensorRole : std::uint8_t {
  embedding,  // looked up: one row a token
  output,     // a table that is also the embedding has this role
  norm,       // vectors, biases, the small matrices that mix streams (V4's hyper-connections)
  attention,
  router,
  dense,  // feed-forward of a layer without experts
  shared_expert,
  routed_expert,  // all experts of a layer in one tensor
  predictor,      // multi-token prediction: in the file, in neither count
};

struct TensorShape {
  std::string name;                              // as GGUF names it
  std::array<std::int64_t, 4> size{1, 1, 1, 1};  // size[0] is contiguous
  TensorRole role = TensorRole::norm;
  std::int64_t layer = -1;  // -1: of none
  std::int64_t elements = 0;
  std::int64_t bytes = 0;
  bool matrix = false;  // multiplied with, so it costs operations
  friend bool operator==(const TensorShape&, const TensorShape&) = default;
};

// What the publisher says, in numbers rounded as they were published.
struct PublishedCounts {
  double total = 0;
  double active = 0;
  std::string source;
};

struct ModelShape {
  std::string name;
  std::string architecture;  // as GGUF names it: "deepseek2"
  std::string weights;       // format of most of the bytes: "bf16", "Q4_0"
  std::int64_t width = 0;    // embedding length
  std::int64_t vocabulary = 0;
  std::int64_t context_length = 0;  // longest text; 0: not said
  bool tied = false;                // the embedding table is the output matrix
  std::vector<LayerShape> layers;   // those that every token passes
  std::int64_t predictors = 0;      // layers of multi-token prediction after them
  std::vector<TensorShape> tensors;
  std::vector<std::string> gaps;  // sentences: what the source does not say and what was assumed instead
  std::string source;             // where the figures come from
  std::optional<PublishedCounts> published;
};

// --- parameters ---------------------------------------------------------------------------------------

struct ParameterCounts {
  std::int64_t total = 0;  // every tensor but those of multi-token prediction
  std::int64_t active =
      0;  // of one token: routed experts by used / available, no embedding table unless tied
  std::int64_t active_with_embedding = 0;  // the other convention: the whole table counts
  std::int64_t routed = 0;
  std::int64_t predictors = 0;
};
ParameterCounts count_parameters(const ModelShape& shape);

// --- weights ------------------------------------------------------------------------------------------

std::int64_t weight_bytes(const ModelShape& shape);  // without multi-token prediction

// Bytes of weights that one pass over `tokens` tokens reads: everything but routed experts once, and of the
// routed experts as many as `tokens` draws of `used` of `experts` are expected to hit, each expert being
// equally likely: experts x (1 - (1 - used / experts)^tokens). One row of the embedding a token. tokens >= 1.
double weight_bytes_read(const ModelShape& shape, double tokens);

// --- operations ---------------------------------------------------------------------------------------

// Of the matrices, for one token: twice the active weights that are multiplied with. Without attention over
// the cache. `with_output`: prefill computes the output matrix for the last token alone.
double matrix_flops_per_token(const ModelShape& shape, bool with_output = true);
// Those of the routed experts in it, of which each sees used / experts of a prompt's tokens.
double routed_flops_per_token(const ModelShape& shape);

// Latent attention is computed in one of two ways (vLLM and SGLang use the second for prompts): `absorbed`
// multiplies queries and sums with the latent vectors, `expanded` first makes keys and values of every head
// from them. The projections cost the same; the products with cached positions do not.
enum class LatentForm : std::uint8_t { absorbed, expanded };

// Of attention over the cache, for one token at a context, all layers together.
double attention_flops_per_token(const ModelShape& shape, double context,
                                 LatentForm form = LatentForm::absorbed);
// The same summed over positions first+1 ... first+tokens, as the tokens of a prompt see them.
double attention_flops(const ModelShape& shape, double first, double tokens,
                       LatentForm form = LatentForm::absorbed);
// Matrices and attention. A prompt of n tokens costs n x matrix_flops(without output) + the attention of
// positions 1 to n + one row of the output.
double decode_flops_per_token(const ModelShape& shape, double context);
double prefill_flops(const ModelShape& shape, double prompt_tokens, LatentForm form = LatentForm::expanded);

// --- key-value cache ----------------------------------------------------------------------------------

// Of one sequence at a context, in bytes, where a cached value takes `value_bytes`.
double kv_cache_bytes(const ModelShape& shape, double context, double value_bytes);
// What one more token adds when the windows are full.
double kv_cache_bytes_per_token(const ModelShape& shape, double value_bytes);
// What one token of decode reads of the cache at a context.
double kv_bytes_read_per_token(const ModelShape& shape, double context, double value_bytes);

// --- memory -------------------------------------------------------------------------------------------

struct MemoryNeeded {
  double weights = 0;
  double kv_cache = 0;     // of all sequences
  double activations = 0;  // an estimate: a chunk of tokens, its widest layer and logits
  double total() const { return weights + kv_cache + activations; }
};
MemoryNeeded memory_needed(const ModelShape& shape, double context, double sequences, double value_bytes);

// --- summary ------------------------------------------------------------------------------------------

// What runs keep of a local model.
ModelFacts facts_of(const ModelShape& shape);

// "MHA", "GQA 32:8", "MLA 512 + 64", "window 4,096", "hybrid 4/128", joined where layers differ.
std::string attention_summary(const ModelShape& shape);

}  // namespace costwar
