// The exact bytes of the dialects beside chat completions, streamed and whole, and that the faults of framing
// are theirs too.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "mock/compose.h"
#include "tests/mock/client.h"

using namespace costwar;
using namespace costwar::mock;
using mock_test::body;

namespace {

// Two visible tokens and one of reasoning; 11 prompt tokens, 5 read from a cache and 2 written to it.
Generation generation() {
  Generation g;
  g.id = {7, 1777000000, true};
  g.model = "m";
  g.text = "43210";
  g.prompt_tokens = 11;
  g.cached_tokens = 5;
  g.written_tokens = 2;
  g.reasoning_tokens = 1;
  g.visible_tokens = 2;
  g.show_reasoning = true;
  return g;
}

std::string events(const Dialect& dialect, const Generation& g, FaultMode mode = FaultMode::none) {
  Reply reply;
  compose_stream(dialect, g, mode, reply);
  return body(reply.bytes);
}

std::string whole(const Dialect& dialect, const Generation& g) {
  Reply reply;
  compose_json(dialect, g, FaultMode::none, reply);
  return body(reply.bytes);
}

// "event: TYPE\ndata: {"type":"TYPE",MEMBERS}\n\n"
std::string named(const std::string& type, const std::string& members) {
  return fmt::format("event: {0}\ndata: {{\"type\":\"{0}\"{1}}}\n\n", type, members);
}

const std::string kResponseHead =
    R"({"id":"resp_mock_0000000000000007","object":"response","created_at":1777000000,"status":")";
const std::string kResponseMiddle =
    R"(","background":false,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null,)"
    R"("model":"m","output":[)";
const std::string kResponseTail =
    R"(],"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},)"
    R"("service_tier":"default","store":false,"temperature":1.0,"text":{"format":{"type":"text"}},)"
    R"("tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":)";
const std::string kResponseUsage =
    R"({"input_tokens":11,"input_tokens_details":{"cached_tokens":5,"cache_write_tokens":2},"output_tokens":3,)"
    R"("output_tokens_details":{"reasoning_tokens":1},"total_tokens":14})";
const std::string kResponseEnd = R"(,"user":null,"metadata":{}})";
const std::string kBegun =
    kResponseHead + "in_progress" + kResponseMiddle + kResponseTail + "null" + kResponseEnd;
const std::string kReasoningItem =
    R"({"id":"rs_mock_0000000000000007","type":"reasoning","summary":[{"type":"summary_text","text":"hmm "}]})";
const std::string kMessageItem =
    R"({"id":"msg_mock_0000000000000007","type":"message","status":"completed","role":"assistant","content":)"
    R"([{"type":"output_text","annotations":[],"logprobs":[],"text":"43210"}]})";

std::string numbered(int number, const std::string& type, const std::string& members) {
  return named(type, fmt::format(R"(,"sequence_number":{}{})", number, members));
}

}  // namespace

TEST_CASE("Responses, byte for byte") {
  const std::string output = kReasoningItem + "," + kMessageItem;
  const std::string ended =
      kResponseHead + "completed" + kResponseMiddle + output + kResponseTail + kResponseUsage + kResponseEnd;
  CHECK(whole(kResponsesDialect, generation()) == ended);

  const std::string rs = R"(,"item_id":"rs_mock_0000000000000007","output_index":0,"summary_index":0)";
  const std::string msg = R"(,"item_id":"msg_mock_0000000000000007","output_index":1,"content_index":0)";
  const std::string before =
      numbered(0, "response.created", R"(,"response":)" + kBegun) +
      numbered(1, "response.in_progress", R"(,"response":)" + kBegun) +
      numbered(
          2, "response.output_item.added",
          R"(,"output_index":0,"item":{"id":"rs_mock_0000000000000007","type":"reasoning","summary":[]})") +
      numbered(3, "response.reasoning_summary_part.added",
               rs + R"(,"part":{"type":"summary_text","text":""})") +
      numbered(4, "response.reasoning_summary_text.delta", rs + R"(,"delta":"hmm ")") +
      numbered(5, "response.reasoning_summary_text.done", rs + R"(,"text":"hmm ")") +
      numbered(6, "response.reasoning_summary_part.done",
               rs + R"(,"part":{"type":"summary_text","text":"hmm "})") +
      numbered(7, "response.output_item.done", R"(,"output_index":0,"item":)" + kReasoningItem) +
      numbered(8, "response.output_item.added",
               R"(,"output_index":1,"item":{"id":"msg_mock_0000000000000007","type":"message",)"
               R"("status":"in_progress","role":"assistant","content":[]})") +
      numbered(9, "response.content_part.added",
               msg + R"(,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""})") +
      numbered(10, "response.output_text.delta", msg + R"(,"delta":"4321","logprobs":[])");
  const std::string to_the_end =
      before + numbered(11, "response.output_text.delta", msg + R"(,"delta":"0","logprobs":[])") +
      numbered(12, "response.output_text.done", msg + R"(,"text":"43210","logprobs":[])") +
      numbered(13, "response.content_part.done",
               msg + R"(,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":"43210"})") +
      numbered(14, "response.output_item.done", R"(,"output_index":1,"item":)" + kMessageItem);
  const std::string all = to_the_end + numbered(15, "response.completed", R"(,"response":)" + ended);
  CHECK(events(kResponsesDialect, generation()) == all);
  CHECK(events(kResponsesDialect, generation(), FaultMode::one_byte) == all);
  CHECK(events(kResponsesDialect, generation(), FaultMode::no_done) == to_the_end);
  CHECK(events(kResponsesDialect, generation(), FaultMode::unfinished_json) == all.substr(0, all.size() - 1));
  CHECK(events(kResponsesDialect, generation(), FaultMode::no_finish) == before);
  CHECK(events(kResponsesDialect, generation(), FaultMode::error_in_stream) ==
        before +
            "event: error\ndata: "
            R"({"type":"error","sequence_number":11,"code":"mock_fault",)"
            R"("message":"the fault was asked for","param":null})"
            "\n\n");
}

