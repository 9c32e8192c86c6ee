"""Several segments in one go: what they share is read once, and each preview is as it is alone."""

from __future__ import annotations

from pathlib import Path

import segql
from segql.previewing import TOGETHER
from segql.report.levels import LevelsPreview, text_lines
from segql.report.preview import Preview
from segql.report.text import Style

SHOP = Path(__file__).parent.parent / "examples" / "shop"


def test_previews_of_several_segments_are_those_of_each_alone() -> None:
    project = segql.load(SHOP)
    names = sorted(project.segments)[: 2 * TOGETHER + 1]
    together = project.preview(names, as_of="2026-01-01", limit=2)
    assert [item.segment for item in together if isinstance(item, Preview)] == names
    for shown in together:
        assert isinstance(shown, Preview)
        (alone,) = project.preview(shown.segment, as_of="2026-01-01", limit=2)
        assert isinstance(alone, Preview)
        assert (shown.population, shown.members) == (alone.population, alone.members)
        assert shown.steps == alone.steps
        assert shown.sample == alone.sample
    assert any(item.members for item in together if isinstance(item, Preview))


def test_many_lines_are_counted_like_few(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("k\n" + "".join(f"{number}\n" for number in range(200)))
    (tmp_path / "segql.toml").write_text(
        '[project]\nname = "t"\ntimezone = "UTC"\n'
        '[targets.local]\nengine = "duckdb"\nfiles = "*.csv"\n'
    )
    lines = "\n".join(f"k != {number}" for number in range(100, 180))
    (tmp_path / "a.seg").write_text(
        f"entity c {{\n table c\n key k: int\n}}\nsegment many of c {{\n where {{\n{lines}\n}}\n}}\n"
        "segment few of c {\n where {\n k < 9\n k > 3\n }\n}\n"
    )
    many, few = segql.load(tmp_path).preview(["many", "few"], limit=0)
    assert isinstance(many, Preview)
    assert isinstance(few, Preview)
    assert [(step.alone, step.left) for step in many.steps] == [
        (199, 200 - place) for place in range(1, 81)
    ]
    assert [(step.alone, step.left) for step in few.steps] == [(9, 9), (196, 5)]


def test_a_level_shows_title_and_owner_of_its_segmentation() -> None:
    project = segql.load(SHOP)
    (shown,) = project.preview("lifecycle.active", as_of="2026-01-01", limit=0)
    assert shown.title == "Lifecycle stage: active"
    level, whole = (
        project.model.segments["lifecycle.active"],
        project.model.segmentations["lifecycle"],
    )
    assert (level.owner, level.tags) == (whole.owner, whole.tags)
    assert whole.owner
    assert whole.tags


def test_the_parts_of_a_split_lose_nothing_to_one_another() -> None:
    project = segql.load(SHOP)
    split, levels = project.preview(["winback_test", "lifecycle"], as_of="2026-01-01")
    assert isinstance(split, LevelsPreview)
    assert isinstance(levels, LevelsPreview)
    heads = [
        next(line.split() for line in text_lines(item, Style()) if "members" in line)
        for item in (split, levels)
    ]
    assert heads == [
        ["part", "members", "share"],
        ["level", "members", "share", "alone", "lost", "above"],
    ]
