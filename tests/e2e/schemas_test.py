"""What the built program writes is valid under the published schemas: schemas_test.py COSTWAR_BINARY, in the source root."""

import collections
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import jsonschema

import documents


# Where a file's schema has the name of a document's kind already.
NAMES = {"config": "config_document", "run": "run_document"}


def validator(name):
    with open(f"docs/schema/{name}.schema.json") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


# Records of every kind: whole, an interval, unpriced, in part unpriced, a bucket, without a time, bad.
LOG = """\
{"model":"gpt-5.5","created":1793534400,"metadata":{"team":"blue"},"usage":{"prompt_tokens":12000,"completion_tokens":800,"prompt_tokens_details":{"cached_tokens":9000}}}
{"model":"deepseek-v4-pro","date":"2026-08-17","usage":{"prompt_tokens":1000000,"completion_tokens":0}}
{"model":"house-model","created":1793534400,"usage":{"prompt_tokens":5,"completion_tokens":1}}
{"model":"claude-haiku-5-5","created":1793534400,"usage":{"input_tokens":10,"output_tokens":2,"server_tool_use":{"web_search_requests":3}}}
{"model":"gpt-5.5","start_time":1793491200,"end_time":1793577600,"num_model_requests":500,"input_tokens":1000000,"output_tokens":1000}
{"model":"gpt-5.5","usage":{"prompt_tokens":5,"completion_tokens":1}}
{"error":{"message":"overloaded"}}
{"model":"gpt-5.5","created":1793534400,"usage":{"prompt_tokens":-5,"completion_tokens":1}}
"""


def check_logs(binary):
    """The reports and bills of a log; how many bills there were."""
    binary = os.path.abspath(binary)
    traffic, bill = validator("traffic"), validator("bill")
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/log.jsonl", "w") as file:
            file.write(LOG)
        def price(*arguments):
            return subprocess.run([binary, "price", "log.jsonl", *arguments], cwd=folder, check=True, capture_output=True,
                                  text=True).stdout

        for flags in ([], ["--by", "model,day,metadata/team,tag:cost"], ["--at", "2026-11-01T12:00:00Z"],
                      ["--as", "deepseek/deepseek-v4-pro,openai/gpt-5.5", "--token-ratio", "in=1.1,out=0.9"]):
            report = json.loads(price("--format", "json", *flags))
            traffic.validate(report)
            assert report["records"] == 6 and report["files"][0]["bad_lines"] == 1, report
        lines = price("--each").splitlines()
        for line in lines:
            bill.validate(json.loads(line))
        assert len(lines) == 6, lines
        # A schema that takes anything is none.
        wrong = dict(json.loads(lines[0]), total=0.0435)
        assert list(bill.iter_errors(wrong)), "a number is no decimal string"
    return len(lines)


def check_configuration(binary):
    """The example, and every setting that the program knows, are in the schema of costwar.json."""
    binary = os.path.abspath(binary)
    config = validator("config")
    with open("examples/costwar.json") as file:
        text = file.read()
    example = json.loads(re.sub(r"(^|\s)//.*", "", text))
    config.validate(example)
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/costwar.json", "w") as file:
            file.write(text)
        shown = json.loads(subprocess.run([binary, "config", "show", "--format", "json"], cwd=folder, check=True,
                                          capture_output=True, text=True).stdout)
    names = [row["setting"] for row in shown["settings"]]
    network = {name.removeprefix("network.") for name in names if name.startswith("network.")}
    assert network == set(config.schema["properties"]["network"]["properties"]), network
    assert "providers.openai.headers.X-Gateway-Token" in names, names
    for wrong in ({"netwrok": {}}, {"network": {"max_answer_mb": 0}}, {"providers": {"local": {}}},
                  {"providers": {"a": {"base_url": "https://me:secret@host/v1"}}},
                  {"network": {"proxy": "http://me:secret@host:1"}}, {"gate": {"qualty": {}}},
                  {"gate": {"latency": {"p99": {}}}}):
        assert list(config.iter_errors(wrong)), wrong
    # The section of costwar.json is what a file of rules is.
    rules = validator("gate-rules")
    section = config.schema["$defs"]["gate"]
    assert section["properties"] == rules.schema["properties"]
    for name in ("gate_share", "gate_latency"):
        assert config.schema["$defs"][name] == rules.schema["$defs"][name], name
    for path in ("examples/gate-rules.json", "examples/gate-rules-replay.json"):
        with open(path) as file:
            rules.validate(json.loads(re.sub(r"(^|\s)//.*", "", file.read())))
    assert list(rules.iter_errors({"quality": {"margin": 3}})), "three is no share"


