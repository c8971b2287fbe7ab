#!/usr/bin/env bash
# A run for people who live in spreadsheets: examples/spreadsheet.sh RUN [FOLDER]
# RUN is what `costwar runs` lists: an id or its beginning, or a label. docs/spreadsheets.md says what is in the files.
set -euo pipefail
run=$1
folder=${2:-sheets}
mkdir -p "$folder"
# A workbook whose rates can be changed, and every table as CSV beside a description of its columns.
"${COSTWAR:-costwar}" report "$run" -o "$folder/report.xlsx" -o "$folder/tables/"
# What was billed, in the shape that FinOps tools read.
"${COSTWAR:-costwar}" report "$run" --format focus -o "$folder/focus.csv"
