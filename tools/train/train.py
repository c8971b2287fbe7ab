"""One training run: python train.py --model moe --rate 0.005 --seed 1 --steps 2000 --out DIR

Writes DIR/log.jsonl (loss curve, validation scores) and DIR/checkpoint.pt, from
which an interrupted run continues; DIR/result.json when finished.
"""

import argparse
import json
import time
from pathlib import Path

import torch

import batches
import evaluate
import kernels
import models
import tasks
import vocabulary
from optimizer import Optimizer

WARM_UP = 60  # steps of rising learning rate
# Then straight lines between (share of all steps, share of the peak rate); equal shares make a step.
RATE_KNOTS = ((0.5, 1200 / 1940), (0.5, 800 / 1540), (1.0, 0.0))
BALANCE_RATE = 2e-3
CHECK_ITEMS = 40  # validation items per task while training


def rate_at(step, steps, peak):
    """Learning rate of this step."""
    if step < WARM_UP:
        return peak * (step + 1) / WARM_UP
    progress = step / steps
    knots = ((WARM_UP / steps, 1.0), *RATE_KNOTS)
    for (x0, y0), (x1, y1) in zip(knots, knots[1:]):
        if x0 <= progress < x1:
            return peak * (y0 + (y1 - y0) * (progress - x0) / (x1 - x0))
    return 0.0


class Run:
    """A model, its optimiser and the files of one run."""

    def __init__(self, options):
        self.options = options
        self.folder = Path(options.out)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tokenizer = vocabulary.Tokenizer()
        shape = models.SHAPES[options.model](len(self.tokenizer))
        self.model = models.Model(shape, options.seed)
        self.optimizer = Optimizer(self.model)
        self.step, self.tokens, self.seconds = 0, 0, 0.0
        self._resume()

    @property
    def checkpoint(self):
        return self.folder / "checkpoint.pt"

    def _resume(self):
        if self.checkpoint.exists():
            state = torch.load(self.checkpoint, weights_only=True)
            self.model.restore(state["tensors"])
            self.optimizer.restore(state["optimizer"])
            self.step, self.tokens, self.seconds = state["step"], state["tokens"], state["seconds"]

    def save(self):
        """Write the checkpoint so that a crash leaves the old or the new one."""
        state = {
            "model": self.options.model, "tensors": self.model.tensors(),
            "optimizer": self.optimizer.state(), "step": self.step,
            "tokens": self.tokens, "seconds": self.seconds,
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def log(self, **fields):
        line = json.dumps({"step": self.step, "tokens": self.tokens, "seconds": round(self.seconds, 1), **fields})
        with open(self.folder / "log.jsonl", "a", encoding="utf-8") as file:
            file.write(line + "\n")
        print(line, flush=True)

    def train_step(self):
        """One update; returns the training loss in nats per answer token."""
        o = self.options
        began = time.monotonic()
        batch = batches.training_batch(self.tokenizer, o.seed, self.step, self.step / o.steps)
        loss = kernels.answer_loss(self.model(batch), batch.targets, batch.weights)
        for parameter in self.model.parameters():
            parameter.grad = None
        loss.backward()
        self.optimizer.step(rate_at(self.step, o.steps, o.rate))
        self.model.balance(BALANCE_RATE * (1 - self.step / o.steps))
        self.step += 1
        self.tokens += batch.tokens
        self.seconds += time.monotonic() - began
        return loss.item()

    def validate(self, per_task):
        items = tasks.validation_items(per_task, evaluate.VALIDATION_SEED)
        return evaluate.score(self.model, self.tokenizer, items)

    def loads(self):
        """Share of the busiest expert in the last batch, per layer."""
        return [round((load.max() / load.sum()).item(), 3) for load in self.model.load.values()]

    def finish(self):
        """Final validation and result.json."""
        scores = self.validate(evaluate.FINAL_ITEMS)
        total, active = self.model.parameter_counts()
        o = self.options
        result = {
            "model": o.model, "seed": o.seed, "rate": o.rate, "steps": self.step,
            "tokens": self.tokens, "seconds": round(self.seconds), "total": total, "active": active,
            "shape": self.model.describe(), "overall": evaluate.summary(scores), "tasks": scores,
        }
        (self.folder / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(result["overall"]), flush=True)

    def go(self):
        o = self.options
        losses = []
        while self.step < o.steps:
            losses.append(self.train_step())
            if self.step % 50 == 0:
                self.log(loss=round(sum(losses) / len(losses), 4), busiest=self.loads())
                losses = []
            if self.step % o.check == 0:
                scores = self.validate(CHECK_ITEMS)
                self.log(validation={k: [v["right"], v["n"]] for k, v in scores.items()},
                         overall=evaluate.summary(scores))
                self.save()
        self.save()
        self.finish()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=models.SHAPES, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--check", type=int, default=200, help="steps between validations and checkpoints")
    parser.add_argument("--out", required=True)
    torch.set_num_threads(1)
    Run(parser.parse_args()).go()


if __name__ == "__main__":
    main()
