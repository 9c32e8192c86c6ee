"""What machines read, held against the schemas of those who defined it, with hard content in it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from jsonschema import Draft202012Validator

from tests.support.commands import run_command

SCHEMAS = Path(__file__).parent / "schemas"
SARIF = Draft202012Validator(
    json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8")),
    format_checker=Draft202012Validator.FORMAT_CHECKER,
)
JUNIT = xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")
GITLAB = Draft202012Validator(
    {
        # https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "minLength": 1},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "pattern": "^(?!\\./|/)"},
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": {
                                "begin": {"type": "integer", "minimum": 1},
                                "end": {"type": "integer", "minimum": 1},
                            },
                        },
                    },
                },
            },
        },
    }
)

MODEL = """\
entity customer {
  table customers
  key   customer_id: int
  name: text
}
"""
HARD = 'seg ments/ül/a "b" & <c>, d%: ł.seg'
HARD_TEXT = """\
segment wide of customer {
  where {
    name = "𝒳 żółć \\"<&>\\n" and nme = "]]> ::error::" # 日本
    name = \"""
a text of several lines
\"""
    nothing = 1 or name matches "(?<x>a)"
  }
}
"""
TESTS = """\
segment named of customer {
  where {
    name = "żółć <&> ]]>"
  }
}
segment broken of customer {
  where {
    nothing = 1
  }
}
test named as of 2026-01-01 {
  customer anna { name: "\\u{1}\\u{1b}[31m \\u{ffff}\\nżółć" }
  expect anna in
}
test broken as of 2026-01-01 {
  customer anna
  expect anna in
}
test named as of 2026-01-01 {
  customer anna { name: "x" }
  expect ann in
}
assert "a \\"claim\\" & <more>, ::warning::\\n %" {
  named inside broken
}
assert "a claim" {
  size of named at most 5
}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    files = {
        "segql.toml": '[project]\nname = "p"\ntimezone = "Europe/Warsaw"\n',
        "model.seg": MODEL,
        HARD: HARD_TEXT,
        "new\nline.seg": "segment",
        "ł.test.seg": TESTS,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "latin.seg").write_bytes(b"segment \xff")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def checked(folder, capfd):
    """What `segql check` says in a format; of files without faults as well."""

    def told(form: str, *paths: str) -> str:
        ended = run_command("check", *paths, "--format", form, capfd=capfd)
        assert (ended.code, ended.stderr) == (0 if paths else 1, "")
        return ended.stdout

    return told


def strays(validator: Draft202012Validator, text: str) -> tuple[Any, list[str]]:
    """The document, and what breaks the schema."""
    document = json.loads(text)
    return document, [error.message for error in validator.iter_errors(document)]


class TestSarif:
    def test_the_schema_finds_faults(self, checked):
        document = json.loads(checked("sarif"))
        place = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
        place["artifactLocation"]["uri"] = "a b\n.seg"
        place["region"]["startLine"] = 0
        _, found = strays(SARIF, json.dumps(document))
        assert len(found) == 2

    def test_all_of_it(self, checked):
        document, found = strays(SARIF, checked("sarif"))
        assert found == []
        (run,) = document["runs"]
        files = {
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            for result in run["results"]
        }
        assert len(files) == 4
        assert "new%0Aline.seg" in files
        # what GitHub asks beside the schema: docs.github.com, "SARIF support for code scanning"
        for rule in run["tool"]["driver"]["rules"]:
            assert rule["shortDescription"]["text"]
            assert rule["fullDescription"]["text"]
            assert rule["help"]["text"].startswith(rule["id"])
        for result in run["results"]:
            assert result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1

    def test_columns_count_characters(self, checked):
        """Of a line with characters beyond the basic plane."""
        (run,) = json.loads(checked("sarif"))["runs"]
        (result,) = [item for item in run["results"] if "`nme`" in item["message"]["text"]]
        region = result["locations"][0]["physicalLocation"]["region"]
        line = HARD_TEXT.split("\n")[region["startLine"] - 1]
        assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "nme"

    def test_nothing_found(self, checked):
        document, found = strays(SARIF, checked("sarif", "model.seg"))
        assert (found, document["runs"][0]["results"]) == ([], [])


class TestGitlab:
    def test_the_schema_finds_faults(self):
        (message,) = strays(GITLAB, '[{"description": "x"}]')[1][:1]
        assert "required" in message

    def test_all_of_it(self, checked):
        document, found = strays(GITLAB, checked("gitlab"))
        assert found == []
        assert {item["location"]["path"] for item in document} == {
            HARD,
            "latin.seg",
            "new\nline.seg",
            "ł.test.seg",
        }
        assert len({item["fingerprint"] for item in document}) == len(document)

    def test_nothing_found(self, checked):
        assert json.loads(checked("gitlab", "model.seg")) == []


class TestGithub:
    """As the runner reads it: `ActionCommand` of <https://github.com/actions/runner>."""

    def test_all_of_it(self, checked):
        lines = checked("github").splitlines()
        found = [read_command(line) for line in lines]
        assert len(found) == len(json.loads(checked("json"))["diagnostics"])
        assert {properties["file"] for _, properties, _ in found} == {
            HARD,
            "latin.seg",
            "new\nline.seg",
            "ł.test.seg",
        }
        ((kind, properties, message),) = [item for item in found if "`nme`" in item[2]]
        assert kind == "error"
        assert message.endswith("help: did you mean `name`?")
        start, end = int(properties["col"]) - 1, int(properties["endColumn"]) - 1
        assert HARD_TEXT.split("\n")[int(properties["line"]) - 1][start:end] == "nme"

    def test_nothing_found(self, checked):
        assert checked("github", "model.seg") == ""


