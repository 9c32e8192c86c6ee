"""What golden files cannot show: files written, pipes, interrupts, the place before or behind the command."""

from __future__ import annotations

import io
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.commands import run_command

PROJECTS = Path(__file__).parent / "projects"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    folder = tmp_path / "shop"
    shutil.copytree(PROJECTS / "shop", folder)
    monkeypatch.chdir(folder)
    return folder


def test_init_makes_a_working_project(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    made = run_command("init", 'my "first" one', capfd=capfd)
    assert made.code == 0
    assert "segql --project 'my \"first\" one' check" in made.stdout
    monkeypatch.chdir(tmp_path / 'my "first" one')
    assert run_command("check", "--strict", capfd=capfd) == (0, "no faults in 4 files\n", "")
    tested = run_command("test", "--coverage", capfd=capfd)
    assert (tested.code, tested.stderr) == (0, "")
    assert "ok lapsing as of 2026-01-01" in tested.stdout
    assert "  lapsing  3 of 3\n" in tested.stdout
    names = ["newcomers", "regulars", "lapsing", "mailable", "winback_mail"]
    shown = run_command("preview", *names, "--format", "json", capfd=capfd)
    previews = json.loads(shown.stdout)
    assert [item["segment"] for item in previews] == names
    for item in previews:
        assert item["population"] == 300
        assert 0 < item["members"] < 300, item["segment"]
        assert item["sample"]
    for name in names:
        assert run_command("explain", name, capfd=capfd).code == 0


def test_init_in_this_folder_keeps_what_is_there(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    made = run_command("init", capfd=capfd)
    assert made.code == 0
    assert "  segql check\n" in made.stdout
    again = run_command("init", capfd=capfd)
    assert again.code == 2
    assert "nothing was written" in again.stderr
    (tmp_path / "segql.toml").unlink()
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert run_command("init", capfd=capfd).code == 2
    assert not (tmp_path / "segql.toml").exists()
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == text


def test_init_over_a_file(tmp_path, capfd):
    (tmp_path / "taken").write_text("", encoding="utf-8")
    assert run_command("init", str(tmp_path / "taken"), capfd=capfd).code == 2


@pytest.mark.parametrize("folder", [".", "new/..", "new/../../mine", "inside"])
def test_a_failed_init_removes_only_what_it_made(tmp_path, monkeypatch, capfd, folder):
    mine = tmp_path / "mine"
    mine.mkdir()
    monkeypatch.chdir(mine)
    (mine / "notes.txt").write_text("mine")
    for place in (mine, mine / "inside"):
        (place / "model").mkdir(parents=True)
        (place / "model" / "mine.seg").write_text("# mine\n")
        (place / "segments").write_text("a file where a folder is needed")
    before = sorted(tmp_path.rglob("*"))
    assert run_command("init", folder, capfd=capfd).code == 2
    assert sorted(tmp_path.rglob("*")) == before


def test_init_does_not_make_what_dots_lead_back_from(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    made = run_command("init", "new/../first", capfd=capfd)
    assert made.code == 0
    assert "segql --project first check" in made.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["first"]


def test_options_before_and_behind_the_command(shop, capfd, monkeypatch):
    monkeypatch.chdir("/")
    here = str(shop)
    before = run_command(
        "--project", here, "--as-of", "2026-01-01", "export", "nobody", capfd=capfd
    )
    behind = run_command(
        "export", "nobody", "--project", here, "--as-of", "2026-01-01", capfd=capfd
    )
    assert before == behind == (0, "customer_id\n", "")


def test_paths_lead_from_the_current_folder(tmp_path, monkeypatch, capfd):
    shutil.copytree(PROJECTS / "faulty", tmp_path / "faulty")
    monkeypatch.chdir(tmp_path)
    shown = run_command("check", "faulty", "--format", "concise", capfd=capfd)
    assert shown.stdout.startswith("faulty/segments/bad.seg:3:5: error[SEG203]")
    monkeypatch.chdir(tmp_path / "faulty" / "segments")
    shown = run_command("check", "--format", "concise", capfd=capfd)
    assert shown.stdout.startswith("../segments/bad.seg:3:5: error[SEG203]")


def test_strict_makes_warnings_count(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    shutil.copy(PROJECTS / "faulty" / "segql.toml", tmp_path)
    assert run_command("check", capfd=capfd).code == 0
    strict = run_command("check", "--strict", capfd=capfd)
    assert strict.code == 1
    assert "warning[SEG004]" in strict.stdout


def test_export_to_files(shop, capfd):
    import pyarrow.parquet

    options = ("--as-of", "2026-01-01")
    for name in ("out.csv", "out.jsonl", "out.parquet"):
        assert run_command("export", "big_spenders", "-o", name, *options, capfd=capfd) == (
            0,
            "",
            "",
        )
    assert Path("out.csv").read_bytes() == b"customer_id\n1\n2\n"
    assert Path("out.jsonl").read_bytes() == b'{"customer_id": 1}\n{"customer_id": 2}\n'
    assert pyarrow.parquet.read_table("out.parquet").to_pydict() == {"customer_id": [1, 2]}
    assert sorted(
        path.name for path in shop.iterdir() if path.name.startswith(("out", ".out"))
    ) == [
        "out.csv",
        "out.jsonl",
        "out.parquet",
    ]


def test_an_export_takes_no_place_of_a_source(shop, capfd):
    (data, *_) = sorted((shop / "data").iterdir())
    for path, what in (
        (data, "holds the data of the target `local`"),
        (shop / "segql.toml", "is a source"),
    ):
        before = path.read_bytes()
        ended = run_command("export", "big_spenders", "-o", str(path), capfd=capfd)
        assert ended.code == 2
        assert f"`{path}` {what}" in ended.stderr
        assert path.read_bytes() == before


def test_a_failed_export_leaves_the_old_file(shop, capfd):
    Path("out.csv").write_text("old\n", encoding="utf-8")
    failed = run_command("export", "visitors", "-o", "out.csv", capfd=capfd)
    assert failed.code == 3
    assert Path("out.csv").read_text(encoding="utf-8") == "old\n"
    missing = run_command("export", "nobody", "-o", "no/such/folder.csv", capfd=capfd)
    assert missing.code == 2
    assert "cannot write `no/such/folder.csv`: no such file or directory" in missing.stderr


def test_an_ending_that_promises_another_format(shop, capfd):
    for name in ("out.xlsx", "out.JSON", "out.csv.gz"):
        ended = run_command("export", "nobody", "-o", name, capfd=capfd)
        assert (ended.code, ended.stdout) == (2, "")
        assert f"`export` writes no `{Path(name).suffix.lower()}`" in ended.stderr
        assert "`.csv`, `.jsonl`, `.parquet` can be written" in ended.stderr
        assert not Path(name).exists()
    for name in ("out.json", "out", "out.2026-01-01"):
        options = ("--format", "jsonl") if name == "out.json" else ()
        assert run_command("export", "nobody", "-o", name, *options, capfd=capfd).code == 0


def segql(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "segql", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def test_a_closed_pipe_is_silent(shop):
    many_members()
    child = segql("export", "everyone")
    assert child.stdout.readline() == b"customer_id\n"
    child.stdout.close()
    assert child.stderr.read() == b""
    assert child.wait() == 0


@pytest.mark.skipif(os.name == "nt", reason="streams are closed by a shell")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [("check", 0), ("--help", 0), ("export nobody", 0), ("preview nothing", 2), ("check none", 2)],
)
def test_closed_streams_are_no_failure(shop, arguments, code):
    command = f'"{sys.executable}" -m segql {arguments}'
    whole = subprocess.run(f"{command} >&-", shell=True, capture_output=True, check=False)
    assert (whole.returncode, b"Traceback" in whole.stderr) == (code, False)
    silent = subprocess.run(f"{command} <&- >&- 2>&-", shell=True, check=False)
    assert silent.returncode == code


def test_explain_shows_control_characters_as_pictures(shop, capfd):
    text = 'segment odd of customer {\n  title: "a\\u{1b}[31m\\u{7}\\u{202e}b"\n  where { country = "x" }\n}\n'
    Path("odd.seg").write_text(text, encoding="utf-8")
    shown = run_command("explain", "odd", capfd=capfd)
    assert shown.code == 0, shown.stderr
    assert shown.stdout.startswith("a\u241b[31m\u2407\ufffdb\n")


def test_a_data_file_of_no_bytes(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert run_command("init", "mila", capfd=capfd).code == 0
    monkeypatch.chdir("mila")
    Path("data/orders.csv").write_bytes(b"")
    ended = run_command("preview", "regulars", capfd=capfd)
    assert ended.code == 3
    assert ended.stderr.endswith(
        "`data/orders.csv`: it is empty; the first line names the columns\n"
    )


def test_a_test_that_cannot_be_read_is_a_finding(shop, capfd):
    block = "test nobody as of 2026-01-01 {\n  expect count 0\n}\n"
    Path("other.seg").write_text(block.replace("count 0", "count 0.5"), encoding="utf-8")
    found = run_command("test", capfd=capfd)
    assert found.code == 1
    assert "other.seg:2:" in found.stderr
    Path("other.seg").write_text(block, encoding="utf-8")
    Path("broken.seg").write_text("segment b of customer { where { nothing > 1 } }\n")
    assert run_command("test", capfd=capfd).code == 0  # nothing that a test could stand in


def many_members():
    with Path("data/many.csv").open("w", encoding="utf-8") as file:
        file.write("customer_id,signed_up_at,name,country,email_opt_in\n")
        file.writelines(f"{n},2025-01-01 00:00:00,x,PL,true\n" for n in range(200_000))
    Path("many.seg").write_text(
        "entity many {\n  table many\n  key customer_id: int\n}\n\n"
        "segment everyone of many {\n  where {\n    customer_id >= 0\n  }\n}\n",
        encoding="utf-8",
    )


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_ends_without_a_traceback(shop, sent, code):
    """The members go to a pipe that is not read, so that the command is surely at work."""
    many_members()
    os.mkfifo("slow.csv")
    reader = os.open("slow.csv", os.O_RDONLY | os.O_NONBLOCK)
    child = segql("export", "everyone", "-o", "slow.csv")
    try:
        assert select.select([reader], [], [], 20)[0]  # the command writes
        time.sleep(0.2)
        child.send_signal(sent)
        assert child.wait(timeout=20) == code
        assert child.stderr.read() == b""
    finally:
        os.close(reader)
        child.kill()
        child.stdout.close()
        child.stderr.close()
        child.wait()


def test_sigterm_removes_the_part(shop):
    """Rows that take a minute: no part of them stays, and the old file does."""
    Path("out.csv").write_text("old\n", encoding="utf-8")
    code = (
        "import sys, time\n"
        "from segql.cli import export, main\n"
        "def slowly(stream):\n"
        "    yield 'begun\\n'\n"
        "    print('at work', flush=True)\n"
        "    time.sleep(60)\n"
        "export._csv = slowly\n"
        "sys.argv = ['segql', 'export', 'nobody', '-o', 'out.csv']\n"
        "main()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout.readline() == b"at work\n"
        assert list(shop.glob(".out.csv.*.part"))
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=20) == 143
        assert child.stderr.read() == b""
    assert Path("out.csv").read_text(encoding="utf-8") == "old\n"
    assert not list(shop.glob(".out.csv.*"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("--help",),
        ("check",),
        ("export", "nobody"),
        ("export", "nobody", "--format", "parquet"),
        ("compile", "nobody"),
        ("completion", "bash"),
    ],
)
def test_a_full_disk_is_one_sentence(shop, arguments):
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "segql", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    said = b"error: cannot write to stdout: no space left on device\n"
    assert (run.returncode, run.stderr) == (2, said)


# --- the place of an export -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_link_stays_and_its_file_keeps_its_mode(shop, capfd, name):
    folder = shop / "there"
    folder.mkdir()
    (folder / name).write_text("old\n", encoding="utf-8")
    (folder / name).chmod(0o640)
    Path(name).symlink_to(folder / name)
    Path(f"new_{name}").symlink_to(folder / f"new_{name}")
    for path in (name, f"new_{name}"):
        ended = run_command(
            "export", "big_spenders", "--as-of", "2026-01-01", "-o", path, capfd=capfd
        )
        assert ended == (0, "", "")
        assert Path(path).is_symlink()
        assert (folder / path).read_bytes() not in (b"", b"old\n")
    assert (folder / name).stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_pipe_is_written_and_stays(shop, ending):
    name = f"out.{ending}"
    os.mkfifo(name)
    opened = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    child = segql("export", "big_spenders", "--as-of", "2026-01-01", "-o", name)
    assert child.communicate(timeout=20) == (b"", b"")
    content = os.read(opened, 60_000)
    os.close(opened)
    assert content.startswith(b"customer_id\n1\n" if ending == "csv" else b"PAR1")
    assert Path(name).is_fifo()


def test_a_device_is_not_replaced(shop, capfd):
    Path("null").symlink_to("/dev/null")
    assert run_command("export", "nobody", "-o", "null", capfd=capfd) == (0, "", "")
    assert Path("null").is_symlink()
    assert Path("/dev/null").is_char_device()


# --- what belongs to a project --------------------------------------------------------------------


def test_a_pipe_is_no_source(shop, capfd):
    os.mkfifo("segments/pipe.seg")
    Path("segments/null.seg").symlink_to("/dev/null")
    ended = run_command("check", "--format", "concise", capfd=capfd)
    assert ended.code == 1
    for name in ("pipe", "null"):
        assert f"cannot read `segments/{name}.seg`: not a regular file" in ended.stdout
    assert "SEG003" in ended.stdout


def test_a_project_inside_is_left_out(shop, capfd):
    shutil.copytree(PROJECTS / "faulty", shop / "inside")
    assert run_command("check", capfd=capfd).code == 0
    assert run_command("check", "inside", capfd=capfd).code == 1


def test_a_configuration_that_is_not_utf8_is_one_fault(shop, capfd):
    Path("segql.toml").write_text('[project]\nname = "x"\n', encoding="utf-16")
    ended = run_command("check", "--format", "concise", capfd=capfd)
    assert (ended.code, len(ended.stdout.splitlines())) == (2, 1), ended.stdout
    assert "there is no table" not in run_command("compile", "nobody", capfd=capfd).stderr


def test_one_sentence_is_said_once(shop, capfd):
    text = Path("segql.toml").read_text(encoding="utf-8")
    Path("segql.toml").write_text(
        text.replace('timezone = "Europe/Warsaw"', 'timezone = "UTC"'), encoding="utf-8"
    )
    Path("early.seg").write_text(
        "segment early of customer {\n  where {\n    signed_up_at in last 30 days\n  }\n}\n",
        encoding="utf-8",
    )
    ended = run_command("compile", "early", "--as-of", "0001-01-01", capfd=capfd)
    assert ended.code == 1, ended
    assert ended.stderr.count("1 to 9999") == 1


def test_the_tree_has_the_keys_of_metadata(shop, capfd):
    Path("meta.seg").write_text(
        'segment meta of customer {\n  owner: "crm"\n  where {\n    customer_id > 1\n  }\n}\n',
        encoding="utf-8",
    )
    assert "key=owner" in run_command("explain", "meta", "--stage", "tree", capfd=capfd).stdout


def test_a_path_without_sources_is_refused(shop, capfd):
    ended = run_command("check", "data", capfd=capfd)
    assert ended == (2, "", "error: there is no `.seg` file in `data`\n")
    ended = run_command("check", "data/orders.csv", capfd=capfd)
    assert ended == (2, "", "error: `data/orders.csv` is no `.seg` file of the project\n")
    assert run_command("check", "segql.toml", capfd=capfd).code == 0


@pytest.mark.parametrize("arguments", [(), ("segments",), ("segments/good.seg",), ("none",)])
def test_the_short_way_of_check_is_the_same(tmp_path, monkeypatch, capfd, arguments):
    shutil.copytree(PROJECTS / "faulty", tmp_path / "faulty")
    monkeypatch.chdir(tmp_path / "faulty")
    child = segql("check", *arguments)
    stdout, stderr = child.communicate()
    usual = run_command("check", *arguments, capfd=capfd)
    assert (child.returncode, stdout.decode(), stderr.decode()) == usual


def test_output_is_utf8_in_any_locale(shop):
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    child = segql("preview", "big_spenders", "--as-of", "2026-01-01", env=environment)
    stdout, stderr = child.communicate()
    assert (child.returncode, stderr) == (0, b"")
    assert "█" in stdout.decode("utf-8")


def test_no_colours_in_a_pipe_and_with_no_color(monkeypatch):
    from segql.cli import output

    class Terminal:
        def isatty(self):
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert output.style(Terminal()).colour
    assert not output.style(io.StringIO()).colour
    monkeypatch.setenv("NO_COLOR", "1")
    assert not output.style(Terminal()).colour
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not output.style(Terminal()).colour


def test_preview_on_postgres(shop, postgres, capfd, monkeypatch):
    name = postgres.create_database("cli_test")
    with postgres.connect(name) as connection:
        connection.execute("CREATE SCHEMA shop")
        connection.execute(
            "CREATE TABLE shop.customers (customer_id int PRIMARY KEY, signed_up_at timestamptz,"
            " name text, country text, email_opt_in bool)"
        )
        connection.execute(
            "CREATE TABLE shop.orders (order_id int PRIMARY KEY, customer_id int,"
            " ordered_at timestamptz, amount numeric(10, 2), status text)"
        )
        for table in ("customers", "orders"):
            text = Path(f"data/{table}.csv").read_text(encoding="utf-8")
            into = f"COPY shop.{table} FROM STDIN (FORMAT csv, HEADER)"
            with connection.cursor() as cursor, cursor.copy(into) as copy:
                copy.write(text)
    monkeypatch.setenv("SEGQL_TEST_CONNECTION", postgres.url(name) + "&options=-c%20TimeZone%3DUTC")
    options = ("--as-of", "2026-01-01", "--format", "json")
    there = run_command("--target", "prod", "preview", "big_spenders", *options, capfd=capfd)
    here = run_command("preview", "big_spenders", *options, capfd=capfd)
    assert (there.code, there.stderr) == (0, "")
    (remote,), (local,) = json.loads(there.stdout), json.loads(here.stdout)
    assert remote.pop("engine") == "postgres"
    assert local.pop("engine") == "duckdb"
    for item in (remote, local):
        item.pop("seconds"), item.pop("target")
    assert [row.pop("spend") for row in remote["sample"]] == ["100.00", "250.50"]
    assert [row.pop("spend") for row in local["sample"]] == ["100.00", "250.50"]
    assert remote == local
    exported = run_command("export", "big_spenders", "--target", "prod", *options[:2], capfd=capfd)
    assert exported == (0, "customer_id\n1\n2\n", "")


@pytest.mark.parametrize("group", [(), ("model",)])
def test_no_line_of_the_help_is_cut_on_a_terminal(group, monkeypatch, capfd):
    monkeypatch.setenv("COLUMNS", "80")
    listed = run_command(*group, "--help", capfd=capfd).stdout.partition("Commands:\n")[2]
    assert len(listed.splitlines()) >= 2
    assert "..." not in listed
