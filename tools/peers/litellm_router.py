"""Loads what `costwar route --litellm` writes into litellm.Router and counts whom it picks; started by tools/peers/litellm_router.
Exits with 1 where a share lies more than four standard errors from the policy's, or a model or an address is not the one meant."""

import collections
import json
import math
import os
import subprocess
import sys
import tempfile

import yaml

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it asks the network for one
import litellm  # noqa: E402

# cheap, strong, their LiteLLM names, the address behind the second where it is one of ours, and the share wanted.
CASES = (("deepseek/deepseek-v4-flash", "openai/gpt-5.5@high", "deepseek/deepseek-v4-flash", "openai/gpt-5.5", None, "70%"),
         ("acme/weak", "http://127.0.0.1:8089/v1#strong", "openai/weak", "openai/strong", "http://127.0.0.1:8089/v1", "80%"),
         ("anthropic/claude-haiku-5-5", "openrouter/z-ai/glm-6", "anthropic/claude-haiku-5-5", "openrouter/z-ai/glm-6", None, "65%"),
         ("ollama/qwen3:4b", "openai/gpt-5.5", "ollama/qwen3:4b", "openai/gpt-5.5", None, "62%"))
CONFIG = {"providers": {"acme": {"like": "http", "base_url": "https://acme.example/v1", "key_variable": "ACME_API_KEY"}}}


def write_policy(costwar, folder, cheap, strong, quality):
    """Results of 200 items, 60 and 90 % solved, under the models' names; the policy and the router's file."""
    with open(folder + "/table.csv", "w", encoding="utf-8") as file:
        file.write(f'question,"{cheap}","{strong}"\n')
        file.writelines(f"question {i},{int(i % 10 < 6)},{int(i % 10 > 0)}\n" for i in range(200))
    with open(folder + "/costwar.json", "w", encoding="utf-8") as file:
        json.dump(CONFIG, file)

    def run(*arguments):
        subprocess.run([costwar, *arguments], cwd=folder, check=True, capture_output=True, text=True)

    run("import", "table", "table.csv", "--item", "question", "--score", cheap, "--score", strong)
    run("route", cheap, strong, "--task-cost", cheap + "=0.001usd", "--task-cost", strong + "=0.02usd", "--at-quality", quality,
        "--rule", "mix", "--policy", "policy.json", "--litellm", "router.yaml")
    with open(folder + "/policy.json", encoding="utf-8") as file:
        policy = json.load(file)
    with open(folder + "/router.yaml", encoding="utf-8") as file:
        return policy, yaml.safe_load(file)


def draw(router_file, calls):
    """How often each deployment was picked, by its parameters' model."""
    for entry in router_file["model_list"]:
        entry["litellm_params"]["mock_response"] = entry["litellm_params"]["model"]
        if str(entry["litellm_params"].get("api_key", "")).startswith("os.environ/"):
            os.environ.setdefault(entry["litellm_params"]["api_key"].removeprefix("os.environ/"), "invented")
        else:
            entry["litellm_params"].setdefault("api_key", "invented")
    router = litellm.Router(model_list=router_file["model_list"], **router_file["router_settings"])
    picked = collections.Counter()
    for _ in range(calls):
        reply = router.completion(model="routed", messages=[{"role": "user", "content": "x"}])
        picked[reply.choices[0].message.content] += 1
    return picked


def main(costwar, calls):
    print(f"LiteLLM {litellm.__version__ if hasattr(litellm, '__version__') else ''}, {calls} calls each")
    wrong = 0
    for cheap, strong, cheap_name, strong_name, address, quality in CASES:
        with tempfile.TemporaryDirectory() as folder:
            policy, router_file = write_policy(costwar, folder, cheap, strong, quality)
        names = [entry["litellm_params"]["model"] for entry in router_file["model_list"]]
        addresses = [entry["litellm_params"].get("api_base") for entry in router_file["model_list"]]
        share = policy["strong_share"]
        picked = draw(router_file, calls)
        found = picked[strong_name] / calls
        error = math.sqrt(share * (1 - share) / calls)
        good = (names == [cheap_name, strong_name] and addresses[1] == address and abs(found - share) <= 4 * error + 0.0005
                and sum(picked.values()) == calls)
        wrong += not good
        print(f"{'ok   ' if good else 'WRONG'} {cheap} -> {strong}: policy {share:.4f}, LiteLLM {found:.4f} "
              f"(standard error {error:.4f}); {names}, {addresses}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), int(sys.argv[2])))
