"""`assert` blocks: claims about segments (2.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from segql.diagnostics import Label
from segql.model import codes
from segql.model.declarations import metadata
from segql.model.nodes import Assertion, Claim, Entity
from segql.source import Span
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver

_WHOLES = tree.SegmentationDecl | tree.SplitDecl


def resolve(r: Resolver, declaration: tree.AssertDecl) -> None:
    """Check an `assert` block and keep it, if it has no fault of its own."""
    before = len(r.diagnostics)
    claims: list[Claim] = []
    names: list[str] = []
    for node in declaration.claims:
        names += [".".join(part.text for part in path.parts) for path in node.segments]
        if node.kind == "every":
            names += (tagged := _tagged(r, node))
            claims += _every(r, node, tagged)
        else:
            claims += _claim(r, node)
    if len(r.diagnostics) == before:
        why = declaration.why.value
        kept = tuple(dict.fromkeys(names))
        r.assertions.append(Assertion(why, tuple(claims), kept, declaration.span))


def _claim(r: Resolver, node: tree.Claim) -> list[Claim]:
    found: list[tuple[Entity, str | None]] = []
    last = len(node.segments) - 1
    for index, path in enumerate(node.segments):
        whole = index == last and node.kind in ("covers", "share") and index > 0
        levels = node.kind == "disjoint" or (node.kind == "covers" and index == 0)
        item = _entity_or_segment(r, path) if whole else _segments(r, path, levels=levels)
        if item is None:
            return []
        found += item
    if not _same_entity(r, node, [entity for entity, _ in found]):
        return []
    kind = node.kind
    assert kind != "every"
    low, high = _bound(r, node, node.low), _bound(r, node, node.high)
    if low is not None and high is not None and low > high and node.high is not None:
        r.report(
            codes.RANGE_ORDER,
            "a range runs from the lower end to the higher",
            node.span,
            f"{low} is above {high}",
        )
        return []
    names = tuple(name for _, name in found)
    return [Claim(kind, found[0][0], names, low, high, node.span)]


def _tagged(r: Resolver, node: tree.Claim) -> list[str]:
    """The segments, segmentations and splits that have the tag of `every segment tagged T inside B`, but B."""
    assert node.tag is not None
    base = ".".join(part.text for part in node.segments[0].parts)
    return [
        name
        for name, declaration in r.catalog.declarations.items()
        if isinstance(declaration, tree.SegmentDecl | _WHOLES)
        and name != base
        and node.tag.text in metadata(r, declaration.metadata).get("tags", ())
    ]


def _every(r: Resolver, node: tree.Claim, names: list[str]) -> list[Claim]:
    """`every segment tagged T inside B`: one claim for each of these names, whatever file declares it."""
    assert node.tag is not None
    base = _segments(r, node.segments[0])
    if base is None:
        return []
    entity, name = base[0]
    tagged = []
    for declared in names:
        if isinstance(r.catalog.declarations[declared], tree.SegmentDecl):
            segment = r.segment(declared, node.tag.span)
            tagged += [segment] if segment is not None else []
        else:
            whole = r.segmentation(declared, node.tag.span)
            levels = whole.levels if whole is not None else ()
            tagged += [level.segment for level in levels if level.segment.name != name]
    if not names:
        r.report(
            codes.BAD_CLAIM,
            f"no segment is tagged `{node.tag.text}`",
            node.tag.span,
            "the claim says nothing",
            helps=r.did_you_mean(node.tag.text, node.tag.span, _tags(r)),
        )
    others = [segment for segment in tagged if segment.entity is not entity]
    for segment in others:
        r.report(
            codes.WRONG_ENTITY,
            f"`{segment.name}` is a segment of `{segment.entity.name}`, not of `{entity.name}`",
            node.span,
            "cannot be inside",
            more=[Label(segment.span, "declared here")],
        )
    return [
        Claim("inside", entity, (segment.name, name), None, None, node.span)
        for segment in tagged
        if segment.entity is entity
    ]


def _tags(r: Resolver) -> list[str]:
    found = [segment for segment in r.segments.values() if segment is not None]
    return sorted({tag for segment in found for tag in segment.tags})


def _segments(
    r: Resolver, path: tree.Path, *, levels: bool = False
) -> list[tuple[Entity, str | None]] | None:
    """A segment, list, level or part; with `levels` a segmentation or split stands for all of its own."""
    first = path.parts[0]
    declared = r.catalog.declarations.get(first.text)
    if levels and len(path.parts) == 1 and isinstance(declared, _WHOLES):
        whole = r.segmentation(first.text, first.span)
        if whole is None:
            return None
        return [(whole.entity, level.segment.name) for level in whole.levels]
    segment = r.segment_named(path.parts)
    return None if segment is None else [(segment.entity, segment.name)]


def _entity_or_segment(r: Resolver, path: tree.Path) -> list[tuple[Entity, str | None]] | None:
    source = r.catalog.sources.get(path.parts[0].text) if len(path.parts) == 1 else None
    return [(source, None)] if isinstance(source, Entity) else _segments(r, path)


def _same_entity(r: Resolver, node: tree.Claim, entities: list[Entity]) -> bool:
    for entity in entities:
        if entity is not entities[0]:
            r.report(
                codes.BAD_CLAIM,
                "the segments of a claim are of one entity",
                node.segments[-1].span,
                f"of `{entity.name}`",
                more=[Label(node.segments[0].span, f"of `{entities[0].name}`")],
            )
            return False
    return True


def _bound(
    r: Resolver, node: tree.Claim, bound: tree.Number | tree.Percent | None
) -> Decimal | None:
    """A size as a whole number, a share as a part of 1."""
    if bound is None:
        return None
    if isinstance(bound, tree.Percent):
        if node.kind == "size":
            _wrong(r, bound.span, "a size is a number of members", "found a percentage")
        return bound.value / 100
    value = Decimal(bound.value)
    if node.kind == "share" and not 0 <= value <= 1:
        _wrong(r, bound.span, "a share is a percentage", f"found `{bound.text}`")
    elif node.kind == "size" and value != value.to_integral_value():
        _wrong(r, bound.span, "a size is a whole number", f"found `{bound.text}`")
    return value


def _wrong(r: Resolver, span: Span, rule: str, label: str) -> None:
    r.report(codes.BAD_CLAIM, rule, span, label)
