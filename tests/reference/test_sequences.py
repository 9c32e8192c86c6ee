"""3.6, each sentence with small histories of one customer: `cart@1 pay@2:x` is a cart in hour 1 and a payment
in hour 2 of 1 December 2025 with the item "x"."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.reference.support import AS_OF, members, rows

EVENTS = "".join(
    f"""
event {name} of customer {{
  table {name}s
  key   id: int
  on    customer_id
  at    happened: timestamp
  item:  text?
  size:  int?
}}"""
    for name in ("cart", "check", "pay", "call", "refund")
)
SHOP = f"""
entity customer {{
  table customers
  key   id: int
}}
{EVENTS}
event bought of customer is pay where {{ size > 0 }}
event any_step of customer is cart or check
event visit of customer {{
  table visits
  key   id: int
  on    customer_id
  at    day: date
}}
event stay of customer {{
  table stays
  key   id: int
  on    customer_id
  at    day: date
}}
"""
START = datetime(2025, 12, 1, tzinfo=UTC)


def history(text: str, start: datetime = START, unit: timedelta = timedelta(hours=1)):
    """Rows from `cart@1:item:size`; ids run in the order in which they are written."""
    database: dict[str, list[dict[str, object]]] = {"customers": [{"id": 1}]}
    for number, word in enumerate(text.split(), 1):
        name, _, rest = word.partition("@")
        hour, item, size = [*rest.split(":"), "", ""][:3]
        row = {
            "id": number,
            "customer_id": 1,
            "happened": start + float(hour) * unit,
            "item": item or None,
            "size": int(size) if size else None,
        }
        database.setdefault(f"{name}s", []).append(row)
    return database


def follows(text: str, happened: str, as_of: datetime = AS_OF, zone: str = "UTC") -> bool:
    return members(SHOP, f"sequence {text}", history(happened), as_of, zone) == [1]


# --- order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ("cart@1 pay@2", True),
        ("pay@2 cart@1", True),
        ("cart@2 pay@1", False),
        ("cart@1 pay@1", False),  # equal instants are not later
        ("cart@1 cart@3 pay@2", True),  # some cart is before it
        ("cart@1", False),
        ("pay@1", False),
        ("", False),
    ],
)
def test_each_positive_step_is_strictly_later_than_the_one_before(happened, expected):
    assert follows("{\ncart\nthen pay\n}", happened) is expected


def test_the_same_event_in_several_steps():
    text = "{\npay\nthen pay\nthen pay\n}"
    assert follows(text, "pay@1 pay@2 pay@3")
    assert not follows(text, "pay@1 pay@2 pay@2")


def test_conditions_are_about_the_row_of_their_step():
    text = '{\ncart where { size > 1 }\nthen pay where { item = "x" }\n}'
    assert follows(text, "cart@1::2 pay@2:x")
    assert not follows(text, "cart@1::1 pay@2:x")
    assert not follows(text, "cart@1::2 pay@2:y")
    # only the second cart is large, and it is too late
    assert not follows(text, "cart@1::1 pay@2:x cart@3::2")


def test_not_is_the_complement():
    assert members(SHOP, "not (sequence {\ncart\nthen pay\n})", history("cart@1")) == [1]
    assert members(SHOP, "not (sequence {\ncart\nthen pay\n})", history("cart@1 pay@2")) == []


def test_steps_can_be_subsets_and_unions():
    assert follows("{\nany_step\nthen bought\n}", "check@1 pay@2::1")
    assert not follows("{\nany_step\nthen bought\n}", "check@1 pay@2::0")


# --- limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ("cart@1 pay@3", True),  # exactly its `within`
        ("cart@1 pay@3.001", False),
        ("cart@1 cart@2 pay@4", True),  # counted from the step before, whichever it may be
    ],
)
def test_within_is_counted_from_the_step_before(happened, expected):
    assert follows("{\ncart\nthen pay within 2 hours\n}", happened) is expected


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ("cart@1 check@4 pay@6", True),
        ("cart@1 check@4 pay@6.5", False),
        ("cart@1 cart@3 check@4 pay@6.5", True),
    ],
)
def test_within_of_start_is_counted_from_the_first_step(happened, expected):
    assert follows("{\ncart\nthen check\nthen pay within 5 hours of start\n}", happened) is expected


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ("cart@1 check@2 pay@3", True),  # exactly its `after`, from the check
        ("cart@1 check@2 pay@2.9", False),
        ("cart@1 check@2 pay@2.5 pay@3.5", True),
    ],
)
def test_after_is_counted_from_the_step_before(happened, expected):
    text = "{\ncart\nthen check\nthen pay after 1 hour within 5 hours of start\n}"
    assert follows(text, happened) is expected


def test_the_example_of_the_language():
    text = """by item in last 30 days {
  latest cart where { size > 1 }
  then check within 2 hours
  no call
  then pay after 1 hour within 2 days of start
  then no refund within 14 days
}"""
    good = "cart@100:x:2 check@101:x pay@103:x"
    assert follows(text, good)
    assert not follows(text, f"{good} call@102:x")
    assert follows(text, f"{good} call@102:y")
    assert not follows(text, f"{good} refund@104:x")
    assert not follows(text, f"{good} cart@104:x:2")
    assert follows(text, f"{good} cart@104:x:1 cart@104:y:2")
    assert not follows(text, "cart@100:x:2 check@101:x pay@101.5:x")
    assert not follows(text, "cart@100:x:2 check@101:x pay@149:x")
    assert not follows(text, "cart@23:x:2 check@23.5:x pay@25:x")  # before the window


@pytest.mark.parametrize(
    ("first", "second", "zone", "expected"),
    [
        # 31 January and a month is 28 February, clamped
        ("2025-01-31T10:00", "2025-02-28T10:00", "UTC", True),
        ("2025-01-31T10:00", "2025-02-28T10:01", "UTC", False),
        # local: noon in Warsaw of 15 March is 11:00 UTC, of 15 April 10:00 UTC
        ("2025-03-15T11:00", "2025-04-15T10:00", "Europe/Warsaw", True),
        ("2025-03-15T11:00", "2025-04-15T10:01", "Europe/Warsaw", False),
        ("2025-03-15T11:00", "2025-04-15T11:00", "UTC", True),
    ],
)
def test_limits_in_months_are_local_calendar_arithmetic(first, second, zone, expected):
    at = {"carts": first, "pays": second}
    database = {
        "customers": [{"id": 1}],
        **{
            name: [{"id": 1, "customer_id": 1, "happened": datetime.fromisoformat(time)}]
            for name, time in at.items()
        },
    }
    found = members(SHOP, "sequence {\ncart\nthen pay within 1 month\n}", database, AS_OF, zone)
    assert found == ([1] if expected else [])


def test_a_day_of_a_limit_is_24_hours():
    # the night of 30 March 2025 has an hour less in Warsaw
    database = {
        "customers": [{"id": 1}],
        "carts": rows("id customer_id happened", (1, 1, datetime(2025, 3, 29, 12))),
        "pays": rows("id customer_id happened", (1, 1, datetime(2025, 3, 30, 12))),
    }
    text = "sequence {\ncart\nthen pay within 1 day\n}"
    assert members(SHOP, text, database, AS_OF, "Europe/Warsaw") == [1]
    assert members(SHOP, text.replace("1 day", "23 hours"), database, AS_OF) == []


# --- the window -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ("cart@24 pay@47", True),
        ("cart@23 pay@47", False),
        ("cart@24 pay@48", False),
        ("cart@23 cart@25 pay@26", True),
    ],
)
def test_the_window_bounds_every_positive_step(happened, expected):
    text = "between 2025-12-02 and 2025-12-02 {\ncart\nthen pay\n}"
    assert follows(text, happened) is expected


def test_the_window_does_not_bound_what_must_not_come():
    text = "between 2025-12-02 and 2025-12-02 {\ncart\nthen no refund\n}"
    assert follows(text, "refund@1 cart@30")
    assert not follows(text, "cart@30 refund@100")


# --- no -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ("cart@1 pay@5", True),
        ("cart@1 call@3 pay@5", False),
        ("cart@1 call@1 pay@5", True),  # strictly between
        ("cart@1 call@5 pay@5", True),
        ("call@0 cart@1 pay@5 call@6", True),
        ("cart@1 call@2 cart@3 pay@5", True),  # the later cart serves
        ("cart@1 pay@2 call@3 pay@5", True),
    ],
)
def test_no_between_two_steps_none_strictly_between_them(happened, expected):
    assert follows("{\ncart\nno call\nthen pay\n}", happened) is expected


def test_no_has_a_condition_of_its_own():
    text = '{\ncart\nno call where { item = "x" }\nthen pay\n}'
    assert follows(text, "cart@1 call@2:y pay@3")
    assert follows(text, "cart@1 call@2 pay@3")  # unknown: a leaf is false
    assert not follows(text, "cart@1 call@2:x pay@3")


def test_several_no_lines():
    text = "{\ncart\nno call\nno check\nthen pay\n}"
    assert follows(text, "cart@1 pay@3")
    assert not follows(text, "cart@1 check@2 pay@3")
    assert not follows(text, "cart@1 call@2 pay@3")


def test_no_of_the_event_of_the_next_step():
    # none strictly between: some two neighbours in time serve
    assert follows("{\ncart\nno pay\nthen pay\n}", "cart@1 pay@2 pay@3")
    assert not follows(
        "{\ncart\nno pay where { size = 1 }\nthen pay where { size = 2 }\n}",
        "cart@1 pay@2::1 pay@3::2",
    )


@pytest.mark.parametrize(
    ("happened", "as_of_hour", "expected"),
    [
        ("pay@1", 11, False),  # 1 + 10 < as of: the deadline has not passed
        ("pay@1", 11.001, True),
        ("pay@1 refund@11", 100, False),  # in (prev, prev + D]
        ("pay@1 refund@11.001", 100, True),
        ("pay@1 refund@1", 100, True),
        ("refund@0.5 pay@1", 100, True),
        ("pay@1 refund@2 pay@3", 13.5, True),  # the later payment was not refunded
        ("pay@1 refund@2 pay@3", 12.5, False),
    ],
)
def test_a_final_no_with_a_deadline(happened, as_of_hour, expected):
    as_of = START + timedelta(hours=as_of_hour)
    assert follows("{\npay\nthen no refund within 10 hours\n}", happened, as_of) is expected


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ("pay@1", True),
        ("pay@1 refund@1", True),
        ("pay@1 refund@500", False),
        ("pay@1 refund@500 pay@501", True),
        ("pay@1 refund@10000", True),  # not yet happened
    ],
)
def test_a_final_no_without_within_until_as_of(happened, expected):
    assert follows("{\npay\nthen no refund\n}", happened) is expected


def test_a_final_no_of_the_event_itself_means_the_last():
    text = "{\npay where { size > 1 }\nthen no pay\n}"
    assert follows(text, "pay@1::1 pay@2::2")
    assert not follows(text, "pay@1::2 pay@2::1")
    assert follows(text, "pay@1::2 pay@1::1")  # one instant: none is later


# --- latest ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ("cart@1 pay@2", True),
        ("cart@1 pay@2 cart@3", False),
        ("cart@1::9 pay@2 cart@3::1", False),
        ("cart@1::9 cart@2::1 pay@3", True),
    ],
)
def test_latest_is_the_latest_row_in_the_window(happened, expected):
    assert follows("{\nlatest cart\nthen pay\n}", happened) is expected


def test_latest_is_of_the_rows_that_satisfy_the_condition():
    text = "{\nlatest cart where { size > 5 }\nthen pay\n}"
    assert follows(text, "cart@1::9 pay@2 cart@3::1")
    assert not follows(text, "cart@1::9 pay@2 cart@3::9")


def test_latest_is_of_the_rows_in_the_window():
    text = "between 2025-12-01 and 2025-12-01 {\nlatest cart\nthen pay\n}"
    assert follows(text, "cart@1 pay@2 cart@30")
    assert not follows(text, "cart@1 pay@2 cart@23")


def test_latest_is_for_each_value_of_by():
    text = "by item {\nlatest cart\nthen pay\n}"
    assert follows(text, "cart@1:x pay@2:x cart@3:y")
    assert not follows(text, "cart@1:x pay@2:x cart@3:x")


def test_several_rows_at_the_latest_instant():
    assert follows("{\nlatest cart\nthen pay\n}", "cart@1 cart@1 pay@2")


def test_a_later_step_can_be_the_latest():
    text = "{\ncart\nthen latest pay within 2 hours\n}"
    assert follows(text, "cart@1 pay@2")
    assert not follows(text, "cart@1 pay@2 pay@9")


# --- next -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ("cart@1 pay@2::1", True),
        ("cart@1 pay@2::0 pay@3::1", False),  # before its `where` is asked
        ("pay@0::0 cart@1 pay@2::1", True),
        ("cart@1 pay@1::0 pay@2::1", True),  # at the same instant: not after the cart
        ("cart@1 pay@2::0 cart@2 pay@3::1", True),  # the next one of the second cart
        ("cart@1 pay@2::1 pay@2::0", True),  # of one instant the smaller key
        ("cart@1 pay@2::0 pay@2::1", False),
    ],
)
def test_then_next_is_the_very_next_row_of_the_event(happened, expected):
    assert follows("{\ncart\nthen next pay where { size > 0 }\n}", happened) is expected


def test_next_of_a_subset_is_the_next_of_the_subset():
    assert follows("{\ncart\nthen next bought\n}", "cart@1 pay@2::0 pay@3::1")


def test_next_with_by_is_the_next_of_the_same_value():
    text = "by item {\ncart\nthen next pay where { size > 0 }\n}"
    assert follows(text, "cart@1:x pay@2:y:0 pay@3:x:1")
    assert not follows(text, "cart@1:x pay@2:x:0 pay@3:x:1")


def test_next_is_found_before_its_limits_are_asked():
    text = "{\ncart\nthen next pay after 2 hours\n}"
    assert follows(text, "cart@1 pay@4")
    assert not follows(text, "cart@1 pay@2 pay@4")


def test_next_of_the_event_itself():
    text = "{\npay where { size = 1 }\nthen next pay where { size = 2 }\n}"
    assert follows(text, "pay@1::1 pay@2::2")
    assert not follows(text, "pay@1::1 pay@2::3 pay@3::2")


# --- by -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ("cart@1:x pay@2:x", True),
        ("cart@1:x pay@2:y", False),
        ("cart@1:x pay@2", False),
        ("cart@1 pay@2", False),  # the same known value
        ("cart@1:x cart@2:y pay@3:x", True),
    ],
)
def test_by_all_steps_have_the_same_known_value(happened, expected):
    assert follows("by item {\ncart\nthen pay\n}", happened) is expected


def test_by_holds_for_what_must_not_come_too():
    text = "by item {\ncart\nno call\nthen pay\nthen no refund\n}"
    assert follows(text, "cart@1:x call@2:y call@2 pay@3:x refund@4:y refund@4")
    assert not follows(text, "cart@1:x call@2:x pay@3:x")
    assert not follows(text, "cart@1:x pay@3:x refund@4:x")


# --- dates ----------------------------------------------------------------------------------------


def days(visits: tuple[int, ...], stays: tuple[int, ...]):
    return {
        "customers": [{"id": 1}],
        "visits": [
            {"id": n, "customer_id": 1, "day": date(2025, 12, day)} for n, day in enumerate(visits)
        ],
        "stays": [
            {"id": n, "customer_id": 1, "day": date(2025, 12, day)} for n, day in enumerate(stays)
        ],
    }


@pytest.mark.parametrize(
    ("text", "visits", "stays", "expected"),
    [
        ("visit\nthen stay", (5,), (6,), True),
        ("visit\nthen stay", (5,), (5,), False),  # two date events of one day have no order
        ("visit\nthen stay within 2 days", (5,), (7,), True),
        ("visit\nthen stay within 2 days", (5,), (8,), False),
        ("visit\nthen stay after 1 week", (5,), (12,), True),
        ("visit\nthen stay after 1 week", (5,), (11,), False),
        ("visit\nno stay\nthen visit", (5, 7), (5, 7), True),
        ("visit\nno stay\nthen visit", (5, 7), (6,), False),
        # against dates `as of` is E, here 1 January: the deadline day must lie before it
        ("visit\nthen no stay within 5 days", (26,), (), True),
        ("visit\nthen no stay within 6 days", (26,), (), False),
        ("visit\nthen no stay within 5 days", (26,), (31,), False),
    ],
)
def test_sequences_of_date_events(text, visits, stays, expected):
    found = members(SHOP, f"sequence {{\n{text}\n}}", days(visits, stays))
    assert found == ([1] if expected else [])


def test_the_deadline_of_dates_counts_from_e():
    text = "sequence {\nvisit\nthen no stay within 6 days\n}"
    noon = AS_OF + timedelta(hours=12)  # E is 2 January
    assert members(SHOP, text, days((26,), ()), noon) == [1]


# --- each subject for itself ----------------------------------------------------------------------


def test_each_subject_has_a_sequence_of_its_own():
    database = {
        "customers": [{"id": 1}, {"id": 2}, {"id": 3}],
        "carts": rows(
            "id customer_id happened", (1, 1, START), (2, 2, START), (3, 3, START), (4, 9, START)
        ),
        "pays": rows(
            "id customer_id happened",
            (1, 2, START + timedelta(hours=1)),
            (2, 3, START - timedelta(hours=1)),
            (3, None, START + timedelta(hours=1)),
        ),
    }
    assert members(SHOP, "sequence {\ncart\nthen pay\n}", database) == [2]
