"""Customers and what belongs to them: households, accounts, boxes, ticked topics."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from unicodedata import normalize

from .chance import END, OPENING, Chance, Row, to_utc
from .names import ACCOUNT_NAMES, CATEGORIES, CONCERNS, COUNTRIES, INDUSTRIES, INTERESTS

KINDS = [
    # name, weight, orders a year, share of orders with a voucher, pieces a line
    ("regular", 0.20, 5.0, 0.15, 1.4),
    ("occasional", 0.30, 1.6, 0.20, 1.2),
    ("vip", 0.05, 12.0, 0.05, 2.2),
    ("lapsed", 0.17, 5.0, 0.20, 1.5),
    ("one_timer", 0.12, 0.0, 0.35, 1.2),
    ("bargain", 0.08, 4.0, 0.85, 1.3),
    ("never", 0.08, 0.0, 0.0, 1.0),
]


class Person:
    """What drives a customer's behaviour; the tables only ever show the traces of it."""

    def __init__(self, c: Chance, number: int) -> None:
        self.number = number
        self.kind, _, self.rate, self.voucher, self.pieces = c.weighted([(k, k[1]) for k in KINDS])
        # more people join every year; the newest one joined in the last minutes of 2025
        span = (END - OPENING).total_seconds()
        self.created = OPENING + timedelta(seconds=int(span * c.between(0, 1) ** 0.75))
        self.stop = END
        if self.kind == "lapsed":
            self.stop = min(END, self.created + timedelta(days=c.whole(60, 900)))
        self.weekender = c.under(0.12)
        self.night_owl = c.under(0.08)
        self.refunder = c.under(0.06)
        self.shopper = c.under(0.30)  # goes to stores
        self.category = c.pick(list(CATEGORIES)) if c.under(0.35) else None
        self.devoted = c.under(0.4)
        self.email_opt_in = c.under(0.64)
        self.reader = c.between(0, 0.5) if self.email_opt_in else 0.0
        self.browser = c.between(0, 1) ** 3 * (2.2 if self.kind != "lapsed" else 0.3)
        self.mood = c.between(0, 1)

    def moment(self, c: Chance, day: datetime) -> datetime:
        """A time on that local day, in UTC, at an hour that suits the person."""
        if self.weekender and c.under(0.85):
            day += timedelta(days=(c.pick((6, 7)) - day.isoweekday()))
        hour = c.pick((22, 23, 0, 1, 2, 3)) if self.night_owl and c.under(0.8) else c.whole(7, 21)
        local = day.replace(hour=hour, minute=c.whole(0, 59), second=c.whole(0, 59))
        return to_utc(local)


def make_accounts(c: Chance) -> list[Row]:
    return [
        {
            "account_id": number,
            "name": f"{c.pick(ACCOUNT_NAMES)} {number}",
            "industry": c.pick(INDUSTRIES),
            "employees": c.maybe(int(4 + 300 * c.between(0, 1) ** 2), 0.15),
        }
        for number in range(1, 61)
    ]


def birth_date(c: Chance) -> date | None:
    """Mostly plausible; some on 29 February, some typed by hand as 1 January 1900."""
    if c.under(0.18):
        return None
    if c.under(0.004):
        return date(1900, 1, 1)
    if c.under(0.002):
        return date(2062, 5, c.whole(1, 31))
    if c.under(0.012):
        return date(c.pick((1968, 1976, 1984, 1988, 1992, 2000, 2004)), 2, 29)
    return date(1946, 1, 1) + timedelta(days=int(61.5 * 365 * c.between(0.02, 1) ** 0.8))


def messy_city(c: Chance, city: str) -> str:
    if c.under(0.03):
        return c.pick((city.upper(), city.lower(), city + " "))
    return city


def ascii_letters(text: str) -> str:
    """The text as a mail address spells it: `Łucja` is `lucja`, `Weiß` is `weiss`."""
    plain = normalize("NFKD", text.lower().replace("ł", "l").replace("ß", "ss").replace("ı", "i"))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())


def email_of(c: Chance, number: int, first: str, last: str) -> str | None:
    local = f"{ascii_letters(first)}.{ascii_letters(last)}{number}"
    if number % 190 == 7:  # staff
        return local + c.pick(("@mila.example", "@Mila.Example"))
    if c.under(0.02):
        return None
    if c.under(0.006):
        return c.pick((local, local + "@", local + " @mail.example", local + "@@mail.example"))
    return local + c.pick(("@mail.example", "@poczta.example", "@post.example", "@firma.example"))


