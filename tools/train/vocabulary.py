"""The shared vocabulary: bytes, one token for each word of the templates, three specials.

GPT-2 style byte-level BPE. Every word of the prompts and every key noun is one
token, built by a chain of merges from its first letter; digits and capital
payload letters never merge. Standard library only.
"""

import re

from tasks import TASKS

USER, ASSISTANT, END = "<|user|>", "<|assistant|>", "<|end|>"
SPECIALS = (USER, ASSISTANT, END)
SPACE = "\u0120"  # how the byte-level alphabet writes a blank

CHAT_TEMPLATE = (
    "{%- set ns = namespace(system='') -%}"
    "{%- for message in messages -%}"
    "{%- if message['role'] == 'system' -%}{%- set ns.system = message['content'] + ' ' -%}"
    "{%- elif message['role'] == 'user' -%}"
    "{{- '<|user|>' + ns.system + message['content'] -}}{%- set ns.system = '' -%}"
    "{%- elif message['role'] == 'assistant' -%}"
    "{{- '<|assistant|>' + message['content'] + '<|end|>' -}}"
    "{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)

_PIECES = re.compile(r"'(?:s|t|re|ve|m|ll|d)| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")


def byte_alphabet():
    """The GPT-2 mapping {byte value: printable character}."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    mapping = {value: chr(value) for value in printable}
    extra = 0
    for value in range(256):
        if value not in mapping:
            mapping[value] = chr(256 + extra)
            extra += 1
    return mapping


def _template_words():
    """(words that open a prompt, words that follow a blank), in order of appearance."""
    opening, following = [], []
    for task in TASKS.values():
        text = re.sub(r"\{[a-z]+\}", "0", task["prompt"])
        for match in re.finditer(r"( ?)([A-Za-z]+)", text):
            (following if match[1] else opening).append(match[2])
        following += task["parameters"].get("relations", [])
        following += task["parameters"].get("keys", [])
    return list(dict.fromkeys(opening)), list(dict.fromkeys(following))


def _chain(start, rest):
    """Merges that grow `start` by one letter at a time."""
    merges = []
    for letter in rest:
        merges.append((start, letter))
        start += letter
    return merges


def build_merges():
    """Ordered merges. A capital joins its word before the blank does, so that
    ' R' in a payload stays two tokens while ' Reply' is one."""
    opening, following = _template_words()
    merges = []
    for word in opening:
        merges += _chain(word[0], word[1:])
    for word in following:
        if word[0].isupper():
            merges += _chain(word[0], word[1:]) + [(SPACE, word)]
        else:
            merges += _chain(SPACE, word)
    return list(dict.fromkeys(merges))


def build_tokens(merges):
    """Token strings in id order: 256 bytes, one per merge, the specials, padded
    with unused control tokens to a multiple of 32."""
    tokens = list(byte_alphabet().values())
    tokens += dict.fromkeys(a + b for a, b in merges)
    tokens += SPECIALS
    spare = -len(tokens) % 32
    return tokens + [f"<|unused{i}|>" for i in range(spare)]


class Tokenizer:
    """Text to ids and back, for text in the ASCII range of the suite."""

    def __init__(self):
        self.merges = build_merges()
        self.tokens = build_tokens(self.merges)
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.ranks = {pair: i for i, pair in enumerate(self.merges)}
        self.first_special = self.ids[USER]
        self.user, self.assistant, self.end = (self.ids[s] for s in SPECIALS)
        self._to_char = byte_alphabet()
        self._to_byte = {c: b for b, c in self._to_char.items()}
        self._cache = {}

    def __len__(self):
        return len(self.tokens)

    def _piece(self, piece):
        """Ids of one pre-tokenised piece: apply the lowest-ranked merge until none fits."""
        parts = [self._to_char[b] for b in piece.encode("utf-8")]
        while len(parts) > 1:
            rank, at = min(
                (self.ranks.get(pair, len(self.ranks)), i) for i, pair in enumerate(zip(parts, parts[1:]))
            )
            if rank == len(self.ranks):
                break
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return [self.ids[part] for part in parts]

    def encode(self, text):
        """Token ids of plain text (specials are not recognised in it)."""
        ids = []
        for piece in _PIECES.findall(text):
            known = self._cache.get(piece)
            if known is None:
                known = self._piece(piece)
                if len(self._cache) < 50_000:
                    self._cache[piece] = known
            ids += known
        return ids

    def decode(self, ids):
        """Text of ids; specials vanish."""
        text = "".join(self.tokens[i] for i in ids if i < self.first_special)
        return bytes(self._to_byte[c] for c in text).decode("utf-8", errors="replace")

    def prompt(self, text):
        """Ids that the model sees before its answer."""
        return [self.user, *self.encode(text), self.assistant]
