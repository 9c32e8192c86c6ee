"""Finding, reading and keeping: `segql.toml`, the `.seg` files, and the cache."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import segql
from segql.project.cache import Cache, content_key
from segql.project.config import masked, read_config
from segql.project.packs import Packs
from segql.project.sources import MAX_BYTES, find_root, read_sources
from segql.project.trees import _from_cache, parse_sources
from segql.source import SourceFile
from segql.syntax import decoding

GOOD = """
[project]
name = "shop"
language = 1
timezone = "Europe/Warsaw"
week_starts = "sunday"

[targets.local]
engine = "duckdb"
files = ["data/*.parquet", "more/*.csv"]

[targets."my prod"]
engine = "postgres"
connection = "${SEGQL_PROD}"
"""

SEGMENT = """entity customer {
  table customers
  key   customer_id: int
  country: text?
}

segment poles of customer {
  where {
    country = "PL"
  }
}
"""


def config_of(text):
    return read_config(SourceFile("segql.toml", text))


def project(tmp_path, toml=GOOD, **files):
    (tmp_path / "segql.toml").write_text(toml, encoding="utf-8")
    for name, text in files.items():
        (tmp_path / f"{name}.seg").write_text(text, encoding="utf-8")
    return tmp_path


# --- segql.toml -----------------------------------------------------------------------------------


def test_good_configuration():
    config, faults = config_of(GOOD)
    assert faults == ()
    assert config.project.timezone == "Europe/Warsaw"
    assert config.project.week_starts == "sunday"
    assert config.project.sql_dialect == "duckdb"
    assert list(config.targets) == ["local", "my prod"]
    assert config.targets["local"].patterns == ("data/*.parquet", "more/*.csv")


ZONE = 'timezone = "UTC"\n'
HEAD = f'[project]\nname = "shop"\n{ZONE}'
FLAKE = f'{HEAD}[targets.a]\nengine = "snowflake"\n'
FAULTS = [
    ("", "SEG012", "there is no table `[project]`", ""),
    ("[project]\nname = 'a'\n", "SEG012", "`[project]` has no `timezone`", "project"),
    (f"[project]\n{ZONE}", "SEG012", "`[project]` has no `name`", "project"),
    (HEAD.replace('"UTC"', '"Warsaw"'), "SEG014", "unknown time zone `Warsaw`", '"Warsaw"'),
    (
        HEAD.replace('"UTC"', '"../../etc"'),
        "SEG014",
        "unknown time zone `../../etc`",
        '"../../etc"',
    ),
    (HEAD.replace('"UTC"', "3  # three"), "SEG013", "wrong value for `timezone`", "3"),
    (f"{HEAD}language = 2\n", "SEG013", "wrong value for `language`", "2"),
    (f"{HEAD}language = true\n", "SEG013", "wrong value for `language`", "true"),
    (f'{HEAD}week_starts = "Monday"\n', "SEG013", "wrong value for `week_starts`", '"Monday"'),
    (f'{HEAD}sql_dialect = "mysql"\n', "SEG013", "wrong value for `sql_dialect`", '"mysql"'),
    (f"{HEAD}nmae = 1\n", "SEG011", "unknown key `nmae` in `[project]`", "nmae"),
    (f"{HEAD}[linting]\nx = 1\n", "SEG011", "unknown key `linting` in `segql.toml`", "linting"),
    (f"{HEAD}[lint]\nx = 1\n", "SEG011", "unknown key `x` in `[lint]`", "x"),
    (f"{HEAD}[lint]\nselect = 1\n", "SEG013", "wrong value for `select`", "1"),
    (f'{HEAD}[lint.severity]\nraw-sql = "info"\n', "SEG013", "wrong value for `raw-sql`", '"info"'),
    (f'{HEAD}[lint.paths."a/*"]\nx = 1\n', "SEG011", "unknown key `x` in `[lint.paths.a/*]`", "x"),
    (f"{HEAD}[lint]\nconsent = [1]\n", "SEG013", "wrong value for `consent`", "[1]"),
    (f"{HEAD}[[lint]]\nselect = []\n", "SEG013", "wrong value for `lint`", "lint"),
    (f"{HEAD}[targets]\nlocal = 1\n", "SEG013", "wrong value for `local`", "1"),
    (f"targets = 1\n{HEAD}", "SEG013", "wrong value for `targets`", "1"),
    (f"{HEAD}[targets.a]\n", "SEG012", "`[targets.a]` has no `engine`", "targets.a"),
    (f'{HEAD}[targets.a]\nengine = "oracle"\n', "SEG013", "wrong value for `engine`", '"oracle"'),
    (f'{HEAD}targets.a.engine = "duckdb"\n', "SEG011", "unknown key `targets` in `[project]`", ""),
    (
        f'{HEAD}[targets.a]\nengine = "duckdb"\n',
        "SEG012",
        "`[targets.a]` does not say where its data are",
        "targets.a",
    ),
    (
        f'{HEAD}[targets.a]\nengine = "duckdb"\nfiles = "a"\ndatabase = "b"\n',
        "SEG015",
        "the target `a` says twice where its data are",
        "database",
    ),
    (
        f'{HEAD}[targets.a]\nengine = "postgres"\nfiles = "a"\nconnection = "${{A}}"\n',
        "SEG015",
        "a target of the engine `postgres` has no `files`",
        "files",
    ),
    (
        f'{HEAD}[targets.a]\nengine = "duckdb"\nfiles = [1]\n',
        "SEG013",
        "wrong value for `files`",
        "[1]",
    ),
    (
        f'{HEAD}[targets.a]\nengine = "postgres"\nconnection = "host=x password=y"\n',
        "SEG016",
        "the connection of the target `a` stands in the file",
        '"host=x password=y"',
    ),
    (
        f'{FLAKE}account = "x"\nconnection_name = "y"\n',
        "SEG015",
        "the target `a` says twice where its data are",
        "account",
    ),
    (
        f'{FLAKE}role = "R"\n',
        "SEG012",
        "`[targets.a]` does not say where its data are",
        "targets.a",
    ),
    (
        f'{FLAKE}connection = "${{A}}"\nrole = "R"\n',
        "SEG015",
        "the target `a` says its `role` beside its connection",
        "role",
    ),
    (
        f'{FLAKE}account = "x"\nuser = "U"\n',
        "SEG012",
        "`[targets.a]` does not say how to prove who connects",
        "targets.a",
    ),
    (
        f'{FLAKE}account = "x"\nuser = "U"\ntoken = "${{A}}"\npassword = "${{B}}"\n',
        "SEG015",
        "the target `a` says twice who connects",
        "token",
    ),
    (
        f'{FLAKE}account = "x"\ntoken = "${{A}}"\n',
        "SEG012",
        "`[targets.a]` has no `user`",
        "targets.a",
    ),
    (
        f'{FLAKE}connection_name = "x"\nprivate_key_file_pwd = "geheim"\n',
        "SEG016",
        "the passphrase of the target `a` stands in the file",
        '"geheim"',
    ),
    (f'{FLAKE}connection_name = "x"\nport = "1"\n', "SEG013", "wrong value for `port`", '"1"'),
    (f'{FLAKE}rolle = "R"\n', "SEG011", "unknown key `rolle` in `[targets.a]`", "rolle"),
    (
        f'{HEAD}[targets.a]\nengine = "postgres"\nrole = "R"\nconnection = "${{A}}"\n',
        "SEG015",
        "a target of the engine `postgres` has no `role`",
        "role",
    ),
    (f"{HEAD}x = \n", "SEG010", "`segql.toml` is not TOML", "\n"),
    (f'{HEAD}name = "again"\n', "SEG010", "`segql.toml` is not TOML", ""),
    ("[project\n", "SEG010", "`segql.toml` is not TOML", ""),
]


@pytest.mark.parametrize(("text", "code", "message", "place"), FAULTS)
def test_fault_of_configuration(text, code, message, place):
    config, faults = config_of(text)
    assert config is None
    assert [(fault.code.code, fault.message) for fault in faults] == [(code, message)]
    span = faults[0].span
    if place:
        assert text[span.start : span.end].strip() == place.strip()
    words = " ".join([message, *(label.text for label in faults[0].labels)])
    assert "Input should" not in words
    assert "pydantic" not in words


def test_all_faults_of_configuration_in_one_run():
    _, faults = config_of(
        '[project]\nnmae = "a"\ntimezone = "Nowhere"\nlanguage = 9\n[targets.x]\nengine = "y"\n'
    )
    assert sorted(fault.code.code for fault in faults) == [
        "SEG011",
        "SEG012",
        "SEG013",
        "SEG013",
        "SEG014",
    ]


def test_places_in_odd_toml():
    text = (
        "# [project]\n[ project ]\nname = '''\ntimezone = \"not me\"\n'''\n"
        'timezone="Nope" # "Europe/Warsaw"\nmeta = { a = [\n1, # x = 2\n] }\n'
    )
    _, faults = config_of(text)
    assert {fault.message: text[fault.span.start : fault.span.end] for fault in faults} == {
        "unknown time zone `Nope`": '"Nope"',
        "unknown key `meta` in `[project]`": "meta",
    }


def test_a_connection_in_the_file_is_never_shown(tmp_path):
    text = f'{HEAD}[targets.a]\nengine = "postgres"\nconnection = "password=geheim"\n'
    shown = masked(SourceFile("segql.toml", text)).text
    assert "geheim" not in shown
    assert len(shown) == len(text)
    loaded = segql.load(project(tmp_path, text, a=SEGMENT))
    assert "geheim" not in loaded.source("segql.toml").text
    assert [item.code.code for item in loaded.diagnostics] == ["SEG016"]
    assert "${A}" in masked(SourceFile("segql.toml", 'connection = "${A}"')).text


# --- files ----------------------------------------------------------------------------------------


def test_root_is_found_upwards(tmp_path):
    project(tmp_path)
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_root(deep) == tmp_path
    assert segql.load(deep).root == tmp_path


def test_no_project(tmp_path):
    with pytest.raises(segql.UsageError, match=r"no `segql.toml`"):
        segql.load(tmp_path)
    with pytest.raises(segql.UsageError, match="no folder"):
        segql.load(tmp_path / "absent")


def test_files_in_order_and_hidden_ones_skipped(tmp_path):
    project(tmp_path, b=SEGMENT)
    for folder in ("a", ".git", ".venv", "node_modules", "a/deep", "B"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.seg").write_text("", encoding="utf-8")
    (tmp_path / ".hidden.seg").write_text("", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    names = [file.name for file in read_sources(tmp_path).files]
    assert names == ["B/x.seg", "a/deep/x.seg", "a/x.seg", "b.seg"]


def test_files_that_cannot_be_read(tmp_path):
    project(tmp_path, good=SEGMENT)
    (tmp_path / "latin.seg").write_bytes(b"# first\n# caf\xe9\n")
    (tmp_path / "huge.seg").write_bytes(b"#" * (MAX_BYTES + 1))
    (tmp_path / "gone.seg").symlink_to(tmp_path / "absent")
    (tmp_path / "empty.seg").write_bytes(b"")
    (tmp_path / "zeros.seg").write_bytes(b"\0" * 100)
    loaded = segql.load(tmp_path)
    codes = {item.span.file: item.code.code for item in loaded.diagnostics}
    assert codes["latin.seg"] == "SEG109"
    assert codes["huge.seg"] == "SEG108"
    assert codes["gone.seg"] == "SEG003"
    assert set(codes) == {"latin.seg", "huge.seg", "gone.seg", "empty.seg", "zeros.seg"}
    assert decoding.MAX_BYTES == MAX_BYTES
    assert loaded.segments == ("poles",)


def test_byte_order_mark_is_no_fault(tmp_path):
    project(tmp_path)
    (tmp_path / "a.seg").write_bytes(b"\xef\xbb\xbf" + SEGMENT.encode())
    assert segql.load(tmp_path).diagnostics == ()


def test_no_sources_is_a_warning(tmp_path):
    (item,) = segql.load(project(tmp_path)).diagnostics
    assert (item.code.code, item.is_error) == ("SEG004", False)


# --- cache ----------------------------------------------------------------------------------------


def entries(root, kind):
    return sorted((root / ".segql" / "cache" / kind).iterdir())


def test_a_second_check_is_read_from_the_cache(tmp_path, monkeypatch):
    project(tmp_path, a=SEGMENT.replace("country =", "countri ="))
    first = segql.load(tmp_path).diagnostics
    assert [item.code.code for item in first] == ["SEG203"]
    monkeypatch.setattr(segql.Project, "_check", lambda self: pytest.fail("checked again"))
    assert segql.load(tmp_path).diagnostics == first
    (tmp_path / "a.seg").write_text(SEGMENT, encoding="utf-8")
    monkeypatch.undo()
    assert segql.load(tmp_path).diagnostics == ()


def test_configuration_and_version_are_part_of_the_key(tmp_path, monkeypatch):
    before = content_key(["a", b"b"])
    assert before != content_key(["ab", b""])
    monkeypatch.setattr("segql.project.cache.__version__", "0.0.0")
    assert before != content_key(["a", b"b"])


@pytest.mark.parametrize("harm", [b"", b"x" * 40, None])
def test_a_broken_entry_is_a_miss(tmp_path, harm):
    project(tmp_path, a=SEGMENT)
    before = segql.load(tmp_path)
    assert before.diagnostics == ()
    for kind in ("check", "trees"):
        for path in entries(tmp_path, kind):
            path.write_bytes(path.read_bytes()[:-3] if harm is None else harm)
    again = segql.load(tmp_path)
    assert again.diagnostics == ()
    assert again.model.segments.keys() == {"poles"}


class Evil:
    def __reduce__(self):
        return (os.mkdir, ("harm",))


def test_a_pickle_from_a_stranger_runs_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sources = read_sources(project(tmp_path, a=SEGMENT))
    fresh = parse_sources(sources, Cache(None))
    keys = [content_key((source.name, source.text)) for source in sources.files]
    for strange in (Evil(), ("not", "a tree")):
        Packs(Cache(tmp_path), "trees").keep(dict.fromkeys(keys, pickle.dumps(strange)), {*keys}, 9)
        assert _from_cache(Packs(Cache(tmp_path), "trees").get(keys[0])) is None
        assert parse_sources(sources, Cache(tmp_path)) == fresh
        assert not Path("harm").exists()


def test_trees_from_the_cache_are_the_same(tmp_path):
    sources = read_sources(project(tmp_path, a=SEGMENT, b="segment x of"))
    cache = Cache(tmp_path)
    fresh = parse_sources(sources, Cache(None))
    assert parse_sources(sources, cache) == fresh
    keys = [content_key((source.name, source.text)) for source in sources.files]
    assert all(Packs(cache, "trees").get(key) is not None for key in keys)
    assert parse_sources(sources, cache) == fresh


def test_no_cache_writes_nothing(tmp_path):
    project(tmp_path, a=SEGMENT)
    assert segql.load(tmp_path, cache=False).diagnostics == ()
    assert not (tmp_path / ".segql").exists()


def test_a_folder_that_cannot_be_written_is_no_cache(tmp_path):
    project(tmp_path, a=SEGMENT)
    (tmp_path / ".segql").write_text("a file where the folder should be", encoding="utf-8")
    assert segql.load(tmp_path).diagnostics == ()


def test_old_entries_are_dropped_and_nothing_of_others(tmp_path):
    """A folder of a stranger's project may be a link to one of ours."""
    cache = Cache(tmp_path)
    for number in range(40):
        cache.put("trees", content_key([str(number)]), b"x")  # as an older version kept a tree
    letter = tmp_path / ".segql" / "cache" / "trees" / "letter.txt"
    letter.write_text("mine", encoding="utf-8")
    project(tmp_path, a=SEGMENT)
    parse_sources(read_sources(tmp_path), cache)
    assert len(entries(tmp_path, "trees")) == 2
    assert letter.read_text(encoding="utf-8") == "mine"
    assert (tmp_path / ".segql" / ".gitignore").read_text(encoding="utf-8").endswith("*\n")


