"""DuckDB's share of tools/peers/price_log: sums tokens and cost by model and day, with a join on a plain price table.
Prints {"seconds", "groups": [[model, day, records, fresh, read, written, output, reasoning, cost]...]}; the seconds are
the query's alone."""

import json
import sys
import time

import duckdb

QUERY = """
with log as (
  select model, cast(make_timestamp(created * 1000000) as date) as day,
         usage.prompt_tokens as prompt, usage.completion_tokens as output,
         coalesce(usage.prompt_tokens_details.cached_tokens, 0) as read,
         coalesce(usage.prompt_tokens_details.cache_write_tokens, 0) as written,
         coalesce(usage.completion_tokens_details.reasoning_tokens, 0) as reasoning
  from read_json(?, format = 'newline_delimited', columns = {
    model: 'VARCHAR', created: 'BIGINT',
    usage: 'STRUCT(prompt_tokens BIGINT, completion_tokens BIGINT,
                   prompt_tokens_details STRUCT(cached_tokens BIGINT, cache_write_tokens BIGINT),
                   completion_tokens_details STRUCT(reasoning_tokens BIGINT))'}))
select model, cast(day as varchar), count(*), sum(prompt - read - written), sum(read), sum(written), sum(output),
       sum(reasoning), sum((prompt - read - written) * input_price + read * read_price + written * write_price
                           + output * output_price) / 1000000
from log left join prices using (model) group by all order by all"""


def main(path, threads, prices):
    database = duckdb.connect(config={"threads": threads})
    database.execute("create table prices(model varchar, input_price decimal(18,6), read_price decimal(18,6),"
                     " write_price decimal(18,6), output_price decimal(18,6))")
    database.executemany("insert into prices values (?, ?, ?, ?, ?)", json.loads(prices))
    start = time.perf_counter()
    rows = database.execute(QUERY, [path]).fetchall()
    seconds = time.perf_counter() - start
    groups = [[model, day] + [int(value) for value in counts] + [str(cost)] for model, day, *counts, cost in rows]
    print(json.dumps({"seconds": seconds, "version": duckdb.__version__, "groups": groups}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
