"""A checkpoint to a GGUF file: python export.py CHECKPOINT OUT.gguf

Matrices are stored as Q8_0; norms, router and router bias as F32.
"""

import argparse

import gguf
import torch

import gguf_file
import models
import vocabulary

DESCRIPTIONS = {
    "moe": (
        "tiny-moe",
        "A tiny DeepSeek-style mixture of experts (MLA, 16 routed experts, top 2, one shared) "
        "trained on the procedural tasks of costwar's built-in suite and on nothing else.",
    ),
    "dense": (
        "tiny-dense",
        "The dense twin of tiny-moe: about the same active parameters, same data, "
        "same number of training tokens, same schedule.",
    ),
}
SIGMOID = 2


def describe(kind, shape):
    """Name and description for the file."""
    if kind in DESCRIPTIONS:
        return DESCRIPTIONS[kind]
    return (
        f"tiny-{kind}",
        f"A sibling of tiny-moe that was trained with {shape.used} of its {shape.experts} experts a token, "
        "on the same tasks.",
    )


def export(checkpoint, path):
    """Write the weights of a training checkpoint."""
    state = torch.load(checkpoint, weights_only=True)
    kind = state["model"]
    tokenizer = vocabulary.Tokenizer()
    shape = models.SHAPES[kind](len(tokenizer))
    specials = set(tokenizer.tokens[tokenizer.first_special :])
    gguf_file.write(
        path,
        shape,
        {name: value.numpy() for name, value in state["tensors"].items()},
        gguf.GGMLQuantizationType.Q8_0,
        describe(kind, shape),
        (SIGMOID, shape.normalise) if shape.experts else None,
        (tokenizer.tokens, tokenizer.merges, specials, tokenizer.end),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint")
    parser.add_argument("out")
    options = parser.parse_args()
    export(options.checkpoint, options.out)


if __name__ == "__main__":
    main()