TEST_CASE("Responses cut, with hidden reasoning, and with a call") {
  Generation g = generation();
  g.show_reasoning = false;
  g.cut = true;
  const std::string cut = events(kResponsesDialect, g);
  CHECK(cut.find("hmm") == std::string::npos);
  CHECK(cut.find(R"("status":"incomplete","background":false,"error":null,)"
                 R"("incomplete_details":{"reason":"max_output_tokens"})") != std::string::npos);
  CHECK(cut.find("event: response.incomplete\n") != std::string::npos);
  CHECK(cut.find(R"({"id":"rs_mock_0000000000000007","type":"reasoning","summary":[]})") !=
        std::string::npos);
  g = generation();
  g.reasoning_tokens = 0;
  g.tool = "f";
  g.text = R"({"a":1})";
  const std::string call = events(kResponsesDialect, g);
  const std::string place = R"(,"item_id":"fc_mock_0000000000000007","output_index":0)";
  const std::string item = R"({"id":"fc_mock_0000000000000007","type":"function_call","status":"completed",)"
                           R"("call_id":"call_mock_0000000000000007_0","name":"f","arguments":"{\"a\":1}"})";
  CHECK(call.find(numbered(3, "response.function_call_arguments.delta", place + R"(,"delta":"{\"a\"")") +
                  numbered(4, "response.function_call_arguments.delta", place + R"(,"delta":":1}")") +
                  numbered(5, "response.function_call_arguments.done",
                           place + R"(,"name":"f","arguments":"{\"a\":1}")") +
                  numbered(6, "response.output_item.done", R"(,"output_index":0,"item":)" + item)) !=
        std::string::npos);
}

