"""The official openai, anthropic and ollama packages against costwar mock: see tools/peers/real_clients."""

import importlib.metadata
import io
import json
import os
import subprocess
import sys
import tempfile
import time

import anthropic
import ollama
import openai

PROMPT = "Who wrote the answer to this question?"
ANSWER = "The people who wrote the answer book, in the order in which they came."
SCHEMA = {
    "type": "object",
    "properties": {"who": {"type": "string"}, "sure": {"type": "boolean"}},
    "required": ["who", "sure"],
    "additionalProperties": False,
}
TURNS = [{"role": "user", "content": PROMPT}]


class Server:
    """costwar mock with a truth file, on a port of its own."""

    def __init__(self, costwar, folder, *flags):
        book = os.path.join(folder, "book.jsonl")
        with open(book, "w", encoding="utf-8") as out:
            out.write(json.dumps({"prompt": PROMPT, "answer": ANSWER}) + "\n")
        self.truth = os.path.join(folder, "truth.jsonl")
        command = [costwar, "mock", "--port", "0", "--answers", book, "--reasoning", "0.5", "--cached", "0.4"]
        self.process = subprocess.Popen(
            command + ["--truth", self.truth, *flags], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.url = self.process.stdout.readline().strip()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        with open(self.truth, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]


def openai_usage(usage):
    return (usage.prompt_tokens, usage.prompt_tokens_details.cached_tokens, usage.completion_tokens,
            usage.completion_tokens_details.reasoning_tokens)


def responses_usage(usage):
    return (usage.input_tokens, usage.input_tokens_details.cached_tokens, usage.output_tokens,
            usage.output_tokens_details.reasoning_tokens)


def messages_usage(usage):
    cached = usage.cache_read_input_tokens
    details = usage.output_tokens_details
    return (usage.input_tokens + cached + usage.cache_creation_input_tokens, cached, usage.output_tokens,
            details.thinking_tokens if details else None)


def ollama_usage(reply):
    return (reply.prompt_eval_count, None, reply.eval_count, None)


# Each check returns the text or arguments that the client got, what it should have got, and the usage as
# (prompt, cached, completion, reasoning); None: the client's types do not have that count.


def chat_stream(api):
    text, usage, finish = "", None, None
    for chunk in api.chat.completions.create(
        model="mock", messages=TURNS, stream=True, stream_options={"include_usage": True}
    ):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
    return f"{text} {finish}", f"{ANSWER} stop", openai_usage(usage)


def chat_helper(api):
    with api.chat.completions.stream(
        model="mock", messages=TURNS, stream_options={"include_usage": True}
    ) as stream:
        stream.until_done()
        done = stream.get_final_completion()
    return done.choices[0].message.content, ANSWER, openai_usage(done.usage)


def chat_whole(api):
    done = api.chat.completions.create(model="mock", messages=TURNS)
    return done.choices[0].message.content, ANSWER, openai_usage(done.usage)


def chat_tools(api):
    tool = {"type": "function", "function": {"name": "say", "parameters": SCHEMA}}
    with api.chat.completions.stream(
        model="mock", messages=TURNS, tools=[tool], tool_choice="required", stream_options={"include_usage": True}
    ) as stream:
        done = stream.get_final_completion()
    call = done.choices[0].message.tool_calls[0].function
    return (call.name, json.loads(call.arguments)), ("say", {"who": ANSWER, "sure": False}), openai_usage(done.usage)


def chat_schema(api):
    done = api.chat.completions.create(
        model="mock",
        messages=TURNS,
        response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA, "strict": True}},
    )
    return (json.loads(done.choices[0].message.content), {"who": ANSWER, "sure": False}, openai_usage(done.usage))


def responses_stream(api):
    with api.responses.stream(model="mock", input=PROMPT, reasoning={"summary": "auto"}) as stream:
        deltas = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        done = stream.get_final_response()
    return (deltas, done.output_text, done.status), (ANSWER, ANSWER, "completed"), responses_usage(done.usage)


def responses_raw(api):
    numbers, done = [], None
    for event in api.responses.create(model="mock", input=PROMPT, stream=True):
        numbers.append(event.sequence_number)
        if event.type == "response.completed":
            done = event.response
    return (done.output_text, numbers), (ANSWER, list(range(len(numbers)))), responses_usage(done.usage)


def responses_whole(api):
    done = api.responses.create(model="mock", input=PROMPT, store=False)
    return done.output_text, ANSWER, responses_usage(done.usage)


def responses_tools(api):
    tool = {"type": "function", "name": "say", "parameters": SCHEMA, "strict": True}
    with api.responses.stream(model="mock", input=PROMPT, tools=[tool], tool_choice="required") as stream:
        done = stream.get_final_response()
    call = next(item for item in done.output if item.type == "function_call")
    return (call.name, json.loads(call.arguments)), ("say", {"who": ANSWER, "sure": False}), responses_usage(done.usage)


def messages_stream(api):
    with api.messages.stream(model="mock", max_tokens=1000, messages=TURNS) as stream:
        text = "".join(stream.text_stream)
        done = stream.get_final_message()
    return (text, done.stop_reason), (ANSWER, "end_turn"), messages_usage(done.usage)


