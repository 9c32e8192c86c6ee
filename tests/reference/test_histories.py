"""2.2, 2.3, 3.3, 3.4: what was true at another moment."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.reference.support import members, rows, values

MODEL = """
entity customer {
  table customers
  key   id: int
  created made_at
  plan:    enum("free", "pro")? history from shop.plans.plan on customer_id at changed_at
  staff:   bool? history from staff.is_staff on (who) at since
  account: one account on account_id
}
entity account {
  table versions
  key   (region: text, number: int)
  history valid_from, valid_to
  tier:  text?
  users: many customer on (region, number)
}
event buy of customer {
  table buys
  key   id: int
  on    customer_id
  at    happened: timestamp
}
event visit of customer {
  table visits
  key   id: int
  on    customer_id
  at    day: date
}
segment buyers of customer {
  where { did buy in last 30 days }
}
segment visitors of customer {
  where { did visit in last 1 day }
}
segment on_pro of customer {
  where { plan = "pro" }
}
segment everybody of customer {
  where { id > 0 }
}
segment gold of account {
  where { tier = "gold" }
}
""".replace("one account on account_id", "one account on (region, number)")


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def plans(*entries: tuple[object, ...], customers: tuple[int, ...] = (1,)):
    return {
        "customers": [{"id": key} for key in customers],
        "shop.plans": [
            {"customer_id": 1, "plan": plan, "changed_at": day(str(at)) if at else None}
            for at, plan in entries
        ],
    }


# --- change logs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2025-01-31T23:59:59", None),  # before the first row
        ("2025-02-01", "free"),  # `as of` included
        ("2025-02-28", "free"),
        ("2025-03-01", "pro"),
        ("2025-04-15", None),  # unknown too
        ("2025-06-01", "free"),
    ],
)
def test_each_value_holds_from_its_row_on_until_the_next(as_of, expected):
    database = plans(
        ("2025-03-01", "pro"),
        ("2025-02-01", "free"),
        ("2025-05-01", "free"),
        ("2025-04-01", None),
        (None, "pro"),
    )
    assert values(MODEL, "plan", database, day(as_of))[1] == expected


def test_the_log_is_by_key():
    database = {**plans(("2025-02-01", "pro"), customers=(1, 2))}
    assert members(MODEL, 'plan = "pro"', database) == [1]
    assert members(MODEL, "plan is unknown", database) == [2]


def test_rows_of_one_instant_count_in_the_order_of_their_text():
    both = plans(("2025-02-01", "pro"), ("2025-02-01", "free"), ("2025-02-01", None))
    assert values(MODEL, "plan", both)[1] == "pro"


# --- has been -------------------------------------------------------------------------------------

RUN = (("2025-01-01", "pro"), ("2025-02-01", "free"), ("2025-03-01", "pro"), ("2025-04-01", "pro"))


@pytest.mark.parametrize(
    ("condition", "as_of", "expected"),
    [
        # equal neighbours are one run: pro since 1 March
        ('plan has been "pro" for at least 61 days', "2025-05-01", True),
        ('plan has been "pro" for at least 62 days', "2025-05-01", False),
        ('plan has been "pro" for at least 2 months', "2025-05-01", True),
        ('plan has been "free" for at least 1 day', "2025-05-01", False),  # not now
        ('plan has been "free" for at least 10 days', "2025-02-11", True),
        ('plan has been "free" for at least 11 days', "2025-02-11", False),
        ('plan has been "pro" for at least 1 day', "2024-12-31", False),
    ],
)
def test_a_value_has_held_for_a_time(condition, as_of, expected):
    found = members(MODEL, condition, plans(*RUN), day(as_of))
    assert found == ([1] if expected else [])


def test_an_unknown_value_between_breaks_the_run():
    database = plans(("2025-01-01", "pro"), ("2025-02-01", None), ("2025-03-01", "pro"))
    assert members(MODEL, 'plan has been "pro" for at least 61 days', database, day("2025-05-01"))
    assert not members(
        MODEL, 'plan has been "pro" for at least 62 days', database, day("2025-05-01")
    )


def test_what_held_for_no_time_breaks_no_run():
    database = plans(("2025-01-01", "pro"), ("2025-02-01", "free"), ("2025-02-01", "pro"))
    assert members(MODEL, 'plan has been "pro" for at least 100 days', database) == [1]


def test_an_unknown_value_is_met_as_unknown():
    database = plans(("2025-01-01", "pro"), ("2025-02-01", None), customers=(1, 2))
    condition = 'plan has been "pro" for at least 1 day'
    assert members(MODEL, f"{condition} or unknown", database) == [1, 2]
    assert members(MODEL, f"not ({condition} if known)", database) == [1, 2]


# --- versions -------------------------------------------------------------------------------------

VERSIONS = {
    "versions": rows(
        "region number tier valid_from valid_to",
        ("eu", 1, "basic", day("2025-01-01"), day("2025-03-01")),
        ("eu", 1, "gold", day("2025-03-01"), day("2025-06-01")),
        ("eu", 1, "gold", day("2025-06-01"), day("2025-07-01")),
        ("eu", 1, "gold", day("2025-09-01"), None),  # an unknown end is open
        ("eu", 2, "gold", None, None),  # an unknown start never comes
    ),
    "customers": [{"id": 1, "region": "eu", "number": 1}, {"id": 2, "region": "eu", "number": 2}],
}


@pytest.mark.parametrize(
    ("as_of", "tier"),
    [
        ("2024-12-31", None),
        ("2025-01-01", "basic"),
        ("2025-02-28T23:59", "basic"),
        ("2025-03-01", "gold"),
        ("2025-08-01", None),  # no row then
        ("2030-01-01", "gold"),
    ],
)
def test_the_version_of_as_of(as_of, tier):
    found = values(MODEL, "tier", VERSIONS, day(as_of), of="account")
    assert found == ({} if tier is None else {("eu", 1): tier})
    assert values(MODEL, "account.tier", VERSIONS, day(as_of)) == {1: tier, 2: None}
    users = values(MODEL, "count(users)", VERSIONS, day(as_of), of="account")
    assert users == ({} if tier is None else {("eu", 1): 1})


@pytest.mark.parametrize(
    ("as_of", "days", "expected"),
    [
        ("2025-06-11", 102, True),  # over two versions
        ("2025-06-11", 103, False),
        ("2025-09-11", 10, True),
        ("2025-09-11", 11, False),  # the gap breaks the run
        ("2025-08-01", 1, False),
    ],
)
def test_a_version_has_been(as_of, days, expected):
    condition = f'account.tier has been "gold" for at least {days} days'
    assert members(MODEL, condition, VERSIONS, day(as_of)) == ([1] if expected else [])


# --- member of … as of ----------------------------------------------------------------------------


def bought(*times: str, made: str | None = None):
    return {
        "customers": [{"id": 1, "made_at": day(made) if made else None}],
        "buys": [
            {"id": n, "customer_id": 1, "happened": day(time)} for n, time in enumerate(times)
        ],
    }


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("member of buyers", False),
        ("member of buyers as of 60 days ago", True),
        ("member of buyers as of 2025-11-01", True),
        ("member of buyers as of 2025-10-25", True),
        ("member of buyers as of 2025-10-24", False),  # the event is not before it
        ("member of buyers as of 2025-10-24T12:00", False),
        ("member of buyers as of 2025-10-24T12:01", True),
        ("not member of buyers as of 2025-12-01", True),
        ("member of everybody as of 2020-01-01", True),
    ],
)
def test_windows_and_events_as_of_another_moment(condition, expected):
    found = members(MODEL, condition, bought("2025-10-24T12:00"))
    assert found == ([1] if expected else [])


def test_who_did_not_exist_was_no_member():
    database = bought("2025-10-24", made="2025-11-01")
    assert members(MODEL, "member of everybody as of 2025-11-02", database) == [1]
    assert members(MODEL, "member of everybody as of 2025-11-01", database) == []
    assert members(MODEL, "not member of everybody as of 2025-11-01", database) == [1]


def test_dates_as_of_another_moment():
    database = {
        "customers": [{"id": 1}],
        "visits": [{"id": 1, "customer_id": 1, "day": date(2025, 11, 4)}],
    }
    assert members(MODEL, "member of visitors as of 2025-11-05", database) == [1]
    # E is the next day then
    assert members(MODEL, "member of visitors as of 2025-11-04T00:01", database) == [1]
    assert members(MODEL, "member of visitors as of 2025-11-04", database) == []
    assert members(MODEL, "member of visitors as of 2025-11-05T00:01", database) == []


def test_histories_as_of_another_moment():
    database = plans(("2025-02-01", "pro"), ("2025-03-01", "free"))
    assert members(MODEL, "member of on_pro", database) == []
    assert members(MODEL, "member of on_pro as of 2025-02-15", database) == [1]
    assert members(MODEL, "account member of gold as of 2025-04-01", VERSIONS) == [1]
    assert members(MODEL, "account member of gold as of 2025-02-01", VERSIONS) == []
    # the account of today does not exist then
    assert members(MODEL, "account member of gold as of 2025-08-01", VERSIONS) == []


def test_today_and_populations_as_of_another_moment():
    model = f"""{MODEL}
segment often of customer {{
  where {{ top 1 among customer by count(buy since today - 10 days) }}
}}"""
    database = {
        "customers": [{"id": 1}, {"id": 2}],
        "buys": rows(
            "id customer_id happened",
            (1, 1, day("2025-10-20")),
            (2, 1, day("2025-10-21")),
            (3, 2, day("2025-10-21")),
            (4, 2, day("2025-12-30")),
        ),
    }
    assert members(model, "member of often", database) == [2]
    assert members(model, "member of often as of 2025-10-25", database) == [1]
    # two days more, and a moment in a moment
    nested = f"""{model}
segment before of customer {{
  where {{ member of often as of 30 days ago }}
}}"""
    assert members(nested, "member of before as of 2025-11-24", database) == [1]


def test_a_member_as_of_inside_of_a_search():
    model = f"{MODEL}\nsegment had of account {{ where {{ has users where {{ member of buyers as of 2025-11-01 }} }} }}"
    database = {**VERSIONS, "buys": rows("id customer_id happened", (1, 1, day("2025-10-24")))}
    assert members(model, "account member of had", database) == [1]
