"""LiteLLM's share of tools/peers/price_log: completion_cost over the first records of a log, one thread. Models that its
price map lacks are registered with the prices given. Prints {"seconds", "records", "bytes", "cost"}; the seconds cover what
a user of the library does for each line: json.loads, ModelResponse, completion_cost; import and reading are left out."""

import json
import os
import sys
import time

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # the map of the package: no download

import litellm  # noqa: E402
from litellm import ModelResponse, completion_cost  # noqa: E402

litellm.suppress_debug_info = True  # else it prints advice for every model it does not know


def register(prices):
    """Every model by the same plain prices as DuckDB's, so that both do the same work whatever their maps say."""
    litellm.register_model({
        model: {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": float(fresh) / 1e6,
                "cache_read_input_token_cost": float(read) / 1e6, "cache_creation_input_token_cost": float(write) / 1e6,
                "output_cost_per_token": float(output) / 1e6}
        for model, fresh, read, write, output in prices})


def main(path, records, prices):
    register(json.loads(prices))
    lines = []
    with open(path, "rb") as file:
        for line in file:
            lines.append(line)
            if len(lines) == records:
                break
    cost = 0.0
    start = time.perf_counter()
    for line in lines:
        response = json.loads(line)
        cost += completion_cost(completion_response=ModelResponse(**response), model=response["model"],
                                custom_llm_provider="openai")
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "records": len(lines), "bytes": sum(map(len, lines)), "cost": cost}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
