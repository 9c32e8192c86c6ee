"""What the reasoning says is so: each conclusion about random conditions is compared with the reference on random rows,
and safe fixes leave the members of random segments as they were. `SEGQL_REASONING=200` compares more.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from random import Random

import pytest

from segql.lint import places as p
from segql.lint.example import MODEL
from segql.lint.fixes import apply_fixes
from segql.lint.judge import judge
from segql.lint.reason import Reasoner
from segql.reference import members
from tests.agreement.catalogue import LISTS
from tests.agreement.world import World
from tests.lint.support import check, subject_of
from tests.support.evaluate import evaluate_sql

AS_OFS = (datetime(2026, 3, 31, 10, tzinfo=UTC), datetime(2024, 2, 29, 23, 30, tzinfo=UTC))


class Writer:
    """Conditions about few things with few constants, so that many of them speak of each other."""

    def __init__(self, random: Random) -> None:
        self.pick = random.choice
        self.number = random.randint
        self.sample = random.sample

    def condition(self, depth: int = 2) -> str:
        if depth and self.number(0, 4) == 0:
            inner = "\n".join(self.condition(depth - 1) for _ in range(self.number(1, 3)))
            kind = self.pick(("any", "none", "all", "any"))
            return f"{kind} {{\n{inner}\n}}"
        leaf = self.pick(
            (self.points, self.plan, self.country, self.time, self.did, self.did, self.part)
        )()
        if self.number(0, 5) == 0:
            return f"not ({leaf})"
        return leaf

    def points(self) -> str:
        if self.number(0, 3) == 0:
            low = self.number(-1, 4)
            return f"points {self.pick(('in', 'not in'))} {low}..{low + self.number(0, 3)}"
        return f"points {self.operator()} {self.pick(('0', '1', '2', '3', '2.5', '-1'))}"

    def plan(self) -> str:
        if self.number(0, 2) == 0:
            listed = ", ".join(f'"{v}"' for v in self.sample(("free", "pro", "team"), 2))
            return f"plan {self.pick(('in', 'not in'))} ({listed})"
        return f'plan {self.operator()} "{self.pick(("free", "pro", "team"))}"'

    def country(self) -> str:
        form = self.number(0, 4)
        if form == 0:
            return f"country is {self.pick(('known', 'unknown'))}"
        if form == 1:
            test = self.pick(("starts with", "ends with", "contains", "does not contain if known"))
            test, _, mark = test.partition(" if")
            return f'country {test} "{self.pick(("P", "D", "E", "PL", ""))}"{mark and " if" + mark}'
        mark = self.pick(("", " or unknown", " if known"))
        if form == 2:
            return (
                f'country {self.pick(("in", "not in"))} ("PL", "{self.pick(("DE", "CZ"))}"){mark}'
            )
        return f'country {self.pick(("=", "!=", "<"))} "{self.pick(("PL", "DE"))}"{mark}'

    def time(self) -> str:
        return f"signed_up_at {self.window()}"

    def window(self) -> str:
        return self.pick(
            (
                "in last 30 days",
                "in last 90 days",
                "in last 1 month",
                "in last 3 months",
                "in this month",
                "in last full month",
                "since 2026-01-01",
                "before 2026-03-01",
                "before 30 days ago",
                "between 90 days ago and 30 days ago",
                "after 2026-03-15",
                "in this year",
            )
        )

    def did(self) -> str:
        where = self.pick(
            (
                "",
                "",
                ' where { status = "paid" }',
                " where { amount > 1 }",
                ' where { amount > 2\n status = "paid" }',
            )
        )
        window = self.pick(("", f" {self.window()}"))
        if self.number(0, 2) == 0:
            return f"count(purchase{window}{where}) {self.operator()} {self.number(0, 3)}"
        times = self.pick(
            ("", f" at least {self.number(1, 3)} times", " exactly 2 times", " 1 to 2 times")
        )
        return f"did {self.pick(('', 'not ')) if not times else ''}purchase{times}{window}{where}"

    def part(self) -> str:
        return self.pick(
            (
                f"month(birth_date) {self.operator()} {self.pick((0, 1, 6, 12, 13))} if known",
                "birth_date is known",
                f"birth_date {self.pick(('<', '<=', '>', '>='))} 2000-01-0{self.number(1, 3)} if known",
                "email_opt_in",
                "not email_opt_in",
                f"length(country) {self.operator()} {self.number(0, 2)} if known",
                f'interests has {self.pick(("all", "any", "none"))} ("a", "{self.pick("bc")}") if known',
                f'interests has "{self.pick("abc")}"',
            )
        )

    def operator(self) -> str:
        return self.pick(("=", "!=", "<", "<=", ">", ">="))


def rows(random: Random, as_of: datetime, count: int = 60) -> dict[str, list[dict[str, object]]]:
    def moment() -> datetime:
        days = random.choice((0, 1, 15, 28, 30, 31, 45, 89, 90, 91, 200, 700))
        return as_of - timedelta(days=days, hours=random.choice((0, 1, 12)))

    customers = [
        {
            "customer_id": number,
            "signed_up": moment(),
            "country": random.choice((None, "PL", "DE", "CZ", "")),
            "plan": random.choice(("free", "pro", "team")),
            "birth_date": random.choice(
                (None, date(2000, 1, random.randint(1, 3)), date(1990, 6, 1))
            ),
            "email_opt_in": random.random() < 0.5,
            "points": random.randint(-2, 5),
            "interests": [item for item in "abc" if random.random() < 0.4],
        }
        for number in range(count)
    ]
    purchases = [
        {
            "purchase_id": number,
            "customer_id": random.randrange(count),
            "bought_at": moment(),
            "amount": Decimal(random.randint(0, 4)),
            "currency": "EUR",
            "status": random.choice(("paid", "open")),
        }
        for number in range(count * 2)
    ]
    return {"customers": customers, "purchases": purchases, "visits": []}


@pytest.mark.parametrize("seed", range(int(os.environ.get("SEGQL_REASONING", "4"))))
def test_conclusions_hold_for_all_rows(seed):
    random = Random(seed)
    writer = Writer(random)
    written = [writer.condition() for _ in range(70)]
    texts = {"model.seg": MODEL}
    texts |= {
        f"c{number}.seg": f"segment c{number} of customer {{\nwhere {{\n{text}\n}}\n}}\n"
        for number, text in enumerate(written)
    }
    subject, found = subject_of(texts)
    segments = subject.model.segments
    assert len(segments) >= 65, [item.message for item in found if item.is_error]
    worlds = [(as_of, rows(random, as_of)) for as_of in AS_OFS]
    everybody = {(index, number) for index in range(len(worlds)) for number in range(60)}
    who: dict[str, set[tuple[int, object]]] = {}
    for name in segments:
        who[name] = {
            (index, key[0])
            for index, (as_of, database) in enumerate(worlds)
            for key in members(subject.model, name, database, as_of)
        }
    existing = everybody - {
        (index, row["customer_id"])
        for index, (as_of, database) in enumerate(worlds)
        for row in database["customers"]
        if row["signed_up"] >= as_of
    }
    reasoner = Reasoner(subject.model.settings)
    said = {"never": 0, "always": 0, "implies": 0, "contradict": 0}
    for name, segment in segments.items():
        [line] = segment.lines
        if reasoner.is_never(line):
            said["never"] += 1
            assert not who[name], texts[f"{name}.seg"]
        if reasoner.is_always(line):
            said["always"] += 1
            assert who[name] == existing, texts[f"{name}.seg"]
    for one, other in product(segments, repeat=2):
        [left], [right] = segments[one].lines, segments[other].lines
        if one != other and reasoner.implies(left, right):
            said["implies"] += 1
            assert who[one] <= who[other], (texts[f"{one}.seg"], texts[f"{other}.seg"])
        if reasoner.contradict(left, right):
            said["contradict"] += 1
            assert not who[one] & who[other], (texts[f"{one}.seg"], texts[f"{other}.seg"])
    assert min(said["implies"], said["contradict"]) > 40, said


@pytest.mark.parametrize("seed", range(6))
def test_safe_fixes_keep_the_members_of_random_segments(seed):
    world = World(seed, 10)
    how = {"everything": True, "settings": world.settings, "lists": LISTS}
    texts = {"case.seg": world.catalogue + "".join(item.source for item in world.accepted)}
    subject, found = subject_of(texts, **how)
    applied = 0
    for _ in range(5):
        fixed = apply_fixes(texts, judge(subject, found))
        if not fixed.applied:
            break
        applied += len(fixed.applied)
        texts = dict(fixed.texts)
        subject, found = subject_of(texts, **how)
        assert not [item for item in found if item.is_error]
    assert applied, "random segments have something to mend"
    before = world.model.segments
    for name in (item.name for item in world.accepted if item.kind == "segment"):
        if name in before:
            asked = (name, world.database, world.as_of)
            old = members(world.model, *asked, evaluate_sql=evaluate_sql)
            assert members(subject.model, *asked, evaluate_sql=evaluate_sql) == old


def test_sets_of_places():
    low, high = p.stretch(p.before(1), p.behind(3)), p.stretch(p.before(3), p.HIGHEST)
    assert p.union(low, high) == p.stretch(p.before(1), p.HIGHEST)
    assert p.only_point(p.intersection(low, high)) == 3
    assert p.complement(p.complement(low)) == low
    assert p.complement(p.NOTHING) == p.EVERYTHING
    assert p.is_within(p.points([2]), low)
    assert not p.is_within(p.points([2, 4]), low)
    assert p.stretch(p.behind(3), p.before(3)) == p.NOTHING


@pytest.mark.parametrize(
    "text", ["did purchase in next 30 days", "month(birth_date) = 13 if known"]
)
def test_what_never_holds(text):
    found = check({"m.seg": MODEL, "a.seg": f"segment a of customer {{ where {{ {text} }} }}\n"})
    assert "SEG521" in {item.code.code for item in found} or any(item.is_error for item in found)