def check_scenarios():
    """The example of a forecast's scenario."""
    scenario = validator("forecast-scenario")
    with open("examples/forecast/switch.json") as file:
        example = json.loads(re.sub(r"(^|\s)//.*", "", file.read()))
    scenario.validate(example)
    for wrong in ({"monts": 3}, {"options": []}, {"growth": {"volume": "5%"}}, {"waits": [0]},
                  {"options": [{"model": "a/b", "own_per_month": "5"}]}, {"switching_cost": 5}):
        assert list(scenario.iter_errors(dict(example, **wrong))), wrong


def check_gates():
    """The golden documents of gates, one of each verdict."""
    gate = validator("gate")
    verdicts = set()
    for path in glob.glob("tests/golden/reports/gate-*.json"):
        with open(path) as file:
            document = json.load(file)
        gate.validate(document)
        verdicts.add(document["verdict"])
        wrong = dict(document, rules=[dict(document["rules"][0], state="ok")])
        assert list(gate.iter_errors(wrong)), "a schema that takes anything is none"
    assert verdicts == {"passed", "failed", "unresolved", "incomparable"}, verdicts


def check_loads():
    """The golden documents of load runs and of their differences, one of each verdict."""
    verdicts = set()
    for path in glob.glob("tests/golden/reports/load-*.json"):
        with open(path) as file:
            document = json.load(file)
        schema = validator(document["kind"])
        for error in schema.iter_errors(document):
            raise AssertionError(f"{path}: /{'/'.join(map(str, error.absolute_path))}: {error.message}")
        verdicts.add(document.get("verdict", "comparable" if document.get("comparable") else "refused"))
        rows = document["stages"]
        if rows:
            wrong = dict(document, stages=[dict(rows[0], stage="1", base_stage="1")])
            assert list(schema.iter_errors(wrong)), "a schema that takes anything is none"
    assert verdicts == {"valid", "valid with notes", "INVALID", "comparable", "refused"}, verdicts


def check_policies():
    """The ready policies; and a schema that takes anything is none."""
    policy = validator("policy")
    paths = glob.glob("catalog/policies/*.json")
    assert len(paths) == 6, paths
    for path in paths:
        with open(path) as file:
            whole = json.loads(re.sub(r"(^|\s)//.*", "", file.read()))
        policy.validate(whole)
        for wrong in (dict(whole, weights={}), dict(whole, limits={"quality_atleast": 0.5}),
                      dict(whole, limits={"usd_per_thousand_tasks_at_most": 40}), dict(whole, facts={"m": {"tools": True}})):
            assert list(policy.iter_errors(wrong)), wrong


def check_claim_lists():
    """The story's claims; and a schema that takes anything is none."""
    claims = validator("claim-list")
    with open("examples/story/claims.json") as file:
        whole = json.loads(re.sub(r"(^|\s)//.*", "", file.read()))
    claims.validate(whole)
    ratio = next(claim for claim in whole["claims"] if claim["kind"] == "ratio")
    for wrong in (dict(ratio, kind="ration"), {key: value for key, value in ratio.items() if key != "strong"},
                  dict(ratio, cost_at_most="0.3"), dict(ratio, evidence="all"), dict(ratio, chep="x")):
        assert list(claims.iter_errors(dict(whole, claims=[wrong]))), wrong


