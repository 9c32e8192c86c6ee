"""`segql diff`: what is a change, what through, in what SQL, for whom; and how it ends without git."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from segql.report.changes import Change, Changes, People, Side, render_markdown
from tests.support.commands import Ended, run_command

SHOP = Path(__file__).parents[1] / "cli" / "projects" / "shop"
TRAITS = 'trait spend of customer = sum(purchase.amount where { status = "paid" })'


def git(folder: Path, *arguments: str) -> str:
    identity = (
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "-c",
        "init.defaultBranch=main",
    )
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def shop(tmp_path, monkeypatch) -> Path:
    """The shop, committed, in a folder of the repository; the current folder."""
    folder = tmp_path / "repository" / "größe x"
    shutil.copytree(SHOP, folder)
    (folder / "lists").mkdir()
    (folder / "lists" / "staff.csv").write_text("id\n1\n2\n")
    (folder / "segments" / "more.seg").write_text(MORE)
    git(folder.parent, "init", "-q")
    git(folder.parent, "add", "-A")
    git(folder.parent, "commit", "-qm", "one")
    monkeypatch.chdir(folder)
    return folder


MORE = """
list staff of customer by customer_id { file "lists/staff.csv" column id }
event paid of customer is purchase where { status = "paid" }
event touch of customer is paid or visit
event orders_by_day of customer groups purchase by day { total = sum(purchase.amount) }
segment touched of customer { where { did touch in last 30 days } }
segment busy_days of customer { where { did orders_by_day at least 2 times where { total > 10 } } }
segment outsiders of customer { where { not member of staff } }
segment young of customer { where { signed_up_at in this month } }
segmentation stage of customer {
  level new: signed_up_at in last 90 days
  level old: otherwise
}
"""


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def run(capfd, *arguments: str) -> Ended:
    return run_command("diff", *arguments, capfd=capfd)


def changes(capfd, *arguments: str) -> dict[str, dict[str, object]]:
    ended = run(capfd, *arguments, "--format", "json")
    assert ended.code == 0, ended.stderr
    return {item["name"]: item for item in json.loads(ended.stdout)["changes"]}


def test_nothing_changed(shop, capfd):
    ended = run(capfd, "--exit-code")
    assert ended.code == 0
    assert ended.stdout.endswith(" .. work tree  no segment changed\n")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param("segments/all.seg", "    email_opt_in\n", "    email_opt_in   # asked for it\n\n", id="layout"),
        pytest.param("segments/all.seg", "spend >= 100\n", "spend >= 100.00\n", id="number"),
        pytest.param("segments/all.seg", 'in ("PL", "DE")', 'in ("DE", "PL")', id="order of a list"),
        pytest.param("segments/all.seg", "in last 90 days", "in last 2160 hours", id="length"),
        pytest.param("segments/more.seg", 'paid of customer', 'payment of customer', id="event, renamed"),
        pytest.param("segments/more.seg", "of customer is paid or visit", "of customer is visit or paid", id="union"),
    ],
)  # fmt: skip
def test_no_change(shop, capfd, name, old, new):
    edit(shop, name, old, new)
    if "payment" in new:
        edit(shop, name, "is paid or", "is payment or")
    found = changes(capfd)
    if "visit or paid" in new:  # the parts of a union have an order, which ties are decided by
        assert list(found) == ["touched"]
    else:
        assert found == {}


def test_a_renamed_trait_is_no_change_and_a_changed_one_is(shop, capfd):
    for name in ("model/customer.seg", "segments/all.seg"):
        path = shop / name
        path.write_text(path.read_text().replace("spend", "money"))
    edit(shop, "segments/all.seg", "segment big_moneyers", "segment big_spenders")
    edit(shop, "segments/all.seg", 'title: "Big moneyers"', 'title: "Big spenders"')
    assert changes(capfd) == {}
    edit(shop, "model/customer.seg", 'status = "paid"', 'status = "refunded"')
    git(shop, "stash", "-q")
    edit(shop, "model/customer.seg", 'status = "paid"', 'status = "refunded"')
    found = changes(capfd)
    assert {name: item["through"] for name, item in found.items()} == {
        "big_spenders": ["trait `spend`"],
        "nobody": ["trait `spend`"],
    }
    assert "-" in found["nobody"]["sql"]
    assert "refunded" in found["nobody"]["sql"]


@pytest.mark.parametrize(
    ("file", "old", "new", "name", "through"),
    [
        ("segql.toml", "Europe/Warsaw", "Asia/Tokyo", "young", ["`timezone` in `segql.toml`"]),
        ("lists/staff.csv", "2", "3", "outsiders", ["the file `lists/staff.csv`"]),
        ("model/customer.seg", "shop.orders", "shop.sales", "big_spenders", ["event `purchase`"]),
        ("segments/more.seg", "is paid or visit", "is paid or purchase", "touched", ["event `touch`"]),
        ("segments/more.seg", "sum(purchase.amount)", "max(purchase.amount)", "busy_days", ["event `orders_by_day`"]),
        ("segments/more.seg", 'is purchase where { status = "paid" }', 'is purchase where { status = "refunded" }', "touched",
         ["event `paid`"]),
    ],
)  # fmt: skip
def test_changes_through_others(shop, capfd, file, old, new, name, through):
    edit(shop, file, old, new)
    item = changes(capfd)[name]
    assert item["kind"] == "changed"
    assert item["through"] == through


def test_what_is_only_written_differently_is_nothing_that_a_change_came_through(shop, capfd):
    (shop / "segments" / "both.seg").write_text(
        "segment both of customer { where { member of young\n member of outsiders } }\n"
    )
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "two")
    edit(shop, "segments/more.seg", "in this month }", "in this month\n email_opt_in }")
    edit(shop, "segments/more.seg", "{ not member of staff }", "{ none { member of staff } }")
    found = changes(capfd)
    assert {name: item["through"] for name, item in found.items()} == {
        "both": ["segment `young`"],
        "young": [],
    }


def test_a_fault_below_is_told_of_what_rests_on_it(shop, capfd):
    edit(
        shop, "segments/more.seg", "touch of customer is paid or visit", "touch of customer is paid"
    )
    item = changes(capfd)["touched"]
    assert (item["kind"], item["note"][:12]) == ("broken", "has faults: ")


def test_added_removed_renamed_described_broken(shop, capfd):
    edit(shop, "segments/all.seg", "segment nobody ", "segment noone ")
    edit(shop, "segments/all.seg", 'title: "Big spenders"', 'title: "Big"\n  owner: "me"')
    edit(shop, "segments/all.seg", "code is known", "cod is known")
    edit(shop, "segments/more.seg", "segment young of customer { where { signed_up_at in this month } }",
         'segment old of customer { where { country = "PL" } }')  # fmt: skip
    edit(
        shop,
        "segments/more.seg",
        "level new: signed_up_at in last 90 days",
        "level new: signed_up_at in last 60 days",
    )
    found = changes(capfd)
    assert {name: item["kind"] for name, item in found.items()} == {
        "big_spenders": "described",
        "noone": "renamed",
        "old": "added",
        "stage": "changed",
        "stores": "broken",
        "young": "removed",
    }
    assert found["noone"]["was"] == "nobody"
    assert found["big_spenders"]["metadata"] == ["title", "owner"]
    assert found["stores"]["note"] == "has faults: unknown attribute `cod` of `store`"
    assert found["young"]["place"].startswith("segments/more.seg:")
    assert run(capfd, "--exit-code").code == 1


def test_what_cannot_be_read_is_not_gone(shop, capfd):
    edit(shop, "segments/all.seg", "spend >= 100\n", "spend >>= 100\n")
    edit(shop, "segments/more.seg", "segment outsiders", "sgment outsiders")
    more = (shop / "segments" / "more.seg").read_text()
    (shop / "segments" / "more.seg").write_text(
        more + "segment newer of customer { where { 1 == } }\n"
    )
    told = json.loads(run(capfd, "--format", "json", "--target", "local").stdout)
    found = {item["name"]: (item["kind"], item["note"]) for item in told["changes"]}
    assert found == {
        "big_spenders": ("broken", "cannot be read: `>=` cannot stand here"),
        "newer": ("broken", "added with faults: `==` is not an operator of this language"),
        "outsiders": ("broken", "cannot be read: `sgment` begins no declaration"),
    }
    assert told["notes"] == []
    text = run(capfd).stdout
    assert "\n! big_spenders  cannot be read: `>=` cannot stand here  segments/all.seg:8\n" in text
    git(shop, "commit", "-qam", "two")
    found = {name: item["note"] for name, item in changes(capfd, "HEAD..HEAD~1").items()}
    assert found == {
        "big_spenders": "could not be read before: `>=` cannot stand here",
        "outsiders": "could not be read before: `sgment` begins no declaration",
    }


def test_a_file_that_cannot_be_read_hides_no_more_than_its_own(shop, capfd):
    (shop / "segments" / "more.seg").write_bytes(b"\xff")
    found = changes(capfd)
    assert found["young"]["note"] == "cannot be read: the file is not UTF-8: byte 0xFF in line 1"
    assert "big_spenders" not in found
    assert run(capfd, "--exit-code").code == 1
    markdown = run(capfd, "--format", "markdown").stdout
    assert "\n  note: `segments/more.seg` cannot be read now: " in run(capfd).stdout
    assert "- `segments/more.seg` cannot be read now: the file is not UTF-8" in markdown


def test_a_broken_configuration_before(shop, capfd):
    edit(shop, "segql.toml", "timezone", "timezne")
    git(shop, "commit", "-qam", "two")
    edit(shop, "segql.toml", "timezne", "timezone")
    told = run(capfd, "--exit-code")
    assert told.code == 1
    assert told.stdout.endswith(
        "no segment changed\n  note: `segql.toml` has faults before; for both sides it is that of now\n"
    )
    markdown = run(capfd, "--format", "markdown").stdout
    assert "- `segql.toml` has faults before" in markdown
    edit(shop, "segql.toml", "timezone", "timezne")
    assert run(capfd, "HEAD~1").code == 2


def test_revisions_and_what_is_staged(shop, capfd):
    edit(shop, "segments/all.seg", "spend >= 100\n", "spend >= 200\n")
    git(shop, "add", "-A")
    edit(shop, "segments/all.seg", "spend >= 200\n", "spend >= 100\n")
    assert changes(capfd) == {}
    assert list(changes(capfd, "--staged")) == ["big_spenders"]
    git(shop, "commit", "-qm", "two")
    assert list(changes(capfd)) == ["big_spenders"]
    assert changes(capfd, "HEAD~1") == {}
    assert list(changes(capfd, "HEAD~1..HEAD")) == ["big_spenders"]
    text = run(capfd, "HEAD~1..HEAD").stdout
    assert text.startswith("HEAD~1 (")
    assert "~ big_spenders  changed  segments/all.seg:1\n" in text


def test_a_project_that_is_new(shop, capfd):
    other = shop.parent / "other"
    shutil.copytree(SHOP, other)
    ended = run_command("--project", str(other), "diff", capfd=capfd)
    assert ended.code == 0
    assert "4 added" in ended.stdout


def test_people_enter_and_leave(shop, capfd):
    edit(
        shop,
        "segments/all.seg",
        "    email_opt_in\n    spend >= 100\n",
        "    spend >= 50\n    country is known\n",
    )
    edit(
        shop,
        "segments/more.seg",
        "level new: signed_up_at in last 90 days",
        "level new: signed_up_at in last 900 days",
    )
    found = changes(capfd, "--target", "local", "--as-of", "2026-01-01")
    people = found["big_spenders"]["members"]
    before, after = _members(shop, capfd, "HEAD"), _members(shop, capfd, None)
    assert (people["before"], people["after"]) == (len(before), len(after))
    assert people["enter"]["sample"] == [[key] for key in sorted(after - before)][:5]
    assert people["leave"]["sample"] == [[key] for key in sorted(before - after)][:5]
    assert after - before
    assert before - after
    assert {line["line"] for line in people["enter"]["lines"]} <= {"email_opt_in", "spend >= 100"}
    assert people["enter"]["lines"]
    assert {line["line"] for line in people["leave"]["lines"]} == {"country is known"}
    moves = found["stage"]["members"]["moves"]
    assert [(move["from"], move["to"]) for move in moves] == [("old", "new")]
    markdown = run(
        capfd, "--target", "local", "--as-of", "2026-01-01", "--format", "markdown"
    ).stdout
    assert f"| {len(before)} → {len(after)} |" in markdown


def _members(shop: Path, capfd, revision: str | None) -> set[int]:
    if revision:
        git(shop, "stash", "-q")
    ended = run_command(
        "export", "big_spenders", "--as-of", "2026-01-01", "--format", "csv", capfd=capfd
    )
    if revision:
        git(shop, "stash", "pop", "-q")
    return {int(line) for line in ended.stdout.split()[1:]}


def test_markdown_holds_what_texts_hold():
    change = Change(
        *("changed", "a", "x<y>.seg:1"),
        note="no",
        through=("trait `b|c`", "*d* <e>"),
        sql="--- a\n+```\n",
        people=People(1, 1, Side(0, (), (), 0), Side(0, (), (), 0)),
    )
    text = render_markdown(Changes("HEAD", "work tree", "duckdb", "local", "2026", (change,), 1))
    assert "| `a` | changed through trait `b\\|c` and \\*d\\* &lt;e&gt; |" in text
    assert "x&lt;y&gt;.seg:1" in text
    assert "````diff\n--- a\n+```\n````" in text


# --- without git ----------------------------------------------------------------------------------


def test_no_repository(tmp_path, monkeypatch, capfd):
    shutil.copytree(SHOP, tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    ended = run(capfd)
    assert ended.code == 2
    assert "is in no git repository" in ended.stderr
    assert len(ended.stderr.splitlines()) == 2


def test_no_git(shop, monkeypatch, capfd):
    monkeypatch.setenv("PATH", "")
    ended = run(capfd)
    assert (ended.code, ended.stderr.splitlines()[0]) == (2, "error: `git` is not installed")


@pytest.mark.parametrize(
    "revision", ["nothing", "-x", "", "HEAD:segql.toml", "HEAD~9", "nothing..HEAD"]
)
def test_no_such_revision(shop, capfd, revision):
    ended = run_command("diff", "--", revision, capfd=capfd)
    assert ended.code == 2
    assert ended.stderr.startswith("error: git knows no revision `"), ended.stderr


def test_three_dots(shop, capfd):
    ended = run_command("diff", "main...HEAD", capfd=capfd)
    assert (ended.code, ended.stderr) == (
        2,
        "error: `main...HEAD` has three dots; two stand between revisions\n"
        "  = help: from where they parted: `$(git merge-base main HEAD)..HEAD`\n",
    )


def test_a_repository_without_a_commit(tmp_path, monkeypatch, capfd):
    shutil.copytree(SHOP, tmp_path / "shop")
    git(tmp_path / "shop", "init", "-q")
    monkeypatch.chdir(tmp_path / "shop")
    ended = run(capfd)
    assert (ended.code, ended.stderr.splitlines()[0]) == (2, "error: git knows no revision `HEAD`")


def test_a_shallow_clone_says_so(shop, tmp_path, monkeypatch, capfd):
    edit(shop, "segments/all.seg", "spend >= 100\n", "spend >= 200\n")
    git(shop, "commit", "-qam", "two")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{shop.parent}", str(clone))
    monkeypatch.chdir(clone / shop.name)
    assert run(capfd).code == 0
    ended = run(capfd, "HEAD~1")
    assert ended.code == 2
    assert "the clone is shallow: `git fetch --unshallow`" in ended.stderr


def test_the_work_tree_is_not_touched(shop, capfd):
    edit(shop, "segments/all.seg", "spend >= 100\n", "spend >= 200\n")
    before = git(shop, "status", "--porcelain=v2"), sorted(shop.rglob("*.seg"))
    changes(capfd)
    changes(capfd, "--staged")
    assert (git(shop, "status", "--porcelain=v2"), sorted(shop.rglob("*.seg"))) == before
