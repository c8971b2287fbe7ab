"""The example workflows run as they stand: workflows_test.py COSTWAR_BINARY, in the source root.

Each is valid under a schema of the parts that it uses. The commands of its jobs run as written in a copy of the
project, where `tools/quickstart` is the only thing replaced: the built program stands where it would have built it.
The replay jobs have no key and no network; the live jobs ask `costwar mock` in the vendors' place, which the
configuration alone says, with keys that open nothing."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import jsonschema
import yaml

GITHUB = "examples/github/costwar.yml"
GITLAB = "examples/gitlab/costwar.gitlab-ci.yml"
KEYS = {"OPENAI_API_KEY": "dummy-openai", "DEEPSEEK_API_KEY": "dummy-deepseek"}


def load(path):
    with open(path) as file:
        workflow = yaml.safe_load(file)
    if True in workflow:  # YAML 1.1 reads the key `on` as a truth value; GitHub does not
        workflow["on"] = workflow.pop(True)
    return workflow


def check_schemas():
    """Both are valid, and a schema that takes anything is none."""
    with open("tests/e2e/workflow_schemas.json") as file:
        schemas = json.load(file)
    github, gitlab = (jsonschema.Draft202012Validator(schemas[name]) for name in ("github", "gitlab"))
    workflow, pipeline = load(GITHUB), load(GITLAB)
    github.validate(workflow)
    gitlab.validate(pipeline)
    broken = json.loads(json.dumps(workflow))
    broken["jobs"]["replay"]["steps"][1]["runs"] = broken["jobs"]["replay"]["steps"][1].pop("run")
    assert list(github.iter_errors(broken)), "a step without a command was taken"
    broken = json.loads(json.dumps(workflow))
    broken["jobs"]["live"]["steps"][2]["env"]["OPENAI_API_KEY"] = "sk-in-the-clear"
    assert list(github.iter_errors(broken)), "a key in the clear was taken"
    assert list(gitlab.iter_errors(dict(pipeline, replay=dict(pipeline["replay"], scripts=["x"])))), "scripts was taken"
    # Who may start what: nothing with a key on a pull request.
    for name, job in workflow["jobs"].items():
        keys = [step for step in job["steps"] if "env" in step]
        assert bool(keys) == (name == "live"), name
        assert ("workflow_dispatch" in job.get("if", "")) == (name == "live"), name
        assert any("--budget" in step.get("run", "") for step in job["steps"]) == (name == "live"), name
    assert "merge_request" not in json.dumps(pipeline["live"]), "keys on a merge request"
    return workflow, pipeline


def github_commands(job):
    """The commands of a job, each with the variables that it gets."""
    commands = []
    for step in job["steps"]:
        if "run" not in step:
            continue
        variables = {}
        for name, value in step.get("env", {}).items():
            secret = re.fullmatch(r"\$\{\{ secrets\.([A-Z_]+) \}\}", value).group(1)
            variables[name] = KEYS[secret]
        commands.append((step["run"], variables))
    return commands


def gitlab_commands(pipeline, name):
    job = pipeline[name]
    base = pipeline[job["extends"]]
    variables = KEYS if name == "live" else {}
    return [(command, variables) for command in base["before_script"] + job["script"]]


class Project:
    """A copy of what a clean clone has, as far as the workflows use it."""

    def __init__(self, binary, folder):
        self.folder = folder
        shutil.copytree("examples", folder + "/examples")
        os.makedirs(folder + "/build/quickstart/bin")
        os.makedirs(folder + "/tools")
        os.symlink(os.path.abspath(binary), folder + "/build/quickstart/bin/costwar")
        assert os.access("tools/quickstart", os.X_OK)
        self.write("tools/quickstart", "#!/bin/sh\necho \"$@\" > quickstart-called\n")
        os.chmod(folder + "/tools/quickstart", 0o755)
        self.summary = folder + "/summary.md"

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def read(self, name):
        with open(f"{self.folder}/{name}") as file:
            return file.read()

    def run(self, commands, on_github):
        """The exit code of the job: that of the first command that fails. All output, standard output first."""
        out, err = "", ""
        for command, variables in commands:
            environment = {"PATH": os.environ["PATH"], "HOME": self.folder, **variables}
            if on_github:
                environment["GITHUB_STEP_SUMMARY"] = self.summary
            done = subprocess.run(["sh", "-e", "-c", command], cwd=self.folder, env=environment, capture_output=True,
                                  text=True, timeout=300)
            out, err = out + done.stdout, err + done.stderr
            if done.returncode != 0:
                return done.returncode, out, err
        assert os.path.exists(self.folder + "/quickstart-called"), "the job builds nothing"
        return 0, out, err

    def check_outputs(self, on_github, verdict):
        assert json.loads(self.read("gate.json"))["verdict"] == verdict
        suite = xml.etree.ElementTree.parse(self.folder + "/gate.xml").getroot().find("testsuite")
        assert int(suite.get("tests")) >= 3, suite.attrib
        assert (int(suite.get("failures")) > 0) == (verdict == "failed"), suite.attrib
        assert "| Rule |" in self.read("summary.md" if on_github else "gate.md")


def check_replay(binary, commands, on_github):
    with tempfile.TemporaryDirectory() as folder:
        project = Project(binary, folder)
        code, out, err = project.run(commands, on_github)
        assert code == 0, (code, out, err)
        project.check_outputs(on_github, "passed")
    # A floor that the recording does not reach: the job fails.
    with tempfile.TemporaryDirectory() as folder:
        project = Project(binary, folder)
        project.write("examples/gate-rules-replay.json",
                      '{"spend": {"at_most": "0.000000001usd"}, "quality": {"margin": "30pts"}, "failures": {"at_most": "90%"}}')
        code, out, err = project.run(commands, on_github)
        assert code == 1, (code, out, err)
        project.check_outputs(on_github, "failed")
        assert ("::error " in out) == on_github, out
    # What was not recorded is said before anything runs.
    with tempfile.TemporaryDirectory() as folder:
        project = Project(binary, folder)
        other = [(command.replace("--n 5 --label", "--n 6 --label"), variables) for command, variables in commands]
        assert other != commands
        code, out, err = project.run(other, on_github)
        assert code == 7, (code, out, err)


def check_live(binary, commands, on_github):
    with tempfile.TemporaryDirectory() as folder:
        project = Project(binary, folder)
        costwar = os.path.abspath(binary)
        subprocess.run([costwar, "tasks", "answers", "--tasks", "arithmetic,copying,sorting", "--n", "50", "-o",
                        "book.jsonl"], cwd=folder, check=True, capture_output=True)
        mock = subprocess.Popen([costwar, "mock", "--port", "0", "--model", "gpt-5.5=1", "--model", "deepseek-v4-flash=1",
                                 "--answers", "book.jsonl", "--truth", "truth.jsonl"], cwd=folder, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)
        try:
            url = mock.stdout.readline().strip()
            project.write("costwar.json", json.dumps({"providers": {"openai": {"base_url": url},
                                                                    "deepseek": {"base_url": url}}}))
            code, out, err = project.run(commands, on_github)
        finally:
            mock.terminate()
            mock.wait()
        assert code == 0, (code, out, err)
        project.check_outputs(on_github, "passed")
        gate = json.loads(project.read("gate.json"))
        assert gate["rules"][0]["n"] == 150 and gate["coverage"][0]["paired"] == 150, gate
        assert "dummy-" not in out + err + project.read("gate.json")


def main(binary):
    workflow, pipeline = check_schemas()
    jobs = 0
    for on_github in (True, False):
        def commands(name):
            return github_commands(workflow["jobs"][name]) if on_github else gitlab_commands(pipeline, name)

        check_replay(binary, commands("replay"), on_github)
        check_live(binary, commands("live"), on_github)
        jobs += 2
    print(f"2 workflows are valid, and the commands of their {jobs} jobs run as written")


if __name__ == "__main__":
    main(sys.argv[1])