TEST_CASE("Messages, byte for byte") {
  const std::string rest =
      R"(,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":0},"service_tier":"default"})";
  const std::string counts =
      R"("input_tokens":4,"cache_creation_input_tokens":2,"cache_read_input_tokens":5,"output_tokens":)";
  const std::string head =
      R"({"id":"msg_mock_0000000000000007","type":"message","role":"assistant","model":"m","content":[)";
  CHECK(whole(kMessagesDialect, generation()) ==
        head +
            R"({"type":"thinking","thinking":"hmm ","signature":"bW9jaw=="},{"type":"text","text":"43210"}],)"
            R"("stop_reason":"end_turn","stop_sequence":null,"usage":{)" +
            counts + R"(3,"output_tokens_details":{"thinking_tokens":1})" + rest + "}");
  const std::string before =
      named("message_start", R"(,"message":)" + head +
                                 R"(],"stop_reason":null,"stop_sequence":null,"usage":{)" + counts + "1" +
                                 rest + "}") +
      named("ping", "") +
      named("content_block_start",
            R"(,"index":0,"content_block":{"type":"thinking","thinking":"","signature":""})") +
      named("content_block_delta", R"(,"index":0,"delta":{"type":"thinking_delta","thinking":"hmm "})") +
      named("content_block_delta",
            R"(,"index":0,"delta":{"type":"signature_delta","signature":"bW9jaw=="})") +
      named("content_block_stop", R"(,"index":0)") +
      named("content_block_start", R"(,"index":1,"content_block":{"type":"text","text":""})") +
      named("content_block_delta", R"(,"index":1,"delta":{"type":"text_delta","text":"4321"})");
  const std::string to_the_end =
      before + named("content_block_delta", R"(,"index":1,"delta":{"type":"text_delta","text":"0"})") +
      named("content_block_stop", R"(,"index":1)") +
      named("message_delta", R"(,"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{)" +
                                 counts + R"(3,"output_tokens_details":{"thinking_tokens":1}})");
  const std::string all = to_the_end + named("message_stop", "");
  CHECK(events(kMessagesDialect, generation()) == all);
  CHECK(events(kMessagesDialect, generation(), FaultMode::one_write) == all);
  CHECK(events(kMessagesDialect, generation(), FaultMode::no_done) == to_the_end);
  CHECK(events(kMessagesDialect, generation(), FaultMode::no_finish) == before);
  CHECK(events(kMessagesDialect, generation(), FaultMode::error_in_stream) ==
        before +
            "event: error\ndata: "
            R"({"type":"error","error":{"type":"api_error","message":"the fault was asked for"}})"
            "\n\n");
  const std::string middle =
      named("content_block_delta", R"(,"index":1,"delta":{"type":"text_delta","text":"4321"})");
  const std::size_t json_at = middle.find('{');
  const std::string json = middle.substr(json_at, middle.size() - json_at - 2);
  CHECK(events(kMessagesDialect, generation(), FaultMode::malformed_frame) ==
        before + middle.substr(0, json_at) + json.substr(0, json.size() / 2) + "\n\n" +
            all.substr(before.size()));
  Generation g = generation();
  g.reasoning_tokens = 0;
  g.tool = "f";
  g.text = R"({"a":1})";
  const std::string call = events(kMessagesDialect, g);
  CHECK(call.find(named("content_block_start",
                        R"(,"index":0,"content_block":{"type":"tool_use","id":"toolu_mock_0000000000000007",)"
                        R"("name":"f","input":{}})") +
                  named("content_block_delta",
                        R"(,"index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\""})")) !=
        std::string::npos);
  CHECK(call.find(R"("stop_reason":"tool_use")") != std::string::npos);
  CHECK(whole(kMessagesDialect, g).find(R"("name":"f","input":{"a":1}}],"stop_reason":"tool_use")") !=
        std::string::npos);
}

TEST_CASE("Ollama's lines, byte for byte") {
  Generation g = generation();
  g.pace.ttft_base = milliseconds(100);
  g.pace.gap = milliseconds(10);
  const std::string begin = R"({"model":"m","created_at":"2026-04-24T03:06:40Z",)";
  const std::string ending =
      R"(,"done":true,"done_reason":"stop","total_duration":120000000,"load_duration":0,"prompt_eval_count":11,)"
      R"("prompt_eval_cached_count":5,"prompt_eval_duration":100000000,"eval_count":3,"eval_duration":20000000})";
  const auto chat = [&](const std::string& members) {
    return begin + R"("message":{"role":"assistant","content":)" + members;
  };
  const std::string before =
      chat(R"("","thinking":"hmm "},"done":false})") + "\n" + chat(R"("4321"},"done":false})") + "\n";
  const std::string all = before + chat(R"("0"},"done":false})") + "\n" + chat(R"(""})") + ending + "\n";
  CHECK(events(kOllamaChatDialect, g) == all);
  CHECK(events(kOllamaChatDialect, g, FaultMode::unfinished_json) == all.substr(0, all.size() - 1));
  CHECK(events(kOllamaChatDialect, g, FaultMode::error_in_stream) ==
        before + "{\"error\":\"the fault was asked for\"}\n");
  CHECK(whole(kOllamaChatDialect, g) == chat(R"("43210","thinking":"hmm "})") + ending);
  CHECK(whole(kOllamaGenerateDialect, g) == begin + R"("response":"43210","thinking":"hmm ")" + ending);
  CHECK(events(kOllamaGenerateDialect, g)
            .starts_with(begin + R"("response":"","thinking":"hmm ","done":false})" + "\n"));
  g.tool = "f";
  g.text = R"({"a":1})";
  CHECK(
      events(kOllamaChatDialect, g)
          .find(
              R"("content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},"done":false})") !=
      std::string::npos);
}