def check_routing_policies(binary):
    """What route writes, of two rules, and what no policy is."""
    binary = os.path.abspath(binary)
    schema = validator("routing-policy")
    with tempfile.TemporaryDirectory() as folder:
        def costwar(*arguments):
            subprocess.run([binary, *arguments], cwd=folder, check=True, capture_output=True)

        with open(folder + "/table.csv", "w") as file:
            file.write("q,s,weak,strong\n" + "".join(f"question {i},{i % 7},{int(i % 7 > 2)},{int(i % 9 > 0)}\n" for i in range(60)))
        costwar("import", "table", "table.csv", "--item", "q", "--score", "weak", "--score", "strong")
        with open(folder + "/scores.csv", "w") as file:
            file.write("item,s\n" + "".join(f"question {i},{i % 7}\n" for i in range(60)))
        for rule in ("s", "mix"):
            costwar("route", "weak", "strong", "--score", "scores.csv:s", "--rule", rule, "--policy", rule + ".json")
            with open(f"{folder}/{rule}.json") as file:
                policy = json.load(file)
            schema.validate(policy)
            schema.validate(dict(policy, **{"$schema": "docs/schema/routing-policy.schema.json"}))
            for wrong in (dict(policy, samples=3), dict(policy, rule="vote"), dict(policy, cheap=""), dict(policy, beside=1),
                          {key: value for key, value in policy.items() if key not in ("escalate_below", "strong_share")}):
                assert list(schema.iter_errors(wrong)), wrong


def check_recordings(costwar):
    """The recording of a run, and the one among the examples; how many lines there were."""
    run = costwar("run", "local/tiny-dense", "--n", "1", "--record").strip()
    lines = costwar("runs", "export", run, "--recording").splitlines()
    assert len(lines) == 1 + 6, len(lines)
    with open("examples/recording.jsonl") as file:
        lines += file.read().splitlines()
    recording = validator("recording")
    for line in lines:
        recording.validate(json.loads(line))
    wrong = dict(json.loads(lines[1]), ordinal=-1)
    assert list(recording.iter_errors(wrong)), "an ordinal counts from 0"
    return len(lines)


def check_load_runs(costwar):
    """The load run among the golden files: every line, and that it comes out of a store as it went in; how many lines there were."""
    path = "tests/golden/load/run-1.0.jsonl"
    with open(path) as file:
        text = file.read()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["row"] for line in lines} == {"load_run", "load_stage", "load_call", "end"}, lines
    load = validator("load-run")
    for line in lines:
        load.validate(line)
    for wrong in (dict(lines[0], threads=0), dict(lines[1], asked={}), dict(lines[2], outcome="fine"), dict(lines[-1], calls=-1)):
        assert list(load.iter_errors(wrong)), wrong
    run = costwar("runs", "import", path).strip()
    assert costwar("runs", "export", run) == text
    return len(lines)


def check_manifests(binary):
    """The manifests of the catalogue and those that `tasks add` writes; how many there were."""
    binary = os.path.abspath(binary)
    task = validator("task")
    paths = [path for path in glob.glob("catalog/tasks/*.json") if os.path.basename(path) != "builtin.json"]
    for path in paths:
        with open(path) as file:
            task.validate(json.load(file))
    files = {"plain.csv": "question,answer\nx,1\n", "choices.csv": "Question,A,B,C,D,Answer\nq,w,x,y,z,B\n",
             "log.jsonl": '{"model":"m","messages":[{"role":"user","content":"x"}]}\n'}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            with open(f"{folder}/{name}", "w") as file:
                file.write(text)
            subprocess.run([binary, "tasks", "add", name], cwd=folder, check=True, capture_output=True)
        for path in glob.glob(folder + "/.costwar/tasks/*.json"):
            paths.append(path)
            with open(path) as file:
                manifest = json.load(file)
            task.validate(manifest)
            assert list(task.iter_errors(dict(manifest, promt="x"))), "a schema that takes anything is none"
    assert len(paths) == 16, paths
    return len(paths)


