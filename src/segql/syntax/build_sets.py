"""The tree out of the parser: segments, segmentations, splits, lists, claims and tests."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from segql.source import Span
from segql.syntax import codes, tree
from segql.syntax.build_declarations import DeclarationBuilder
from segql.syntax.builder import MAX_ROWS, Children

_Item = TypeVar("_Item", bound=tree.Node)
Amount = tree.Number | tree.Percent


class Builder(DeclarationBuilder):
    """All methods: those for sets of members and what is claimed of them stand here."""

    # --- metadata -------------------------------------------------------------------------------

    def meta(self, c: Children, start: int, end: int) -> tree.Meta:
        return tree.Meta(span=self.span(start, end), key=c[0], values=tuple(c[1:]))

    def entries(self, c: Children, start: int, end: int) -> tuple[tree.Meta, ...]:
        return tuple(c)

    def entry(self, c: Children, start: int, end: int) -> tree.Meta:
        return tree.Meta(span=self.span(start, end), key=c[0], values=(c[1],))

    def custom_meta(self, c: Children, start: int, end: int) -> tuple[tree.Meta, ...]:
        return tuple(
            tree.Meta(span=item.span, key=item.key, values=item.values, custom=True)
            for item in c[0]
        )

    def data(self, c: Children, start: int, end: int) -> tree.Data:
        return tree.Data(span=self.span(start, end), entries=c[0])

    def _metadata(self, items: Children) -> tuple[tree.Meta, ...]:
        found: list[tree.Meta] = []
        for item in items:
            if isinstance(item, tree.Meta):
                found.append(item)
            elif isinstance(item, tuple) and item and isinstance(item[0], tree.Meta):
                found.extend(item)
        seen: set[tuple[str, bool]] = set()
        for meta in found:
            key = (meta.key.text, meta.custom)
            if key in seen:
                self.report(
                    codes.MISSING_PART,
                    f"`{meta.key.text}` stands twice",
                    meta.key.span,
                    "the second one",
                )
            seen.add(key)
        return tuple(found)

    def _single(self, items: list[_Item], what: str) -> _Item | None:
        for item in items[1:]:
            self.report(codes.MISSING_PART, f"`{what}` stands twice", item.span, "the second one")
        return items[0] if items else None

    # --- segments -------------------------------------------------------------------------------

    def segment_where(self, c: Children, start: int, end: int) -> tree.Block:
        block: tree.Block = c[0]
        return block

    def segment(self, c: Children, start: int, end: int) -> tree.SegmentDecl:
        name, entity, *items = c
        span = self.span(start, end)
        where = self._single([item for item in items if isinstance(item, tree.Block)], "where")
        if where is None:
            self.report(
                codes.MISSING_PART,
                f"segment `{name.text}` has no `where`",
                name.span,
                "says nothing about its members",
                "add `where { … }` with one condition a line",
            )
            where = tree.Block(
                span=span,
                items=(tree.Truth(span=span, value=tree.Bool(span=span, value=True)),),
            )
        return tree.SegmentDecl(
            span=span,
            name=self.declared(name),
            entity=entity,
            metadata=self._metadata(items),
            where=where,
        )

    def base(self, c: Children, start: int, end: int) -> tree.Name:
        return self.dotted_name(c[0].parts)

    def segmentation(self, c: Children, start: int, end: int) -> tree.SegmentationDecl:
        name, entity, *items = c
        levels = tuple(item for item in items if isinstance(item, tree.Level))
        if not levels:
            self.report(
                codes.MISSING_PART,
                f"segmentation `{name.text}` has no level",
                name.span,
                "divides nothing",
                "add `level name: condition`",
            )
        for level in levels[:-1]:
            if level.block is None:
                self.report(
                    codes.MISSING_PART,
                    "`otherwise` is the last level",
                    level.span,
                    "no later level can hold anyone",
                )
        return tree.SegmentationDecl(
            span=self.span(start, end),
            name=self.declared(name),
            entity=entity,
            metadata=self._metadata(items),
            among=self._single([item for item in items if isinstance(item, tree.Name)], "among"),
            levels=levels,
        )

    def level_condition(self, c: Children, start: int, end: int) -> tree.Level:
        name, item, data = c
        condition = self.condition(item)
        block = tree.Block(span=condition.span, items=(condition,))
        return self._level(name, block, data, start, end)

    def level_block(self, c: Children, start: int, end: int) -> tree.Level:
        return self._level(c[0], c[1], c[2], start, end)

    def level_otherwise(self, c: Children, start: int, end: int) -> tree.Level:
        return self._level(c[0], None, c[1], start, end)

    def _level(
        self,
        name: tree.Name,
        block: tree.Block | None,
        data: tree.Data | None,
        start: int,
        end: int,
    ) -> tree.Level:
        return tree.Level(
            span=self.span(start, end), name=self.declared(name), block=block, data=data
        )

    # --- splits ---------------------------------------------------------------------------------

    def split(self, c: Children, start: int, end: int) -> tree.SplitDecl:
        name, segment, *items = c
        metadata = self._metadata(items)
        seeds = [meta for meta in metadata if meta.key.text == "seed" and not meta.custom]
        parts = tuple(item for item in items if isinstance(item, tree.Part))
        if not parts:
            self.report(
                codes.MISSING_PART,
                f"split `{name.text}` has no part",
                name.span,
                "divides nothing",
                "add `part name: 10%`",
            )
        self._check_shares(parts)
        return tree.SplitDecl(
            span=self.span(start, end),
            name=self.declared(name),
            segment=segment.parts,
            metadata=tuple(meta for meta in metadata if meta not in seeds),
            seed=self._seed(name, seeds),
            parts=parts,
        )

    def _seed(self, name: tree.Name, seeds: list[tree.Meta]) -> tree.Text | None:
        if not seeds:
            self.report(
                codes.MISSING_PART,
                f"split `{name.text}` has no `seed`",
                name.span,
                "the same people need a seed to be in the same part for ever",
                f'add `seed: "{name.text}-1"`, a text of its own for each split',
            )
            return None
        (value, *more) = seeds[0].values
        if not isinstance(value, tree.Text) or more:
            self.report(
                codes.NOT_A_VALUE, "a seed is one text", seeds[0].span, "not a text in quotes"
            )
            return None
        return value

    def _check_shares(self, parts: tuple[tree.Part, ...]) -> None:
        total = sum(part.share.value for part in parts)
        if total > 100:
            self.report(
                codes.BAD_NUMBER,
                f"the parts of a split add up to at most 100%, not {total}%",
                parts[-1].share.span,
                "with this part",
            )

    def part(self, c: Children, start: int, end: int) -> tree.Part:
        name, share, data = c
        return tree.Part(
            span=self.span(start, end), name=self.declared(name), share=share, data=data
        )

    # --- lists ----------------------------------------------------------------------------------

    def list(self, c: Children, start: int, end: int) -> tree.ListDecl:
        name, entity, by, content = c
        return tree.ListDecl(
            span=self.span(start, end), name=self.declared(name), entity=entity, by=by, **content
        )

    def list_values(self, c: Children, start: int, end: int) -> dict[str, Any]:
        return {"items": tuple(c)}

    def list_file(self, c: Children, start: int, end: int) -> dict[str, Any]:
        return {"file": c[0], "column": c[1]}

    def list_table(self, c: Children, start: int, end: int) -> dict[str, Any]:
        return {"table": self._table(c[0]), "column": c[1]}

    # --- claims ---------------------------------------------------------------------------------

    def assertion(self, c: Children, start: int, end: int) -> tree.AssertDecl:
        return tree.AssertDecl(span=self.span(start, end), name=None, why=c[0], claims=tuple(c[1:]))

    def _claim(
        self,
        kind: Literal["inside", "disjoint", "covers", "same", "every", "size", "share"],
        c: Children,
        span: Span,
        *,
        tag: tree.Name | None = None,
        low: Amount | None = None,
        high: Amount | None = None,
    ) -> tree.Claim:
        segments = tuple(c)
        return tree.Claim(span=span, kind=kind, segments=segments, tag=tag, low=low, high=high)

    def claim_inside(self, c: Children, start: int, end: int) -> tree.Claim:
        return self._claim("inside", c, self.span(start, end))

    def claim_covers(self, c: Children, start: int, end: int) -> tree.Claim:
        return self._claim("covers", c, self.span(start, end))

    def claim_same(self, c: Children, start: int, end: int) -> tree.Claim:
        return self._claim("same", c, self.span(start, end))

    def claim_disjoint(self, c: Children, start: int, end: int) -> tree.Claim:
        return self._claim("disjoint", c, self.span(start, end))

    def claim_every(self, c: Children, start: int, end: int) -> tree.Claim:
        return self._claim("every", c[1:], self.span(start, end), tag=c[0])

    def claim_size(self, c: Children, start: int, end: int) -> tree.Claim:
        low, high = self._bounds(c[1], tree.Number, "a size is counted in members")
        return self._claim("size", c[:1], self.span(start, end), low=low, high=high)

    def claim_share(self, c: Children, start: int, end: int) -> tree.Claim:
        low, high = self._bounds(c[2], tree.Percent, "a share is counted in percent")
        return self._claim("share", c[:2], self.span(start, end), low=low, high=high)

    def _bounds(
        self, bounds: tuple[Amount | None, Amount | None], kind: type[Amount], rule: str
    ) -> tuple[Amount | None, Amount | None]:
        for amount in bounds:
            if amount is not None and not isinstance(amount, kind):
                self.report(codes.BAD_NUMBER, rule, amount.span, f"found `{amount.text}`")
        low, high = bounds
        if low is not None and high is not None:
            self.check_range(low, high, " and ")
        return bounds

    def bounds_between(self, c: Children, start: int, end: int) -> tuple[Amount, Amount]:
        return c[0], c[1]

    def bounds_least(self, c: Children, start: int, end: int) -> tuple[Amount, None]:
        return c[0], None

    def bounds_most(self, c: Children, start: int, end: int) -> tuple[None, Amount]:
        return None, c[0]

    # --- tests ----------------------------------------------------------------------------------

    def test(self, c: Children, start: int, end: int) -> tree.TestDecl:
        segment, as_of, *items = c
        expects = tuple(item for item in items if isinstance(item, tree.Expect))
        if not expects:
            self.report(
                codes.MISSING_PART,
                "a test expects something",
                segment.span,
                "no `expect` in this test",
                "add `expect name in`, `expect name out` or `expect count 1`",
            )
        return tree.TestDecl(
            span=self.span(start, end),
            name=None,
            segment=segment.parts,
            as_of=as_of,
            rows=tuple(item for item in items if isinstance(item, tree.TestRow)),
            expects=expects,
        )

    def test_row(self, c: Children, start: int, end: int) -> tree.TestRow:
        source, name, of, like, fields, times, _ = c
        return tree.TestRow(
            span=self.span(start, end),
            source=source,
            name=name,
            of=of,
            like=like,
            fields=fields or (),
            times=1 if times is None else self.whole(times, 1, "number of rows", MAX_ROWS),
        )

    def fields(self, c: Children, start: int, end: int) -> tuple[tree.Field, ...]:
        return tuple(c)

    def field(self, c: Children, start: int, end: int) -> tree.Field:
        name, (values, is_list) = c
        return tree.Field(span=self.span(start, end), name=name, values=values, is_list=is_list)

    def field_one(self, c: Children, start: int, end: int) -> tuple[tuple[tree.Value, ...], bool]:
        return (c[0],), False

    def field_list(self, c: Children, start: int, end: int) -> tuple[tuple[tree.Value, ...], bool]:
        return tuple(item for item in c if item is not None), True

    def expect_in(self, c: Children, start: int, end: int) -> tree.Expect:
        return tree.Expect(span=self.span(start, end), subject=c[0], within="in")

    def expect_level(self, c: Children, start: int, end: int) -> tree.Expect:
        return tree.Expect(span=self.span(start, end), subject=c[0], within="in", level=c[1].parts)

    def expect_out(self, c: Children, start: int, end: int) -> tree.Expect:
        return tree.Expect(span=self.span(start, end), subject=c[0], within="out")

    def expect_count(self, c: Children, start: int, end: int) -> tree.Expect:
        count = self.whole(c[0], 0, "number of members")
        return tree.Expect(span=self.span(start, end), subject=None, within="count", count=count)
