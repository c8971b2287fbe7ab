#include "cli/llama_child/model.h"

#include <fmt/format.h>
#include <ggml-backend.h>
#include <ggml.h>
#include <llama.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <string_view>

#include "core/error.h"

namespace costwar::cli {
namespace {

constexpr std::string_view kExperts = "ffn_moe_topk-";
constexpr std::size_t kMostLayers = 4096;
constexpr std::size_t kMostExperts = 65'536;

struct FreeModel {
  void operator()(llama_model* model) const { llama_model_free(model); }
};
struct FreeContext {
  void operator()(llama_context* context) const { llama_free(context); }
};
struct FreeSampler {
  void operator()(llama_sampler* sampler) const { llama_sampler_free(sampler); }
};

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

[[noreturn]] void library_failed(const char* what) {
  throw Error(ErrorKind::internal, fmt::format("llama.cpp's library failed: {}", what));
}

// The layer of a tensor of chosen experts; nullopt: another tensor.
std::optional<std::size_t> layer_of(const ggml_tensor& tensor) {
  const std::string_view name(tensor.name);
  if (!name.starts_with(kExperts) || tensor.type != GGML_TYPE_I32) return std::nullopt;
  std::size_t layer = 0;
  for (const char c : name.substr(kExperts.size())) {
    if (c < '0' || c > '9' || layer > kMostLayers) return std::nullopt;
    layer = layer * 10 + static_cast<std::size_t>(c - '0');
  }
  return layer;
}

using ExpertUse = std::vector<std::vector<std::uint64_t>>;

// The library asks for every tensor whether it is wanted, and comes again with those that are. A row, which
// may lie apart from the next, has the experts of one token.
bool count_experts(ggml_tensor* tensor, bool ask, void* user) {
  const auto layer = layer_of(*tensor);
  if (ask || !layer) return layer.has_value();
  auto& use = *static_cast<ExpertUse*>(user);
  if (use.size() <= *layer) use.resize(*layer + 1);
  std::vector<std::int32_t> row(static_cast<std::size_t>(tensor->ne[0]));
  for (std::int64_t token = 0; token < tensor->ne[1]; ++token) {
    ggml_backend_tensor_get(tensor, row.data(), static_cast<std::size_t>(token) * tensor->nb[1],
                            row.size() * sizeof(std::int32_t));
    for (const std::int32_t expert : row) {
      if (expert < 0 || static_cast<std::size_t>(expert) >= kMostExperts) continue;
      auto& counts = use[*layer];
      if (counts.size() <= static_cast<std::size_t>(expert))
        counts.resize(static_cast<std::size_t>(expert) + 1);
      ++counts[static_cast<std::size_t>(expert)];
    }
  }
  return true;
}

std::unique_ptr<llama_sampler, FreeSampler> sampler_for(const LlamaRequest& request) {
  std::unique_ptr<llama_sampler, FreeSampler> chain(
      llama_sampler_chain_init(llama_sampler_chain_default_params()));
  if (!(request.temperature > 0)) {
    llama_sampler_chain_add(chain.get(), llama_sampler_init_greedy());
    return chain;
  }
  if (request.top_p < 1)
    llama_sampler_chain_add(chain.get(), llama_sampler_init_top_p(static_cast<float>(request.top_p), 1));
  llama_sampler_chain_add(chain.get(), llama_sampler_init_temp(static_cast<float>(request.temperature)));
  llama_sampler_chain_add(chain.get(), llama_sampler_init_dist(request.seed));
  return chain;
}

// The form of costwar's embedded models, which the library's list of templates does not have: control words
// and nothing between them.
bool has_plain_turns(std::string_view tmpl) {
  const auto holds = [&](std::string_view word) { return tmpl.find(word) != std::string_view::npos; };
  return holds("<|user|>") && holds("<|assistant|>") && holds("<|end|>") && !holds("\\n");
}

std::string plain_turns(const LlamaRequest& request) {
  std::string text;
  std::string system;
  for (const auto& [role, content] : request.messages) {
    if (role == "system") system += content + " ";
    if (role == "user") text += "<|user|>" + std::exchange(system, {}) + content;
    if (role == "assistant") text += "<|assistant|>" + content + "<|end|>";
  }
  return text + "<|assistant|>";
}

// Base-2 logarithm of the softmax of `logits` at `token`.
double log2_share(const float* logits, std::int32_t vocabulary, std::int32_t token) {
  const float most = *std::max_element(logits, logits + vocabulary);
  double sum = 0;
  for (std::int32_t i = 0; i < vocabulary; ++i) sum += std::exp(static_cast<double>(logits[i] - most));
  return (static_cast<double>(logits[token] - most) - std::log(sum)) / std::log(2.0);
}

}  // namespace

struct LlamaModel::State {
  std::unique_ptr<llama_model, FreeModel> model;
  ExpertUse expert_use;
  std::unique_ptr<llama_context, FreeContext> context;  // before the counts that its callback writes to
  bool counts_experts = false;