def check_comparisons(binary):
    """Comparisons that stopped early, of repeats, of shared texts behind a prompt cache, and of a run that was cut off; how many there were."""
    binary = os.path.abspath(binary)
    comparison = validator("comparison")
    tasks = "arithmetic-steps", "needle:length=2k:questions=2"
    seen = []
    with tempfile.TemporaryDirectory() as folder:
        def costwar(*arguments, code=0):
            done = subprocess.run([binary, *arguments], cwd=folder, capture_output=True, text=True)
            assert done.returncode == code, done.stderr
            return done.stdout

        costwar("tasks", "answers", "--tasks", ",".join(tasks), "--n", "100", "-o", "book.jsonl")
        mock = subprocess.Popen([binary, "mock", "--port", "0", "--model", "strong=1", "--model", "weak=0.2", "--answers",
                                 "book.jsonl", "--prompt-cache"], cwd=folder, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)
        try:
            url = mock.stdout.readline().strip()
            models = url + "#strong", url + "#weak"
            for task, *flags in ((tasks[0], "--until-decided", "--n", "100"), (tasks[0], "--repeats", "4", "--n", "6"),
                                 (tasks[1], "--n", "8")):
                seen.append(json.loads(costwar("compare", *models, "--tasks", task, *flags, "--format", "json")))
            costwar("compare", *models, "--tasks", tasks[0], "--n", "50", "--no-cache", "--deadline", "1us", code=130)
            run = json.loads(costwar("runs", "--format", "json"))["runs"][-1]["run"]
            seen.append(json.loads(costwar("compare", "--run", run, "--format", "json")))
        finally:
            mock.kill()
            mock.wait()
    for document in seen:
        comparison.validate(document)
    stopped, repeated, shared, cut = seen
    assert stopped["pairs"][0]["anytime_valid"] and stopped["models"][0]["quality"]["low"] is None, stopped
    assert len(repeated["models"][0]["evaluation"]["repeats"]) == 3, repeated
    assert shared["models"][0]["tokens"]["cached"] > 0 and shared["models"][0]["evaluation"]["clusters"] == 4, shared
    assert cut["models"][0]["evaluation"]["missing"] > 0, cut
    wrong = dict(stopped, pairs=[dict(stopped["pairs"][0], anytime_valid="yes")])
    assert list(comparison.iter_errors(wrong)), "a schema that takes anything is none"
    return len(seen)


def check_documents(binary):
    """A document of every kind that the sources name, under the schema of its kind; how many kinds there were."""
    in_source = documents.kinds_in_source()
    assert {"comparison", "run_list", "price"} <= in_source, in_source
    schemas = {kind: validator(NAMES.get(kind, kind)) for kind in in_source}  # fails where there is none
    seen = set()
    for document in documents.all_documents(binary):
        kind = document["kind"]
        assert kind in schemas, f"docs/schema has no schema for {kind}"
        for error in schemas[kind].iter_errors(document):
            raise AssertionError(f"{kind}: /{'/'.join(map(str, error.absolute_path))}: {error.message}")
        assert list(schemas[kind].iter_errors(dict(document, schema_version=2))), f"{kind}: another major version is valid"
        wrong = {key: value for key, value in document.items() if key != "headline"}
        assert list(schemas[kind].iter_errors(wrong)), f"{kind}: a schema that takes anything is none"
        seen.add(kind)
    missing = in_source - seen - documents.NOT_EVERYWHERE
    assert not missing, f"no real document of {missing}"
    return len(seen)


