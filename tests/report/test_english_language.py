"""The English of what a segment can say beyond its own row: sequences, regularity, populations, levels, histories, groups."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from segql.model import resolve
from segql.model.clock import Clock
from segql.model.nodes import Model, Settings
from segql.report.english import english_condition, explain, windows
from segql.source import SourceFile
from segql.syntax.parser import parse

CLOCK = Clock(datetime(2025, 12, 31, 23, tzinfo=UTC), Settings("Europe/Warsaw"))
"""1 January 2026 00:00 in Warsaw."""

MODEL = """
entity customer {
  table   customers
  key     customer_id: int
  country:      text?
  home:         point(lat, lon)?
  email:        text?
  email_opt_in: bool
  rating:       int?
  domain:       text? = sql "lower(email)"
  plan:         enum("free", "pro")? history from shop.plans.plan on customer_id at changed_at
  account:      one account on account_id
}
entity account {
  table   versions
  key     account_id: int
  history valid_from, valid_to
  size:   int?
  users:  many customer on account_id
}
event purchase of customer {
  table orders
  key   order_id: int
  on    customer_id
  at    ordered_at: timestamp
  product_id: int
  amount:     decimal(8, 2)
  channel:    text?
  lines:      many order_line on order_id
}
entity order_line {
  table lines
  key   line_id: int
  order_id: int
  quantity: int
}
event cart_add of customer {
  table carts
  key   cart_id: int
  on    customer_id
  at    added_at: timestamp
  product_id: int
}
event visit of customer {
  table visits
  key   visit_id: int
  on    customer_id
  at    day: date
}
event hit of customer {
  table hits
  key   hit_id: int
  on    customer_id
  at    hit_at: timestamp
  session: text?
}
event web_session of customer groups hit by session {
  pages = count(hit)
}
event long_session of customer is web_session where { pages >= 5 }
event visit_day of customer groups hit by day {
  hits = count(hit)
}
trait spend of customer = sum(purchase.amount)
trait spend_in(period: window, least: decimal = 0) of customer =
  sum(purchase.amount in period where { amount >= least })
