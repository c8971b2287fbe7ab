"""The two choices between runs: select_run.py rate|seed RUNS moe|dense

rate  the learning rate of the grid run with the best validation score
seed  the seed of the median final run by validation score (of two, the lower)
"""

import json
import sys
from pathlib import Path


def results(folder, model):
    """result.json of every finished run of this model under `folder`, best score first."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in Path(folder).glob(f"{model}-*/result.json")]
    return sorted(found, key=lambda r: (-r["overall"]["score"], r["overall"]["loss"]))


def best_rate(runs, model):
    """The grid's learning rate."""
    return results(Path(runs) / "grid", model)[0]["rate"]


def median_seed(runs, model):
    """The seed that ships; with an even number of runs the lower of the middle two."""
    ranked = results(Path(runs) / "final", model)
    return ranked[len(ranked) // 2]["seed"]


if __name__ == "__main__":
    what, runs, model = sys.argv[1:]
    print({"rate": best_rate, "seed": median_seed}[what](runs, model))
