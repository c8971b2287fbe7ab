#!/bin/sh
# Trains the weights of this example: one mixture for each k and the dense twin, all on the same batches.
# usage: examples/selective-activation/train.sh [STEPS] [RUNS_FOLDER]   (an interrupted run goes on)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
train=$(cd "$here/../../tools/train" && pwd)
steps=${1:-400}
runs=${2:-$here/runs}
mkdir -p "$runs" "$here/weights"
runs=$(cd "$runs" && pwd)
python=${PYTHON:-$train/.venv/bin/python}
export MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=8589934592
export MALLOC_TOP_PAD_=268435456 GLIBC_TUNABLES=glibc.malloc.hugetlb=1
if [ ! -x "$python" ]; then
    python3 -m venv "$train/.venv"
    "$python" -m pip install -q -r "$train/requirements.txt"
fi
cd "$train"
for model in moe-2 moe-1 moe-4 moe-8 dense; do
    [ -f "$runs/$model/result.json" ] ||
        "$python" train.py --model "$model" --rate 0.0125 --seed 2 --steps "$steps" --check 100 --out "$runs/$model"
    "$python" export.py "$runs/$model/checkpoint.pt" "$here/weights/$model.gguf"
done