trait twice(period: window) of customer = spend_in(period) * 2
segment mailable of customer {
  title: "May be mailed"
  where { email_opt_in }
}
segment active of customer {
  where {
    did purchase in last 90 days
    spend > 5
  }
}
segment large of account {
  where { size >= 10 }
}
segmentation lifecycle of customer {
  title: "Lifecycle stage"
  description: "Where somebody stands."
  owner: "crm@example.com"
  tags: lifecycle
  among mailable
  level new: first(purchase.at) in last 30 days
  level lapsing: did purchase in last 365 days with { offer: "BACK10", points: 5, push: true }
  level churned: {
    did purchase
    country = "PL"
  }
  level prospect: otherwise
}
segmentation halves of customer {
  level loyal: did purchase at least 5 times
  level once: did purchase
}
split winback_test of lifecycle.lapsing {
  seed: "winback-2026"
  part control: 10%
  part voucher: 80% with { offer: "BACK20" }
}
split coin of mailable {
  seed: "coin"
  part heads: 50%
  part tails: 50%
}
list friends of customer by email { "a@example.com" "b@example.com" }
list suppressed of customer by email { table shop.bounced column mail }
"""


def model(*conditions: str, entity: str = "customer") -> Model:
    body = "\n".join(conditions) or "customer_id > 0"
    text = f"{MODEL}\nsegment made of {entity} {{ where {{\n{body}\n}} }}\n"
    parsed = parse(SourceFile("made.seg", text))
    found = resolve([parsed.file], CLOCK.settings)
    errors = [d.message for d in (*parsed.diagnostics, *found.diagnostics) if d.is_error]
    assert not errors
    return found


def one_paragraph(text: str) -> str:
    return " ".join(text.split())


def page(*conditions: str, entity: str = "customer") -> str:
    return one_paragraph(explain(model(*conditions, entity=entity), "made", CLOCK))


NOW = "1 January 2026 00:00 Warsaw time"

ONE_LINE = [
    # regularity
    (
        "did purchase in each of last 3 full months",
        "has at least one purchase in each of the 3 calendar months October to December 2025 "
        "(local time Europe/Warsaw)",
    ),
    (
        'did purchase at least 2 times in at least 4 of last 6 full months where { channel = "web" }',
        "has at least 2 purchases in at least 4 of the 6 calendar months July to December 2025 "
        '(local time Europe/Warsaw) where channel is "web"',
    ),
    (
        "not (did visit in each of last 2 full weeks)",
        "does not have at least one visit in each of the 2 calendar weeks from Monday 15 December "
        "2025 to Sunday 28 December 2025",
    ),
    (
        "did purchase in each of last 1 full days",
        "has at least one purchase on the calendar day 31 December 2025 (local time Europe/Warsaw)",
    ),
    (
        "did purchase exactly 1 time in at least 2 of last 4 periods of 3 days",
        f"has exactly one purchase in at least 2 of the 4 stretches of 3 x 24 hours that run back "
        f"from {NOW} (from 20 December 2025 00:00 on)",
    ),
    (
        "did visit in each of last 2 periods of 1 month",
        "has at least one visit in each of the 2 stretches of 1 month that run back from 1 January "
        "2026 (from 1 November 2025 on)",
    ),
    # bursts
    (
        "did purchase at least 3 times within any 7 days in last 365 days where { amount > 5 }",
        "has at least 3 purchases where amount is more than 5 within 7 x 24 hours, all in the 365 x "
        f"24 hours before {NOW} (from 1 January 2025 00:00)",
    ),
    ("did visit more than 2 times within any 2 weeks", "has at least 3 visits within 14 days"),
    # streaks, gaps, favourites
    (
        "streak_weeks(purchase) >= 4",
        "the longest run of consecutive weeks with a purchase is at least 4",
    ),
    (
        "max_gap(purchase) > 60 days",
        "the longest time between two successive purchases is longer than 60 x 24 hours",
    ),
    (
        "avg_gap(visit) <= 7 days",
        "the average time between two successive visits is at most 7 days",
    ),
    (
        "favourite_share(purchase.channel) >= 80%",
        "the share of the most frequent channel among purchases is at least 80%",
    ),
    (
        "favourite_share(purchase.channel by sum(purchase.amount)) >= 80%",
        "the share of the channel with the largest sum of amount among purchases is at least 80%",
    ),
    # populations
    (
        "top 10% among mailable by spend",
        "is among the first 10% of the customers in the segment mailable by spend, largest first",
    ),
    (
        "bottom 500 among customer by rating",
        "is among the first 500 of all customers by rating, smallest first",
    ),
    (
        "not top exactly 5 among customer by spend per country",
        "is not among the first 5 of all customers by spend, largest first, for each country by itself",
    ),
    (
        "top share 80% among customer by spend",
        "is among the first of all customers by spend, largest first, that together make 80% of its sum",
    ),
    (
        "count(among mailable) > 10",
        "the number of the customers in the segment mailable is more than 10",
    ),
    (
        "spend > 2 * avg(spend among customer)",
        "spend is more than 2 x the average of spend over all customers",
    ),
    (
        "points { 5: customer_id > 3 } >= 5",
        "(5 where customer_id is more than 3, otherwise 0) is at least 5",
    ),
    (
        'sum(points {\n 3: purchase.channel = "web"\n -1: purchase.amount > 5\n}) > 7',
        'the sum of (the sum of: 3 where channel is "web"; -1 where amount is more than 5) over purchases is more than 7',
    ),
    (
        "spend >= percentile(spend, 90% among customer)",
        "spend is at least the 90% percentile of spend over all customers",
    ),
    (
        "spend > avg(spend among customer per customer_id)",
        "spend is more than the average of spend over all customers with the same customer_id",
    ),
    (
        "rank(spend among mailable per country) = 1",
        "the rank of spend among the customers in the segment mailable with the same country is 1",
    ),
    ("rank(spend among customer) <= 3", "the rank of spend among all customers is at most 3"),
    (
        "ntile(5, spend among customer) = 5",
        "the group from 1 (lowest) to 5 (highest) of spend among all customers is 5",
    ),
    (
        "quantile_group(4, rating among mailable) in (1, 2)",
        "the group from 1 (lowest) to 4 (highest) of rating among the customers in the segment "
        "mailable is 1 or 2",
    ),
    # places, lists, SQL
    (
        "home within 25 km of point(52.23, 21.01)",
        "home lies at most 25 km from (52.23, 21.01)",
    ),
    ("home within 1 miles of home", "home lies at most 1.609 km from home"),
    ("member of friends", "is in the segment friends"),
    ('sql "length(country) = 2"', 'the SQL condition "length(country) = 2" is true'),
    # moments
    (
        'plan has been "pro" for at least 6 months',
        f'plan is "pro" and has been since 6 months before {NOW} (1 July 2025 00:00) or longer',
    ),
    (
        "member of active as of 90 days ago",
        f"was in the segment active as of 90 x 24 hours before {NOW} (3 October 2025 01:00)",
    ),
    (
        "not member of active as of 2025-06-01",
        "was not in the segment active as of 1 June 2025 00:00",
    ),
    (
        "not account member of large as of 2025-06-01",
        "the account was not in the segment large as of 1 June 2025 00:00",
    ),
    # groups, ties
    (
        "did web_session where { pages > 3 }",
        "has at least one web session where pages are more than 3",
    ),
    (
        "did purchase as r where { did cart_add where { product_id = r.product_id and at < r.at } }",
        "has at least one purchase where there is at least one cart add of the customer where "
        "product_id is product_id of the purchase and its time is before the time of the purchase",
    ),
    # arguments
    ("spend_in(last 90 days, 10) > 5", "spend_in(last 90 days, 10) is more than 5"),
]


@pytest.mark.parametrize(("condition", "expected"), ONE_LINE, ids=[text for text, _ in ONE_LINE])
def test_a_condition_in_one_line(condition: str, expected: str) -> None:
    found = model(condition).segments["made"]
    assert english_condition(found.lines[0], CLOCK, found.entity) == expected
    assert expected.split(" (")[0] in page(condition).replace(' ("May be mailed")', "").replace(
        " [1]", ""
    )


# --- sequences ------------------------------------------------------------------------------------


def test_a_sequence_has_a_line_for_each_step() -> None:
    text = explain(
        model("""sequence by product_id in last 30 days {
  latest cart_add
  no purchase where { amount > 100 }
  then next purchase after 1 hour within 2 days of start where {
    amount > 10
    channel is known
    has lines where { quantity > 1 }
  }
  then cart_add within 1 month
  then no cart_add within 14 days
}"""),
        "made",
        CLOCK,
    )
    assert (
        """\
  1. has this sequence of events, all with the same known product_id, in the 30 x 24 hours
     before 1 January 2026 00:00 Warsaw time (from 2 December 2025 00:00) [1] [2]:
     - first the latest cart add [3]
     - no purchase where amount is more than 100 between these two steps
     - then the very next purchase [4], at least 1 hour after the step before and at most 2 x 24
       hours after the first step, for which all of this holds:
       - amount is more than 10
       - channel is known
       - there is at least one line where quantity is more than 1
     - then a cart add, at most 1 month after the step before
     - and no cart add in the 14 x 24 hours after that, which must be over before 1 January 2026
       00:00 Warsaw time [5]
