"""Products, orders and their lines, days in a store."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from .chance import END, Chance, Row
from .names import CATEGORIES, STORES, WORDS
from .people import Person


def make_products(c: Chance) -> list[Row]:
    rows: list[Row] = []
    for category, (low, high, brands, nouns) in CATEGORIES.items():
        for noun in nouns:
            for brand in brands:
                for word in c.some(WORDS, 0.35):
                    price = c.whole(low, high) - c.pick((0.01, 0.05, 0.5))
                    launched = date(2019, 1, 1) + timedelta(days=c.whole(0, 2500))
                    rows.append(
                        {
                            "product_id": 100 + len(rows),
                            "name": f"{brand} {word} {noun}",
                            "brand": brand,
                            "category": category,
                            "price": round(price, 2),
                            "vegan": c.maybe(c.under(0.45), 0.1),
                            "launched_on": launched,
                        }
                    )
    return rows


def order_days(c: Chance, person: Person) -> list[datetime]:
    """The local days on which a person orders: busier before Christmas and on Black Friday."""
    if person.kind == "never":
        return []
    start = person.created.replace(hour=0, minute=0, second=0)
    first = start + timedelta(days=int(c.between(0, 1) ** 3 * 120))
    if person.kind == "one_timer":
        return [first] if first < END else []
    days = [first] if first < person.stop else []
    day = first
    while True:
        day += timedelta(days=1 + int(c.between(0, 2) * 365 / person.rate))
        if day >= person.stop:
            break
        days.append(day)
        if c.under(0.25) and day.month in (9, 10):
            days.append(datetime(day.year, 12, c.whole(1, 23)))
        if c.under(0.25) and day.month == 10:
            days.append(datetime(day.year, 11, 28))
    return sorted(day for day in days if day < person.stop)


def make_lines(c: Chance, person: Person, order_id: int, goods: dict[str, list[Row]]) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, c.weighted([(1, 0.45), (2, 0.3), (3, 0.17), (4, 0.08)]) + 1):
        loyal = person.category is not None and (person.devoted or c.under(0.6))
        product = c.pick(
            goods[person.category if loyal and person.category else c.pick(list(goods))]
        )
        quantity = 1 + int(c.between(0, person.pieces))
        unit_price = round(product["price"] * c.pick((1.0, 1.0, 1.0, 0.9)), 2)
        rows.append(
            {
                "order_id": order_id,
                "line_no": number,
                "product_id": 9999 if c.under(0.001) else product["product_id"],
                "quantity": quantity,
                "unit_price": unit_price,
            }
        )
    return rows


def make_order(c: Chance, person: Person, order_id: int, at: datetime, value: float) -> Row:
    channel = c.weighted([("web", 0.6), ("app", 0.4)])
    if person.shopper and c.under(0.55):
        channel = "store"
    voucher = (
        c.pick(("WELCOME10", "BF25", "SUMMER15", "BACK20")) if c.under(person.voucher) else None
    )
    discount = round(value * c.pick((0.1, 0.15, 0.25)), 2) if voucher else 0.0
    fresh = (END - at).days < 20
    refunded = c.under(0.45 if person.refunder else 0.04)
    status = "open" if fresh and c.under(0.3) else "refunded" if refunded else "paid"
    hours = c.whole(20, 140) if not c.under(0.06) else c.whole(170, 400)
    delivered = at + timedelta(hours=hours, minutes=c.whole(0, 59))
    by_post = channel != "store" and status != "open" and delivered < END
    return {
        "order_id": order_id,
        "customer_id": person.number,
        "ordered_at": at,
        "delivered_at": delivered if by_post else None,
        "amount": round(value - discount, 2),
        "discount": discount,
        "voucher": voucher,
        "status": status,
        "channel": channel,
        "store_id": c.whole(1, len(STORES)) if channel == "store" else None,
    }


AWKWARD = [  # each is given to some order: the instants that break careless date arithmetic
    datetime(2025, 3, 30, 0, 59, 59),  # the last second before the clocks go forward
    datetime(2025, 3, 30, 1, 0, 0),
    datetime(2025, 10, 26, 0, 30, 0),  # 02:30 in Warsaw, the first time
    datetime(2025, 10, 26, 1, 30, 0),  # 02:30 in Warsaw, the second time
    datetime(2025, 11, 30, 23, 0, 0),  # midnight: 1 December begins in Warsaw
    datetime(2025, 11, 30, 22, 59, 59),
    datetime(2024, 2, 29, 12, 0, 0),
    datetime(2025, 12, 31, 22, 59, 59),  # the last second of the year in Warsaw
    datetime(2025, 12, 31, 23, 0, 0),  # already 2026 in Warsaw
]


def make_orders(
    c: Chance, people: list[Person], products: list[Row]
) -> tuple[list[Row], list[Row]]:
    goods: dict[str, list[Row]] = {}
    for product in products:
        goods.setdefault(product["category"], []).append(product)
    orders: list[Row] = []
    lines: list[Row] = []
    for person in people:
        if person.kind == "never":
            continue
        times = [person.moment(c, day) for day in order_days(c, person)]
        if person.number % 97 == 5:
            times += [c.pick(AWKWARD)]
        if person.number % 61 == 3 and times:
            times += [times[-1]]  # two orders in the same second
        for at in times:
            if not person.created <= at < END:
                continue
            order_id = 10_001 + len(orders)
            bought = make_lines(c, person, order_id, goods)
            value = sum(line["quantity"] * line["unit_price"] for line in bought)
            orders.append(make_order(c, person, order_id, at, value))
            lines += bought
    return orders, lines


def make_store_visits(c: Chance, people: list[Person]) -> list[Row]:
    """The loyalty card at the till knows the day, not the hour."""
    rows: list[Row] = []
    for person in people:
        if not person.shopper or person.kind == "never":
            continue
        home = c.whole(1, len(STORES))
        days = (min(person.stop, END) - max(person.created, datetime(2024, 1, 1))).days
        for _ in range(int(max(days, 0) / 60)):
            day = (min(person.stop, END) - timedelta(days=c.whole(1, days))).date()
            store = home if c.under(0.7) else c.whole(1, len(STORES))
            rows.append({"customer_id": person.number, "visited_on": day, "store_id": store})
    rows.sort(key=lambda row: (row["visited_on"], row["customer_id"], row["store_id"]))
    return [{"visit_id": number, **row} for number, row in enumerate(rows, 1)]