  const llama_vocab* vocabulary() const { return llama_model_get_vocab(model.get()); }

  std::vector<llama_token> tokens(const std::string& text, bool special) const {
    std::vector<llama_token> out(text.size() + 8);
    const auto length = static_cast<std::int32_t>(text.size());
    const std::int32_t count = llama_tokenize(vocabulary(), text.data(), length, out.data(),
                                              static_cast<std::int32_t>(out.size()), true, special);
    if (count < 0) library_failed("a text has more tokens than bytes");
    out.resize(static_cast<std::size_t>(count));
    return out;
  }

  std::string bytes(llama_token token) const {
    std::string piece(256, '\0');
    std::int32_t size = llama_token_to_piece(vocabulary(), token, piece.data(), 256, 0, false);
    if (size < 0) {
      piece.resize(static_cast<std::size_t>(-size));
      size = llama_token_to_piece(vocabulary(), token, piece.data(), -size, 0, false);
    }
    piece.resize(static_cast<std::size_t>(std::max(size, 0)));
    return piece;
  }

  void forget() const { llama_memory_clear(llama_get_memory(context.get()), true); }

  void decode(std::vector<llama_token>& some) const {
    if (llama_decode(context.get(),
                     llama_batch_get_one(some.data(), static_cast<std::int32_t>(some.size()))) != 0)
      library_failed("llama_decode");
  }

