"""What comes close to a rule's case: found as well, or rightly left alone."""

from __future__ import annotations

import pytest

from segql.lint.fixes import apply_fixes
from segql.lint.rules import RULES
from tests.lint.support import check_example, codes

EVERYTHING = "\n".join(["[lint]", 'select = ["all"]', 'ignore = ["SEG50", "SEG57"]', ""])


def conditions(*lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"segment s of customer {{\n  where {{\n{body}\n  }}\n}}\n"


FOUND = [
    ("never-holds", ["points in 1..3", "points not in 0..5"]),
    ("never-holds", ["points > 2", "points < 3"]),
    ("never-holds", ['plan < "free"']),
    ("never-holds", ['country = "PL" if known', 'country in ("DE", "CZ")']),
    ("never-holds", ["email_opt_in", "not email_opt_in"]),
    ("never-holds", ["did purchase in last 1 month", "did not purchase in last 32 days"]),
    ("never-holds", ["count(purchase) > 5", "did purchase 1 to 3 times"]),
    ("never-holds", ["weekday(signed_up_at) = 0"]),
    ("never-holds", ["signed_up_at in last 30 days", "signed_up_at before 40 days ago"]),
    ("always-holds", ["points >= 3 or points < 5"]),
    ("always-holds", ['plan in ("free", "pro", "team")']),
    ("always-holds", ["country is known or country is unknown"]),
    ("implied-condition", ["points > 3", "points >= 3"]),
    ("implied-condition", ["did purchase at least 3 times", "did purchase"]),
    (
        "implied-condition",
        ["any {", "did purchase in last 30 days", "did purchase in last 90 days", "}"],
    ),
    ("implied-condition", ['did purchase where { status = "paid" }', "did purchase"]),
    ("repeated-condition", ["any {", "email_opt_in", "points > 3", "email_opt_in", "}"]),
    ("redundant-block", ["all {", "email_opt_in", "points > 3", "}"]),
    ("double-negation", ["not (birth_date is unknown)"]),
    ("double-negation", ["none {", "did not purchase", "}"]),
    ("count-with-zero", ["count(purchase) >= 1"]),
    ("count-with-zero", ["count(purchase) != 0"]),
    ("count-with-zero", ["count(", "purchase", "in last 30 days) > 0"]),
    ("chain-of-equals", ["any {", 'country = "PL"', 'country = "DE"', "}"]),
    ("compared-with-true", ["email_opt_in != false"]),
    ("constant-first", ["2026-01-01 > birth_date if known"]),
    ("float-boundary", ["score in 0.1..0.5 if known"]),
    ("mixed-currencies", ["max(purchase.amount) > 3"]),
    ("tie-prone-ranking", ["top 10% among customer by count(visit)"]),
    (
        "tie-prone-ranking",
        ["ntile(4, points among customer) = 4", "top 10% among customer by plan"],
    ),
]
FOUND += [
    ("longer-than-tenure", ["signed_up_at in last 7 days", "count(purchase in last 30 days) > 2"]),
    (
        "longer-than-tenure",
        ["signed_up_at in this month", "did not visit in last full month if known"],
    ),
    ("never-holds", ["did purchase in last 30 days", "did not purchase in last 90 days"]),
    ("never-holds", ['plan > "team"']),
    ("never-holds", ['interests has all ("a", "b")', 'interests has none ("b", "c")']),
    ("never-holds", ['interests has "a"', 'interests has none ("a", "b")']),
    ("never-holds", ['country starts with "A"', 'country = "PL"']),
    ("never-holds", ['country in ("PL", "DE")', 'country contains "X"']),
    ("never-holds", ['email ends with ".com"', 'email ends with ".de"']),
    ("days-for-years", ["days since first(purchase.at) >= 3650 if known"]),
    ("mixed-currencies", ["sum(purchase.amount * 2) > 5"]),
]
LEFT_ALONE = [
    ["signed_up_at in last 90 days", "count(purchase in last 30 days) > 2"],
    ["not (signed_up_at in last 30 days)", "count(purchase in last 90 days) > 2"],
    ["signed_up_at in last 30 days", "did purchase"],
    ["any {", "signed_up_at in last 30 days", "points > 3", "}", "did purchase in last 90 days"],
    ["did purchase in last 90 days", "did not purchase in last 30 days"],
    ["did purchase where { amount > 5 }", "did purchase where { amount < 3 }"],
    ["did purchase at least 2 times", "did not purchase in last 5 days"],
    ["points >= 0"],
    ['interests has any ("a", "b")', 'interests has none ("b", "c") if known'],
    ['interests has all ("a")', 'interests has none ("b") if known'],
    ['country starts with "P"', 'country in ("PL", "DE")'],
    ['country does not contain "X" if known', 'country = "PL"'],
    ['country starts with "X" ignoring case', 'country in ("xy", "DE")'],
    ['email ends with ".com"', 'email ends with "e.com"'],
    ['email starts with "a"', 'email ends with "b"'],
    ['city starts with "A"', 'country = "PL"'],
    ["any {", "did purchase in last 30 days", "did not purchase", "}"],
    ["did purchase in last 30 days where { amount > 5 }", "did purchase where { amount > 9 }"],
    ["did purchase at least 3 times", "did purchase in last 30 days"],
    ["points > 5", "points != 7"],
    ["top 500 among customer by count(purchase)"],
    ["top share 80% among customer by count(purchase)"],
    ["quantile_group(5, count(purchase) among customer) = 5"],
    ["days since birth_date >= 365 if known"],
    ["none {", "did not purchase", "points > 3", "}"],
    ["points in 1..3", "points not in 2..5"],
    ["points >= 2", "points <= 2"],
    ['country != "PL" or unknown', 'country != "DE" or unknown'],
    ["did purchase in last 31 days", "did not purchase in last 1 month"],  # a month can be shorter
    ["did purchase in last 90 days", "did not purchase in last 30 days"],
    ['did purchase where { status = "paid" }', 'did not purchase where { status = "open" }'],
    ["signed_up_at since 2026-01-01", "did visit before 2026-03-01"],
    ["score >= 0.5 if known"],
    ["score > 0.1 if known"],
    ["count(interests) = 0"],
    ["count(interests) > 0"],
    ["count(purchase) > 1"],
    ["any {", 'country = "PL"', 'city = "Berlin"', "}"],
    ['not (country != "PL" or unknown)'],
    ["any {", "did not purchase", "email_opt_in", "}"],
    ["none {", "did not purchase", "did visit", "}"],
    ["none {", "any {", "email_opt_in", "points > 3", "}", "points < 0", "}"],
    ['sum(purchase.amount where { currency = "EUR" }) > 3'],
    ["days since birth_date >= 400 if known"],
    ["days since birth_date = 730 if known"],
    ["top 500 among customer by points"],
    ["points <= 5 or points >= 7"],
    ["birth_date is known", "birth_date before 2000-01-01 if known"],
]


@pytest.mark.parametrize(
    ("name", "lines"), FOUND, ids=lambda item: "; ".join(item) if isinstance(item, list) else item
)
def test_found(name, lines):
    found = check_example(conditions(*lines))
    assert name in {item.code.name for item in found}
    assert not [item for item in found if item.is_error], found


@pytest.mark.parametrize("lines", LEFT_ALONE, ids="; ".join)
def test_left_alone(lines):
    found = check_example(conditions(*lines), EVERYTHING)
    assert [item for item in found if item.code.code.startswith("SEG5") or item.is_error] == []


def test_very_many_conditions():
    """Their pairs do not grow with the square of their number; equal and neighbouring ones are compared."""
    lines = [f"points > {number}" for number in range(3000)]
    found = check_example(conditions(*lines, "points > 7", "points > 7"))
    assert {item.code.name for item in found} == {"implied-condition", "repeated-condition"}
    assert sum(item.code.name == "repeated-condition" for item in found) == 2
    assert sum(item.code.name == "implied-condition" for item in found) == 3000


def test_a_condition_that_a_base_segment_has_too():
    text = "segment readers of customer {\n  where {\n    email_opt_in\n    points > 1\n  }\n}\n"
    text += conditions("member of readers", "email_opt_in", "points < 9")
    [item] = check_example(text)
    assert (item.code.name, item.labels[1].text) == ("implied-condition", "part of this segment")
    excluded = text.replace("member of readers", "not member of readers")
    assert check_example(excluded) == ()


def test_titles_and_windows():
    titled = '  title: "{}"\n  where'
    wrong = [
        ("Bought this week", "did visit in last 7 days"),
        ("Silent for 90 days", "did not visit in last 60 days"),
    ]
    right = [
        ("Bought in the last month", "did visit in last 30 days"),
        ("Bought last month", "did visit in last full month"),
        ("Silent for 90 days", "did not visit in last 90 days"),
        ("90 days or more", "days since last(visit.at) >= 90 if known"),
        ("Top 100 of 2024", "did visit in last 60 days"),
        ("Three in 12 months", "did visit at least 3 times in last 12 months"),
    ]
    for title, line in wrong:
        text = conditions(line).replace("  where", titled.format(title))
        assert codes(check_example(text)) in (["SEG510"], ["SEG512"]), title
    for title, line in right:
        text = conditions(line).replace("  where", titled.format(title))
        assert check_example(text) == (), title


def test_names():
    for name, found in (
        ("test_of_vouchers", 0),
        ("new_customers", 0),
        ("bought_in_last_30_days", 0),
        ("vips_copy", 1),
        ("vips_v2", 1),
        ("segment_of_vips", 1),
        ("call_final", 1),
        ("final_call", 0),
    ):
        text = conditions("did purchase").replace("segment s ", f"segment {name} ")
        found_codes = [code for code in codes(check_example(text)) if code == "SEG506"]
        assert len(found_codes) == found, name


def test_consent():
    toml = (
        '[lint]\nsending_tags = ["email", "sms"]\n[lint.consent]\nemail = ["email_opt_in", "ok"]\n'
    )
    tagged = "  tags: email\n  where"
    trait = "trait ok of customer = email_opt_in and points > 0\n"
    for lines, found in (
        (["email_opt_in"], []),
        (["ok"], []),
        (["any {", "all {", "email_opt_in", "points > 1", "}", "ok", "}"], []),
        (["any {", "email_opt_in", "points > 1", "}"], ["SEG560"]),
        (["not email_opt_in"], ["SEG560"]),
        (["email_opt_in = true or points > 3"], ["SEG546", "SEG560"]),
    ):
        text = conditions(*lines).replace("  where", tagged)
        told = codes(
            check_example(
                trait + text, toml + '[lint.paths."case.seg"]\nignore = ["unused-trait"]\n'
            )
        )
        assert told == found, lines
    toml = toml.replace(', "ok"', "")
    levels = "segmentation g of customer {\n  tags: email\n  level a: email_opt_in\n  level b: otherwise\n}\n"
    assert codes(check_example(levels, toml)) == ["SEG560"]
    among = f"{conditions('email_opt_in')}{levels.replace('  level a: email_opt_in', '  among s' + chr(10) + '  level a: points > 3')}"
    assert check_example(among, toml) == ()


def test_protected_through_segments_and_negations():
    toml = '[lint]\nprotected = ["customer.gender"]\n'
    base = conditions('gender = "female" if known').replace("segment s ", "segment women ")
    text = base + conditions("points > 3", "not member of women")
    assert codes(check_example(text, toml)) == ["SEG561", "SEG561"]
    among = base + conditions("points >= avg(points among women)")
    assert codes(check_example(among, toml)).count("SEG561") == 2


def test_fixes_keep_comments():
    text = conditions("any { # one day more", "country in (", '"PL" # home', ")", "}")
    assert "SEG540" in codes(check_example(text))
    assert not apply_fixes({"case.seg": text}, check_example(text)).texts


def test_rules_are_silent_about_what_is_broken():
    for text in (
        "segment",
        "segment s of customer {",
        "segment s of customer { where { } }",
        "trait t of x = 3\n",
        "#",
    ):
        told = [item for item in check_example(text) if item.code.code.startswith("SEG5")]
        assert told == []


def test_there_are_enough():
    assert len(RULES) >= 30


def levels(*lines: str) -> str:
    body = "\n".join(f"  level {name}: {line}" for name, line in zip("abcd", lines, strict=False))
    return f"segmentation stage of customer {{\n{body}\n}}\n"


def segments(*conditions: str) -> str:
    return "".join(
        f"segment {name} of customer {{ where {{ {line} }} }}\n"
        for name, line in zip(("one", "other"), conditions, strict=True)
    )


def named(name: str) -> str:
    return f"segment {name} of customer {{ where {{ points > 3 }} }}\n"


def tagged(*tags: str) -> str:
    return f"segment s of customer {{\n  tags: {', '.join(tags)}\n  where {{ points > 3 }}\n}}\n"


DECLARED = [
    ("gap-between-levels", levels("points >= 10", "points < 9")),
    ("gap-between-levels", levels("points in 1..9", "points in 11..20", "otherwise")),
    ("gap-between-levels", levels("points > 5", "points < 5", "otherwise")),
    ("gap-between-levels", levels("points >= 10", "points in 3..5", "otherwise")),
    ("gap-between-levels", levels("points > 9", "points in 4..5", "points < 2", "otherwise")),
    ("without-otherwise", levels("points > 3", "points < 3")),
    ("without-otherwise", levels("score > 3", "score <= 3")),
    ("without-otherwise", levels('plan = "free"', 'plan = "pro"')),
    ("unreachable-level", levels("points > 3", "points > 5", "otherwise")),
    ("unreachable-level", levels("did purchase", "did purchase in last 30 days", "otherwise")),
    ("unreachable-level", levels("points > 3", "points <= 3", "points = 2", "otherwise")),
    ("unreachable-level", levels('country in ("PL", "DE")', 'country = "DE"', "otherwise")),
    ("unreachable-level", levels("email_opt_in", "email_opt_in and did purchase", "otherwise")),
    ("duplicate-segment", segments('country in ("PL", "DE")', 'country in ("DE", "PL")')),
    ("duplicate-segment", segments("points > 3 and did purchase", "did purchase and points > 3")),
    ("vague-name", named("tmp_buyers")),
    ("vague-name", named("buyers_final")),
    ("vague-name", named("copy_of_buyers")),
    ("vague-name", named("bar")),
    ("vague-name", named("buyers_v2")),
    ("inconsistent-tag", tagged("vip", "vips")),
]
NOT_DECLARED = [
    ("gap-between-levels", levels("points >= 10", "points < 10")),
    ("gap-between-levels", levels("points in 1..9", "points in 10..20")),
    ("gap-between-levels", levels("points >= 10", "points < 5", "otherwise")),
    ("gap-between-levels", levels("points < 5", "points >= 10", "otherwise")),
    ("without-otherwise", levels("points > 3", "otherwise")),
    ("without-otherwise", levels("points > 3", "points <= 3")),
    ("without-otherwise", levels("did purchase", "did not purchase")),
    ("without-otherwise", levels('plan = "free"', 'plan = "pro"', 'plan = "team"')),
    ("unreachable-level", levels("points > 5", "points > 3", "otherwise")),
    ("unreachable-level", levels("score > 3", "score <= 3", "otherwise")),
    ("unreachable-level", levels("email_opt_in and did purchase", "email_opt_in", "otherwise")),
    ("unreachable-level", levels("did purchase", "did not purchase", "otherwise")),
    ("duplicate-segment", segments('country in ("PL", "DE")', 'country in ("DE", "SE")')),
    ("duplicate-segment", segments("points > 3", "points > 4")),
    ("vague-name", named("bar_visitors")),
    ("vague-name", named("final_reminder")),
    ("vague-name", named("temp_workers")),
    ("vague-name", named("newcomers")),
    ("inconsistent-tag", tagged("new", "news")),
]


@pytest.mark.parametrize(("name", "text"), DECLARED)
def test_declarations_are_found(name, text):
    assert name in {item.code.name for item in check_example(text, EVERYTHING_AT_ALL)}


@pytest.mark.parametrize(("name", "text"), NOT_DECLARED)
def test_declarations_are_left_alone(name, text):
    found = check_example(text, EVERYTHING_AT_ALL)
    assert name not in {item.code.name for item in found}
    assert not [item for item in found if item.is_error]


EVERYTHING_AT_ALL = '[lint]\nselect = ["all"]\n'
