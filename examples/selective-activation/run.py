#!/usr/bin/env python3
"""What selective activation buys: the same small mixture of experts with 1, 2, 4 and 8 of its 16 experts a token.

    examples/selective-activation/run.py [--items N] [--costwar PROGRAM] [--out FOLDER]

Two curves, which answer two questions, beside a dense twin of about top-2's active parameters:
- switched: weights that were trained with 2 experts, run with 1, 2, 4 and 8. The router never saw that: what turning
  the knob of a finished model does.
- trained:  weights that were trained at each k, on the same batches. What a model of that k would be worth.

Top-2 and the dense twin are the two models that costwar ships; the others are in weights/, where train.sh made them
(PyTorch, about 20 minutes a model on one core). One seed a model: another one moves a score by about four points
(docs/tiny-models.md).

Measures with costwar, one run for all models, and writes table.md, table.csv and chart.svg into the folder. Needs
Python's standard library alone. Joules need a meter, or watts in costwar.json (docs/energy.md).
"""

import argparse
import csv
import html
import json
import math
import shutil
import struct
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WEIGHTS = HERE / "weights"
SHIPPED = HERE.parents[1] / "catalog" / "models"
ALL_K = (1, 2, 4, 8)
TRAINED_K = 2  # of the weights that are switched
U32 = 4  # GGUF's type of a 32-bit unsigned value


def set_experts_used(source, target, used):
    """A copy of a GGUF file that uses `used` experts a token; the weights stay as they are."""
    content = bytearray(source.read_bytes())
    key = b"deepseek2.expert_used_count"
    at = content.find(struct.pack("<Q", len(key)) + key)
    if at < 0:
        sys.exit(f"{source}: has no key {key.decode()}")
    at += 8 + len(key)
    (kind,) = struct.unpack_from("<I", content, at)
    if kind != U32:
        sys.exit(f"{source}: {key.decode()} is of another type than 32-bit unsigned")
    struct.pack_into("<I", content, at + 4, used)
    target.write_bytes(content)


class Point:
    """One model of the comparison: which curve, how many experts, and what costwar found."""

    def __init__(self, curve, used, path):
        self.curve, self.used, self.path = curve, used, path
        self.row = self.energy = self.shape = None

    @property
    def name(self):
        return f"local/{self.path}"

    @property
    def label(self):
        return "dense twin" if self.curve == "dense" else f"top-{self.used}, {self.curve}"


def points(scratch):
    """Every model to measure, in the order of the table; all were trained on as many tokens."""
    base = SHIPPED / "tiny-moe.gguf"
    trained = [Point("trained", k, base if k == TRAINED_K else WEIGHTS / f"moe-{k}.gguf") for k in ALL_K]
    missing = [str(point.path) for point in trained if not point.path.exists()]
    if missing:
        sys.exit(f"train.sh makes what is missing: {', '.join(missing)}")
    switched = []
    for k in ALL_K:
        if k == TRAINED_K:
            continue
        path = scratch / f"switched-{k}.gguf"
        set_experts_used(base, path, k)
        switched.append(Point("switched", k, path))
    return [*trained, *switched, Point("dense", 0, SHIPPED / "tiny-dense.gguf")]


def measure(options, models):
    """costwar's comparison of all models, as JSON."""
    command = [options.costwar, "compare", *[model.name for model in models],
               "--tasks", "arithmetic,comparison,reversing,copying,sorting", "--n", str(options.items),
               "--store", str(options.out / "runs.db"), "--format", "json"]
    result = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if result.returncode != 0:
        sys.exit(f"costwar ended with {result.returncode}")
    report = json.loads(result.stdout)
    energy = {row["model"]: row for row in report.get("energy", [])}
    for model, row in zip(models, report["models"]):
        model.row, model.energy = row, energy.get(row["label"])
    return report


def active_parameters(options, model):
    """Active parameters of one token, as `costwar host inspect` counts them."""
    result = subprocess.run([options.costwar, "host", "inspect", str(model.path), "--format", "json"],
                            stdout=subprocess.PIPE, check=True)
    return json.loads(result.stdout)["models"][0]["active_parameters"]