def attribs_of(c: Chance, person: Person) -> Row:
    """The free-form JSON column: keys come and go, a value may have the wrong type."""
    found: Row = {"source": c.pick(("google", "instagram", "friend", "poster", "app store"))}
    if c.under(0.5):
        found["skin_type"] = c.pick(("dry", "oily", "normal", "combination"))
    if c.under(0.3):
        found["children"] = "yes" if c.under(0.05) else c.whole(0, 4)
    if c.under(0.2):
        found["referral"] = {"code": f"REF{c.whole(1, 400):03d}", "friends": c.whole(0, 6)}
    if c.under(0.05):
        found["nickname"] = None
    if person.shopper:
        found["card_no"] = f"{c.whole(10**7, 10**8 - 1)}"
    return found


def make_customer(c: Chance, person: Person) -> Row:
    country = c.weighted([(code, value[0]) for code, value in COUNTRIES.items()])
    _, cities, female, male, surnames = COUNTRIES[country]
    city, lat, lon = c.pick(cities)
    gender = c.weighted([("female", 0.62), ("male", 0.34), ("other", 0.04)])
    first, last = c.pick(male if gender == "male" else female), c.pick(surnames)
    placed = not c.under(0.06)
    points = int(c.between(0, 400) + (900 * c.between(0, 1) if person.kind == "vip" else 0))
    tier = {"vip": "platinum", "regular": "silver", "never": "basic"}.get(person.kind, "basic")
    deleted = person.created + timedelta(days=c.whole(30, 500))
    return {
        "customer_id": person.number,
        "created_ts": person.created,
        "deleted_at": deleted if c.under(0.03) and deleted < END else None,
        "email": email_of(c, person.number, first, last),
        "first_name": c.maybe(first, 0.03),
        "last_name": c.maybe(last, 0.03),
        "gender": c.maybe(gender, 0.22),
        "birth_date": birth_date(c),
        "country": country if placed else None,
        "city": messy_city(c, city) if placed and not c.under(0.1) else None,
        "home_lat": round(lat + c.between(-0.12, 0.12), 5) if placed else None,
        "home_lon": round(lon + c.between(-0.18, 0.18), 5) if placed else None,
        "household_id": None,
        "account_id": None,
        "interests": c.some(INTERESTS, 0.25),
        "concerns": ", ".join(c.some(CONCERNS, 0.2)),
        "attitude": c.maybe(c.pick(("eco", "price", "status", "routine")), 0.45),
        "email_opt_in": person.email_opt_in,
        "sms_opt_in": c.under(0.25),
        "push_opt_in": c.under(0.18),
        "tier": "gold" if tier == "silver" and c.under(0.3) else tier,
        "loyalty_points": points,
        "rated_product": c.maybe(1 + int(5 * person.mood**0.6), 0.55),
        "rated_delivery": c.maybe(c.whole(1, 5), 0.6),
        "rated_service": c.maybe(1 + int(5 * person.mood**0.8), 0.7),
        "attribs": attribs_of(c, person),
    }


def make_households(c: Chance, customers: list[Row]) -> list[Row]:
    """Puts a third of the customers into households, and some into business accounts."""
    households: list[Row] = []
    left = 0
    for customer in customers:
        if c.under(0.08):
            customer["account_id"] = c.whole(1, 62)  # 61 and 62 are accounts that do not exist
        if left == 0 and c.under(0.22):
            left = c.whole(1, 3)
            size = left + c.whole(0, 3)
            children = c.maybe(size >= 3 and c.under(0.7), 0.1)
            households.append(
                {
                    "household_id": 1 + len(households),
                    "size": size,
                    "has_children": children,
                    "income_band": c.maybe(c.pick(("low", "middle", "upper", "top")), 0.4),
                }
            )
        if left:
            customer["household_id"] = len(households)
            left -= 1
    return households


def make_subscriptions(c: Chance, people: list[Person]) -> list[Row]:
    rows: list[Row] = []
    for person in people:
        for _ in range(c.weighted([(0, 0.9), (1, 0.085), (2, 0.015)])):
            started = person.created.date() + timedelta(days=c.whole(0, 300))
            if started >= END.date():
                continue
            ended = started + timedelta(days=30 * c.whole(1, 30))
            over = ended < END.date()
            rows.append(
                {
                    "subscription_id": 70_001 + len(rows),
                    "customer_id": person.number,
                    "box": c.pick(("glow", "calm", "discovery")),
                    "monthly_fee": c.pick((14.9, 19.9, 29.9)),
                    "started_on": started,
                    "ended_on": ended if over else None,
                    "renews_on": None if over else END.date() + timedelta(days=c.whole(0, 90)),
                }
            )
    return rows


def make_topics(c: Chance, customers: list[Row]) -> list[Row]:
    """The newsletter topics a person has ticked: a child table, read as a list."""
    return [
        {"customer_id": customer["customer_id"], "topic": topic}
        for customer in customers
        if customer["email_opt_in"]
        for topic in c.some(("offers", "new products", "tutorials", "events"), 0.35)
    ]