def test_a_second_check_imports_no_parser(tmp_path):
    project(tmp_path, a=SEGMENT)
    code = (
        "import sys, segql; p = segql.load(sys.argv[1]); d = p.diagnostics; "
        "print(len(d), [m for m in ('lark', 'pydantic', 'sqlglot', 'duckdb') if m in sys.modules])"
    )
    run = [sys.executable, "-c", code, str(tmp_path)]
    outputs = [
        subprocess.run(run, capture_output=True, text=True, check=True).stdout for _ in range(2)
    ]
    assert outputs[0].startswith("0 ['")
    assert outputs[1] == "0 []\n"


# --- the API --------------------------------------------------------------------------------------


def test_faults_stop_only_what_rests_on_them(tmp_path):
    text = SEGMENT + "\nsegment bad of customer {\n  where {\n    nothing = 1\n  }\n}\n"
    loaded = segql.load(project(tmp_path, a=text))
    assert "PL" in loaded.sql("poles", as_of="2026-01-01")
    assert loaded.other_errors(["poles"]) == 1
    with pytest.raises(segql.FaultsError) as caught:
        loaded.sql("bad")
    assert [item.code.code for item in caught.value.diagnostics] == ["SEG203"]
    assert loaded.other_errors(["bad"]) == 0


WIDE = """entity customer {
  table customers
  key   customer_id: int
  a: decimal(38, 20)
}

segment wide of customer {
  where {
    a * a > 3
  }
}

segment wider of customer {
  where {
    not member of wide
  }
}
"""


