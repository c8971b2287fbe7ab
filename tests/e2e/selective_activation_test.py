#!/usr/bin/env python3
"""The example of selective activation, with few items: every model is measured, and table and chart are made.

Usage: selective_activation_test.py COSTWAR"""

import csv
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

EXPECTED = ["top-1, trained", "top-2, trained", "top-4, trained", "top-8, trained", "top-1, switched",
            "top-4, switched", "top-8, switched", "dense twin"]


def main(costwar):
    example = Path("examples/selective-activation/run.py").resolve()
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run([str(example), "--items", "8", "--costwar", str(Path(costwar).resolve())], cwd=folder,
                                capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        made = Path(folder) / "selective-activation"
        with open(made / "table.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["model"] for row in rows] == EXPECTED, rows
        active = {row["model"]: int(row["active_parameters"]) for row in rows}
        assert active["top-1, trained"] == active["top-1, switched"] < active["top-2, trained"]
        assert active["top-4, trained"] < active["top-8, switched"]
        for row in rows:
            assert 0 < float(row["solved"]) <= 1 and float(row["tokens_per_s"]) > 0
            assert float(row["dollars_per_million_solved"]) > 0
        assert result.stdout.count("\n| top-") == 7 and result.stdout.count("\n| dense twin") == 1
        chart = xml.etree.ElementTree.parse(made / "chart.svg").getroot()
        circles = [part for part in chart.iter() if part.tag.endswith("circle")]
        assert len(circles) == len(EXPECTED), len(circles)
    print(f"{len(rows)} models measured, table and chart made")


if __name__ == "__main__":
    main(sys.argv[1])