"""
        in text
    )
    notes = one_paragraph(text.partition("Notes")[2])
    assert "[1] This stretch of time bounds the steps, not what must not come." in notes
    assert "[2] Each step is later than the one before it: the same instant," in notes
    assert "[3] Only the latest one counts as this step; of equal times, the one with" in notes
    assert "if it does not fit, a later one does not help" in notes
    assert "[5] The time allowed must be over" in notes
    assert "31 March less one month" in notes


def test_a_sequence_of_days_ends_with_the_days_there_are() -> None:
    text = page("not sequence { visit\nthen visit within 7 days\nthen no visit }")
    assert "1. does not have this sequence of events [1] [2]: - first a visit" in text
    assert "- then a visit, at most 7 days after the step before" in text
    assert "- and no visit after that, until 1 January 2026" in text
    assert "[2] Customers without any visit at all are included." in text


def test_a_sequence_inside_of_a_sentence() -> None:
    found = model("has users where { sequence { purchase\nthen cart_add } }", entity="account")
    assert english_condition(found.segments["made"].lines[0], CLOCK) == (
        "has at least one user where there is this sequence of events (first a purchase; then a cart add)"
    )


# --- what is said about ties and unknown values -----------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "notes"),
    [
        ("top 5 among customer by spend", ["Whoever has the same value as the last of them is in too"]),
        ("top 10% among customer by spend", ["The number is rounded up; whoever has the same value"]),
        (
            "top exactly 5 among customer by rating per country",
            [
                "Of equal values the smaller key comes first, and there are never more than that",
                "whoever has no known value there is not ranked and not counted",
                "where country is unknown, there is no group",
            ],
        ),
        (
            "not top share 80% among customer by spend",
            ["from the largest on until their sum reaches", "whoever is not ranked at all is included"],
        ),
        ("bottom share 80% among customer by spend", ["from the smallest on until their sum reaches"]),
        ("rank(rating among mailable) = 1", ["it is unknown outside of these and where the value"]),
        ("count(among customer per country) > 1", ["Where country is unknown, this is unknown"]),
        ("rank(spend among customer per country) = 1", ["it is unknown where country is unknown"]),
        ("ntile(2, spend among customer) = 1", ["equal values are divided by key in ascending order"]),
        ("quantile_group(2, spend among customer) = 1", ["Equal values are in the same group"]),
        ("spend > percentile(spend, 50% among customer)", ["Nearest rank: the smallest"]),
        ("streak_days(purchase) > 2", ["A run is of local days without a gap"]),
        ("min_gap(purchase) < 1 day", ["with fewer than two rows it is unknown"]),
        ("min_gap(visit) < 2 days", ["The number of days from each row to the next one"]),
        ("favourite_share(purchase.channel) > 50%", ["The share is of the rows with a known value"]),
        (
            "home within 2 km of point(1, 2)",
            ["customers whose home is unknown are left out", "as the crow flies"],
        ),
        (
            'plan has been "pro" for at least 1 day',
            ["two entries with the same value are one run", "plan is unknown are left out"],
        ),
        ("member of suppressed", ["one of the values in the column mail of the table shop.bounced"]),
        ('sql "true"', ["A SQL condition that gives NULL does not hold."]),
        ("not (did purchase in each of last 2 full days)", ["without any purchase at all are included"]),
        ("did purchase at least 2 times within any 3 days", ["holds its first instant and not its last"]),
    ],
)  # fmt: skip
def test_every_choice_is_written_out(condition: str, notes: list[str]) -> None:
    text = page(condition)
    for note in notes:
        assert note in text


# --- levels and parts -----------------------------------------------------------------------------


def test_a_segmentation_is_a_waterfall() -> None:
    text = explain(model(), "lifecycle", CLOCK)
    assert text.startswith(
        """\
