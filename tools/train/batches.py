"""Training batches: a pure function of (seed, step), so both models see the same data.

A batch is one flat list of tokens without padding. Sequences are grouped by
length; a group carries the indices that lay its tokens out as a padded
[rows, length] rectangle for attention and back.
"""

import random
from dataclasses import dataclass

import torch

import tasks

# Items per step. Recall counts rows, each with several questions about one list.
SHORT = {"arithmetic": 56, "comparison": 12, "reversing": 24}
MIDDLE = {"copying": 12, "sorting": 28}
RECALL_ROWS = 4
RECALL_TOKENS = 320
QUESTION_TOKENS = 15  # tokens of one follow-up question with its answer
TOKEN_STEP = 256  # few distinct matrix shapes keep the CPU kernels' cache warm
TASK_WEIGHT = {"arithmetic": 2.0}  # loss weight of an answer token; 1 where not named


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


def item_sequence(tokenizer, items):
    """(ids, first-answer-token flags) of items that share one conversation.

    The first item contributes its whole prompt, later ones what `items` says.
    """
    ids, scored = [], []
    for prompt, answer in items:
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


def training_batch(tokenizer, seed, step, easy_share):
    """The batch of this step; `easy_share` of its items are shorter than the suite's."""
    rng = random.Random(f"training {seed} {step}")
    groups = []
    for counts in (SHORT, MIDDLE):
        sequences = []
        for name, count in counts.items():
            for _ in range(count):
                item = tasks.draw(name, rng, tasks.TRAINING, rng.random() < easy_share)
                sequences.append((name, *item_sequence(tokenizer, [(item.prompt, item.answer)])))
        groups.append(sequences)
    recall = [recall_sequence(tokenizer, rng, rng.random() < easy_share) for _ in range(RECALL_ROWS)]
    groups.append([("recall", *sequence) for sequence in recall])
    return pack(groups, TASK_WEIGHT)


def scoring_batches(tokenizer, items, rows):
    """Batches of single items, sorted by length, as (Batch, items in row order)."""
    sequences = []
    for item in items:
        sequences.append((item, *item_sequence(tokenizer, [(item.prompt, item.answer)])))
    sequences.sort(key=lambda s: len(s[1]))
    for i in range(0, len(sequences), rows):
        part = sequences[i : i + rows]
        yield pack([[(s[0].task, s[1], s[2]) for s in part]], {}), [s[0] for s in part]