  // In parts of the context's batch; the logits of the last token are there afterwards.
  void prefill(const std::vector<llama_token>& prompt) const {
    const std::size_t batch = llama_n_batch(context.get());
    for (std::size_t at = 0; at < prompt.size(); at += batch) {
      const auto begin = prompt.begin() + static_cast<std::ptrdiff_t>(at);
      std::vector<llama_token> part(begin,
                                    begin + static_cast<std::ptrdiff_t>(std::min(batch, prompt.size() - at)));
      decode(part);
    }
  }
};

LlamaModel::LlamaModel(const LlamaSettings& settings) : state_(std::make_unique<State>()) {
  llama_backend_init();
  llama_model_params model = llama_model_default_params();
  model.use_extra_bufts = settings.repack;
  state_->model.reset(llama_model_load_from_file(settings.file.c_str(), model));
  if (!state_->model)
    throw Error(ErrorKind::input, fmt::format("llama.cpp's library cannot load {}", settings.file));
  llama_context_params context = llama_context_default_params();
  context.n_ctx = settings.context;
  context.n_batch = context.n_ubatch = std::min<std::uint32_t>(512, settings.context);
  context.n_seq_max = 1;
  context.n_threads = context.n_threads_batch = settings.threads;
  state_->counts_experts = settings.expert_use;
  if (settings.expert_use) {
    context.cb_eval = count_experts;
    context.cb_eval_user_data = &state_->expert_use;
  }
  state_->context.reset(llama_init_from_model(state_->model.get(), context));
  if (!state_->context)
    throw Error(ErrorKind::input,
                fmt::format("llama.cpp's library cannot make a context of {} tokens", settings.context));
}

LlamaModel::~LlamaModel() = default;

std::int64_t LlamaModel::context() const {
  return llama_n_ctx(state_->context.get());
}

std::int64_t LlamaModel::vocabulary() const {
  return llama_vocab_n_tokens(state_->vocabulary());
}

std::vector<std::int32_t> LlamaModel::chat_tokens(const LlamaRequest& request) const {
  const char* const tmpl = llama_model_chat_template(state_->model.get(), nullptr);
  if (tmpl != nullptr && has_plain_turns(tmpl)) return state_->tokens(plain_turns(request), true);
  std::vector<llama_chat_message> messages;
  std::size_t size = 256;
  for (const auto& [role, content] : request.messages) {
    messages.push_back({role.c_str(), content.c_str()});
    size += 2 * (role.size() + content.size());
  }
  std::string text(size, '\0');
  const auto apply = [&] {
    return llama_chat_apply_template(tmpl != nullptr ? tmpl : "chatml", messages.data(), messages.size(),
                                     true, text.data(), static_cast<std::int32_t>(text.size()));
  };
  std::int32_t length = apply();
  if (length > static_cast<std::int32_t>(text.size())) {
    text.resize(static_cast<std::size_t>(length));
    length = apply();
  }
  if (length < 0)
    throw Error(ErrorKind::input, "llama.cpp's library does not know the model's chat template",
                "llama-server reads templates: use --engine llama-server");
  text.resize(static_cast<std::size_t>(length));
  return state_->tokens(text, true);
}

LlamaAnswer LlamaModel::answer(const LlamaRequest& request, const std::vector<std::int32_t>& prompt) {
  LlamaAnswer answer;
  answer.times.prompt_tokens = static_cast<std::int64_t>(prompt.size());
  state_->expert_use.clear();
  state_->forget();
  const auto sampler = sampler_for(request);
  const auto start = std::chrono::steady_clock::now();
  state_->prefill(prompt);
  llama_token token = llama_sampler_sample(sampler.get(), state_->context.get(), -1);
  answer.times.prompt_ms = milliseconds_since(start);
  const std::int64_t room = context() - answer.times.prompt_tokens;
  const std::int64_t most = std::min(room, request.max_tokens.value_or(room));
  const auto first = std::chrono::steady_clock::now();
  double told_ms = 0;  // whoever listens runs meanwhile: that is no computing
  while (true) {
    ++answer.times.predicted_tokens;
    if (!request.past_end && llama_vocab_is_eog(state_->vocabulary(), token)) break;
    if (request.on_text) {
      const auto telling = std::chrono::steady_clock::now();
      answer.unheard = !request.on_text(state_->bytes(token));
      told_ms += milliseconds_since(telling);
      if (answer.unheard) break;
    }
    if (answer.times.predicted_tokens >= most) {
      answer.by_length = true;
      break;
    }
    std::vector<llama_token> next{token};
    state_->decode(next);
    token = llama_sampler_sample(sampler.get(), state_->context.get(), -1);
  }
  answer.times.predicted_ms = milliseconds_since(first) - told_ms;
  if (state_->counts_experts) answer.expert_use = std::exchange(state_->expert_use, {});
  return answer;
}

LlamaLikelihood LlamaModel::likelihood(const std::string& text) {
  const std::vector<llama_token> tokens = state_->tokens(text, false);
  if (tokens.size() < 2) throw Error(ErrorKind::input, "the text has fewer than two tokens");
  if (static_cast<std::int64_t>(tokens.size()) > context())
    throw Error(ErrorKind::input,
                fmt::format("the text has {} tokens, the context holds {}", tokens.size(), context()),
                "shorten it, or raise the context");
  state_->forget();
  LlamaLikelihood result;
  result.bytes = static_cast<std::int64_t>(text.size());
  const std::int32_t vocabulary = llama_vocab_n_tokens(state_->vocabulary());
  const std::size_t most = llama_n_batch(state_->context.get());
  for (std::size_t at = 0; at + 1 < tokens.size(); at += most) {
    const std::size_t count = std::min(most, tokens.size() - 1 - at);
    llama_batch batch = llama_batch_init(static_cast<std::int32_t>(count), 0, 1);
    batch.n_tokens = static_cast<std::int32_t>(count);
    for (std::size_t i = 0; i < count; ++i) {
      batch.token[i] = tokens[at + i];
      batch.pos[i] = static_cast<llama_pos>(at + i);
      batch.n_seq_id[i] = 1;
      batch.seq_id[i][0] = 0;
      batch.logits[i] = 1;
    }
    const bool decoded = llama_decode(state_->context.get(), batch) == 0;
    llama_batch_free(batch);
    if (!decoded) library_failed("llama_decode");
    for (std::size_t i = 0; i < count; ++i)
      result.log2_likelihood +=
          log2_share(llama_get_logits_ith(state_->context.get(), static_cast<std::int32_t>(i)), vocabulary,
                     tokens[at + i + 1]);
    result.tokens += static_cast<std::int64_t>(count);
  }
  return result;
}

}  // namespace costwar::cli
