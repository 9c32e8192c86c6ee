"""Which table is an entity, an event, child rows or a list; whose they are, and when they happened."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from segql.database.columns import is_scalar
from segql.database.keys import Key, Reference
from segql.database.names import NOT_NAMES, can_be_written, free, of_table, plural, snake, written
from segql.database.profile import Profile
from segql.model.nodes import Table
from segql.model.types import Type, is_time
from segql.syntax.words import words

Role: TypeAlias = Literal["entity", "event", "rows", "list", "none"]

PEOPLE = words(
    "customer user client person contact member employee subscriber visitor patient student guest profile donor"
    " shopper buyer player lead"
)
"""What a row is called that is somebody: an entity, whatever its columns are."""

_LATE = re.compile(
    r"(?:.*_)?(?:updated|modified|changed|synced|loaded|inserted|imported|extracted|deleted|erased|archived|expired"
    r"|expires|expiry|due|closed|ended|end|finished|resolved|delivered|shipped|cancelled|canceled|until|to|renews"
    r"|birth|born|birthday|birthdate|dob)(?:_.*)?"
)
"""Times of what happens to a row later, or long before it."""
_MADE = re.compile(
    r"(?:created|signed_up|signup|registered|registration|joined|inserted|opened_account)(?:_(?:at|on|ts|date|time|dt"
    r"|timestamp|day))?"
)
_STARTS = re.compile(
    r"(?:started|start|starts|begin|begins|began|valid_from|effective_from|since)(?:_.*)?"
)
_ENDS = re.compile(
    r"(?:ended|end|ends|valid_to|valid_until|effective_to|until|expires|expired|expiry|cancelled|canceled"
    r"|terminated)(?:_.*)?"
)
_DELETED = re.compile(
    r"(?:deleted|erased|anonymised|anonymized)(?:_(?:at|on|ts|date|time|dt))?|is_deleted"
)


@dataclass(slots=True)
class Plan:
    """What becomes of a table."""

    profile: Profile
    name: str
    key: Key | None
    references: Sequence[Reference]
    role: Role = "none"
    owner: Reference | None = None
    at: str = ""
    """The column of an event's time."""
    why: list[str] = field(default_factory=list)
    """What was guessed, or why the table was left out."""

    @property
    def table(self) -> Table:
        return self.profile.table

    def times(self) -> list[str]:
        """The columns that are dates or timestamps."""
        return [
            column.name
            for column in self.profile.physical.columns
            if isinstance(column.kind, Type)
            and is_time(column.kind)
            and can_be_written(column.name)
        ]


def assign(
    profiles: Mapping[Table, Profile],
    keys: Mapping[Table, Key],
    references: Mapping[Table, Sequence[Reference]],
) -> dict[Table, Plan]:
    """A plan for each table, with names that are all different."""
    plans: dict[Table, Plan] = {}
    taken: set[str] = set()
    for table, profile in profiles.items():
        name = of_table(table.parts[-1])
        if name in taken and len(table.parts) > 1:
            name = f"{snake(table.parts[-2])}_{name}"
        name = free(name, taken | NOT_NAMES)
        taken.add(name)
        plans[table] = Plan(profile, name, keys.get(table), references[table])
    referred = Counter(
        target
        for table, mine in references.items()
        for target in {reference.target for reference in mine}
        if target != table
    )
    subject = _subject(plans, referred)
    for plan in plans.values():
        _assign(plan, plans, referred, plan is subject)
    _settle(plans, referred)
    for plan in plans.values():
        if plan.role == "rows":  # they are asked for by their name, `has survey_answers`
            plan.name = free(plural(plan.name), taken - {plan.name} | NOT_NAMES)
            taken.add(plan.name)
    return plans


def _subject(plans: Mapping[Table, Plan], referred: Counter[Table]) -> Plan | None:
    """The table that most others refer to; of several, the one that is called like people."""
    ranked = sorted(
        (plan for plan in plans.values() if plan.key is not None and referred[plan.table]),
        key=lambda plan: (-referred[plan.table], plan.name not in PEOPLE, plan.table.parts),
    )
    return ranked[0] if ranked else None


