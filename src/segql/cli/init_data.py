"""The data of `segql init`: made-up customers and orders that end at a given time, the same for the same day."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random

CUSTOMERS = 300
_DAYS = 540
_NAMES = (
    *("Ada", "Bo", "Chloé", "Dagny", "Emil", "Frida", "Greta", "Hugo", "Ines", "Jakub", "Klara"),
    *("Lena", "Marta", "Nils", "Ola", "Paweł", "Quinn", "Rosa", "Sven", "Tove", "Ulla", "Vera"),
)
_COUNTRIES = ("DE", "DE", "DE", "PL", "PL", "SE", "FR", "")


def made_data(now: datetime) -> tuple[str, str]:
    """The texts of `customers.csv` and `orders.csv`; all times lie before the day of `now` (UTC)."""
    random = Random(1)
    end = datetime.combine(now.date(), time())
    customers = ["customer_id,signed_up_at,first_name,country,birth_date,email_opt_in"]
    orders: list[tuple[datetime, int, str, str]] = []
    for number in range(1, CUSTOMERS + 1):
        signed_up = end - timedelta(days=_DAYS * random.random() ** 1.3, seconds=1)
        birth = end.date() - timedelta(days=365 * 18 + int(365 * 55 * random.random()))
        shown_birth = "" if random.random() < 0.2 else birth.isoformat()
        customers.append(
            f"{number},{signed_up:%Y-%m-%d %H:%M:%S},{random.choice(_NAMES)},"
            f"{random.choice(_COUNTRIES)},{shown_birth},{str(random.random() < 0.6).lower()}"
        )
        orders += _orders(random, number, signed_up, end)
    lines = ["order_id,customer_id,ordered_at,amount,status"]
    for place, (at, customer, amount, status) in enumerate(sorted(orders), 1):
        lines.append(f"{place},{customer},{at:%Y-%m-%d %H:%M:%S},{amount},{status}")
    return "\n".join(customers) + "\n", "\n".join(lines) + "\n"


def _orders(
    random: Random, customer: int, signed_up: datetime, end: datetime
) -> list[tuple[datetime, int, str, str]]:
    """Some buy often, many once, some never; some stop."""
    orders = []
    gap = random.choice((20, 35, 60, 120, 400))
    at = signed_up + timedelta(days=3 * random.random())
    while at < end:
        cents = int(800 + 9000 * random.random() ** 2)
        draw = random.random()
        status = "paid" if draw < 0.9 else "refunded" if draw < 0.96 else "open"
        orders.append((at, customer, f"{cents // 100}.{cents % 100:02}", status))
        if random.random() < 0.15:
            break
        at += timedelta(days=gap * (0.4 + 1.2 * random.random()), minutes=random.randrange(600))
    return orders