def test_what_a_dialect_cannot_do_is_a_fault_where_a_target_has_it(tmp_path):
    on_postgres = f'{HEAD}[targets.a]\nengine = "postgres"\nconnection = "${{A}}"\n'
    loaded = segql.load(project(tmp_path, on_postgres, a=WIDE))
    assert loaded.diagnostics == ()
    assert "SELECT" in loaded.sql("wider")
    with pytest.raises(segql.FaultsError) as caught:
        loaded.sql("wider", dialect="duckdb")
    (fault,) = caught.value.diagnostics
    assert (fault.code.code, fault.span.file) == ("SEG602", "a.seg")
    assert WIDE[fault.span.start : fault.span.end] == "a * a"
    both = on_postgres + '[targets.b]\nengine = "duckdb"\nfiles = "*.csv"\n'
    assert segql.load(project(tmp_path, both, a=WIDE)).diagnostics == (fault,)


def test_a_trait_that_nobody_uses_is_told_too(tmp_path):
    targets = f'{HEAD}[targets.a]\nengine = "duckdb"\nfiles = "*.csv"\n'
    unused = WIDE.partition("segment")[0] + "trait squared of customer = a * a\n"
    (fault,) = segql.load(project(tmp_path, targets, a=unused)).diagnostics
    assert (fault.code.code, unused[fault.span.start : fault.span.end]) == ("SEG602", "a * a")


def test_as_of_in_every_form(tmp_path):
    from datetime import UTC, date, datetime

    loaded = segql.load(project(tmp_path, a=SEGMENT))
    start = datetime(2025, 12, 31, 23, tzinfo=UTC)
    for as_of in ("2026-01-01", date(2026, 1, 1), datetime(2026, 1, 1), start, "2025-12-31T23:00Z"):
        assert loaded.clock(as_of).now == start
    with pytest.raises(segql.UsageError):
        loaded.clock("soon")


def test_a_folder_that_cannot_be_read_is_said(tmp_path, monkeypatch):
    project(tmp_path, good=SEGMENT)
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def scandir(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    (found,) = read_sources(tmp_path).diagnostics
    assert found.code.code == "SEG003"
    assert found.message == "cannot read the folder `closed`: permission denied"
