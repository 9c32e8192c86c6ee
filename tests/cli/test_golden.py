"""What each command writes and how it ends: `golden/NAME.txt` for each line of `cases.txt`.

`SEGQL_UPDATE_GOLDEN=1 pytest tests/cli/test_golden.py` writes the files anew; read the difference.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.support.commands import run_command

HERE = Path(__file__).parent
CASES = [
    line.split(maxsplit=2)
    for line in (HERE / "cases.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def golden(arguments: str, code: int, stdout: str, stderr: str) -> str:
    """A result as a file, without what is tested elsewhere (statements, plans) or is not the same twice (times)."""
    stdout = re.sub(
        r"^(SELECT|WITH)\b.*?(;?\n)(?=\n|\Z)", r"\1 …\2", stdout, flags=re.DOTALL | re.MULTILINE
    )
    stdout = re.sub(r"(Scope\n  row: \w+\n).*", r"\1  …\n", stdout, flags=re.DOTALL)
    stdout = re.sub(r"\d+ ms\n|\d+\.\d s\n", "… ms\n", stdout)
    stdout = re.sub(r'"seconds": [\d.]+', '"seconds": 0', stdout)
    stdout = re.sub(r' time="[\d.]+"', ' time="0"', stdout)
    stdout = re.sub(r" in \d+\.\d\d s\n", " in … s\n", stdout)
    text = f"$ segql {arguments}\nexit {code}\n--- stdout\n{stdout}"
    return f"{text}--- stderr\n{stderr}" if stderr else text


@pytest.mark.parametrize(("name", "project", "arguments"), CASES, ids=[case[0] for case in CASES])
def test_command(name, project, arguments, tmp_path, monkeypatch, capfd):
    folder = tmp_path / project
    shutil.copytree(HERE / "projects" / project, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("SEGQL_TEST_CONNECTION", raising=False)
    result = run_command(*shlex.split(arguments), capfd=capfd)
    made = golden(arguments, *result).replace(str(folder), "PROJECT")
    path = HERE / "golden" / f"{name}.txt"
    if os.environ.get("SEGQL_UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")
    assert "Traceback" not in made


def test_every_golden_file_has_its_case():
    assert {path.stem for path in (HERE / "golden").glob("*.txt")} == {case[0] for case in CASES}