Lifecycle stage
Where somebody stands.
segmentation lifecycle of customer; owner crm@example.com; tags lifecycle

As of 1 January 2026 00:00 Warsaw time, each customer that is in the segment mailable ("May be
mailed") is in the first of these levels that holds, and so in exactly one:

  1. new: the time of the first purchase [1] is in the 30 x 24 hours before 1 January 2026 00:00
     Warsaw time (from 2 December 2025 00:00) (does not hold where it is unknown)
  2. lapsing (with offer "BACK10", points 5, push true): has at least one purchase in the 365 x
     24 hours before 1 January 2026 00:00 Warsaw time (from 1 January 2025 00:00)
  3. churned: all of these hold:
     - has at least one purchase
     - country is "PL" [2] (does not hold where country is unknown)
  4. prospect: everyone else
"""
    )
    assert 'mailable ("May be mailed"): a customer is a member if email_opt_in is true' in text
    assert "or in none where none holds" in one_paragraph(explain(model(), "halves", CLOCK))


def test_a_level_says_what_comes_before_it() -> None:
    text = explain(model(), "lifecycle.churned", CLOCK)
    assert text.startswith("Lifecycle stage: churned\nWhere somebody stands.\nlevel churned of the")
    assert (
        """
  1. is in the segment mailable ("May be mailed")
  2. has at least one purchase
  3. country is "PL" [1] (customers whose country is unknown are left out)
  4. is not in any of the levels above, which come first:
     - new: the time of the first purchase [2] is in the"""
        in text
    )
    lapsing = one_paragraph(explain(model(), "lifecycle.lapsing", CLOCK))
    assert 'tags lifecycle; with offer "BACK10", points 5, push true' in lapsing
    assert "3. is not in the level above, which comes first: - new" in lapsing
    assert "above" not in explain(model(), "lifecycle.new", CLOCK)
    assert "a customer is in this level if all of these lines hold: 1. is in the segment" in (
        one_paragraph(explain(model(), "lifecycle.prospect", CLOCK))
    )


def test_a_level_that_is_named_brings_the_whole_waterfall() -> None:
    text = page("member of lifecycle.lapsing", "not member of lifecycle.new")
    assert '1. is in the level lapsing of lifecycle ("Lifecycle stage")' in text
    assert '2. is not in the level new of lifecycle ("Lifecycle stage")' in text
    assert text.count("- lapsing (with offer") == 1
    assert "- prospect: everyone else" in text


def test_a_split_promises_that_parts_stay() -> None:
    text = one_paragraph(explain(model(), "winback_test", CLOCK))
    assert "split winback_test of lifecycle.lapsing As of" in text
    assert "is by chance in one of these parts, or in none, for ever:" in text
    assert "1. control: 10%, whose number [1] lies from 0% up to and without 10%" in text
    assert (
        '2. voucher (with offer "BACK20"): 80%, whose number [1] lies from 10% up to and without 90%'
        in text
    )
    assert "the same on every engine and on every day" in text
    assert "The other 10% are in no part." in text
    assert 'the first 32 bits of the MD5 of "winback-2026:" followed by customer_id' in text
    coin = one_paragraph(explain(model(), "coin", CLOCK))
    assert "in one of these parts, and stays in it for ever:" in coin
    assert "in no part" not in coin


def test_a_part_says_its_numbers_and_its_data() -> None:
    text = one_paragraph(explain(model(), "winback_test.voucher", CLOCK))
    assert (
        'part voucher of the split winback_test of lifecycle.lapsing; with offer "BACK20"' in text
    )
    assert "1. is in the level lapsing of lifecycle" in text
    assert "2. its number [1] lies from 10% up to and without 90%" in text
    assert "whoever leaves and comes back is in the same part again" in text


def test_long_lists_are_cut() -> None:
    many = " ".join(f'"p{number}@example.com"' for number in range(1000))
    text = MODEL.replace('"a@example.com" "b@example.com"', many)
    found = resolve([parse(SourceFile("made.seg", text)).file], CLOCK.settings)
    said = one_paragraph(explain(found, "friends", CLOCK))
    assert 'email is one of 1,000 values ("p0@example.com", "p1@example.com",' in said
    assert "p900" not in said


# --- names ----------------------------------------------------------------------------------------


def test_another_moment_moves_the_windows() -> None:
    found = model("member of active as of 90 days ago")
    text = one_paragraph(explain(found, "made", CLOCK))
    assert (
        "active as of 3 October 2025 01:00 Warsaw time [1]: a customer was a member if all of these "
        "hold: - has at least one purchase in the 90 x 24 hours before 3 October 2025 01:00 Warsaw "
        "time (from 5 July 2025 01:00)"
    ) in text
    assert "spend of a customer as of 3 October 2025 01:00 Warsaw time: the sum of amount" in text
    assert "who did not exist then was no member" in text
    [(_, start, end, _)] = windows(found, "made", CLOCK)
    assert (start, end) == (
        datetime(2025, 7, 4, 23, tzinfo=UTC),
        datetime(2025, 10, 2, 23, tzinfo=UTC),
    )


def test_windows_of_populations_and_levels_are_listed() -> None:
    ranked = model("top 5 among active by spend_in(last 7 days)")
    assert [item.text for item in windows(ranked, "made", CLOCK)] == [
        "in last 90 days",
        "in last 7 days",
    ]
    assert [item.text for item in windows(ranked, "lifecycle", CLOCK)] == [
        "in last 30 days",
        "in last 365 days",
    ]


def test_each_call_is_explained_with_its_arguments() -> None:
    text = page("spend_in(last 90 days) > 5", "spend_in(last 7 days, 10) > 5")
    assert (
        "spend_in(last 90 days) of a customer: the sum of amount over purchases in the 90" in text
    )
    assert "where amount is at least 0" in text
    assert "spend_in(last 7 days, 10) of a customer:" in text
    assert "where amount is at least 10" in text


def test_a_parameter_that_is_passed_on_keeps_its_meaning() -> None:
    text = page("twice(last 90 days) > 5", "twice(last 7 days) > 5")
    assert "twice(last 90 days) of a customer: spend_in(period) x 2" in text
    assert "7 x 24 hours before" in text
    assert "90 x 24 hours before" in text


def test_computed_attributes_are_explained() -> None:
    text = page('domain = "x"', 'plan = "pro"', "did web_session where { pages > 3 }")
    assert 'domain of a customer: the SQL expression "lower(email)"' in text
    assert (
        "plan of a customer: at any moment the value of plan in the last row of the table shop.plans "
        "whose changed_at is not later; before the first row it is unknown"
    ) in text
    assert "pages of a web session: the number of hits" in text


def test_rows_that_are_grouped_and_versions() -> None:
    text = page("did long_session", "did visit_day where { hits > 2 }", "account.size > 3")
    assert (
        "web session (web_session): all hits of one customer with the same session, taken together; "
        "its time is that of the first of them. Where session is unknown, there is none"
    ) in text
    assert (
        "visit day (visit_day): all hits of one customer on one local day, taken together" in text
    )
    assert "long session (long_session): a web session where pages are at least 5" in text
    accounts = page("size > 3", entity="account")
    assert (
        f"Of its versions the one counts that held at {NOW}: valid_from not later, valid_to later or "
        "unknown; without such a version it does not exist"
    ) in accounts


def test_a_row_in_a_search_is_named() -> None:
    text = page("has users where { top 10 among customer by spend }", entity="account")
    assert "has at least one user where the customer is among the first 10 of all customers" in text
