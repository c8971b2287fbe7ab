"""Runs costwar_bench's engine cases and llama.cpp (through llama-cpp-python) on the same files and prompt lengths,
alternating, and prints tokens per second of both, their ratio, and the spread over rounds."""

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


def without_repacking():
    """Model parameters with weight repacking off: with it, llama-cpp-python 0.3.36 aborts on these files on processors
    with AMX (GGML_ASSERT in ggml-backend.cpp)."""
    parameters = DEFAULT_PARAMETERS()
    parameters.use_extra_bufts = False
    return parameters


DEFAULT_PARAMETERS = llama_cpp.llama_model_default_params
llama_cpp.llama.llama_cpp.llama_model_default_params = without_repacking


def prompt():
    """The text that tests/bench/engine_bench.cpp uses."""
    facts = ", ".join(f"{NAMES[i % 16]}={10 + i * 37 % 90}" for i in range(PAIRS))
    return f"<|user|>Remember: {facts}. What is river? Reply with the number only.<|assistant|>"


def llama_rates(model, tokens):
    """(prefill, decode) tokens per second of one evaluation from an empty cache."""
    model.reset()
    start = time.perf_counter()
    model.eval(tokens)
    prefill = len(tokens) / (time.perf_counter() - start)
    token = tokens[-1]
    start = time.perf_counter()
    for step in range(DECODED):
        model.eval([token])
        token = tokens[step % len(tokens)]
    return prefill, DECODED / (time.perf_counter() - start)


def costwar_rates(binary, name):
    case = name.replace("-", "_")
    output = subprocess.run(
        [binary, f"--benchmark_filter=^(prefill|decode)/{case}/{PAIRS}$", "--benchmark_format=json"],
        check=True, capture_output=True, text=True).stdout
    rates = {row["name"].split("/")[0]: row["tok/s"] for row in json.loads(output)["benchmarks"]}
    return rates["prefill"], rates["decode"]


def spread(values):
    return f"{statistics.median(values):,.0f} [{min(values):,.0f}, {max(values):,.0f}]"


def main(binary, rounds):
    print(f"Median [least, most] of {rounds} rounds, one thread, {PAIRS} facts in the prompt, tokens per second\n")
    print("| model | phase | costwar | llama.cpp | ratio |\n| --- | --- | ---: | ---: | ---: |")
    for name in MODELS:
        model = llama_cpp.Llama(f"catalog/models/{name}.gguf", n_ctx=1024, n_threads=1, n_threads_batch=1, n_batch=1024,
                                n_ubatch=1024, logits_all=False, verbose=False)
        tokens = model.tokenize(prompt().encode(), add_bos=False, special=True)
        llama_rates(model, tokens)
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(costwar_rates(binary, name))
            theirs.append(llama_rates(model, tokens))
        for phase, index in (("prefill", 0), ("decode", 1)):
            a = [pair[index] for pair in ours]
            b = [pair[index] for pair in theirs]
            ratio = statistics.median(a) / statistics.median(b)
            print(f"| {name} | {phase} ({len(tokens)} prompt tokens) | {spread(a)} | {spread(b)} | {ratio:.2f} |")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
