"""The measured part of the model card: card.py RUNS

Replaces what stands between the two markers in docs/tiny-models.md.
"""

import json
import sys
from pathlib import Path

import select_run
import tasks
from evaluate import wilson

CARD = Path(__file__).resolve().parents[2] / "docs" / "tiny-models.md"
BEGIN, END = "<!-- measured: begin (tools/train/card.py) -->", "<!-- measured: end -->"
TITLES = {"moe": "tiny-moe", "dense": "tiny-dense"}


def percent(right, n):
    """'81.2 [78.9, 83.3]', all in percent."""
    low, high = wilson(right, n)
    return f"{100 * right / n:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def table(header, rows):
    """Markdown lines; the first column is text, the others are numbers."""
    yield "| " + " | ".join(header) + " |"
    yield "| --- " + "| ---: " * (len(header) - 1) + "|"
    for row in rows:
        yield "| " + " | ".join(map(str, row)) + " |"


def grid_lines(runs):
    rows = []
    for model, title in TITLES.items():
        chosen = select_run.best_rate(runs, model)
        for r in sorted(select_run.results(Path(runs) / "grid", model), key=lambda r: r["rate"]):
            o = r["overall"]
            mark = " (chosen)" if r["rate"] == chosen else ""
            rows.append((title, f"{r['rate']}{mark}", r["steps"], percent(o["right"], o["n"]), f"{o['loss']:.3f}"))
    return table(("model", "peak learning rate", "steps", "validation score, %", "loss"), rows)


def run_lines(runs):
    rows = []
    for model, title in TITLES.items():
        shipped = select_run.median_seed(runs, model)
        for r in sorted(select_run.results(Path(runs) / "final", model), key=lambda r: r["seed"]):
            o = r["overall"]
            mark = " (shipped)" if r["seed"] == shipped else ""
            rows.append((
                title, f"{r['seed']}{mark}", f"{r['tokens']:,}", f"{r['total']:,}", f"{r['active']:,}",
                f"{r['seconds'] / 60:.0f}", percent(o["right"], o["n"]),
            ))
    header = ("model", "seed", "tokens", "parameters", "active", "minutes", "validation score, %")
    return table(header, rows)


def task_lines(runs):
    columns = []
    for model, title in TITLES.items():
        for r in sorted(select_run.results(Path(runs) / "final", model), key=lambda r: r["seed"]):
            columns.append((f"{title}, seed {r['seed']}", r["tasks"]))
    rows = [(name, *(percent(t[name]["right"], t[name]["n"]) for _, t in columns)) for name in tasks.NAMES]
    return table(("task, %", *(title for title, _ in columns)), rows)


def curve(folder):
    """{step: (training loss, validation right, validation n)} of one run."""
    points = {}
    for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        point = points.setdefault(entry["step"], {})
        if "loss" in entry:
            point["loss"] = entry["loss"]
        if "overall" in entry:
            point["score"] = 100 * entry["overall"]["score"]
    return points


def curve_lines(runs):
    folders = sorted(p.parent for p in (Path(runs) / "final").glob("*/result.json"))
    curves = {folder.name: curve(folder) for folder in folders}
    steps = [s for s, p in next(iter(curves.values())).items() if "score" in p]
    rows = []
    for step in steps:
        cells = []
        for points in curves.values():
            point = points.get(step, {})
            cells.append(f"{point['loss']:.3f} / {point['score']:.0f}" if len(point) == 2 else "–")
        rows.append((step, *cells))
    return table(("step", *curves), rows)


def measured(runs):
    """All tables with their headings."""
    lines = ["### Learning-rate grid", "", *grid_lines(runs), ""]
    lines += ["### Final runs", "", *run_lines(runs), ""]
    lines += ["### By task (validation items, 200 a task)", "", *task_lines(runs), ""]
    lines += ["### Loss curves (training loss / validation score in %, 240 items)", "", *curve_lines(runs), ""]
    return "\n".join(lines)


def main():
    text = CARD.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    CARD.write_text(f"{before}{BEGIN}\n{measured(sys.argv[1])}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
