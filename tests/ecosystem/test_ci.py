"""Each step of the workflows of docs/ci.md and of the action is run in a fresh clone of a repository with a pull request.

Only what GitHub does itself is left out: the steps with `uses`, and `gh`, for which a script stands in that writes down
what it is asked.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "src" / "segql" / "templates" / "project"
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
EXAMPLES = [
    (word, yaml.safe_load(text))
    for word, text in re.findall(r"^```yaml (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
]
WORKFLOW, SHORT = (content for word, content in EXAMPLES if word == "github")
GITLAB = next(content for word, content in EXAMPLES if word == "gitlab")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))

GOOD = ("sum(purchase.amount)", "sum(purchase.amount in last 365 days)")
BAD = ("sum(purchase.amount)", "sum(purchase.amounts)")


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


class Runner:
    """A fresh clone, and a shell in it as a CI service starts one."""

    def __init__(self, room: Path, change: tuple[str, str]) -> None:
        origin = room / "origin"
        shutil.copytree(TEMPLATE, origin)
        git(origin, "init", "-q")
        git(origin, "add", "-A")
        git(origin, "commit", "-qm", "base")
        self.base = git(origin, "rev-parse", "HEAD")
        path = origin / "model" / "customer.seg"
        assert change[0] in path.read_text()
        path.write_text(path.read_text().replace(*change))
        git(origin, "commit", "-qam", "change")
        self.clone = room / "clone"
        git(room, "clone", "-q", str(origin), str(self.clone))
        tools = room / "tools"
        tools.mkdir()
        self._tool(tools, "segql", f'exec "{sys.executable}" -m segql "$@"')
        self._tool(tools, "python", f'echo "$@" >> "{room}/python.txt"')
        self._tool(
            tools, "gh", f'echo "$@" >> "{room}/gh.txt"; case "$*" in *--edit-last*) exit 1;; esac'
        )
        self.room = room
        self.environment = {
            **{
                name: os.environ[name]
                for name in ("PYTHONPATH", "HOME", "TMPDIR")
                if name in os.environ
            },
            "PATH": f"{tools}:{os.environ['PATH']}",
            "GITHUB_STEP_SUMMARY": str(room / "summary.md"),
            "GITHUB_REPOSITORY": "owner/shop",
        }

    @staticmethod
    def _tool(folder: Path, name: str, line: str) -> None:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.clone,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
        )


@pytest.fixture
def runner(request, tmp_path) -> Runner:
    return Runner(tmp_path, request.param)


def steps(workflow: dict) -> dict[str, dict]:
    (job,) = workflow["jobs"].values()
    return {step["name"]: step for step in job["steps"] if "run" in step}


@pytest.mark.parametrize("runner", [GOOD], indirect=True)
def test_the_workflow_of_the_page(runner):
    variables = {"SEGQL": "segql", "BASE": runner.base, "PULL": "7"}
    for name, step in steps(WORKFLOW).items():
        done = runner.run(step["run"], **variables)
        assert done.returncode == 0, (name, done.stdout, done.stderr)
    assert (runner.room / "python.txt").read_text() == "-m pip install segql\n"
    sarif = json.loads((runner.clone / "segql.sarif").read_text())
    assert sarif["version"] == "2.1.0"
    assert "<testsuites" in (runner.clone / "segql-junit.xml").read_text()
    comment = (runner.clone / "segql-diff.md").read_text()
    assert comment.startswith("### Segments: ")
    assert "through trait `spend`" in comment
    assert (runner.room / "summary.md").read_text() == comment
    asked = (runner.room / "gh.txt").read_text().splitlines()
    assert [line.endswith("--edit-last") for line in asked] == [True, False]
    assert asked[1] == "pr comment 7 --repo owner/shop --body-file segql-diff.md"


@pytest.mark.parametrize("runner", [BAD], indirect=True)
def test_the_workflow_of_the_page_fails_where_it_should(runner):
    variables = {"SEGQL": "segql", "BASE": runner.base, "PULL": "7"}
    ended = {name: runner.run(step["run"], **variables) for name, step in steps(WORKFLOW).items()}
    check = ended["Check, with annotations in the changed files"]
    assert check.returncode == 1
    assert check.stdout.startswith("::error ")
    assert "file=model/customer.seg" in check.stdout
    assert ended["Check, for code scanning"].returncode == 0
    assert json.loads((runner.clone / "segql.sarif").read_text())["runs"][0]["results"]
    assert ended["What changed"].returncode == 0
    assert "has faults" in (runner.clone / "segql-diff.md").read_text()


@pytest.mark.parametrize(("runner", "code"), [(GOOD, 0), (BAD, 1)], indirect=["runner"])
def test_the_action(runner, code):
    (job,) = SHORT["jobs"].values()
    given = next(step["with"] for step in job["steps"] if "segql" in step.get("uses", ""))
    assert given.keys() <= ACTION["inputs"].keys()
    variables = {
        "PROJECT": ".",
        "OUT": "reports",
        "BASE": runner.base,
        "TARGET": "",
        "PACKAGE": ".",
    }
    scripts = [step for step in ACTION["runs"]["steps"] if "run" in step]
    ended = []
    for step in scripts:
        assert step["env"].keys() <= variables.keys()
        assert "${{" not in step["run"]  # what others name stands in no script
        ended.append(runner.run(step["run"], **variables).returncode)
    assert ended == [0, 0, code]
    names = {path.name for path in (runner.clone / "reports").iterdir()}
    assert names == {"segql.sarif", "segql-junit.xml", "segql-diff.md"}
    assert {Path(item["value"]).name for item in ACTION["outputs"].values()} == names


@pytest.mark.parametrize(("runner", "code"), [(GOOD, 0), (BAD, 1)], indirect=["runner"])
def test_the_gitlab_job(runner, code):
    job = GITLAB["segments"]
    variables = {"SEGQL": "segql", "CI_MERGE_REQUEST_DIFF_BASE_SHA": runner.base}
    done = runner.run("\n".join(job["script"]), **variables)
    assert done.returncode == code, done.stderr
    report = json.loads((runner.clone / job["artifacts"]["reports"]["codequality"]).read_text())
    assert [
        item["location"]["path"]
        for item in report
        if item["severity"] in ("major", "critical", "blocker")
    ] == (["model/customer.seg"] if code else [])


def test_the_hooks_are_commands_of_segql():
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    listed = next(content for word, content in EXAMPLES if word == "pre-commit")
    ids = {hook["id"] for hook in listed["repos"][0]["hooks"]}
    assert ids == {hook["id"] for hook in hooks}
    from segql.cli.app import COMMANDS

    for hook in hooks:
        program, command = hook["entry"].split()
        assert (program, command in COMMANDS) == ("segql", True)
        for name in ("segments/a.seg", "a.seg"):
            assert re.search(hook["files"], name)
        assert not re.search(hook["files"], "a.segment")
