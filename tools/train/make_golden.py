"""Golden files for the built-in engine: python make_golden.py random|shipped|split

random   small GGUF files with random weights and their logits
shipped  logits and greedy answers of catalog/models/*.gguf, and the tokenizer cases
split    60 items with their split keys and buckets (standard library only)

Expected values come from reference.py and the `tokenizers` package, never from
the code under test.
"""

import json
import random
import sys
from pathlib import Path
from types import SimpleNamespace

import tasks
import vocabulary

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "tests" / "golden" / "engine"
SPLIT = ROOT / "tests" / "golden" / "split.json"
MODELS = ROOT / "catalog" / "models"
LAST = 3  # positions whose logits are kept

COMMON = {"vocab": 259, "d": 32, "layers": 3, "heads": 2, "ff": 64, "context": 128}
MLA = {
    "architecture": "deepseek2", "kv_heads": 1, "kv_lora": 32, "nope": 32, "rope": 16, "v_head": 32,
    "experts": 8, "used": 2, "expert_ff": 32, "leading_dense": 1,
}
RANDOM_SHAPES = {
    "deepseek2-sigmoid": {**COMMON, **MLA, "q_lora": 32, "expert_scale": 2.5, "tied": True},
    "deepseek2-softmax": {**COMMON, **MLA, "q_lora": 0, "expert_scale": 1.0, "tied": True},
    "llama": {**COMMON, "architecture": "llama", "heads": 4, "kv_heads": 2, "rope": 16, "v_head": 16, "tied": False},
}
ROUTING = {"deepseek2-sigmoid": (2, True, (4, 2)), "deepseek2-softmax": (1, False, None), "llama": None}
CONVERSATION = "Sort ascending: 42 7 19 3 88"
PROMPTS = (
    "What is 12 + 30? Reply with the number only.",
    "Sort ascending: 42 7 19 3 88. Reply with the numbers only.",
    "Copy this string: GOLDEN",
    "Reverse this string: ENGINE",
    "Remember: river=23, stone=71, apple=48. What is stone? Reply with the number only.",
    "Which is larger, 4096 or 4906? Reply with the number only.",
)
TOKENIZER_CASES = (
    "", "a", "What is 207 - 774? Reply with the number only.",
    "Remember: river=23, stone=71. What is river?", "Sort ascending: 5 12 99 0", "Copy this string: RIVERWHAT",
    "rivers and  two   spaces ", "line one\nline two\n\n", "tab\tand trailing\t", "I'm sure they've said it's Tom's, we'll",
    "DON'T 'quote' this'", "caf\u00e9 na\u00efve \u00fcber", "\u4e2d\u6587 \u5b57", "emoji \U0001f600\U0001f680!", "x1y22z333",
    "(brackets) [and] {braces} <tags/>", "3.14 -2e10 1,000,000", "...!?#$%&*", " leading", "\r\n mixed \u00a0 blanks",
)


