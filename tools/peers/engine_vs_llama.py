"""Runs costwar_bench's engine cases and llama.cpp (through llama-cpp-python) on the same files and prompt lengths,
alternating, and prints tokens per second of both, their ratio, and the spread over rounds. llama.cpp is called through
its own C functions, one llama_decode a batch, so that Python costs it some microseconds a token and no copies. Wall
time counts; the ratio of processor time beside it says the same on a busy machine."""

import json
import statistics
import subprocess
import sys
import time

import llama_cpp

NAMES = ("apple", "river", "stone", "cloud", "tiger", "bread", "chair", "lemon",
         "ocean", "piano", "queen", "robin", "sugar", "table", "uncle", "violin")
MODELS = ("tiny-moe", "tiny-dense")
PAIRS = 32
DECODED = 128


def repacking_works():
    """With repacked weights llama-cpp-python 0.3.36 aborts on these files on processors with AMX (GGML_ASSERT in
    ggml-backend.cpp)."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return "amx_int8" not in file.read()


def prompt():
    """The text that tests/bench/engine_bench.cpp uses."""
    facts = ", ".join(f"{NAMES[i % 16]}={10 + i * 37 % 90}" for i in range(PAIRS))
    return f"<|user|>Remember: {facts}. What is river? Reply with the number only.<|assistant|>"


@llama_cpp.llama_log_callback
def silent(level, text, data):
    """llama.cpp's log of loading a model goes nowhere."""


class Llama:
    """One model and context with one thread."""

    def __init__(self, path, repack):
        llama_cpp.llama_log_set(silent, None)
        llama_cpp.llama_backend_init()
        model = llama_cpp.llama_model_default_params()
        model.use_extra_bufts = repack
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), model)
        context = llama_cpp.llama_context_default_params()
        context.n_ctx = context.n_batch = context.n_ubatch = 1024
        context.n_threads = context.n_threads_batch = 1
        self.context = llama_cpp.llama_init_from_model(self.model, context)
        self.vocabulary = llama_cpp.llama_model_get_vocab(self.model)
        self.tokens = (llama_cpp.llama_token * 1024)()

    def tokenize(self, text):
        found = llama_cpp.llama_tokenize(self.vocabulary, text, len(text), self.tokens, 1024, False, True)
        return list(self.tokens[:found])

    def decode(self, tokens):
        self.tokens[:len(tokens)] = tokens
        batch = llama_cpp.llama_batch_get_one(self.tokens, len(tokens))
        if llama_cpp.llama_decode(self.context, batch) != 0:
            raise SystemExit("llama_decode failed")
        llama_cpp.llama_get_logits(self.context)  # waits for the computation

    def rates(self, tokens):
        """(prefill, decode) as (tokens per second, tokens per processor second), from an empty cache."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        wall, cpu = time.perf_counter(), time.process_time()
        self.decode(tokens)
        prefill = (len(tokens) / (time.perf_counter() - wall), len(tokens) / (time.process_time() - cpu))
        token = tokens[-1]
        wall, cpu = time.perf_counter(), time.process_time()
        for step in range(DECODED):
            self.decode([token])
            token = tokens[step % len(tokens)]
        return prefill, (DECODED / (time.perf_counter() - wall), DECODED / (time.process_time() - cpu))


def costwar_rates(binary, name):
    case = name.replace("-", "_")
    output = subprocess.run(
        [binary, f"--benchmark_filter=^(prefill|decode)/{case}/{PAIRS}$", "--benchmark_format=json"],
        check=True, capture_output=True, text=True).stdout
    rates = {row["name"].split("/")[0]: (row["tok/s"], row["tok/cpu_s"]) for row in json.loads(output)["benchmarks"]}
    return rates["prefill"], rates["decode"]


def spread(values):
    return f"{statistics.median(values):,.0f} [{min(values):,.0f}, {max(values):,.0f}]"


def main(binary, rounds):
    print(f"Median [least, most] of {rounds} rounds, one thread, {PAIRS} facts in the prompt, tokens per second; "
          f"llama.cpp {'with and without repacked weights, the faster of the two' if repacking_works() else 'as the file stores its weights'}\n")
    print("| model | phase | costwar | llama.cpp | ratio [least, most of a round] | by processor time |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for name in MODELS:
        models = [Llama(f"catalog/models/{name}.gguf", repack) for repack in [False] + [True] * repacking_works()]
        tokens = models[0].tokenize(prompt().encode())
        for model in models:
            model.rates(tokens)
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(costwar_rates(binary, name))
            # The best of five of each layout: costwar's figure is the mean of many and needs no such help.
            theirs.append([max(phase) for phase in zip(*(model.rates(tokens) for model in models for _ in range(5)))])
        for phase, index in (("prefill", 0), ("decode", 1)):
            wall = [[pair[index][0] for pair in side] for side in (ours, theirs)]
            cpu = [statistics.median(pair[index][1] for pair in side) for side in (ours, theirs)]
            ratios = [a / b for a, b in zip(*wall)]
            ratio = statistics.median(wall[0]) / statistics.median(wall[1])
            print(f"| {name} | {phase} ({len(tokens)} prompt tokens) | {spread(wall[0])} | {spread(wall[1])} "
                  f"| {ratio:.2f} [{min(ratios):.2f}, {max(ratios):.2f}] | {cpu[0] / cpu[1]:.2f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
