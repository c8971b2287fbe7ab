#!/bin/sh
# Trains the mixtures of this example that costwar does not ship (top-2 is local/tiny-moe itself), by its recipe and on
# its batches. Two processes of one thread each; an interrupted run goes on.
# usage: examples/selective-activation/train.sh [RUNS_FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
train=$(cd "$here/../../tools/train" && pwd)
runs=${1:-$here/runs}
mkdir -p "$runs" "$here/weights"
runs=$(cd "$runs" && pwd)
python=${PYTHON:-$train/.venv/bin/python}
export MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=8589934592
export MALLOC_TOP_PAD_=268435456 GLIBC_TUNABLES=glibc.malloc.hugetlb=1
if [ ! -x "$python" ]; then
    python3 -m venv "$train/.venv"
    python=$train/.venv/bin/python
    "$python" -m pip install -q -r "$train/requirements.txt"
fi
cd "$train"

train() { # train MODEL
    [ -f "$runs/$1/result.json" ] ||
        "$python" train.py --model "$1" --rate 0.0125 --seed 2 --steps 1600 --check 400 --out "$runs/$1" >"$runs/$1.out" 2>&1
    "$python" export.py "$runs/$1/checkpoint.pt" "$here/weights/$1.gguf"
}

train moe-8 &
eight=$!
train moe-4
train moe-1
wait "$eight"
