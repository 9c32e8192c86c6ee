"""Texts, lists and comparisons (3.5, 3.8) on the engines, against Python and the model's casing and patterns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from segql.model import casing, regex
from segql.model.types import BOOL, DATE, FLOAT, INT, TEXT, TIMESTAMP, Type, decimal, enum, list_of
from segql.sql import build as b
from tests.sql.operations import Engine, name

NASTY = [
    "",
    "a",
    "A",
    "'",
    "''",
    '"',
    "\\",
    "\\'; DROP TABLE x; --",
    "a\nb\tc\rd\x0b\x0c\x01\x7f",
    "żółw ŻÓŁW",
    "İstanbul ıI",
    "ΑΣ ας ΣΑΣ",
    "ß ẞ ﬁ ŉ ǆ Ǆ ǅ",
    "e\u0301 é",
    "👩‍👩‍👧 𐐀𐐨",
    "%_%",
    "$1 \\1 {x} :p ?",
    " \t\n\r\f\v x \v\f\r\n\t ",
    "\u00a0x\u2003",
    "\uffff\U0010ffff",
]


def test_text_literals(engine: Engine) -> None:
    d = engine.dialect()
    assert engine.each([d.literal(one, TEXT) for one in NASTY]) == NASTY


def test_other_literals(engine: Engine) -> None:
    d = engine.dialect()
    values: list[tuple[object, Type]] = [
        (True, BOOL),
        (False, BOOL),
        (10**37, INT),
        (-5, INT),
        (Decimal("12345678901234567890123456.789012345678"), decimal(38, 12)),
        (Decimal("-0.000000000001"), decimal(38, 12)),
        (date(1, 1, 1), DATE),
        (date(9999, 12, 31), DATE),
        (datetime(2026, 1, 1, 8, 0, 0, 1), TIMESTAMP),
        (1e300, FLOAT),
        (-0.1, FLOAT),
        (["a", None, "b'c"], list_of(TEXT)),
        ([], list_of(TEXT)),
        ([], list_of(INT)),
        ([1, None], list_of(INT)),
    ]
    found = engine.each([d.literal(one, type_) for one, type_ in values])
    assert found == [one for one, _ in values]
    aware = datetime(2026, 1, 1, tzinfo=UTC)
    assert engine.value(d.literal(aware, TIMESTAMP)) == datetime(2026, 1, 1)
    nulls = [d.null(type_) for _, type_ in values] + [d.literal(None, TEXT)]
    assert engine.each(nulls) == [None] * len(nulls)
    with pytest.raises(ValueError, match="more than 38 digits"):
        d.literal(10**38, INT)


def test_long_decimals_are_not_doubles(engine: Engine) -> None:
    d = engine.dialect()
    long = Decimal("1234567890123456789012345678901234567.8")
    assert engine.value(d.literal(long, decimal(38, 1))) == long


OPERATORS: dict[Any, Any] = {
    "=": lambda x, y: x == y,
    "!=": lambda x, y: x != y,
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
}


@pytest.mark.parametrize("operator", list(OPERATORS))
def test_texts_compare_by_code_point(engine: Engine, operator: Any) -> None:
    d = engine.dialect()
    pairs = list(product(NASTY, NASTY))
    source = engine.values(d, [(n, *pair) for n, pair in enumerate(pairs)], [INT, TEXT, TEXT])
    test = d.compare(operator, name("b"), name("c"), TEXT, TEXT)
    rows = engine.rows(f"SELECT a {source} WHERE {engine.print(test)}")
    assert {row[0] for row in rows} == {
        n for n, pair in enumerate(pairs) if OPERATORS[operator](*pair)
    }


def test_texts_sort_by_code_point(engine: Engine) -> None:
    d = engine.dialect()
    source = engine.values(d, [(one,) for one in NASTY], [TEXT])
    key = engine.print(d.sort_key(name("a"), TEXT))
    assert [row[0] for row in engine.rows(f"SELECT a {source} ORDER BY {key} ASC")] == sorted(NASTY)


def test_comparisons_of_other_types(engine: Engine) -> None:
    d = engine.dialect()
    money = decimal(12, 2)
    pairs: list[tuple[object, Type, object, Type]] = [
        (1, INT, Decimal("1.00"), money),
        (2**62, INT, Decimal("0.50"), money),
        (1, INT, 1.5, FLOAT),
        (Decimal("0.10"), money, 0.1, FLOAT),
        (date(2024, 1, 1), DATE, date(2023, 1, 1), DATE),
        (datetime(2024, 1, 1), TIMESTAMP, datetime(2024, 1, 1, 0, 0, 0, 1), TIMESTAMP),
    ]
    for left, left_type, right, right_type in pairs:
        one, other = d.literal(left, left_type), d.literal(right, right_type)
        found = engine.each([d.compare(o, one, other, left_type, right_type) for o in OPERATORS])
        if isinstance(right, float):
            left = float(left)  # type: ignore[arg-type]
        assert found == [of(left, right) for of in OPERATORS.values()]
        missing = d.null(right_type)
        found = engine.each([d.compare(o, one, missing, left_type, right_type) for o in OPERATORS])
        assert found == [None] * 6


@pytest.mark.parametrize("constant", [True, False])
def test_ordered_enums(engine: Engine, constant: bool) -> None:
    d = engine.dialect()
    values = ("team", "free", "Pro")
    plan = enum(*values, ordered=True)
    source = engine.values(d, list(product(values, values)), [TEXT, TEXT])
    for operator, of in OPERATORS.items():
        if not constant:
            found = engine.column(d.compare(operator, name("a"), name("b"), plan, plan), source)
            assert found == [
                of(values.index(x), values.index(y)) for x, y in product(values, values)
            ]
            continue
        for one in values:
            test = d.compare(operator, name("a"), d.literal(one, plan), plan, plan)
            found = engine.column(test, source)
            assert found == [
                of(values.index(x), values.index(one)) for x, _ in product(values, values)
            ]
            assert (
                engine.value(d.compare(operator, d.null(plan), d.literal(one, plan), plan, plan))
                is None
            )
    between = d.in_range(name("a"), d.literal("team", plan), d.literal("free", plan), plan)
    assert engine.column(between, source) == [x != "Pro" for x, _ in product(values, values)]


def test_sets_and_ranges(engine: Engine) -> None:
    d = engine.dialect()
    text = [d.literal(one, TEXT) for one in ("a", "ż")]
    null, a = d.null(TEXT), d.literal("a", TEXT)
    one, two, nothing = d.literal(1, INT), d.literal(2, INT), d.null(INT)
    found = engine.each(
        [
            d.in_set(a, text, TEXT),
            d.in_set(d.literal("A", TEXT), text, TEXT),
            d.in_set(d.literal("A", TEXT), text[:1], TEXT),
            d.in_set(d.literal("A", TEXT), text, TEXT, negated=True),
            d.in_set(null, text, TEXT),
            d.in_set(null, text, TEXT, negated=True),
            d.in_set(a, [*text, null], TEXT),
            d.in_set(a, [*text, null], TEXT, negated=True),
            d.in_range(one, one, two, INT),
            d.in_range(one, two, two, INT),
            d.in_range(one, two, two, INT, negated=True),
            d.in_range(one, two, nothing, INT),
            d.in_range(one, nothing, d.literal(0, INT), INT, negated=True),
            d.in_range(nothing, one, two, INT),
            d.in_range(d.literal("b", TEXT), d.literal("A", TEXT), d.literal("C", TEXT), TEXT),
        ]
    )
    assert found == [
        *(True, False, False, True, None, None, None, None),
        *(True, False, True, None, None, None, False),
    ]


def test_case_mapping_of_every_character(engine: Engine) -> None:
    d = engine.dialect()
    codes = [n for n in range(1, 0x20000) if not 0xD800 <= n < 0xE000]
    text = "".join(map(chr, codes))
    assert engine.value(d.lower(d.literal(text, TEXT))) == casing.lower(text)
    assert engine.value(d.upper(d.literal(text, TEXT))) == casing.upper(text)


def test_case_mapping_against_constants(engine: Engine) -> None:
    d = engine.dialect()
    source = engine.values(d, [(one,) for one in NASTY], [TEXT])
    folded = sorted({casing.fold(one) for one in NASTY} | {"i", "ß", "ẞ", "k", "żó"})
    for one in folded:
        fold = d.fold(name("a"), [one])
        pattern = d.literal(one, TEXT)
        found = [
            engine.column(d.compare("=", fold, pattern, TEXT, TEXT), source),
            engine.column(d.contains(fold, pattern), source),
            engine.column(d.starts(fold, pattern), source),
            engine.column(d.ends(fold, pattern), source),
        ]
        assert found == [
            [casing.fold(text) == one for text in NASTY],
            [one in casing.fold(text) for text in NASTY],
            [casing.fold(text).startswith(one) for text in NASTY],
            [casing.fold(text).endswith(one) for text in NASTY],
        ]
        big = casing.upper(one)
        upper = d.compare("=", d.upper(name("a"), [big]), d.literal(big, TEXT), TEXT, TEXT)
        assert engine.column(upper, source) == [casing.upper(text) == big for text in NASTY]


def test_every_character_beside_its_own_case(engine: Engine) -> None:
    d = engine.dialect()
    letters = [chr(n) for n in range(1, 0x20000) if not 0xD800 <= n < 0xE000]
    small = [one for one in letters if casing.lower(one) != one]
    big = [one for one in letters if casing.upper(one) != one]
    source = engine.values(d, [(one,) for one in [*letters, "", "ab", "aB", "łÓ"]], [TEXT])
    a = name("a")
    for mapped, changed, more in (
        (d.lower(a), small, ["aB", "łÓ"]),
        (d.upper(a), big, ["ab", "aB", "łÓ"]),
    ):
        same = d.compare("=", a, mapped, TEXT, TEXT)
        other = d.compare("!=", a, mapped, TEXT, TEXT)
        found = engine.column(
            b.case([(same, a), (other, b.call("CONCAT", d.literal("!", TEXT), a))]), source
        )
        assert [one[1:] for one in found if one[:1] == "!" and one != "!"] == [*changed, *more]


def test_a_set_of_constants_in_any_case(engine: Engine) -> None:
    d = engine.dialect()
    texts = [*NASTY, "Łódź", "ŁÓDŹ", "łódź", "lodz", "K", "k", "K", "\u212a", "İ", "ÓŁŹóŁŹ"]
    source = engine.values(d, [(one,) for one in texts], [TEXT])
    for wanted in (["łódź", "k"], ["łódź", "i", "ółźółź"], ["k"], ["K", "łódź"]):
        value = d.fold(name("a"), wanted)
        items = [d.literal(one, TEXT) for one in wanted]
        for negated in (False, True):
            found = engine.column(d.in_set(value, items, TEXT, negated=negated), source)
            assert found == [(casing.fold(text) in wanted) != negated for text in texts]


def test_patterns_of_texts_in_one_case(engine: Engine) -> None:
    d = engine.dialect()
    letters = [chr(n) for n in range(1, 0x600)] + ["\u212a", "\u212b", "ẞ", "ſ"]
    source = engine.values(d, [(f"a{one}",) for one in letters], [TEXT])
    for written in ("ai", "ak", "aå", "[a-z]$", "^a[^a-z@]", r"a\w", "ai|as", "(?:ß|k){1}$", "a.$"):
        for mapping, mapped in ((d.lower, casing.lower), (d.upper, casing.upper)):
            parsed = regex.parse(written)
            assert isinstance(parsed, regex.Pattern)
            for pattern in (parsed, regex.fold(parsed)):
                text = regex.write(pattern, "re2")
                value = mapping(name("a"), sorted(regex.mentioned(pattern)))
                found = engine.column(d.matches(value, text), source)
                assert found == [regex.search(pattern, mapped(f"a{one}")) for one in letters]


def test_text_functions(engine: Engine) -> None:
    d = engine.dialect()
    source = engine.values(d, [(one,) for one in NASTY], [TEXT])
    assert engine.column(d.trim(name("a")), source) == [one.strip(" \t\n\r\f\v") for one in NASTY]
    assert engine.column(d.length(name("a")), source) == [len(one) for one in NASTY]
    null = d.null(TEXT)
    a = d.literal("a", TEXT)
    strict = [
        d.lower(null),
        d.upper(null),
        d.trim(null),
        d.length(null),
        d.contains(null, a),
        d.contains(a, null),
    ]
    strict += [
        d.starts(null, a),
        d.starts(a, null),
        d.ends(null, a),
        d.ends(a, null),
        d.matches(null, "a"),
    ]
    assert engine.each(strict) == [None] * len(strict)


def test_literal_searches(engine: Engine) -> None:
    d = engine.dialect()
    pairs = list(product(NASTY, NASTY))
    source = engine.values(d, [*pairs], [TEXT, TEXT])
    for test, of in (
        (d.contains, lambda text, part: part in text),
        (d.starts, str.startswith),
        (d.ends, str.endswith),
    ):
        assert engine.column(test(name("a"), name("b")), source) == [of(*pair) for pair in pairs]
        for part in NASTY:
            found = engine.column(test(name("a"), d.literal(part, TEXT)), source)
            assert found == [of(text, part) for text, _ in pairs]


def test_patterns(engine: Engine) -> None:
    d = engine.dialect()
    source = engine.values(d, [(one,) for one in NASTY], [TEXT])
    for written in (
        r"a.b",
        r"^a",
        r"x\s*$",
        r"[^a-z]b",
        r"\\",
        r"(a|ż)+",
        r"'",
        r"^\w{1,2}$",
        r"\d",
        r"S|Σ",
        r"a\nb",
    ):
        pattern = regex.normalise(written)
        assert isinstance(pattern, str)
        parsed = regex.parse(pattern)
        assert isinstance(parsed, regex.Pattern)
        found = engine.column(d.matches(name("a"), pattern), source)
        assert found == [regex.search(parsed, text) for text in NASTY]


def test_lists(engine: Engine) -> None:
    d = engine.dialect()
    kinds: list[tuple[Type, list[object]]] = [
        (TEXT, ["a", "A", "b", None]),
        (INT, [1, 2, 3, None]),
        (DATE, [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3), None]),
        (decimal(12, 2), [Decimal("1.00"), Decimal("2.00"), Decimal("2.50"), None]),
    ]
    for item, (x, y, z, nothing) in kinds:
        lists = [[], [x], [nothing], [x, nothing], [x, y], [x, x, y, z]]
        wanted = [[x], [y], [x, y], [y, x, x], [z, y]]
        for values, others in product(lists, wanted):
            value = d.literal(values, list_of(item))
            items = [d.literal(one, item) for one in others]
            other = d.literal([*others, None], list_of(item))
            tests: list[Any] = ["any", "all", "none"]
            found = engine.each(
                [
                    d.list_any(value, items, item),
                    d.list_all(value, items, item),
                    d.list_none(value, items, item),
                    *(d.list_test(one, value, other, item) for one in tests),
                    d.list_count(value),
                ]
            )
            any_ = any(one in values for one in others)
            right = [any_, all(one in values for one in others), not any_]
            assert found == [*right, *right, len([one for one in values if one is not None])]
        null, value = d.null(list_of(item)), d.literal([x], list_of(item))
        unknown = [
            d.list_any(null, [d.literal(x, item)], item),
            d.list_none(null, [d.literal(x, item)], item),
        ]
        unknown += [
            d.list_any(value, [d.literal(x, item), d.null(item)], item),
            d.list_none(value, [d.null(item)], item),
        ]
        unknown += [
            d.list_all(null, [d.literal(x, item), d.literal(y, item)], item),
            d.list_count(null),
        ]
        unknown += [d.list_test("all", null, value, item), d.list_test("none", value, null, item)]
        assert engine.each(unknown) == [None] * len(unknown)
        empty = d.literal([], list_of(item))
        assert engine.each(
            [d.list_test("all", value, empty, item), d.list_test("none", value, empty, item)]
        ) == [True, True]


def test_names(engine: Engine) -> None:
    d = engine.dialect()
    names = [
        "plain",
        "order",
        "select",
        "user",
        "Mixed",
        "with space",
        'a"b',
        "żółw",
        "group",
        "end",
        "table",
    ]
    columns = ", ".join(f"{engine.print(d.identifier(one))} INTEGER" for one in names)
    table = engine.print(d.table(["odd Table"]))
    engine.run(f"DROP TABLE IF EXISTS {table}")
    engine.run(f"CREATE TEMPORARY TABLE {table} ({columns})")
    engine.run(f"INSERT INTO {table} VALUES ({', '.join('1' * len(names))})")
    alias = engine.print(d.table(["odd Table"], "order"))
    fields = [d.field("order", one) for one in names]
    assert engine.each(fields, f"FROM {alias}") == [1] * len(names)
    engine.run(f"DROP TABLE {table}")


def test_connectives_keep_their_meaning(engine: Engine) -> None:
    d = engine.dialect()
    t, f = d.literal(True, BOOL), d.literal(False, BOOL)
    either = b.any_([t, b.all_([t, f])])
    found = engine.each(
        [
            b.all_([either, f]),
            b.not_(either),
            b.not_(b.all_([t, f])),
            b.any_([b.all_([f, t]), b.not_(f)]),
            b.is_null(either),
            b.not_null(either),
            b.all_([]),
            b.any_([]),
        ]
    )
    assert found == [False, False, True, True, False, True, True, False]


def test_lists_are_folded_item_by_item(engine: Engine) -> None:
    d = engine.dialect()
    lists: list[list[str | None]] = [["SPA", "Łódź", None], [], ["İ", "ΑΣ"]]
    for values in lists:
        folded = d.fold_list(d.literal(values, list_of(TEXT)))
        items = [casing.fold(one) for one in values if one is not None]
        assert engine.each([d.list_count(folded)]) == [len(items)]
        if items:
            assert engine.each([d.list_all(folded, [d.text(one) for one in items], TEXT)]) == [True]
    assert engine.each([d.list_count(d.fold_list(d.null(list_of(TEXT))))]) == [None]
