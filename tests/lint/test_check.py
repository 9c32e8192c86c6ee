"""`segql check` with its rules: fixes, formats, statistics; and `segql rule`."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from junitparser import JUnitXml

import segql
from segql.cli.fixing import fix
from segql.errors import UsageError
from segql.lint.example import MODEL
from segql.lint.fixes import Fixed
from segql.lint.rules import RULES
from tests.lint.support import PROJECT
from tests.support.commands import run_command

WRONG = """\
segment buyers of customer {
  where {
    not (count(purchase in last 90 days) = 0)
    any {
      country in ("PL") # the first one
    }
    10 <= points
    days since birth_date >= 6570 if known
  }
}
"""
SAFE = """\
segment buyers of customer {
  where {
    did purchase in last 90 days
    any {
      country = "PL" # the first one
    }
    points >= 10
    days since birth_date >= 6570 if known
  }
}
"""
UNSAFE = SAFE.replace("days since birth_date >= 6570", "years since birth_date >= 18")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "segql.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "model.seg").write_text(MODEL, encoding="utf-8")
    (tmp_path / "a.seg").write_text(WRONG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder, capfd):
    return lambda *arguments: run_command(*arguments, capfd=capfd)


def text(folder, name="a.seg"):
    return (folder / name).read_text(encoding="utf-8")


class TestFixes:
    def test_safe_ones_to_a_fixed_point(self, folder, run):
        code, stdout, _ = run("check", "--fix")
        assert (code, text(folder)) == (0, SAFE)
        assert stdout.endswith("2 warnings in 2 files, 4 fixed\n")
        code, stdout, _ = run("check", "--fix")
        assert (code, text(folder)) == (0, SAFE)
        assert stdout.endswith("2 warnings in 2 files\n")

    def test_unsafe_ones_where_asked_for(self, folder, run):
        assert run("check", "--unsafe-fixes").code == 0
        assert text(folder) == UNSAFE

    def test_diff_writes_nothing(self, folder, run):
        code, stdout, stderr = run("check", "--diff")
        assert (code, text(folder)) == (1, WRONG)
        assert "+    points >= 10\n" in stdout
        assert stdout.startswith("--- a/a.seg\n+++ b/a.seg\n")
        assert stderr == "would fix 4 findings; 2 warnings left\n"
        run("check", "--fix")
        assert run("check", "--diff") == (0, "", "nothing to fix; 2 warnings left\n")
        assert run("check", "--diff", "--strict").code == 1

    def test_diff_tells_of_errors_that_no_fix_mends(self, folder, run):
        (folder / "a.seg").write_text(SAFE.replace("points >=", "unheard_of >="), encoding="utf-8")
        code, stdout, stderr = run("check", "--diff")
        assert (code, stdout) == (1, "")
        assert stderr == "nothing to fix; 1 error left\n"

    def test_people_are_told_of_fixes(self, folder, run, monkeypatch):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        for arguments in (["check"], ["check", "--format", "concise"]):
            monkeypatch.setattr(sys, "stderr", terminal := Terminal())
            run(*arguments)
            assert (
                terminal.getvalue() == "`segql check --fix` mends 3 of them, `--diff` shows how\n"
            )
        monkeypatch.setattr(sys, "stderr", terminal := Terminal())
        run("check", "--format", "json")
        assert terminal.getvalue() == ""

    def test_diff_into_a_file(self, folder, run):
        shown = run("check", "--diff").stdout
        assert run("check", "--diff", "-o", "fixes.diff")[:2] == (1, "")
        assert text(folder, "fixes.diff") == shown
        assert text(folder) == WRONG

    @pytest.mark.parametrize("other", [["--statistics"], ["--format", "json"]])
    def test_diff_is_no_list_of_findings(self, folder, run, other):
        code, stdout, stderr = run("check", "--diff", *other)
        assert (code, stdout, text(folder)) == (2, "", WRONG)
        assert f"`{' '.join(other)}`" in stderr

    def test_only_in_the_files_that_are_named(self, folder, run):
        (folder / "b.seg").write_text(WRONG.replace("buyers", "others"), encoding="utf-8")
        run("check", "--fix", "b.seg")
        assert text(folder) == WRONG
        assert text(folder, "b.seg") == SAFE.replace("buyers", "others")

    def test_faults_with_a_safe_fix_too(self, folder, run):
        (folder / "a.seg").write_text(SAFE.replace("points >=", "pints >="), encoding="utf-8")
        assert run("check", "--fix").code == 0
        assert text(folder) == SAFE

    def test_marks_and_line_ends_stay(self, folder, run):
        windows = b"\xef\xbb\xbf" + WRONG.replace("\n", "\r\n").encode()
        (folder / "a.seg").write_bytes(windows)
        run("check", "--fix")
        assert (folder / "a.seg").read_bytes() == b"\xef\xbb\xbf" + SAFE.replace(
            "\n", "\r\n"
        ).encode()

    def test_a_result_with_new_errors_is_not_written(self, folder, run, monkeypatch):
        import segql.lint.rules.constant_first as rule

        broken = {"<=": "=> >"}
        monkeypatch.setattr(rule, "_MIRRORED", broken)
        code, _, stderr = run("--no-cache", "check", "--fix")
        assert (code, text(folder)) == (2, WRONG)
        assert "new errors; nothing was written" in stderr

    def test_fixes_that_undo_each_other_end(self, folder, monkeypatch):
        def longer(texts, found, *, unsafe):
            return Fixed({"a.seg": texts["a.seg"] + "\n"}, tuple(found))

        monkeypatch.setattr("segql.cli.fixing.apply_fixes", longer)
        monkeypatch.setattr("segql.cli.fixing.ROUNDS", 3)
        with pytest.raises(UsageError, match="have no end"):
            fix(segql.load(folder, cache=False), [], unsafe=False)

    def test_a_file_that_cannot_be_written(self, folder, run, monkeypatch):
        def refused(path, content):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("segql.project.writing.replace_file", refused)
        code, _, stderr = run("check", "--fix")
        assert (code, text(folder)) == (2, WRONG)
        assert "cannot write `a.seg`: permission denied" in stderr


class TestCache:
    def test_a_second_run_tells_the_same(self, folder, run):
        first = run("check")
        assert "SEG547" in first.stdout
        assert run("check") == first
        assert run("check", "--no-cache") == first

    def test_the_configuration_is_part_of_the_key(self, folder, run):
        assert "SEG547" in run("check").stdout
        (folder / "segql.toml").write_text(PROJECT + '[lint]\nignore = ["SEG547"]\n', "utf-8")
        assert "SEG547" not in run("check").stdout

    def test_a_comment_may_name_what_no_rule_finds(self, folder, run):
        (folder / "parked.seg").write_text("# parked\n# segql: ignore[SEG106] later\n#\n", "utf-8")
        for _ in range(2):  # in a process of its own, the second time with kept trees
            command = [sys.executable, "-m", "segql", "check", "parked.seg"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            assert done.stdout == "no faults in 1 file\n"
            shutil.rmtree(folder / ".segql" / "cache" / "check", ignore_errors=True)


class TestFormats:
    def test_sarif(self, run):
        code, stdout, _ = run("check", "--format", "sarif", "--strict")
        assert code == 1
        document = json.loads(stdout)
        [one] = document["runs"]
        rules = one["tool"]["driver"]["rules"]
        for result in one["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["level"] in ("warning", "error")
        marks = [result["partialFingerprints"]["segql/v1"] for result in one["results"]]
        assert len(marks) == len(set(marks)) == 5
        [count] = [result for result in one["results"] if result["ruleId"] == "SEG543"]
        place = count["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "a.seg"
        assert place["region"] == {"startLine": 3, "startColumn": 10, "endLine": 3, "endColumn": 45}
        [change] = count["fixes"][0]["artifactChanges"]
        assert change["replacements"][0]["insertedContent"]["text"].startswith("did not purchase")

    def test_github(self, run):
        _, stdout, _ = run("check", "--format", "github")
        lines = stdout.splitlines()
        assert len(lines) == 5
        form = r"::(warning|error) file=a\.seg,line=\d+,endLine=\d+(,col=\d+,endColumn=\d+)?,title=SEG\d+ [a-z-]+::.+"
        assert all(re.fullmatch(form, line) for line in lines)

    def test_github_escapes(self, folder, run):
        name = "od, d%.seg"
        (folder / "a.seg").rename(folder / name)
        assert "file=od%2C d%25.seg," in run("check", "--format", "github").stdout

    def test_gitlab(self, run):
        found = json.loads(run("check", "--format", "gitlab").stdout)
        assert len({item["fingerprint"] for item in found}) == len(found) == 5
        for item in found:
            assert set(item) == {"description", "check_name", "fingerprint", "severity", "location"}
            assert item["severity"] in ("info", "minor", "major", "critical", "blocker")
            assert item["location"]["path"] == "a.seg"
            lines = item["location"]["lines"]
            assert 1 <= lines["begin"] <= lines["end"]

    def test_junit(self, folder, run):
        _, stdout, _ = run("check", "--format", "junit")
        report = JUnitXml.fromstring(stdout.encode())
        [suite] = report
        assert (suite.name, suite.tests, suite.failures) == ("a.seg", 5, 5)
        (folder / "a.seg").unlink()
        (folder / "model.seg").write_text(MODEL.replace("customer_id: int", "customer_id: int"))
        clean = run("check", "--format", "junit").stdout
        [suite] = JUnitXml.fromstring(clean.encode())
        assert (suite.tests, suite.failures) == (1, 0)

    def test_nothing_but_the_format_is_on_stdout_and_a_file_takes_its_place(self, folder, run):
        for form in ("json", "sarif", "gitlab"):
            stdout = run("check", "--format", form).stdout
            json.loads(stdout)
            assert run("check", "--format", form, "--output-file", "out.json").stdout == ""
            assert text(folder, "out.json") == stdout
        code, _, stderr = run("check", "--output-file", "no/such/folder")
        assert code == 2
        assert "cannot write `no/such/folder`" in stderr

    def test_sources_and_devices_are_not_replaced(self, folder, run):
        for name in ("a.seg", "segql.toml"):
            before = text(folder, name)
            code, _, stderr = run("check", "--output-file", name)
            assert (code, text(folder, name)) == (2, before)
            assert f"`{name}` is a source, not a place for results" in stderr
        os.mkfifo("pipe")
        reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
        run("check", "--format", "json", "--output-file", "pipe")
        assert json.loads(os.read(reader, 1_000_000)) == json.loads(
            run("check", "--format", "json").stdout
        )
        os.close(reader)
        assert stat.S_ISFIFO(os.stat("pipe").st_mode)

    def test_statistics(self, run):
        _, stdout, _ = run("check", "--statistics")
        assert "1  SEG547  constant-first   warning  fixable\n" in stdout
        assert stdout.endswith("\n\n5 warnings in 2 files\n")
        found = json.loads(run("check", "--statistics", "--format", "json").stdout)
        assert {
            "code": "SEG547",
            "name": "constant-first",
            "severity": "warning",
            "count": 1,
            "fixable": 1,
        } in found
        assert run("check", "--statistics", "--format", "junit").code == 2


class TestRule:
    def test_a_page_by_code_and_by_name(self, run):
        by_code = run("rule", "SEG543")
        assert by_code == run("rule", "count-with-zero")
        assert by_code.stdout.startswith("SEG543 count-with-zero (warning, on by default)\n====")
        assert "## Use instead\n```seg\n" in by_code.stdout

    def test_all(self, run):
        listed = run("rule", "--all").stdout.splitlines()
        assert len(listed) == len(RULES) >= 30
        documents = json.loads(run("rule", "--all", "--format", "json").stdout)
        assert [item["code"] for item in documents] == [rule.code.code for rule in RULES]
        keys = {"code", "name", "severity", "rule", "default", "fix", "page"}
        assert all(set(item) == keys for item in documents)
        markdown = run("rule", "--all", "--format", "markdown").stdout
        assert markdown.count("\n### SEG") == len(RULES) - 1

    def test_codes_of_the_checker(self, run):
        assert "`segql.toml` is TOML 1.0" in run("rule", "SEG010").stdout
        assert run("rule", "unknown-decides").code == 0

    def test_every_code_of_the_table_is_known(self):
        """In a process of its own: here, other tests have imported what declares codes."""
        listed = "from segql.cli.rule import _other_codes as f; print(*(item.code for item in f()))"
        done = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True)
        table = Path("docs/diagnostics.md").read_text(encoding="utf-8")
        assert set(done.stdout.split()) == set(re.findall(r"SEG[^5]\d\d", table))

    def test_what_does_not_exist(self, run):
        code, _, stderr = run("rule", "raw_sql")
        assert code == 2
        assert "did you mean `raw-sql`?" in stderr
        assert "did you mean `SEG543`?" in run("rule", "543").stderr
        assert "`segql rule --all` lists them" in run("rule", "SEG999").stderr
        assert "name a rule" in run("rule").stderr
        assert run("rule").code == 2
        assert "leave out one of them" in run("rule", "SEG543", "--all").stderr
        assert run("rule", "SEG543", "--all").code == 2


def test_the_example_shop_has_what_its_configuration_asks(tmp_path):
    shop = Path(__file__).parents[2] / "examples" / "shop"
    shutil.copytree(shop / "model", tmp_path / "model")
    shutil.copytree(shop / "segments", tmp_path / "segments")
    toml = (shop / "segql.toml").read_text(encoding="utf-8")
    assert 'consent = ["email_opt_in"]' in toml
    (tmp_path / "segql.toml").write_text(toml.replace("email_opt_in", "sms_opt_in"), "utf-8")
    found = {item.code.name for item in segql.load(tmp_path, cache=False).diagnostics}
    assert found == {"missing-consent"}
