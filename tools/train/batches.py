"""Training batches: a pure function of (seed, step), so both models see the same data.

A batch is one flat list of tokens without padding. Sequences are grouped by
length; a group carries the indices that lay its tokens out as a padded
[rows, length] rectangle for attention and back.
"""

import random
from dataclasses import dataclass

import torch

import tasks

@dataclass(frozen=True)
class Phase:
    """A stretch of the run up to `until` (a share of all steps): items per step (for
    recall: rows, each with several questions about one list), the share of easy
    items at its start, and the point where that share reaches zero."""

    until: float
    mix: dict
    easy: float = 0.0
    easy_until: float = 1.0


# Copying and reversing are learnt early, carries late.
PHASES = (
    Phase(
        0.5,
        {"arithmetic": 56, "comparison": 12, "reversing": 24, "copying": 12, "sorting": 28, "recall": 4},
        easy=0.5,
        easy_until=0.375,
    ),
    Phase(1.0, {"arithmetic": 100, "comparison": 12, "reversing": 8, "copying": 6, "sorting": 20, "recall": 4}),
)
TASK_WEIGHT = {"arithmetic": 2.0}  # loss weight of an answer token; 1 where not named
LENGTHS = (("arithmetic", "comparison", "reversing"), ("copying", "sorting"), ("recall",))
RECALL_TOKENS = 320
QUESTION_TOKENS = 15  # tokens of one follow-up question with its answer
TOKEN_STEP = 256  # few distinct matrix shapes keep the CPU kernels' cache warm


@dataclass
class Group:
    """Rows of similar length. `start` is the first flat position. `pad` [rows *
    length] holds positions counted from there (0 for padding, which causal attention
    never shows to a real token); `unpad` [tokens] holds each token's place in the
    rectangle."""

    rows: int
    length: int
    start: int
    pad: torch.Tensor
    unpad: torch.Tensor


@dataclass
class Batch:
    """tokens: real ones; ids, positions: those and filling at the end. scored:
    real answers; answers [n]: flat positions whose next token is scored, with that
    token in targets [n] and its loss weight in weights [n]; filling weighs nothing."""

    tokens: int
    scored: int
    ids: torch.Tensor
    positions: torch.Tensor
    answers: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor
    groups: list


def item_sequence(tokenizer, turns):
    """(ids, flags) of (prompt, answer) turns in one conversation; a flag is True
    for each token of an answer and its end."""
    ids, scored = [], []
    for prompt, answer in turns:
        question = tokenizer.prompt(prompt)
        reply = [*tokenizer.encode(answer), tokenizer.end]
        ids += question + reply
        scored += [False] * len(question) + [True] * len(reply)
    return ids, scored


def recall_sequence(tokenizer, rng, easy):
    """One list of facts and as many questions about it as RECALL_TOKENS allows."""
    family = tasks.draw_recall_family(rng, tasks.TRAINING, RECALL_TOKENS // QUESTION_TOKENS, easy)
    (_, first), *others = family
    turns = [(first.prompt, first.answer)]
    _, tail = first.prompt.rsplit(". What is ", 1)
    tail = tail.split("?", 1)[1]
    room = RECALL_TOKENS - len(tokenizer.encode(first.prompt)) - 5
    for key, item in others[: max(0, room // QUESTION_TOKENS)]:
        turns.append((f"What is {key}?{tail}", item.answer))
    return item_sequence(tokenizer, turns)


def pack(groups_of_sequences, weights_of):
    """A Batch from lists of (task, ids, scored) grouped by length."""
    ids, positions, answers, targets, weights, groups = [], [], [], [], [], []
    for sequences in groups_of_sequences:
        length = max(len(s[1]) for s in sequences)
        start = len(ids)
        pad = torch.zeros(len(sequences), length, dtype=torch.long)
        unpad = []
        for row, (task, sequence, scored) in enumerate(sequences):
            at = len(ids)
            pad[row, : len(sequence)] = torch.arange(at - start, at - start + len(sequence))
            unpad.append(torch.arange(row * length, row * length + len(sequence)))
            for i, flag in enumerate(scored):
                if flag:
                    answers.append(at + i - 1)
                    targets.append(sequence[i])
                    weights.append(weights_of.get(task, 1.0))
            ids += sequence
            positions += range(len(sequence))
        groups.append(Group(len(sequences), length, start, pad.flatten(), torch.cat(unpad)))
    tokens, scored = len(ids), len(answers)
    filling = -tokens % TOKEN_STEP
    ids += [0] * filling
    positions += [0] * filling
    filling = -scored % TOKEN_STEP
    answers += [0] * filling
    targets += [0] * filling
    weights += [0.0] * filling
    return Batch(
        tokens,
        scored,
        torch.tensor(ids),
        torch.tensor(positions),
        torch.tensor(answers),
        torch.tensor(targets),
        torch.tensor(weights),
        groups,
    )


def phase_at(progress):
    """(phase, share of easy items) at this point of the run, 0 to 1."""
    began = 0.0
    for phase in PHASES:
        if progress < phase.until:
            break
        began = phase.until
    return phase, phase.easy * max(0.0, 1.0 - (progress - began) / (phase.easy_until - began))


def training_batch(tokenizer, seed, step, progress):
    """The batch of this step, `progress` (0 to 1) into the run."""
    rng = random.Random(f"training {seed} {step}")
    phase, easy_share = phase_at(progress)
    groups = []
    for names in LENGTHS:
        sequences = []
        for name in names:
            for _ in range(phase.mix[name]):
                easy = rng.random() < easy_share
                sequences.append((name, *training_sequence(tokenizer, name, rng, easy)))
        groups.append(sequences)
    return pack(groups, TASK_WEIGHT)


def training_sequence(tokenizer, name, rng, easy):
    """(ids, flags) of one training sequence of the named task."""
    if name == "recall":
        return recall_sequence(tokenizer, rng, easy)
    item = tasks.draw(name, rng, tasks.TRAINING, easy)
    return item_sequence(tokenizer, [(item.prompt, item.answer)])


def scoring_batches(tokenizer, items, rows):
    """Batches of single items, sorted by length, as (Batch, items in row order)."""
    sequences = []
    for item in items:
        sequences.append((item, *item_sequence(tokenizer, [(item.prompt, item.answer)])))
    sequences.sort(key=lambda s: len(s[1]))
    for i in range(0, len(sequences), rows):
        part = sequences[i : i + rows]
        yield pack([[(s[0].task, s[1], s[2]) for s in part]], {}), [s[0] for s in part]
