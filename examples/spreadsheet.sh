#!/usr/bin/env bash
# One CSV row a model out of the comparison's JSON: examples/spreadsheet.sh comparison.json > comparison.csv
set -euo pipefail
jq -r '
  ["model", "n", "solved", "solved low", "solved high", "cost per solved", "currency", "input tokens", "output tokens"],
  (.models[] | [.model, .n, .quality.estimate, .quality.low, .quality.high,
                .cost_per_solved.amount, .cost_per_solved.currency, .tokens.input, .tokens.output])
  | @csv' "$1"