def write_json(path, document):
    """One top-level key or list entry per line, so that a difference reads well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(path.relative_to(ROOT), path.stat().st_size)


def random_tensors(shape, generator):
    """Weights large enough that every expert, head and bias changes the logits."""

    def matrix(*dims):
        return generator.standard_normal(dims) * 1.5 * dims[-1] ** -0.5

    def norm(size):
        return generator.uniform(0.5, 1.5, size)

    s, t = shape, {}
    t["token_embd.weight"] = generator.standard_normal((s.vocab, s.d))
    t["output_norm.weight"] = norm(s.d)
    if not s.tied:
        t["output.weight"] = matrix(s.vocab, s.d)
    for i in range(s.layers):
        p = f"blk.{i}."
        t[p + "attn_norm.weight"], t[p + "ffn_norm.weight"] = norm(s.d), norm(s.d)
        if s.architecture == "llama":
            for c, heads in (("q", s.heads), ("k", s.kv_heads), ("v", s.kv_heads)):
                t[p + f"attn_{c}.weight"] = matrix(heads * s.v_head, s.d)
        else:
            if s.q_lora:
                t[p + "attn_q_a.weight"], t[p + "attn_q_a_norm.weight"] = matrix(s.q_lora, s.d), norm(s.q_lora)
                t[p + "attn_q_b.weight"] = matrix(s.heads * (s.nope + s.rope), s.q_lora)
            else:
                t[p + "attn_q.weight"] = matrix(s.heads * (s.nope + s.rope), s.d)
            t[p + "attn_kv_a_mqa.weight"] = matrix(s.kv_lora + s.rope, s.d)
            t[p + "attn_kv_a_norm.weight"] = norm(s.kv_lora)
            t[p + "attn_k_b.weight"] = matrix(s.heads, s.kv_lora, s.nope)
            t[p + "attn_v_b.weight"] = matrix(s.heads, s.v_head, s.kv_lora)
        t[p + "attn_output.weight"] = matrix(s.d, s.heads * s.v_head)
        kinds = [("", s.ff, ())]
        if s.architecture == "deepseek2" and i >= s.leading_dense:
            kinds = [("_exps", s.expert_ff, (s.experts,)), ("_shexp", s.expert_ff, ())]
            t[p + "ffn_gate_inp.weight"] = matrix(s.experts, s.d)
            t[p + "exp_probs_b.bias"] = generator.standard_normal(s.experts) * 0.3
        for suffix, ff, lead in kinds:
            t[p + f"ffn_gate{suffix}.weight"] = matrix(*lead, ff, s.d)
            t[p + f"ffn_up{suffix}.weight"] = matrix(*lead, ff, s.d)
            t[p + f"ffn_down{suffix}.weight"] = matrix(*lead, s.d, ff)
    if s.architecture == "deepseek2" and not s.q_lora:
        t = {name: value for name, value in t.items() if "exp_probs_b" not in name}
    return t


def logits_document(path, sequences, last):
    """{"file", "cases": [{"tokens", "positions", "logits"}]}; logits[k] belongs to positions[k]."""
    import numpy as np
    from reference import Reference

    model = Reference(path)
    cases = []
    for tokens in sequences:
        rows = model.logits(tokens)[-last:].numpy().astype(np.float32)
        logits = [[float(f"{v:.9g}") for v in row] for row in rows]
        positions = list(range(len(tokens) - len(rows), len(tokens)))
        cases.append({"tokens": tokens, "positions": positions, "logits": logits})
    return {"file": path.name, "cases": cases}


def make_random():
    """Random files in three storage types, and what the reference computes from each."""
    import gguf
    import numpy as np
    import gguf_file

    kinds = gguf.GGMLQuantizationType
    tokens = [*vocabulary.byte_alphabet().values(), *vocabulary.SPECIALS]
    tokenizer = (tokens, [], vocabulary.SPECIALS, tokens.index(vocabulary.END))
    ids = {token: i for i, token in enumerate(tokens)}
    text = [ids[vocabulary.byte_alphabet()[b]] for b in CONVERSATION.encode()]
    sequences = [[5, 200, 77, 0, 131], [ids[vocabulary.USER], *text, ids[vocabulary.ASSISTANT]]]
    for name, fields in RANDOM_SHAPES.items():
        shape = SimpleNamespace(**fields)
        tensors = random_tensors(shape, np.random.default_rng(20260424))
        variants = [("", kinds.F32)]
        if name == "deepseek2-sigmoid":
            variants += [("-f16", kinds.F16), ("-q8_0", kinds.Q8_0)]
        for suffix, kind in variants:
            path = ENGINE / f"{name}{suffix}.gguf"
            path.parent.mkdir(parents=True, exist_ok=True)
            describe = (name + suffix, "Random weights; only the arithmetic matters.")
            gguf_file.write(path, shape, tensors, kind, describe, ROUTING[name], tokenizer)
            print(path.relative_to(ROOT), path.stat().st_size)
            write_json(path.with_suffix(".logits.json"), logits_document(path, sequences, LAST))


def reference_tokenizer(ours):
    """The `tokenizers` package with the same vocabulary and GPT-2's pre-tokenizer."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    bpe = models.BPE(vocab=ours.ids, merges=ours.merges)
    other = Tokenizer(bpe)
    other.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    other.decoder = decoders.ByteLevel()
    return other


def make_shipped():
    """Logits and greedy answers of the shipped files, and the tokenizer cases."""
    from reference import Reference

    ours = vocabulary.Tokenizer()
    other = reference_tokenizer(ours)
    cases = [{"text": text, "ids": other.encode(text).ids} for text in TOKENIZER_CASES]
    write_json(ENGINE / "tokenizer.json", {"file": "catalog/models/tiny-moe.gguf", "cases": cases})
    for name in ("tiny-moe", "tiny-dense"):
        path = MODELS / f"{name}.gguf"
        prompts = [[ours.user, *other.encode(p).ids, ours.assistant] for p in PROMPTS]
        document = logits_document(path, prompts[:2], 1)
        document["file"] = f"catalog/models/{name}.gguf"
        model = Reference(path)
        document["greedy"] = [
            {"prompt": p, "tokens": ids, "text": ours.decode(model.greedy(ids, ours.end, 48))}
            for p, ids in zip(PROMPTS, prompts)
        ]
        write_json(ENGINE / f"{name}.logits.json", document)


def split_items():
    """Ten items of each task from any bucket, with the bucket that the rule gives them."""
    rng = random.Random(2026)
    everything = frozenset(range(tasks.BUCKETS))
    rows = []
    for name in tasks.NAMES:
        for _ in range(10):
            item = tasks.draw(name, rng, everything)
            rows.append({
                "task": name, "prompt": item.prompt, "split_key": item.split_key,
                "bucket": tasks.bucket(item.split_key), "answer": item.answer,
            })
    return rows


def make_split():
    write_json(SPLIT, {"suite": tasks.SUITE["suite"], "version": tasks.SUITE["version"], "items": split_items()})


if __name__ == "__main__":
    {"random": make_random, "shipped": make_shipped, "split": make_split}[sys.argv[1]]()
