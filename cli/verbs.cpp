#include <array>

#include "cli/verb.h"

namespace costwar::cli {
namespace {

constexpr std::array kVerbs{
    VerbRow{
        "compare", "Measure",
        "Run the same tasks on several models, price what they used, say which is cheaper per solved task",
        "costwar compare\n"
        "costwar compare local/tiny-moe local/tiny-dense --tasks arithmetic,recall --n 200\n"
        "costwar compare openai/gpt-5.5 deepseek/deepseek-v4-flash local/tiny-moe --n 50\n"
        "costwar compare http://127.0.0.1:8080/v1 local/tiny-moe --format markdown\n"
        "costwar compare --format json > comparison.json\n"
        "costwar compare --run 20261123T194500Z-4f21c0",
        make_compare},
    VerbRow{"run", "Measure", "Measure only, into the store",
            "costwar run local/tiny-moe --tasks sorting --n 100\n"
            "costwar run openai/gpt-5.5@high --n 20 --label nightly",
            make_run},
    VerbRow{"plan", "Measure",
            "Before spending: tokens, money, time, and the smallest difference that will show",
            "costwar plan --n 200 --resolve 3pts\n"
            "costwar plan openai/gpt-5.5 deepseek/deepseek-v4-flash --tasks gsm8k --n 300 --pilot 5\n"
            "costwar plan local/tiny-moe local/tiny-dense --run 20261123T194500Z-4f21c0 --format json",
            make_plan},
    VerbRow{"load", "Measure",
            "Latency and throughput under load, in dollars, and whether the measurement may be believed",
            "costwar load http://127.0.0.1:8000/v1 --concurrency 64 --duration 10s\n"
            "costwar load http://127.0.0.1:8000/v1 --rate 5 --slo ttft=2s,tpot=80ms --gate --format junit\n"
            "costwar load http://127.0.0.1:8000/v1 --concurrency 1..256 --sweep --format html -o load.html\n"
            "costwar load openai/gpt-5.5 --rate 2 --duration 1m --budget 5usd\n"
            "costwar load diff before after",
            make_load},
    VerbRow{"mock", "Measure",
            "A local server that speaks the vendors' formats with known answers, pace, limits and faults",
            "costwar tasks answers > answers.jsonl\n"
            "costwar mock --port 8089 --answers answers.jsonl --model strong=0.9 --model weak=0.6\n"
            "costwar compare http://127.0.0.1:8089/v1#strong http://127.0.0.1:8089/v1#weak\n"
            "costwar mock --port 0 --url-file url --ttft 50ms --pace 50 --slots 8 --truth truth.jsonl\n"
            "costwar mock --list",
            make_mock},
    VerbRow{"scores", "Measure",
            "How replies are scored, replies of a run scored or judged again, and published scores",
            "costwar scores\n"
            "costwar scores compare deepseek-v4-pro gpt-5.5\n"
            "costwar scores rescore 20261123T194500Z-4f21c0 --scorer numeric_final\n"
            "costwar scores judge 20261123T194500Z-4f21c0 --judge openai/gpt-5.5 --pairwise "
            "deepseek-v4-flash,deepseek-v4-pro\n"
            "costwar scores agreement 20261123T194500Z-4f21c0 --labels labels.csv",
            make_scores},
    VerbRow{"price", "Price", "What the requests in usage logs cost, as billed and at other models' rates",
            "costwar price responses.jsonl\n"
            "costwar price logs/*.jsonl.gz --by model,day --as openai/gpt-5.5,deepseek/deepseek-v4-flash\n"
            "costwar price spend.csv --map input=tokens_in --map output=tokens_out --by user --format json\n"
            "costwar price responses.jsonl --each > bills.jsonl",
            make_price},
    VerbRow{"prices", "Price",
            "The price book: list, show, explain, history, check, audit, import, export, update",
            "costwar prices list --provider deepseek --at 2026-08-17T02:00:00Z --format json\n"
            "costwar prices show deepseek/deepseek-v4-pro --at 2026-08-17T02:00:00Z\n"
            "costwar prices history deepseek/deepseek-v4-pro",
            make_prices},
    VerbRow{"host", "Price",
            "Own hardware: what a model needs, how fast it is, what a token costs, and when that pays",
            "costwar host inspect deepseek-v3 deepseek-v4-flash --context 131072 --batch 32\n"
            "costwar host inspect model.gguf --format json\n"
            "costwar host shape deepseek-v2-lite --quant q4_0 --layers 4\n"
            "costwar host estimate deepseek-v3 --on h100-sxm,h200-sxm --tpot 50\n"
            "costwar host breakeven deepseek-v3 --on h200-sxm --against openai/gpt-5.5 --input-per-day 2e9 "
            "--output-per-day 2e8",
            make_host},
    VerbRow{"diff", "Decide",
            "Two models item by item: quality, dollars, tokens, time, flips, and whether the difference is "
            "resolved",
            "costwar diff baseline nightly\n"
            "costwar diff 20261123T194500Z-4f21c0\n"
            "costwar diff nightly#openai/gpt-5.5 nightly#deepseek/deepseek-v4-flash --flips 20\n"
            "costwar diff before.jsonl after.jsonl --format json",
            make_diff},
    VerbRow{
        "frontier", "Decide",
        "Cost against quality: who is dominated, with what probability, and the cheapest way to a quality",
        "costwar frontier openai/gpt-5.5 deepseek/deepseek-v4-flash local/tiny-moe\n"
        "costwar frontier nightly --at-quality 90%,80% --at-cost 0.002usd\n"
        "costwar frontier nightly -o frontier.html -o frontier.xlsx",
        make_frontier},
    VerbRow{
        "route", "Decide",
        "A cheap model first, a strong one for the rest: oracle, random mix, cascades; policies to follow",
        "costwar route deepseek/deepseek-v4-flash openai/gpt-5.5\n"
        "costwar route weak strong --score-before router.csv:win_rate --high-escalates --task-cost "
        "weak=0.0004usd --task-cost strong=0.01usd\n"
        "costwar route weak strong --at-quality 85% --policy policy.json\n"
        "costwar route --live policy.json --tasks gsm8k --n 200 --budget 5usd\n"
        "costwar route weak strong --rule mix --litellm router.yaml",
        make_route},
    VerbRow{
        "claim", "Decide",
        "Whether a statement holds: so much of the capability at so much of the cost, months behind, prices",
        "costwar claim --capability 0.80 --cost 0.25 deepseek/deepseek-v4-pro openai/gpt-5.5\n"
        "costwar claim --capability 0.80 --cost 0.25 published/chi-bench/deepseek-v4-pro#openai-agents "
        "published/chi-bench/gpt-5.5\n"
        "costwar claim --lag 3..6 deepseek-v4-pro\n"
        "costwar claim --file examples/story/claims.json --as-of 2026-04-30,2026-11-26",
        make_claim},
    VerbRow{
        "decide", "Decide",
        "A policy of hard limits and weights over what was measured: which model, and what would change that",
        "costwar decide --list\n"
        "costwar decide high-volume-batch nightly\n"
        "costwar decide --show hybrid > policy.json\n"
        "costwar decide policy.json nightly baseline.jsonl#openai/gpt-5.5 -o decision.html",
        make_decide},
    VerbRow{
        "forecast", "Decide",
        "Costs over the coming months: growth, announced prices, trends, own hardware; when a switch pays",
        "costwar forecast openai/gpt-5.5 deepseek/deepseek-v4-flash --input-per-day 2e9 --output-per-day 2e8 "
        "--growth 2%..8%/month\n"
        "costwar forecast openai/gpt-5.5 --input-per-day 2e9 --output-per-day 2e8 --own-per-month 90000 "
        "--own-from 2027-06 --switching-cost 50000\n"
        "costwar forecast --run nightly --tasks-per-day 20000 --trend -30%/year --trend flat\n"
        "costwar forecast --scenario examples/forecast/switch.json -o forecast.html",
        make_forecast},
    VerbRow{"report", "Share", "Runs that are there as a report, in any format and several at once",
            "costwar report 20261123T194500Z-4f21c0\n"
            "costwar report 20261123T194500Z-4f21c0 -o report.html -o report.xlsx\n"
            "costwar report nightly baseline.jsonl#openai/gpt-5.5 --format markdown,json --output report",
            make_report},
    VerbRow{"export", "Share", "Runs that are there as rows for spreadsheets: CSV, XLSX, flat JSON, FOCUS",
            "costwar export 20261123T194500Z-4f21c0 > models.csv\n"
            "costwar export 20261123T194500Z-4f21c0 -o month.xlsx\n"
            "costwar export 20261123T194500Z-4f21c0 --table items -o items.csv --datapackage\n"
            "costwar export 20261123T194500Z-4f21c0 --format json --shape table --table costs",
            make_export},
    VerbRow{"gate", "Share",
            "For CI: whether a run keeps rules on quality, money, time and failures against a baseline",
            "costwar gate --baseline baseline.jsonl --head nightly\n"
            "costwar gate --baseline RUN#openai/gpt-5.5 --head RUN#deepseek/deepseek-v4-flash --rules "
            "rules.json\n"
            "costwar gate --baseline baseline.jsonl --head nightly --format github,junit --output gate",
            make_gate},
    VerbRow{"import", "Share",
            "Results of other tools as runs: compared, priced and reported like measured ones",
            "costwar import logs/2026-11-27_gsm8k.eval\n"
            "costwar import lm-eval results/model/results_2026-11-27T06-18-18.json\n"
            "costwar import promptfoo output.json --model-map my-gpt=openai/gpt-5.5\n"
            "costwar import table responses.csv --item prompt --score weak --score strong",
            make_import},
    VerbRow{"models", "Manage",
            "The providers that costwar can reach, and the embedded models with their shape",
            "costwar models\n"
            "costwar models --format json",
            make_models},
    VerbRow{"tasks", "Manage", "What can be asked: built-in, procedural and public tasks, and your own",
            "costwar tasks\n"
            "costwar tasks show recall --n 3\n"
            "costwar tasks pull gsm8k && costwar tasks check gsm8k\n"
            "costwar tasks add questions.csv\n"
            "costwar tasks answers --n 1000 > answers.jsonl",
            make_tasks},
    VerbRow{"runs", "Manage", "The runs in the store: list, show, export and import, delete",
            "costwar runs\n"
            "costwar runs show 20261123T194500Z-4f21c0\n"
            "costwar runs export 20261123T194500Z-4f21c0 > run.jsonl",
            make_runs},
    VerbRow{"doctor", "Manage", "What this machine has and what is missing: keys, store, processor, load",
            "costwar doctor\n"
            "costwar doctor --format json\n"
            "costwar doctor wire http://127.0.0.1:8089/v1#mock",
            make_doctor},
    VerbRow{"config", "Manage", "What is configured: proxy, certificates, limits, providers of your own",
            "costwar config show --origin\n"
            "costwar config check\n"
            "costwar config show --format json",
            make_config},
    VerbRow{"llama-child", "", "Not for people: a weight file through llama.cpp's library", "",
            make_llama_child},
};

}  // namespace

std::span<const VerbRow> verbs() {
  return kVerbs;
}

std::string examples_footer(std::string_view examples) {
  std::string text = "Examples:\n  ";
  for (const char c : examples) {
    text += c;
    if (c == '\n') text += "  ";
  }
  return text;
}

}  // namespace costwar::cli
