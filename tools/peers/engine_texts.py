"""Compares greedy answers of the built-in engine (costwar_greedy) with llama.cpp's on the same prompt tokens. After a
difference the texts go separate ways, so only the first of each answer counts; there the engine's two largest logits
are looked at: closer than the tolerance, and rounding alone explains it."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf_retype
import llama_cpp

MODELS = ("tiny-moe", "tiny-dense")
# Largest distance of the top two logits at which answers may differ. llama.cpp rounds activations to 8 bits where
# weights are quantised, so its logits are off by some hundredths; on F32 both engines round to 24 bits.
TOLERANCE = {"F32": 0.001, "Q8_0": 0.25, "Q4_0": 0.25}


def without_repacking():
    """Repacked weights abort on processors with AMX in llama-cpp-python 0.3.36; see engine_vs_llama.py."""
    parameters = DEFAULT_PARAMETERS()
    parameters.use_extra_bufts = False
    return parameters


DEFAULT_PARAMETERS = llama_cpp.llama_model_default_params
llama_cpp.llama.llama_cpp.llama_model_default_params = without_repacking


def greedy(model, prompt, most, end):
    """Token ids up to and with the end of the answer; its key-value cache is F32, as the built-in engine's."""
    model.reset()
    model.eval(prompt)
    out = []
    while len(out) < most:
        row = model.scores[model.n_tokens - 1]
        out.append(int(row.argmax()))
        if out[-1] in end:
            break
        model.eval([out[-1]])
    return out


def compare(binary, path, items, layout):
    lines = subprocess.run([binary, path, str(items), layout], check=True, capture_output=True, text=True).stdout
    model = llama_cpp.Llama(str(path), n_ctx=1024, n_threads=1, n_threads_batch=1, logits_all=True, verbose=False,
                            type_k=0, type_v=0)
    gaps, answers = [], 0
    for line in lines.splitlines():
        one = json.loads(line)
        answers += 1
        ends = {one["answer"][-1]} if len(one["answer"]) < 64 else set()
        other = greedy(model, one["prompt"], len(one["answer"]), ends)
        for i, token in enumerate(one["answer"]):
            if i >= len(other) or other[i] != token:
                gaps.append(one["top"][i][0] - one["top"][i][1])
                break
    return answers, gaps


def main(binary, items):
    failed = False
    print(f"| model | weights | layout | answers | different | largest top-two distance there | tolerance |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for name in MODELS:
            shipped = Path(f"catalog/models/{name}.gguf")
            for kind, code in (("F32", gguf_retype.F32), ("Q8_0", None), ("Q4_0", gguf_retype.Q4_0)):
                path = shipped
                if code is not None:
                    path = Path(folder) / f"{name}-{kind}.gguf"
                    gguf_retype.retype(shipped, path, code)
                for layout in ("repacked", "in-place"):
                    answers, gaps = compare(binary, path, items, layout)
                    worst = max(gaps, default=0)
                    failed |= worst > TOLERANCE[kind]
                    shown = f"{worst:.4f}" if gaps else "–"
                    print(f"| {name} | {kind} | {layout} | {answers} | {len(gaps)} | {shown} | {TOLERANCE[kind]} |",
                          flush=True)
    if failed:
        sys.exit("texts differ where the top two logits are further apart than the tolerance")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