def money(cell):
    """Dollars per solved task, with their interval: a list of three, None where unknown."""
    return [float(cell[key]) if cell.get(key) is not None else None for key in ("amount", "low", "high")]


def record(options, model):
    """The figures of one row of the table."""
    quality, cost = model.row["quality"], money(model.row["cost_per_solved"])
    joules = model.energy["joules_per_solved"] if model.energy else None
    if isinstance(joules, dict):
        joules = joules["estimate"]
    return {
        "model": model.label, "curve": model.curve, "experts": model.used or None,
        "active_parameters": active_parameters(options, model),
        "solved": quality["estimate"], "solved_low": quality["low"], "solved_high": quality["high"],
        "tokens_per_s": model.row["time"]["decode_tokens_per_s"],
        "dollars_per_million_solved": cost[0] and cost[0] * 1e6,
        "dollars_low": cost[1] and cost[1] * 1e6, "dollars_high": cost[2] and cost[2] * 1e6,
        "joules_per_solved": joules, "joules_basis": model.energy["basis"] if model.energy else None,
    }


def number(value, form):
    """A dash for what is unknown."""
    return "–" if value is None else format(value, form)


def write_table(rows, report, folder):
    """table.md and table.csv."""
    with open(folder / "table.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    basis = {row["joules_basis"] for row in rows if row["joules_basis"]}
    lines = [f"Run {report['run']}, {report['models'][0]['n']} items a model; 95 % intervals. Joules: "
             f"{', '.join(sorted(basis)) or 'unknown on this machine'}.", "",
             "| model | active parameters | solved, % | tokens/s | $ per million solved | J per solved |",
             "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for row in rows:
        solved = f"{100 * row['solved']:.1f} [{100 * row['solved_low']:.1f}, {100 * row['solved_high']:.1f}]"
        cost = number(row["dollars_per_million_solved"], ".4f")
        if row["dollars_low"] is not None and row["dollars_high"] is not None:
            cost += f" [{row['dollars_low']:.4f}, {row['dollars_high']:.4f}]"
        lines.append(f"| {row['model']} | {row['active_parameters']:,} | {solved} | "
                     f"{number(row['tokens_per_s'], ',.0f')} | {cost} | {number(row['joules_per_solved'], '.3g')} |")
    (folder / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


class Chart:
    """Quality against dollars per solved task, logarithmic; a curve for each kind of weights."""

    WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 460, 70, 20, 50, 60
    COLOURS = {"trained": "#1b6ca8", "switched": "#c2571a", "dense": "#4d4d4d"}
    WORDS = {"trained": "trained at each k", "switched": f"trained at k = {TRAINED_K}, run at other k",
             "dense": "dense twin of top-2"}

    def __init__(self, rows):
        self.rows = [row for row in rows if row["dollars_per_million_solved"]]
        costs = [row[key] or row["dollars_per_million_solved"] for row in self.rows
                 for key in ("dollars_low", "dollars_high", "dollars_per_million_solved")]
        self.low, self.high = math.log10(min(costs)) - 0.05, math.log10(max(costs)) + 0.1
        # Quality from the lowest interval to the highest, in whole steps: the axis does not begin at zero.
        spread = max(row["solved_high"] for row in self.rows) - min(row["solved_low"] for row in self.rows)
        self.step = next((step for step in (2, 5, 10) if spread * 100 <= 8 * step), 20)
        self.bottom = math.floor(100 * min(row["solved_low"] for row in self.rows) / self.step) * self.step
        self.top = math.ceil(100 * max(row["solved_high"] for row in self.rows) / self.step) * self.step

    def x(self, cost):
        share = (math.log10(cost) - self.low) / (self.high - self.low)
        return self.LEFT + share * (self.WIDTH - self.LEFT - self.RIGHT)

    def y(self, solved):
        share = (100 * solved - self.bottom) / (self.top - self.bottom)
        return self.HEIGHT - self.BOTTOM - share * (self.HEIGHT - self.TOP - self.BOTTOM)

    def axes(self):
        parts = []
        for percent in range(self.bottom, self.top + 1, self.step):
            y = self.y(percent / 100)
            parts.append(f'<line x1="{self.LEFT}" y1="{y:.1f}" x2="{self.WIDTH - self.RIGHT}" y2="{y:.1f}" '
                         f'stroke="#ddd"/><text x="{self.LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{percent}</text>')
        exponent = math.floor(self.low)
        while exponent <= self.high:
            for step in (1, 1.5, 2, 3, 4, 5, 7):
                cost = step * 10.0**exponent
                if self.low <= math.log10(cost) <= self.high:
                    parts.append(f'<text x="{self.x(cost):.1f}" y="{self.HEIGHT - self.BOTTOM + 18}" '
                                 f'text-anchor="middle">{cost:g}</text>')
            exponent += 1
        parts.append(f'<text x="{(self.LEFT + self.WIDTH) / 2:.0f}" y="{self.HEIGHT - 16}" text-anchor="middle">'
                     "dollars of machine time per million solved tasks (logarithmic)</text>")
        parts.append('<text x="16" y="34">solved, %</text>')
        return parts

    def shared(self, name):
        if name != "switched":
            return []
        return [row for row in self.rows if row["curve"] == "trained" and row["experts"] == TRAINED_K]

    def curve(self, name, x_legend):
        rows = [row for row in self.rows if row["curve"] == name]
        if not rows:
            return []
        colour = self.COLOURS[name]
        # The curves meet at the k of the weights that are switched.
        line = sorted([*rows, *self.shared(name)], key=lambda row: row["experts"] or 0)
        path = " ".join(f"{self.x(r['dollars_per_million_solved']):.1f},{self.y(r['solved']):.1f}" for r in line)
        dashes = ' stroke-dasharray="6 4"' if name == "switched" else ""
        parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>']
        for row in rows:
            x, y = self.x(row["dollars_per_million_solved"]), self.y(row["solved"])
            low, high = self.y(row["solved_low"]), self.y(row["solved_high"])
            label = f"k = {row['experts']}" if row["experts"] else "dense"
            beside, below, anchor = (-8, 18, "end") if name == "switched" else (8, -10, "start")
            parts.append(f'<line x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}" stroke="{colour}"/>'
                         f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>'
                         f'<text x="{x + beside:.1f}" y="{y + below:.1f}" text-anchor="{anchor}" '
                         f'fill="{colour}">{label}</text>')
        x = x_legend
        parts.append(f'<line x1="{x}" y1="30" x2="{x + 26}" y2="30" stroke="{colour}" stroke-width="2"{dashes}/>'
                     f'<text x="{x + 32}" y="34" fill="{colour}">{html.escape(self.WORDS[name])}</text>')
        return parts

    def svg(self):
        parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.WIDTH} {self.HEIGHT}" role="img" '
                 'font-family="sans-serif" font-size="13"><title>Selective activation: quality against cost</title>'
                 f'<rect width="{self.WIDTH}" height="{self.HEIGHT}" fill="white"/>']
        parts += self.axes()
        x = self.LEFT + 40
        for name, words in self.WORDS.items():
            curve = self.curve(name, x)
            parts += curve
            x += 56 + 7 * len(words) if curve else 0
        return "\n".join([*parts, "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=100, help="of each of five tasks (default: 100)")
    parser.add_argument("--costwar", default=shutil.which("costwar") or "costwar", help="the program")
    parser.add_argument("--out", type=Path, default=Path("selective-activation"), help="folder for what is made")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    models = points(options.out)
    report = measure(options, models)
    rows = [record(options, model) for model in models]
    write_table(rows, report, options.out)
    (options.out / "chart.svg").write_text(Chart(rows).svg(), encoding="utf-8")
    print((options.out / "table.md").read_text(encoding="utf-8"), end="")


if __name__ == "__main__":
    main()
