"""Tests of the split and of everything that needs no package: python3 tools/train/test_train.py"""

import json
import random
import unittest

import make_golden
import tasks
import vocabulary

PER_TASK = 4000  # six tasks: 24,000 training items


class Split(unittest.TestCase):
    """Training, validation and evaluation never share an item."""

    def test_roles_cover_all_buckets_once(self):
        roles = [tasks.SUITE["split"][role] for role in ("evaluation", "validation", "training")]
        self.assertEqual(sorted(sum(roles, [])), list(range(tasks.BUCKETS)))

    def test_training_items_stay_in_training_buckets(self):
        rng = random.Random(11)
        for name in tasks.NAMES:
            for i in range(PER_TASK):
                item = tasks.draw(name, rng, tasks.TRAINING, easy=i % 3 == 0)
                self.assertIn(tasks.bucket(item.split_key), tasks.TRAINING, item)

    def test_every_question_of_a_recall_family_is_a_training_item(self):
        rng = random.Random(12)
        for i in range(200):
            for key, item in tasks.draw_recall_family(rng, tasks.TRAINING, 20, easy=i % 2 == 0):
                self.assertEqual(item.split_key, "recall:" + item.prompt)
                self.assertIn(f" {key}={item.answer}", item.prompt)
                self.assertIn(tasks.bucket(item.split_key), tasks.TRAINING, item)

    def test_validation_items_stay_in_the_validation_bucket(self):
        items = tasks.validation_items(100, 7)
        self.assertEqual(len({item.split_key for item in items}), len(tasks.NAMES) * 100)
        for item in items:
            self.assertIn(tasks.bucket(item.split_key), tasks.VALIDATION, item)

    def test_bucket_is_the_documented_hash(self):
        # From the shell: printf 'arithmetic:3+14' | sha256sum; first 16 hex digits modulo 8.
        self.assertEqual(tasks.bucket("arithmetic:3+14"), 3)

    def test_golden_file_still_matches(self):
        golden = json.loads(make_golden.SPLIT.read_text(encoding="utf-8"))
        self.assertEqual(golden["items"], make_golden.split_items())


class Items(unittest.TestCase):
    """Prompts, answers and canonical forms say what builtin.json says."""

    def draws(self, name, count=300):
        rng = random.Random(5)
        return [tasks.draw(name, rng, frozenset(range(tasks.BUCKETS))) for _ in range(count)]

    def test_arithmetic(self):
        for item in self.draws("arithmetic"):
            a, op, b = item.prompt.split("?")[0].removeprefix("What is ").split(" ")
            value = {"+": int(a) + int(b), "-": int(a) - int(b), "*": int(a) * int(b)}[op]
            self.assertEqual(item.answer, str(value))
            left, right = (a, b) if op == "-" else sorted((a, b), key=int)
            self.assertEqual(item.split_key, f"arithmetic:{left}{op}{right}")

    def test_sorting(self):
        for item in self.draws("sorting"):
            numbers = item.prompt.split(": ")[1].split(".")[0].split(" ")
            self.assertTrue(4 <= len(numbers) <= 10)
            self.assertEqual(item.answer, " ".join(sorted(numbers, key=int)))
            self.assertEqual(item.split_key, "sorting:" + item.answer)

    def test_copying_and_reversing(self):
        for item in self.draws("copying"):
            self.assertEqual(item.prompt, "Copy this string: " + item.answer)
            self.assertTrue(6 <= len(item.answer) <= 20)
        for item in self.draws("reversing"):
            text = item.prompt.removeprefix("Reverse this string: ")
            self.assertEqual(item.answer, text[::-1])
            self.assertEqual(item.split_key, "reversing:" + min(text, item.answer))

    def test_recall(self):
        for item in self.draws("recall"):
            pairs = item.prompt.removeprefix("Remember: ").split(". What")[0].split(", ")
            facts = dict(pair.split("=") for pair in pairs)
            self.assertTrue(16 <= len(facts) == len(pairs) <= 48)
            key = item.prompt.split("What is ")[1].split("?")[0]
            self.assertEqual(item.answer, facts[key])

    def test_comparison(self):
        changed = 0
        items = self.draws("comparison", 2000)
        for item in items:
            relation, a, b = item.prompt.split("?")[0].removeprefix("Which is ").replace(" or", ",").split(", ")
            self.assertNotEqual(int(a), int(b))
            self.assertTrue(all(x == str(int(x)) and 2 <= len(x) <= 5 for x in (a, b)))
            self.assertEqual(int(item.answer), {"larger": max, "smaller": min}[relation](int(a), int(b)))
            self.assertEqual(item.split_key, f"comparison:{relation} {min(int(a), int(b))},{max(int(a), int(b))}")
            changed += len(a) == len(b) and sum(x != y for x, y in zip(a, b)) == 1
        self.assertTrue(0.45 < changed / len(items) < 0.6)


class Vocabulary(unittest.TestCase):
    """Words are single tokens; digits and payload letters are not merged."""

    @classmethod
    def setUpClass(cls):
        cls.tokenizer = vocabulary.Tokenizer()

    def pieces(self, text):
        return [self.tokenizer.tokens[i] for i in self.tokenizer.encode(text)]

    def test_words_and_digits(self):
        expected = ["What", "\u0120is", "\u0120", "4", "2", "?", "\u0120Reply", "\u0120with"]
        self.assertEqual(self.pieces("What is 42? Reply with"), expected)

    def test_every_key_noun_is_one_token(self):
        for key in tasks.TASKS["recall"]["parameters"]["keys"]:
            self.assertEqual(self.pieces(f" {key}"), ["\u0120" + key])

    def test_capital_payload_never_merges(self):
        self.assertEqual(self.pieces(" REWHSOCO"), ["\u0120", *"REWHSOCO"])

    def test_items_survive_the_round_trip(self):
        for item in tasks.validation_items(50, 3):
            for text in (item.prompt, item.answer):
                self.assertEqual(self.tokenizer.decode(self.tokenizer.encode(text)), text)

    def test_ids_agree_with_the_golden_file(self):
        path = make_golden.ENGINE / "tokenizer.json"
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
            if case["text"].isascii():
                self.assertEqual(self.tokenizer.encode(case["text"]), case["ids"], case["text"])


if __name__ == "__main__":
    unittest.main()
