"""Random `test` blocks: rows as the language writes them, and expectations, right and wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import combinations, product
from random import Random

from segql.model import nodes
from segql.model.scalars import NumberTooLargeError, OutOfRangeError
from segql.model.types import ListType
from segql.reference.evaluator import Evaluator
from segql.reference.rows import Record
from segql.source import SourceFile, Span
from segql.testing.coverage import Coverage
from segql.testing.reasons import deciding
from segql.testing.running import Run
from segql.testing.tester import Tester
from tests.agreement.catalogue import LISTS
from tests.agreement.rows import PLACES, Rows
from tests.agreement.world import Definition, World
from tests.support.evaluate import check, spoken

LEAVES = 9
"""So many conditions are tried in all combinations."""
FILE = "case.seg"


@dataclass(frozen=True)
class Tried:
    """What came of the `test` blocks of a world: how many ran, how many answers were explained, what is wrong."""

    blocks: int
    explained: int
    faults: tuple[str, ...]


def tried(world: World) -> Tried:
    """Of each definition a block that expects what the reference evaluator says, and the opposite too.

    DuckDB has to agree, exactly the opposites have to fail, and the conditions that are said to decide have to.
    """
    blocks = [Block(world, item, at) for at, item in enumerate(_testable(world))]
    if not blocks:
        return Tried(0, 0, ())
    first = _checked(world, blocks, lambda block: "  expect count 0")
    answered = [
        block for block, case in zip(blocks, first.cases, strict=True) if block.answer(first, case)
    ]
    model = _checked(world, answered, Block.expectations)
    tester = Tester(model, lambda name: SourceFile(name, ""), lambda name: 0, Coverage())
    faults = [fault for block in answered for fault in block.faults]
    ran = 0
    for block, case in zip(answered, model.cases, strict=True):
        outcome = tester.test(case)
        if outcome.reason and _left_bounds(outcome.reason):
            continue
        ran += 1
        told = sorted(item.expected for item in outcome.failures)
        if outcome.status != "failed" or told != sorted(block.wrong):
            faults.append(f"{block.text(block.expectations())}\n{outcome}")
    return Tried(ran, sum(block.explained for block in answered), tuple(faults))


def _testable(world: World) -> Iterator[Definition]:
    for item in world.accepted:
        if item.kind != "trait":
            yield item


def _checked(
    world: World, blocks: list[Block], expectations: Callable[[Block], str]
) -> nodes.Model:
    text = world.catalogue + "".join(item.source for item in world.accepted)
    text += "".join(block.text(expectations(block)) for block in blocks)
    found = check(text, world.settings, FILE, LISTS)
    assert not found.errors, spoken(found.errors, text)
    assert len(found.model.cases) == len(blocks)
    return found.model


def _left_bounds(reason: str) -> bool:
    """A number too large for the engine or the evaluator, which is no disagreement."""
    return any(word in reason.lower() for word in ("range", "large", "overflow"))


# --- one block --------------------------------------------------------------------------------------


class Block:
    """A test of one definition: its rows as text, and once they are known, its answers."""

    def __init__(self, world: World, definition: Definition, number: int) -> None:
        self._world = world
        self._name = definition.name
        self._random = Random(f"{world.seed} {number}")
        self._values = Rows(world.base, world.clock, self._random)
        self._labels: dict[str, list[str]] = {}
        self._rows = "\n".join(self._all())
        self._lines: list[str] = []
        self.wrong: list[str] = []
        """What the report says was expected, where it should not have been."""
        self.explained = 0
        self.faults: list[str] = []

    def text(self, expectations: str) -> str:
        as_of = self._world.as_of.isoformat().replace("+00:00", "Z")
        return f"test {self._name} as of {as_of} {{\n{self._rows}\n{expectations}\n}}\n"

    def expectations(self) -> str:
        return "\n".join(self._lines)

    def answer(self, model: nodes.Model, case: nodes.Case) -> bool:
        """Ask the reference evaluator about each named row of the entity; False where numbers leave their bounds."""
        segments = [model.segments[name] for name in case.expectations[0].segments]
        try:
            with Run(model, case) as run:
                members = {
                    item.name: set(run.evaluator.keys(item.entity, item.lines)) for item in segments
                }
                for row in case.rows:
                    if row.label and row.source is segments[0].entity:
                        inside = [
                            name
                            for name, keys in members.items()
                            if run.rows.keys[row.label] in keys
                        ]
                        self._expect(row.label, list(members), inside)
                        self._explain(run, row.label, segments, inside)
        except (NumberTooLargeError, OutOfRangeError):
            return False
        count = len(set().union(*members.values()))
        self._lines += [f"  expect count {count}", f"  expect count {count + 1}"]
        self.wrong.append(f"expected {count + 1}")
        return True

    def _expect(self, label: str, names: list[str], inside: list[str]) -> None:
        level = inside[0].partition(".")[2] if inside else ""
        right = f"in {level}".rstrip() if level and self._random.random() < 0.5 else "in"
        right, wrong = (right, "out") if inside else ("out", "in")
        self._lines += [f"  expect {label} {right}", f"  expect {label} {wrong}"]
        alone = f" `{names[0]}`" if len(names) == 1 and "." in names[0] and wrong == "in" else ""
        self.wrong.append(f"expected `{label}` {wrong}{alone}")

    def _explain(
        self, run: Run, label: str, segments: list[nodes.Segment], inside: list[str]
    ) -> None:
        record = run.record(label)
        if record is None:
            return
        for segment in segments:
            fault = misexplained(run.evaluator, record, segment.lines, segment.name in inside)
            self.explained += 1
            if fault:
                self.faults.append(
                    f"{segment.name} of {label}: {fault}\n{self.text(self.expectations())}"
                )

    # --- rows -----------------------------------------------------------------------------------------

    def _all(self) -> Iterator[str]:
        for name, most in (("store", 2), ("product", 2), ("customer", 4), ("purchase", 5), ("visit", 5), ("stay", 4),
                           ("order_line", 4), ("gift", 2), ("moods", 2), ("answers", 4)):  # fmt: skip
            source = self._world.base.sources.get(name)
            for _ in (
                range(self._random.randint(name == "customer", most)) if source is not None else ()
            ):
                yield from self._row(source)

    def _row(self, source: nodes.Source) -> Iterator[str]:
        owner = getattr(source, "owner", None)
        above = (
            owner.parent.name
            if owner is not None
            else {"order_line": "purchase", "gift": "order_line"}.get(source.name)
        )
        parents = self._labels.get(above, []) if above else []
        if owner is not None and not parents:
            return
        of = (
            f" of {self._random.choice(parents)}"
            if parents and (owner or self._random.random() < 0.8)
            else ""
        )
        known = self._labels.setdefault(source.name, [])
        like = (
            f" like {self._random.choice(known)}"
            if known and not of and self._random.random() < 0.15
            else ""
        )
        label, times = f"{source.name}_{len(known)}", ""
        if not isinstance(source, nodes.Entity) and self._random.random() < 0.3:
            label, times = "", f" {self._random.randint(2, 4)} times"
        linked = (
            set(owner.columns) if owner is not None else {"order_id", "line_no"} if of else set()
        )
        fields = ", ".join(self._fields(source, linked, bool(like)))
        yield f"  {source.name} {label}{of}{like}{f' {{ {fields} }}' if fields else ''}{times}"
        if label:
            known.append(label)

    def _fields(self, source: nodes.Source, linked: set[str], copied: bool) -> Iterator[str]:
        """`linked`: the columns that say to which row this one belongs."""
        if isinstance(source, nodes.Event) and source.at is not None:
            yield f"at: {self._literal(source.at)}"
        for name, link in source.one.items():
            labels = self._labels.get(link.parent.name, [])
            if labels and self._random.random() < 0.7:
                linked |= set(link.columns)
                yield f"{name}: {self._random.choice(labels)}"
        settable = (
            nodes.Column | nodes.PointColumns | nodes.SplitText | nodes.ChildTable | nodes.ChangeLog
        )
        keys = {key.name for key in source.key}
        for name, attribute in source.attributes.items():
            if name in keys or not isinstance(attribute.storage, settable):
                continue
            if attribute is getattr(source, "at", None) or _column(attribute) in linked:
                continue
            needed = not attribute.nullable and not copied
            if needed or self._random.random() < 0.6:
                yield f"{name}: {self._literal(attribute)}"

    def _literal(self, attribute: nodes.Attribute) -> str:
        if isinstance(attribute.storage, nodes.PointColumns):
            return "point({}, {})".format(*self._random.choice(PLACES))
        type_ = attribute.type
        if isinstance(type_, ListType):
            items = [
                self._values.value(type_.item, False) for _ in range(self._random.randint(0, 3))
            ]
            if isinstance(attribute.storage, nodes.SplitText):
                items = [item for item in items if str(item).strip() == item and item]
            return f"({', '.join(map(_written, items))})"
        return _written(self._finite(attribute))

    def _finite(self, attribute: nodes.Attribute) -> object:
        while True:
            value = self._values.value(attribute.type, False)
            if not isinstance(value, float) or abs(value) < 1e9:
                return value


def _column(attribute: nodes.Attribute) -> str:
    stored = attribute.storage
    return stored.parts[0] if isinstance(stored, nodes.Column) and len(stored.parts) == 1 else ""


def _written(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat() + "Z"
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            return f'"{escaped}"'
        case _:
            return str(value)


# --- what decides -----------------------------------------------------------------------------------


def misexplained(
    evaluator: Evaluator, record: Record, lines: tuple[nodes.Condition, ...], is_member: bool
) -> str:
    """What is wrong with the conditions that are said to decide whether a row is a member; empty for nothing."""
    whole = nodes.All(Span(FILE, 0, 0), lines)
    parts = list(_open(whole))
    found = {id(leaf): evaluator.holds(leaf, {0: record}) for leaf in parts}
    chosen = {id(leaf) for leaf in deciding(evaluator, record, lines)}
    if _holds(whole, found) != is_member:
        return "the conditions do not give the answer"
    if not chosen <= set(found):
        return "what decides is none of the conditions"
    if len(found) > LEAVES:
        return ""
    if not _decides(whole, found, chosen):
        return "what is said to decide does not"
    if len(found) < len(parts):  # a condition that stands twice is counted twice
        return ""
    fewer = combinations(found, len(chosen) - 1) if chosen else ()
    return (
        "fewer conditions decide"
        if any(_decides(whole, found, set(some)) for some in fewer)
        else ""
    )


def _open(condition: nodes.Condition) -> Iterator[nodes.Condition]:
    """The conditions that a condition is made of, those of the segments that it asks about the same row too."""
    match condition:
        case nodes.All(items=items) | nodes.Any(items=items) | nodes.CountOf(items=items) if items:
            for item in items:
                yield from _open(item)
        case nodes.Not(item=item):
            yield from _open(item)
        case nodes.MemberOf(condition=inside) if _is_open(condition):
            yield from _open(inside)
        case _:
            yield condition


def _is_open(member: nodes.MemberOf) -> bool:
    return member.as_of is None and isinstance(member.row, nodes.Row) and member.row.level == 0


def _holds(condition: nodes.Condition, found: dict[int, bool]) -> bool:
    match condition:
        case _ if id(condition) in found:
            return found[id(condition)]
        case nodes.All(items=items):
            return all(_holds(item, found) for item in items)
        case nodes.Any(items=items):
            return any(_holds(item, found) for item in items)
        case nodes.CountOf(items=items, low=low, high=high):
            count = sum(_holds(item, found) for item in items)
            return low <= count and (high is None or count <= high)
        case nodes.Not(item=item):
            return not _holds(item, found)
        case nodes.MemberOf(condition=inside):
            return _holds(inside, found)
    raise TypeError(condition)


def _decides(condition: nodes.Condition, found: dict[int, bool], chosen: set[int]) -> bool:
    """Whether the answer is the same whatever the conditions that are not chosen say."""
    free = [leaf for leaf in found if leaf not in chosen]
    answer = _holds(condition, found)
    return all(
        _holds(condition, {**found, **dict(zip(free, values, strict=True))}) == answer
        for values in product((False, True), repeat=len(free))
    )
