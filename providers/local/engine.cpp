#include "providers/local/engine.h"

#include <algorithm>
#include <chrono>
#include <new>

#include "core/error.h"
#include "system/files.h"

namespace costwar::local {

namespace {

class Stopwatch {
 public:
  std::int64_t ns() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

bool cancelled(const GenerateRequest& request) {
  return request.cancel != nullptr && request.cancel->load(std::memory_order_relaxed);
}

}  // namespace

std::unique_ptr<Engine> Engine::make(const Gguf& file, const EngineOptions& options,
                                     std::shared_ptr<const MappedFile> in_place) {
  try {
    return std::unique_ptr<Engine>(new Engine(file, options, std::move(in_place)));
  } catch (const std::bad_alloc&) {
    file.fail("needs more memory than this machine has free");
  }
}

std::unique_ptr<Engine> Engine::load(std::span<const std::byte> bytes, const std::string& name,
                                     const EngineOptions& options) {
  return make(Gguf::parse(bytes, name), options, nullptr);
}

std::unique_ptr<Engine> Engine::open(const std::filesystem::path& path, const EngineOptions& options) {
  return open(std::make_shared<const MappedFile>(path), path.string(), options);
}

std::unique_ptr<Engine> Engine::open(std::shared_ptr<const MappedFile> file, const std::string& name,
                                     const EngineOptions& options) {
  const Gguf parsed = Gguf::parse(file->bytes(), name);
  const bool in_place = options.layout == WeightLayout::automatic ? parsed.file_bytes() > kRepackedMost
                                                                  : options.layout == WeightLayout::in_place;
  return make(parsed, options, in_place ? std::move(file) : nullptr);
}

Engine::Engine(const Gguf& file, const EngineOptions& options, std::shared_ptr<const MappedFile> in_place)
    : file_(std::move(in_place)),
      name_(file.name()),
      shape_(facts_of(read_model_shape(file))),
      tokenizer_(Tokenizer::read(file)),
      transformer_(file, {options.context, options.memory_limit, options.threads, file_ != nullptr}) {
  if (tokenizer_.size() != transformer_.vocabulary())
    file.fail("has " + std::to_string(tokenizer_.size()) + " tokens but embeddings for " +
              std::to_string(transformer_.vocabulary()));
}

void Engine::check_tokens(std::span<const std::int32_t> tokens) const {
  const auto fail = [&](const std::string& what) { throw Error(ErrorKind::input, name_ + ": " + what); };
  if (tokens.empty()) fail("the prompt is empty");
  if (tokens.size() > context())
    fail("the prompt has " + std::to_string(tokens.size()) + " tokens; the context holds " +
         std::to_string(context()));
  for (const auto token : tokens)
    if (token < 0 || static_cast<std::size_t>(token) >= tokenizer_.size())
      fail("there is no token " + std::to_string(token));
}

// Computes the prompt, in parts so that a cancellation need not wait for all of it. False after a
// cancellation.
bool Engine::prefill(const GenerateRequest& request, Generation& result, std::span<float> logits) {
  const std::span<const std::int32_t> prompt = request.prompt;
  while (result.prompt_tokens < prompt.size()) {
    if (cancelled(request)) return false;
    const std::size_t from = result.prompt_tokens, count = std::min(kChunk, prompt.size() - from);
    const std::size_t wanted = from + count == prompt.size() ? 1 : 0;
    transformer_.run(prompt.subspan(from, count), from, wanted, logits.data());
    result.flops += transformer_.flops(count, from, wanted);
    result.prompt_tokens += count;
  }
  return !cancelled(request);
}

Generation Engine::generate(const GenerateRequest& request) {
  check_tokens(request.prompt);
  const std::size_t most = std::min(request.max_tokens, context() - request.prompt.size());
  Generation result;
  Sampler sampler(request.sampling);
  std::vector<float> logits(transformer_.vocabulary());
  transformer_.reset_expert_use();
  const Stopwatch time;
  bool going = prefill(request, result, logits);
  if (!going) result.stop = StopReason::cancelled;
  while (going && result.tokens.size() < most) {
    const std::int32_t token = sampler.choose(logits);
    if (token < 0)
      throw Error(ErrorKind::input, name_ + ": its weights give values that are not finite numbers");
    result.tokens.push_back(token);
    const std::int64_t now = time.ns();
    if (result.tokens.size() == 1) result.prefill_ns = now;
    result.decode_ns = now - result.prefill_ns;
    const bool wanted = !request.on_token || request.on_token(token);
    if (!request.past_end && tokenizer_.ends_answer(token)) {
      result.stop = StopReason::end;
    } else if (!wanted) {
      result.stop = StopReason::callback;
    } else if (cancelled(request)) {
      result.stop = StopReason::cancelled;
    } else if (result.tokens.size() < most) {
      const std::size_t position = result.prompt_tokens + result.tokens.size() - 1;
      transformer_.run({&token, 1}, position, 1, logits.data());
      result.flops += transformer_.flops(1, position, 1);
      continue;
    }
    going = false;
  }
  if (result.tokens.empty()) result.prefill_ns = time.ns();
  result.expert_use = transformer_.expert_use();
  return result;
}

std::vector<float> Engine::logits(std::span<const std::int32_t> tokens) {
  check_tokens(tokens);
  std::vector<float> out(tokens.size() * transformer_.vocabulary());
  transformer_.run(tokens, 0, tokens.size(), out.data());
  return out;
}

}  // namespace costwar::local