def _assign(
    plan: Plan, plans: Mapping[Table, Plan], referred: Counter[Table], is_subject: bool
) -> None:
    others = [reference for reference in plan.references if reference.target != plan.table]
    owners = sorted(others, key=lambda reference: _importance(reference, plans, referred))
    if not all(map(can_be_written, plan.table.parts)):
        plan.why.append("its name cannot be written")
    elif _is_list(plan, others):
        plan.role, plan.owner = "list", others[0]
    elif plan.key is None:
        if owners:
            plan.role, plan.owner = "rows", owners[0]
            plan.why.append("no column tells its rows apart: child rows, not events")
        else:
            plan.why.append("no column tells its rows apart, and it refers to no other table")
    elif (
        plan.key.history is not None
        or is_subject
        or plan.name in PEOPLE
        or not owners
        or _is_span(plan)
    ):
        plan.role = "entity"
        if owners and not is_subject and plan.key.history is None and _is_span(plan):
            plan.why.append("guessed: it has a start and an end, so it lasts and is no event")
    elif at := _time(plan):
        plan.role, plan.owner, plan.at = "event", owners[0], at
    else:
        plan.role = "entity"


def _importance(
    reference: Reference, plans: Mapping[Table, Plan], referred: Counter[Table]
) -> tuple[int, bool, tuple[str, ...]]:
    """The entity that most tables refer to owns an event; of equals, people."""
    target = plans[reference.target]
    return -referred[reference.target], target.name not in PEOPLE, reference.columns


def _settle(plans: Mapping[Table, Plan], referred: Counter[Table]) -> None:
    """An owner must be an entity: another one is looked for, or the table becomes something else."""
    for plan in plans.values():
        if plan.owner is None or plans[plan.owner.target].role == "entity":
            continue
        entities = [item for item in plan.references if plans[item.target].role == "entity"]
        plan.owner = min(
            (item for item in entities if item.target != plan.table),
            key=lambda reference: _importance(reference, plans, referred),
            default=None,
        )
        if plan.owner is None:
            plan.role, plan.at = ("none" if plan.key is None else "entity"), ""
            if plan.key is None:
                plan.why = ["no column tells its rows apart, and it refers to no entity"]
        elif plan.role == "list":
            plan.role = "rows"


def _is_list(plan: Plan, others: Sequence[Reference]) -> bool:
    """Two columns: whose it is, and one plain value."""
    columns = plan.profile.physical.columns
    if len(columns) != 2 or len(others) != 1 or len(others[0].columns) != 1:
        return False
    if plan.key is not None and len(plan.key.columns) == 1:
        return False
    other = next(column for column in columns if column.name not in others[0].columns)
    return is_scalar(other.kind) and can_be_written(other.name)


def _is_span(plan: Plan) -> bool:
    names = [snake(column) for column in plan.times()]
    return any(map(_STARTS.fullmatch, names)) and any(map(_ENDS.fullmatch, names))


def _time(plan: Plan) -> str:
    """The column that says when it happened: known in every row, not of a change of the row, the first of them."""
    ranked = [
        (_LATE.fullmatch(snake(name)) is not None, not plan.profile.is_full(name),
         _MADE.fullmatch(snake(name)) is not None, place, name)
        for place, name in enumerate(plan.times())
    ]  # fmt: skip
    good = sorted(item for item in ranked if not item[0])
    if len(good) > 1:
        others = ", ".join(written(item[-1]) for item in good[1:])
        plan.why.append(f"guessed: it happened at {written(good[0][-1])}, not at {others}")
    return good[0][-1] if good else ""


def created(plan: Plan) -> str:
    """The column that says since when an entity exists."""
    return next((name for name in plan.times() if _MADE.fullmatch(snake(name))), "")


def deleted(plan: Plan) -> tuple[str, bool]:
    """The column of a mark of deletion, and whether it is a time (else a bool)."""
    for column in plan.profile.physical.columns:
        if _DELETED.fullmatch(snake(column.name)) and isinstance(column.kind, Type):
            if is_time(column.kind) and not plan.profile.is_full(column.name):
                return column.name, True
            if column.kind.name == "bool":
                return column.name, False
    return "", False
