"""A first model from a database's own catalogue and what its rows look like: the text of a `.seg` file.

What is declared there (keys, foreign keys, types, NOT NULL) is taken; what is guessed from names and values has a
comment that says so. The text passes `segql check` as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from segql.database.columns import Attribute, Reader
from segql.database.keys import Reference, find_key, find_references
from segql.database.names import (
    NOT_NAMES,
    can_be_written,
    free,
    of_column,
    one_line,
    plural,
    singular,
    snake,
    written,
)
from segql.database.profile import Prober, Profile, reason
from segql.database.roles import PEOPLE, Plan, assign, created, deleted
from segql.engines.base import Engine
from segql.engines.catalogue import PhysicalTable
from segql.errors import StatementError
from segql.model.nodes import Settings, Table
from segql.model.types import EnumType, Type
from segql.source import SourceFile
from segql.syntax.formatter import format_source
from segql.syntax.words import words

HEAD = """\
# A first model of the target `{target}`, drafted from its catalogue and its rows: read it, then change it.
#
# What is not marked as guessed is declared in the database. A column without `?` has a value in every row there is now,
# or is NOT NULL. Times without a zone are read as UTC: `timestamp in "Europe/Warsaw"` says that they are local.
"""

_KINDS = ("kind", "type", "event", "event_type", "event_name", "event_kind", "action", "activity")
"""What the column is called that says which event a row of a table of many events is."""
_STREAMS = words(
    "web app site user customer client track tracking tracked log raw analytics product"
)
"""Tables of events are called so whatever happens in them: the name says nothing of the event."""
_GROUPS = words("household family team group club organisation organization workspace")
_PEOPLE_OF = {**dict.fromkeys(_GROUPS, "members"), "account": "users", "tenant": "users"}
"""What people who belong to one are to it, whatever else they are called."""


def draft(
    engine: Engine,
    dialect: str,
    settings: Settings,
    catalogue: Sequence[PhysicalTable],
    target: str,
    broken: Mapping[Table, str] | None = None,
) -> str:
    """The text of a model of these tables; `broken` are others, and why they cannot be read. Raises `EngineError`."""
    prober = Prober(engine, dialect, settings)
    profiles: dict[Table, Profile] = {}
    left = dict(broken or {})
    for table in catalogue:
        if not table.readable:
            left[table.table] = "the user of the connection may not read it"
            continue
        try:
            profiles[table.table] = prober.profile(table)
        except StatementError as error:
            left[table.table] = f"its rows cannot be read: {reason(error)}"
    keys = {
        table: key
        for table, profile in profiles.items()
        if (key := find_key(profile, prober, catalogue)) is not None
        and all(map(can_be_written, key.columns))
    }
    references = {
        table: [
            reference
            for reference in find_references(profile, profiles, keys, prober)
            if all(map(can_be_written, reference.columns))
        ]
        for table, profile in profiles.items()
    }
    text = Writer(assign(profiles, keys, references), prober, target, left).text()
    return format_source(SourceFile("draft.seg", text)).text or text


@dataclass(slots=True)
class _Block:
    """A declaration: its first line, its paragraphs of lines with their comments, and what follows it."""

    head: str
    notes: list[str]
    lines: list[list[tuple[str, str]]] = field(default_factory=lambda: [[]])
    behind: list[str] = field(default_factory=list)

    def add(self, text: str, comment: str = "") -> None:
        self.lines[-1].append((text, comment))

    def paragraph(self) -> None:
        if self.lines[-1]:
            self.lines.append([])

    def text(self) -> str:
        made = [f"# {note}" for note in self.notes] + [f"{self.head} {{"]
        for number, paragraph in enumerate(part for part in self.lines if part):
            made += [""] * (number > 0)
            made += [f"  {text}" + (f"  # {note}" if note else "") for text, note in paragraph]
        return "\n".join([*made, "}", *(f"\n{line}" for line in self.behind)]) + "\n"


class Writer:
    """Writes the plans of all tables."""

    def __init__(
        self, plans: Mapping[Table, Plan], prober: Prober, target: str, left: Mapping[Table, str]
    ) -> None:
        """`left` are tables that no plan was made for, and why."""
        self._plans = plans
        self._prober = prober
        self._target = target
        self._left = left
        self._names = {plan.name for plan in plans.values()}

    def text(self) -> str:
        """Entities first, then events, rows, and what was left out; what most refers to before others."""
        order = ("entity", "event", "rows")
        uses = Counter(use.target for plan in self._plans.values() for use in plan.references)
        ranked = sorted(
            self._plans.values(), key=lambda plan: (-uses[plan.table], plan.table.parts)
        )
        plans = [plan for role in order for plan in ranked if plan.role == role]
        blocks = [self._source(plan).text() for plan in plans]
        left = {p.table: ", ".join(p.why) for p in self._plans.values() if p.role == "none"}
        if left := left | dict(self._left):
            told = [f"# left out: {one_line(f'{table}: {why}')}\n" for table, why in left.items()]
            blocks.append("".join(told))
        return "\n".join([HEAD.format(target=one_line(self._target)), *blocks])

    def _source(self, plan: Plan) -> _Block:
        owner = self._plans[plan.owner.target].name if plan.owner else ""
        head = f"{plan.role} {plan.name}" + (
            f" of {owner}" if plan.role in ("event", "rows") else ""
        )
        block = _Block(head, list(plan.why))
        block.add(f"table {_dotted(plan.table)}")
        taken = {"at"} if plan.role == "event" else set()
        self._key(plan, block, taken)
        used = self._times(plan, block, taken)
        relations = self._relations(plan, taken)
        used |= self._columns_of_relations(plan, taken)
        taken |= {relation.name for relation in relations} | self._below(plan)
        key = plan.key.columns if plan.key is not None else ()
        reader = Reader(plan.profile, self._prober, plan.name, taken, key)
        found = reader.read(used)
        block.paragraph()
        for attribute in found.found:
            block.add(attribute.text(), attribute.comment)
        block.paragraph()
        for relation in relations:
            block.add(relation.text, relation.why)
        for column in found.left_out:
            block.add(f"# left out: {column}")
        if why := self._prober.refused.get(plan.table):
            block.notes.append(f"not all of its rows could be looked at: {one_line(why)}")
        if plan.role == "entity":
            self._deleted(plan, block, found.found)
        if plan.role == "event":
            block.behind = list(self._subsets(plan, found.found))
        return block

    def _below(self, plan: Plan) -> set[str]:
        """The events and rows of an entity, which are relations of it too."""
        owned = [other for other in self._plans.values() if other.role in ("event", "rows")]
        return {o.name for o in owned if o.owner is not None and o.owner.target == plan.table}

    # --- key and times ---

    def _key(self, plan: Plan, block: _Block, taken: set[str]) -> None:
        if plan.key is None or plan.role == "rows":
            return
        columns = []
        for physical in plan.key.columns:
            column = plan.profile.physical.column(physical)
            assert column is not None
            name = free(of_column(physical, plan.name), taken)
            taken.add(name)
            behind = "" if name == physical else f" column {written(physical)}"
            # a key of an enum is told apart as a text
            said = "text" if isinstance(column.kind, EnumType) else str(column.kind)
            columns.append(f"{name}: {said}{behind}")
        listed = columns[0] if len(columns) == 1 else f"({', '.join(columns)})"
        block.add(f"key {listed}", plan.key.why)

    def _times(self, plan: Plan, block: _Block, taken: set[str]) -> set[str]:
        """Owner and time of an event, since when an entity exists; the columns that need no attribute any more."""
        used = set(plan.key.columns) if plan.key is not None and plan.role != "rows" else set()
        if plan.owner is not None:
            block.add(f"on {_columns(plan.owner.columns)}", plan.owner.why)
        if plan.role == "event":
            column = plan.profile.physical.column(plan.at)
            assert column is not None
            block.add(f"at {written(plan.at)}: {column.kind}")
            used.add(plan.at)
            taken.add(plan.at)
        elif plan.key is not None and plan.key.history is not None:
            block.add(f"history {', '.join(map(written, plan.key.history))}")
        elif plan.role == "entity" and (made := created(plan)):
            block.add(f"created {written(made)}", "guessed by its name")
        return used

    def _deleted(self, plan: Plan, block: _Block, found: Sequence[Attribute]) -> None:
        column, is_moment = deleted(plan)
        name = next((item.name for item in found if column and item.column == column), "")
        if not name:
            return
        block.paragraph()
        if is_moment:
            condition = f"{name} is unknown"
        elif plan.profile.is_full(column):
            condition = f"not {name}"
        else:
            condition = f"not ({name} if known)"
        block.add(f"only {{ {condition} }}", "guessed by the name: other rows do not exist")

    # --- relations ---

    def _columns_of_relations(self, plan: Plan, taken: set[str]) -> set[str]:
        """Columns that are attributes because a relation is on them."""
        used: set[str] = set()
        for reference in plan.references:
            is_owner = reference is plan.owner
            if is_owner or self._plans[reference.target].role == "entity":
                used |= set(filter(str.isidentifier, reference.columns))
        taken |= used
        return used

    def _relations(self, plan: Plan, taken: set[str]) -> list[_Relation]:
        return [*self._upwards(plan, taken), *self._downwards(plan, taken)]

    def _upwards(self, plan: Plan, taken: set[str]) -> Iterator[_Relation]:
        names = set(taken)
        for reference in plan.references:
            target = self._plans[reference.target]
            if reference is plan.owner or target.role != "entity":
                continue
            role = re.sub(r"_(?:id|uuid|guid|key|no|number)$", "", snake(reference.columns[0]))
            name = role if len(reference.columns) == 1 and role not in names else target.name
            if name in NOT_NAMES or name in reference.columns:
                name = target.name
            name = free(name, names | set(reference.columns))
            names.add(name)
            text = f"{name}: one {target.name} on {_columns(reference.columns)}"
            yield _Relation(name, text, reference.why)

    def _downwards(self, plan: Plan, taken: set[str]) -> Iterator[_Relation]:
        """What refers to this table and is not found under its own name already."""
        if plan.role not in ("entity", "event"):
            return
        columns = {of_column(column.name, plan.name) for column in plan.profile.physical.columns}
        upwards = {relation.name for relation in self._upwards(plan, taken)}
        events = {other.name for other in self._plans.values() if other.role in ("event", "rows")}
        names = taken | columns | upwards | events
        for other in self._plans.values():
            for reference in other.references:
                is_named = reference is other.owner and other.role != "list"
                if reference.target != plan.table or is_named:
                    continue
                if other.role == "list":
                    yield self._list(other, reference, names)
                elif other.role == "entity" or (other.role == plan.role == "event"):
                    name = free(self._many_name(plan, other), names)
                    names.add(name)
                    text = f"{name}: many {other.name} on {_columns(reference.columns)}"
                    is_told = plan.role == "entity"  # by the relation that leads back
                    yield _Relation(name, text, "" if is_told else reference.why)

    def _many_name(self, plan: Plan, other: Plan) -> str:
        """`lines` of an order for its order lines; `members` of a household for people; else the plural."""
        if plan.name in _PEOPLE_OF and other.name in PEOPLE:
            return _PEOPLE_OF[plan.name]
        short = other.name.removeprefix(f"{plan.name}_")
        return plural(short if short not in NOT_NAMES else other.name)

    def _list(self, other: Plan, reference: Reference, names: set[str]) -> _Relation:
        columns = other.profile.physical.columns
        value = next(column for column in columns if column.name not in reference.columns)
        name = free(plural(singular(of_column(value.name, other.name))), names)
        names.add(name)
        assert isinstance(value.kind, Type)
        item = "text" if isinstance(value.kind, EnumType) else str(value.kind)
        place = ".".join((_dotted(other.table), written(value.name)))
        text = f"{name}: list of {item} from {place} on {_columns(reference.columns)}"
        return _Relation(name, text, reference.why)

    # --- tables of many events ---

    def _subsets(self, plan: Plan, found: Sequence[Attribute]) -> Iterator[str]:
        """An event for each value of the column that says what happened."""
        kind = next((item for item in found if item.values and snake(item.column) in _KINDS), None)
        if kind is None:
            return
        assert plan.owner is not None
        owner = self._plans[plan.owner.target].name
        stem = re.sub(r"_?(?:event|action|activity|log)$", "", plan.name)
        for value in kind.values:
            name = snake(value)
            if stem and stem not in _STREAMS and not name.startswith(f"{stem}_"):
                name = f"{stem}_{name}"
            if name in self._names | NOT_NAMES or not name:
                name = f"{plan.name}_{name or 'other'}"
            name = free(name, self._names | NOT_NAMES)
            self._names.add(name)
            yield f'event {name} of {owner} is {plan.name} where {{ {kind.name} = "{value}" }}'


@dataclass(frozen=True, slots=True)
class _Relation:
    name: str
    text: str
    why: str


def _dotted(table: Table) -> str:
    return ".".join(written(part) for part in table.parts)


def _columns(columns: Sequence[str]) -> str:
    if len(columns) == 1:
        return written(columns[0])
    return f"({', '.join(map(written, columns))})"
