"""Scores on validation items, with Wilson intervals: evaluate.py FILE.gguf

Greedy decoding reproduces an answer exactly when the most likely next token is
right at each position of the answer and its end, so one forward pass suffices.
"""

import json
import math
import sys

import torch

import batches
import models
import tasks
import vocabulary

Z95 = 1.959963984540054
VALIDATION_SEED = 7
FINAL_ITEMS = 200  # validation items per task


def wilson(right, n):
    """95 % Wilson score interval of a proportion, as (low, high)."""
    share, z2 = right / n, Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


@torch.no_grad()
def score(model, tokenizer, items, rows=60):
    """{task: {"n", "right", "loss"}}; loss is the mean over answer tokens, in nats."""
    out = {name: {"n": 0, "right": 0, "loss": 0.0, "tokens": 0} for name in tasks.NAMES}
    for batch, members in batches.scoring_batches(tokenizer, items, rows):
        logits = model(batch).float()
        losses = torch.nn.functional.cross_entropy(logits, batch.targets, reduction="none")
        hits = logits.argmax(-1) == batch.targets
        at = 0
        for item in members:
            size = len(tokenizer.encode(item.answer)) + 1
            row = out[item.task]
            row["n"] += 1
            row["right"] += bool(hits[at : at + size].all())
            row["loss"] += losses[at : at + size].sum().item()
            row["tokens"] += size
            at += size
    for row in out.values():
        row["loss"] = round(row["loss"] / max(1, row.pop("tokens")), 5)
    return out


def summary(scores):
    """Overall right and n, the mean of the task losses, and the score with its interval."""
    right = sum(row["right"] for row in scores.values())
    n = sum(row["n"] for row in scores.values())
    low, high = wilson(right, n)
    loss = sum(row["loss"] for row in scores.values()) / len(scores)
    return {
        "right": right, "n": n, "score": round(right / n, 4),
        "low": round(low, 4), "high": round(high, 4), "loss": round(loss, 5),
    }


def score_file(path):
    """Scores of a GGUF file as it ships, quantised."""
    from reference import File

    file = File(path)
    tokenizer = vocabulary.Tokenizer()
    kind = next(k for k, shape in models.SHAPES.items() if shape(0).architecture == file.architecture)
    model = models.Model(models.SHAPES[kind](len(tokenizer)), 0)
    model.restore({name: tensor.float() for name, tensor in file.tensors.items()})
    return score(model, tokenizer, tasks.validation_items(FINAL_ITEMS, VALIDATION_SEED))


if __name__ == "__main__":
    torch.set_num_threads(1)
    scores = score_file(sys.argv[1])
    print(json.dumps({"overall": summary(scores), "tasks": scores}, indent=1))
