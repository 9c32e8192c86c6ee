"""Several segments in one go: what they share is read once, and each preview is as it is alone."""

from __future__ import annotations

from pathlib import Path

import segql
from segql.previewing import TOGETHER
from segql.report.preview import Preview

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