def messages_thinking(api):
    with api.messages.stream(
        model="mock", max_tokens=3000, messages=TURNS, thinking={"type": "enabled", "budget_tokens": 1024}
    ) as stream:
        done = stream.get_final_message()
    return ([block.type for block in done.content], done.content[1].text), (["thinking", "text"], ANSWER), messages_usage(done.usage)


def messages_whole(api):
    done = api.messages.create(model="mock", max_tokens=1000, messages=TURNS)
    return done.content[0].text, ANSWER, messages_usage(done.usage)


def messages_tools(api):
    tool = {"name": "say", "input_schema": SCHEMA}
    with api.messages.stream(
        model="mock", max_tokens=1000, messages=TURNS, tools=[tool], tool_choice={"type": "any"}
    ) as stream:
        done = stream.get_final_message()
    call = done.content[0]
    return (call.name, call.input, done.stop_reason), ("say", {"who": ANSWER, "sure": False}, "tool_use"), messages_usage(done.usage)


def ollama_stream(api):
    text, last = "", None
    for last in api.chat(model="mock", messages=TURNS, stream=True):
        text += last.message.content or ""
    return (text, last.done_reason), (ANSWER, "stop"), ollama_usage(last)


def ollama_whole(api):
    done = api.generate(model="mock", prompt=PROMPT)
    return done.response, ANSWER, ollama_usage(done)


def openai_batch(api):
    line = {"custom_id": "one", "method": "POST", "url": "/v1/chat/completions",
            "body": {"model": "mock", "messages": TURNS}}
    file = api.files.create(file=("batch.jsonl", io.BytesIO(json.dumps(line).encode())), purpose="batch")
    batch = api.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    for _ in range(300):
        batch = api.batches.retrieve(batch.id)
        if batch.status in ("completed", "failed", "expired", "cancelled"):
            break
        time.sleep(0.1)
    result = json.loads(api.files.content(batch.output_file_id).text.splitlines()[0])
    done = openai.types.chat.ChatCompletion.model_validate(result["response"]["body"])
    return ((batch.status, result["custom_id"], done.choices[0].message.content),
            ("completed", "one", ANSWER), openai_usage(done.usage))


def anthropic_batch(api):
    batch = api.messages.batches.create(
        requests=[{"custom_id": "one", "params": {"model": "mock", "max_tokens": 1000, "messages": TURNS}}]
    )
    for _ in range(300):
        batch = api.messages.batches.retrieve(batch.id)
        if batch.processing_status == "ended":
            break
        time.sleep(0.1)
    entry = next(iter(api.messages.batches.results(batch.id)))
    done = entry.result.message
    return ((batch.processing_status, entry.custom_id, done.content[0].text), ("ended", "one", ANSWER),
            messages_usage(done.usage))


OPENAI = [chat_stream, chat_helper, chat_whole, chat_tools, chat_schema, responses_stream, responses_raw,
          responses_whole, responses_tools, openai_batch]
ANTHROPIC = [messages_stream, messages_thinking, messages_whole, messages_tools, anthropic_batch]
OLLAMA = [ollama_stream, ollama_whole]


def complaint(got, wanted, usage, truth):
    if got != wanted:
        return f"got {got!r}, not {wanted!r}"
    names = ("prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens")
    wrong = [f"{name} {count}, not {truth[name]}" for name, count in zip(names, usage)
             if count is not None and count != truth[name]]
    return ", ".join(wrong)


def main():
    rows, failed = [], 0
    for checks, package, client in (
        (OPENAI, "openai", lambda url: openai.OpenAI(base_url=url, api_key="unused")),
        (ANTHROPIC, "anthropic", lambda url: anthropic.Anthropic(base_url=url.removesuffix("/v1"), api_key="unused")),
        (OLLAMA, "ollama", lambda url: ollama.Client(host=url.removesuffix("/v1"))),
    ):
        for check in checks:
            with tempfile.TemporaryDirectory() as folder:
                server = Server(sys.argv[1], folder)
                try:
                    got, wanted, usage = check(client(server.url))
                    problem = ""
                except (openai.NotFoundError, anthropic.NotFoundError):
                    problem = "not served"
                except Exception as error:  # whatever a client makes of a reply is a row of the table
                    problem = f"{type(error).__name__}: {error}"
                truth = server.stop()
            if not problem and len(truth) != 1:
                problem = f"{len(truth)} lines of truth, not 1"
            if not problem:
                problem = complaint(got, wanted, usage, truth[0])
            failed += 1 if problem else 0
            counts = "/".join("-" if count is None else str(count) for count in usage) if not problem else ""
            rows.append((f"{package} {importlib.metadata.version(package)}", check.__name__, counts, problem or "ok"))
    print(f"{'package':<18}{'call':<20}{'in/cached/out/reasoning':<26}result")
    for package, name, counts, result in rows:
        print(f"{package:<18}{name:<20}{counts:<26}{result}")
    print(f"{len(rows) - failed} of {len(rows)} as the truth file has them")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