TEST_CASE("llama-server's completion and timings, byte for byte") {
  Generation g = generation();
  g.reasoning_tokens = 0;
  g.pace.ttft_base = milliseconds(60);
  g.pace.gap = milliseconds(10);
  const std::string timings =
      R"({"cache_n":5,"prompt_n":6,"prompt_ms":60,"prompt_per_token_ms":10,"prompt_per_second":100,)"
      R"("predicted_n":2,"predicted_ms":10,"predicted_per_token_ms":5,"predicted_per_second":200})";
  const std::string last =
      R"("tokens":[],"id_slot":0,"stop":true,"model":"m","tokens_predicted":2,"tokens_evaluated":11,)"
      R"("truncated":false,"stop_type":"eos","stopping_word":"","tokens_cached":13,"timings":)" +
      timings + "}";
  CHECK(events(kCompletionDialect, g) ==
        R"(data: {"index":0,"content":"4321","tokens":[],"stop":false,"id_slot":0,"tokens_predicted":1,)"
        R"("tokens_evaluated":11})"
        "\n\n"
        R"(data: {"index":0,"content":"0","tokens":[],"stop":false,"id_slot":0,"tokens_predicted":2,)"
        R"("tokens_evaluated":11})"
        "\n\n"
        R"(data: {"index":0,"content":"",)" +
            last + "\n\n");
  CHECK(whole(kCompletionDialect, g) == R"({"index":0,"content":"43210",)" + last);
  g.flavour = Flavour::llama_server;
  CHECK(whole(kChatDialect, g).ends_with(R"(,"timings":)" + timings + "}"));
  CHECK(events(kChatDialect, g)
            .find(R"("finish_reason":"stop"}],"timings":)" + timings + "}\n\ndata: [DONE]") !=
        std::string::npos);
}

TEST_CASE("flavours of chat completions") {
  Generation g = generation();
  const auto has = [](const std::string& text, const std::string& part) {
    CAPTURE(text);
    CHECK(text.find(part) != std::string::npos);
  };
  g.flavour = Flavour::deepseek;
  const std::string usage =
      R"({"prompt_tokens":11,"completion_tokens":3,"total_tokens":14,"prompt_cache_hit_tokens":5,)"
      R"("prompt_cache_miss_tokens":6,"prompt_tokens_details":{"cached_tokens":5,"cache_write_tokens":2,)"
      R"("audio_tokens":0})";
  has(events(kChatDialect, g), R"("finish_reason":"stop"}],"usage":)" + usage);
  has(events(kChatDialect, g), R"("delta":{"reasoning_content":"hmm "})");
  has(whole(kChatDialect, g), R"("usage":)" + usage);
  g.flavour = Flavour::openrouter;
  CHECK(events(kChatDialect, g).starts_with(": OPENROUTER PROCESSING\n\ndata: {"));
  has(events(kChatDialect, g), R"("model":"m","provider":"Mock",)");
  has(events(kChatDialect, g), R"("choices":[],"usage":{)");
  has(whole(kChatDialect, g), R"("reasoning":"hmm ")");
  g.flavour = Flavour::vllm;
  g.continuous_usage = true;
  has(events(kChatDialect, g), R"("delta":{"reasoning":"hmm "},"logprobs":null,"finish_reason":null}],)"
                               R"("usage":{"prompt_tokens":11,"completion_tokens":1,)");
  g = generation();
  g.tool = "f";
  g.text = R"({"a":1})";
  const std::string call = events(kChatDialect, g);
  has(call, R"("delta":{"tool_calls":[{"index":0,"id":"call_mock_0000000000000007_0","type":"function",)"
            R"("function":{"name":"f","arguments":""}}]})");
  has(call, R"("delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]})");
  has(call, R"("finish_reason":"tool_calls")");
  has(whole(kChatDialect, g), R"("content":null,"tool_calls":[{"id":"call_mock_0000000000000007_0",)"
                              R"("type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}])");
}

TEST_CASE("a break half way is no end in any dialect, and silence says nothing") {
  const std::vector<const Dialect*> all{&kChatDialect,       &kResponsesDialect,      &kMessagesDialect,
                                        &kOllamaChatDialect, &kOllamaGenerateDialect, &kCompletionDialect};
  for (const Dialect* dialect : all) {
    CAPTURE(dialect->name);
    const Generation g = generation();
    const std::string plain = events(*dialect, g);
    for (const FaultMode mode : {FaultMode::reset, FaultMode::half_close}) {
      Reply reply;
      compose_stream(*dialect, g, mode, reply);
      CHECK_FALSE(reply.bytes.ends_with("0\r\n\r\n"));
      CHECK(plain.starts_with(body(reply.bytes)));
      CHECK(body(reply.bytes).size() < plain.size());
    }
    Reply silent;
    compose_stream(*dialect, g, FaultMode::silence, silent);
    CHECK(body(silent.bytes).empty());
    CHECK(events(*dialect, g, FaultMode::long_line).size() ==
          plain.size() + 128 * 1024 + std::string_view(R"(,"obfuscation":"")").size());
    CHECK(events(*dialect, g, FaultMode::line_separators).find("\xE2\x80\xA8\xE2\x80\xA9\xC2\x85") !=
          std::string::npos);
  }
}