def check_older_versions(binary):
    """Runs of every older minor version, and of a newer one, are read; of another major version, refused."""
    binary = os.path.abspath(binary)
    paths = sorted(glob.glob("tests/golden/runs/*.jsonl"))
    assert paths, "tests/golden/runs is empty"
    with open(paths[-1]) as file:
        lines = [line for line in file.read().splitlines() if not line.startswith('{"row":"end"')]
    header = json.loads(lines[0])
    with tempfile.TemporaryDirectory() as folder:
        def read(name):
            return subprocess.run([binary, "runs", "import", name, "--store", f"{folder}/{os.path.basename(name)}.db"],
                                  capture_output=True, text=True)

        for path in paths:
            done = read(path)
            assert done.returncode == 0, (path, done.stderr)
        newer = dict(header, schema_minor=999, member_of_later=[1])
        for name, first, code in (("newer", newer, 0), ("major", dict(header, schema_version=2), 3)):
            with open(f"{folder}/{name}.jsonl", "w") as file:
                rows = [json.dumps(dict(json.loads(line), member_of_later={"a": 1})) for line in lines[1:]]
                kinds = collections.Counter(json.loads(line)["row"] for line in lines[1:])
                # From 1.1 on, a last row counts the others; its first member says what it is.
                rows.append(json.dumps({"row": "end", "trials": kinds["trial"], "attempts": kinds["attempt"],
                                        "scores": kinds["score"], "member_of_later": 1}, separators=(",", ":")))
                file.write("\n".join([json.dumps(first), *rows]) + "\n")
            done = read(f"{folder}/{name}.jsonl")
            assert done.returncode == code, done.stderr
        assert "version 2 is not known to this costwar, which reads version 1" in done.stderr, done.stderr
    return len(paths)


def main(binary):
    check_configuration(binary)
    check_gates()
    check_loads()
    check_policies()
    check_claim_lists()
    check_scenarios()
    check_routing_policies(binary)
    kinds = check_documents(binary)
    versions = check_older_versions(binary)
    with tempfile.TemporaryDirectory() as folder:
        def costwar(*arguments):
            return subprocess.run([binary, *arguments, "--store", folder + "/store.db"], check=True,
                                  capture_output=True, text=True).stdout

        run = costwar("run", "local/tiny-moe", "local/tiny-dense", "--n", "2").strip()
        validator("comparison").validate(json.loads(costwar("compare", "--run", run, "--format", "json")))
        difference = json.loads(costwar("diff", run, "--format", "json"))
        validator("diff").validate(difference)
        assert list(validator("diff").iter_errors(dict(difference, flip_count="3"))), "a schema that takes anything is none"
        lines = costwar("runs", "export", run).splitlines()
        rows = validator("run")
        for line in lines:
            rows.validate(json.loads(line))
        assert len(lines) == 1 + 3 * 24 + 1, len(lines)
        recorded = check_recordings(costwar)
        loads = check_load_runs(costwar)
    prices = validator("prices")
    books = glob.glob("catalog/prices/*.json") + ["catalog/models.json", "examples/contract-prices.json"]
    for path in books:
        with open(path) as file:
            prices.validate(json.load(file))
    with open("catalog/accelerators.json") as file:
        validator("accelerators").validate(json.load(file))
    with open("catalog/published_scores.json") as file:
        scores = json.load(file)
    validator("published-scores").validate(scores)
    wrong = dict(scores, records=[dict(scores["records"][0], score=90.1)])
    assert list(validator("published-scores").iter_errors(wrong)), "a number is no decimal string"
    with open("catalog/service_objectives.json") as file:
        objectives = json.load(file)
    validator("service_objectives").validate(objectives)
    wrong = dict(objectives, objectives=[dict(objectives["objectives"][0], ttft_ms="2000")])
    assert list(validator("service_objectives").iter_errors(wrong)), "a text is no number of milliseconds"
    bundle = subprocess.run([binary, "prices", "export", "--built-in"], check=True, capture_output=True, text=True)
    prices.validate(json.loads(bundle.stdout))
    for path in glob.glob("tests/fuzz/corpus/import/*-prices") + ["tests/fuzz/corpus/import/litellm-off-peak"]:
        imported = subprocess.run([binary, "prices", "import", path], check=True, capture_output=True, text=True).stdout
        prices.validate(json.loads(imported))
    bills = check_logs(binary)
    manifests = check_manifests(binary)
    comparisons = 1 + check_comparisons(binary)
    print(f"{manifests} task manifests, {comparisons} comparisons, {len(lines)} run lines, {recorded} lines of recordings, {loads} of load runs, {len(books)} price books and {bills} bills are valid, "
          f"and documents of {kinds} kinds; {versions} older versions of runs are read")


if __name__ == "__main__":
    main(sys.argv[1])