def read_command(line: str) -> tuple[str, dict[str, str], str]:
    found = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
    assert found, line
    pairs = (part.partition("=") for part in found[2].split(","))
    return found[1], {name: plain(value) for name, _, value in pairs}, plain(found[3])


def plain(text: str) -> str:
    for code, character in (("3A", ":"), ("2C", ","), ("0D", "\r"), ("0A", "\n"), ("25", "%")):
        text = text.replace(f"%{code}", character)
    return text


class TestJunit:
    def test_the_schema_finds_faults(self):
        assert not JUNIT.is_valid('<testsuites><testsuite name="x"/></testsuites>')

    def test_check(self, checked):
        for paths in ((), ("model.seg",)):
            JUNIT.validate(checked("junit", *paths))

    def test_tests(self, folder, capfd):
        ended = run_command("test", "--format", "junit", capfd=capfd)
        JUNIT.validate(ended.stdout)
        (suite,) = [
            item for item in JUNIT.to_dict(ended.stdout)["testsuite"] if "ł" in item["@name"]
        ]
        ends = [
            next((end for end in ("failure", "error", "skipped") if end in case), "passed")
            for case in suite["testcase"]
        ]
        assert ends == ["failure", "failure", "failure", "skipped", "error", "error"]
        assert (suite["@failures"], suite["@errors"], suite["@skipped"]) == ("3", "2", "1")

    def test_no_tests(self, folder, capfd):
        os.remove("ł.test.seg")
        for name in (HARD, "new\nline.seg", "latin.seg"):
            os.remove(name)
        ended = run_command("test", "--format", "junit", capfd=capfd)
        assert ended.code == 0
        JUNIT.validate(ended.stdout)


def test_a_name_that_is_no_text(folder, capfd):
    """Of a file system that keeps bytes."""
    name = os.fsdecode(b"bad\xff.seg")
    try:
        Path(name).write_text("segment", encoding="utf-8")
    except OSError:
        pytest.skip("this file system refuses such a name")
    for form in ("sarif", "gitlab", "github", "junit", "json", "text"):
        ended = run_command("check", "--format", form, capfd=capfd)
        assert ended.code == 1
        assert "cannot read `bad\ufffd.seg`: its name is not UTF-8" in ended.stdout
