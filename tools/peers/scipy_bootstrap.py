"""Times scipy.stats.bootstrap and costwar's own resampling of the same rows in turns; started by tools/peers/scipy_bootstrap.
Ours is `resampled_sums` of the Google Benchmark suite; the rows come from the bench itself (COSTWAR_BENCH_ROWS)."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
import numpy as np  # noqa: E402
import scipy  # noqa: E402
from scipy import stats  # noqa: E402

ITEMS, RESAMPLES, MODELS = 100_000, 1_000, 4
BATCH = 20  # resamples at a time: 20 x 100,000 indices and 8 columns of as many values, about 150 MB


def ours(bench, rows=None):
    """Seconds of one resampling, and the interval of the first model's share solved."""
    name = f"frontier_of_items/{ITEMS}" if rows else f"resampled_sums/{ITEMS}/{RESAMPLES}"
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        environment = dict(os.environ, COSTWAR_BENCH_ROWS=rows) if rows else os.environ
        subprocess.run([bench, f"--benchmark_filter=^{name}$", f"--benchmark_out={file.name}", "--benchmark_out_format=json"],
                       check=True, capture_output=True, env=environment)
        entry = json.load(file)["benchmarks"][0]
    return entry["real_time"] / 1000, entry


def theirs(rows, vectorized):
    """All eight statistics of the same resamples. Vectorised: scipy's own way for speed; else one call a resample."""
    columns = tuple(rows.T)
    if vectorized:
        def statistic(*samples, axis=-1):
            return np.stack([np.mean(sample, axis=axis) for sample in samples])
    else:
        def statistic(*samples):
            return np.array([sample.mean() for sample in samples])
    start = time.perf_counter()
    found = stats.bootstrap(columns, statistic, paired=True, vectorized=vectorized, n_resamples=RESAMPLES, batch=BATCH,
                            method="percentile", rng=np.random.default_rng(1))
    return time.perf_counter() - start, (found.confidence_interval.low[1], found.confidence_interval.high[1])


def shown(values):
    return f"{statistics.median(values):.3f} s [{min(values):.3f}, {max(values):.3f}]"


def main(bench, rounds):
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        whole, entry = ours(bench, file.name)
        rows = np.loadtxt(file.name, delimiter=",")
    assert rows.shape == (ITEMS, 2 * MODELS), rows.shape
    rows[:, 0::2] *= 1e-6
    print(f"scipy {scipy.__version__}, numpy {np.__version__}; {ITEMS:,} items, {MODELS} models, {RESAMPLES:,} resamples, "
          f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print(f"the whole frontier once: {whole:.2f} s, {entry['resamples']:.0f} resamples, Monte Carlo error "
          f"{entry['error']:.4f} of an interval's width")
    times = {"costwar": [], "scipy, vectorised": [], "scipy, a call a resample": []}
    for _ in range(rounds):
        seconds, entry = ours(bench)
        times["costwar"].append(seconds)
        for name, vectorized in (("scipy, vectorised", True), ("scipy, a call a resample", False)):
            seconds, interval = theirs(rows, vectorized)
            times[name].append(seconds)
            width = interval[1] - interval[0]
            # Two seeds: with 1,000 resamples an end is known to about 4 % of the width.
            for mine, other in ((entry["low"], interval[0]), (entry["high"], interval[1])):
                assert abs(mine - other) < 0.25 * width, (mine, other, width)
    for name, seconds in times.items():
        ratios = [other / own for other, own in zip(seconds, times["costwar"])]
        print(f"{name:26} {shown(seconds)}   {statistics.median(ratios):.1f} [{min(ratios):.1f}, {max(ratios):.1f}] times ours")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), int(sys.argv[2]))
