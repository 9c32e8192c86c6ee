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
