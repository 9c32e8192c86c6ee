"""Web sessions, newsletters, tickets and survey answers."""

from __future__ import annotations

from datetime import datetime, timedelta

from .chance import END, Chance, Row
from .names import COMMENTS
from .people import Person

WEB_START = datetime(2025, 4, 1)


def make_session(c: Chance, person: Person, at: datetime, products: list[Row]) -> list[Row]:
    device = c.pick(("phone", "phone", "desktop", "tablet"))
    wanted = [p for p in products if p["category"] == person.category] if c.under(0.5) else []
    rows: list[Row] = []

    def add(kind: str, product: Row | None = None, query: str | None = None) -> None:
        nonlocal at
        at += timedelta(seconds=c.whole(0, 240))
        product_id = product["product_id"] if product else None
        row = {"customer_id": person.number, "happened_at": at, "kind": kind}
        rows.append({**row, "product_id": product_id, "query": query, "device": device})

    if c.under(0.25):
        add("search", query=c.pick(("serum", "prezent", "Gift  Box", "wąs", "SERUM", "krem")))
    for _ in range(c.whole(1, 4)):
        seen = c.pick(wanted or products)
        add("page_view", seen)
        if c.under(0.14):
            add("cart_add", seen)
            if c.under(0.45):
                add("checkout")
    return rows


def make_web_events(
    c: Chance, people: list[Person], orders: list[Row], products: list[Row]
) -> list[Row]:
    who = {person.number: person for person in people}
    rows: list[Row] = []
    for order in orders:
        if order["channel"] != "store" and order["ordered_at"] >= WEB_START:
            seen = {"customer_id": order["customer_id"], "query": None, "device": "phone"}
            product = c.pick(products)["product_id"]
            for kind, minutes in (("page_view", 9), ("cart_add", 5), ("checkout", 1)):
                at = order["ordered_at"] - timedelta(minutes=minutes)
                item = None if kind == "checkout" else product
                rows.append({**seen, "happened_at": at, "kind": kind, "product_id": item})
    for person in who.values():
        start = max(WEB_START, person.created)
        for _ in range(int(person.browser * (END - start).days / 30)):
            day = start + timedelta(days=c.whole(0, (END - start).days))
            at = person.moment(c, day.replace(hour=0, minute=0, second=0))
            if person.created <= at < END:
                rows += make_session(c, person, at, products)
    rows = [row for row in rows if row["happened_at"] < END]
    rows.sort(key=lambda row: (row["happened_at"], row["customer_id"], row["kind"]))
    return [{"event_id": number, **row} for number, row in enumerate(rows, 1)]


def make_email_events(c: Chance, people: list[Person]) -> list[Row]:
    rows: list[Row] = []
    for number in range(26):
        sent = datetime(2025, 1, 9, 8, 0) + timedelta(days=14 * number)
        campaign = f"{sent:%Y-%m} {'news' if number % 2 else 'offer'}"
        for person in people:
            if person.created > sent or not c.under(person.reader):
                continue
            at = sent + timedelta(seconds=int(c.between(0, 1) ** 4 * 400_000))
            base = {"customer_id": person.number, "campaign": campaign}
            if c.under(0.012):
                rows.append({**base, "happened_at": sent, "kind": "bounce"})
                continue
            rows.append({**base, "happened_at": at, "kind": "open"})
            if c.under(0.25):
                clicked = at + timedelta(seconds=c.whole(0, 300))
                rows.append({**base, "happened_at": clicked, "kind": "click"})
    return [{"event_id": number, **row} for number, row in enumerate(rows, 1)]


def make_tickets(c: Chance, orders: list[Row], people: list[Person]) -> list[Row]:
    who = {person.number: person for person in people}
    rows: list[Row] = []
    for order in orders:
        person = who[order["customer_id"]]
        if not c.under(0.22 if order["status"] == "refunded" else 0.09 * (1.2 - person.mood)):
            continue
        opened = order["ordered_at"] + timedelta(hours=c.whole(2, 300), seconds=c.whole(0, 3599))
        closed = opened + timedelta(minutes=int(c.between(0, 1) ** 2 * 20_000))
        if opened >= END:
            continue
        done = closed < END and not c.under(0.03 if opened.year < 2025 else 0.1)
        rows.append(
            {
                "ticket_id": 500 + len(rows),
                "customer_id": person.number,
                "opened_at": opened,
                "closed_at": closed if done else None,
                "topic": c.pick(("delivery", "damaged", "wrong item", "payment", "advice")),
                "priority": c.weighted(
                    [("low", 0.4), ("normal", 0.4), ("high", 0.15), ("urgent", 0.05)]
                ),
                "satisfaction": c.maybe(c.whole(1, 5), 0.5) if done else None,
            }
        )
    return rows


def make_survey_answers(c: Chance, people: list[Person]) -> list[Row]:
    """Child rows without key or time; a row without score and answer was never filled in."""
    rows: list[Row] = []

    def add(
        person: Person, survey: str, question: str, score: int | None, answer: str | None
    ) -> None:
        row: Row = {"customer_id": person.number, "survey": survey, "question": question}
        rows.append({**row, "score": score, "answer": answer})

    for person in people:
        if person.created < datetime(2025, 9, 1) and c.under(0.4):
            silent = c.under(0.3)
            score = None if silent else min(10, int(14 * person.mood**0.8))
            add(person, "nps_2025", "recommend", score, None)
            comment = None if silent or c.under(0.6) else c.pick(COMMENTS)
            add(person, "nps_2025", "comment", None, comment)
        if person.created < datetime(2024, 6, 1) and c.under(0.3):
            for question in ("packaging", "animal testing", "price"):
                add(
                    person,
                    "values_2024",
                    question,
                    None,
                    c.pick(("agree", "neutral", "disagree", None)),
                )
    return rows
