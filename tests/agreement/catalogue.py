"""Catalogues with every kind of source, attribute and relation; what varies is drawn from a seed."""

from __future__ import annotations

from random import Random

LIST_FILE, LIST_COLUMN = "lists/members.csv", "id"
LISTS = {(LIST_FILE, LIST_COLUMN): ("3", "2", "11", "8", "500")}
"""The column that a list reads from a file."""

_ATTRIBUTES = """
age:      int{q}
points:   int{q}
level:    int? column attribs.level
balance:  decimal(10, 2){q}
ratio:    decimal(9, 6){q}
height:   float{q}
country:  text{q}
city:     text{q}
wish:     text? column attribs.deep.wish
vip:      bool{q}
opted:    bool{q}
gender:   enum("f", "m", "x"){q}
plan:     ordered enum("free", "pro", "team"){q}
born:     date{q}
renews:   date{q}
seen_at:  timestamp{q}
local_at: timestamp in "America/New_York"{q}
tags:     list of text
wants:    list of text{q}
codes:    list of int
notes:    list of text{q} split by ","
topics:   list of text from topics.topic on customer_id
doubled:  int? = sql "points * 2"
home:     point(home_lat, home_lon){q}
phase:    ordered enum("free", "pro", "team"){q} history from logs.phases.phase on customer_id at changed_at
mood:     text? history from moods.mood on customer_id at since_day
"""


def catalogue(random: Random) -> str:
    """The text of a model: an entity `customer` with events, relations and rows around it."""
    q = lambda: random.choice(["", "?", "?"])  # noqa: E731
    lines = [line.format(q=q()) for line in _ATTRIBUTES.strip().splitlines()]
    kept = [line for line in lines if random.random() < 0.75 or "points" in line]
    created = "created created_at" if random.random() < 0.5 else ""
    only = random.choice(["", "only { not (hidden if known) }", "only { points is known }"])
    at = random.choice(["timestamp", "timestamp", "date"])
    purchase_only = random.choice(["", 'only { not (status = "void") }'])
    body = "\n  ".join(kept)
    grouped = random.choice(["purchase", "visit", "stay", "contact"])
    versions = random.choice(["", "history valid_from, valid_to"])
    joined = " and store member of kept_c" if versions else ""
    return f"""
entity customer {{
  table shop.customers
  key   customer_id: int
  {created}
  {only}
  hidden: bool?
  {body}
  store:    one store on store_id
  referrer: one customer on referrer_id
  invited:  many customer on referrer_id
  grown = points >= 5
  twice = points * 2
}}

entity store {{
  table stores
  key   store_id: text
  {versions}
  spot:   point(latitude, longitude)?
  name:   text{q()}
  size:   int{q()}
  opened: date{q()}
  shoppers: many customer on store_id
}}

entity order_line {{
  table order_lines
  key   (order_id: int, line_no: int)
  quantity: int{q()}
  price:    decimal(8, 2){q()}
  label:    text{q()}
  product:  one product on product_id
  gifts:    many gift on (order_id, line_no)
  value = quantity * price
}}

entity product {{
  table products
  key   product_id: int
  category: text{q()}
}}

entity gift {{
  table gifts
  key   gift_id: int
  wrap:   text?
  weight: int
}}

event purchase of customer {{
  table orders
  key   order_id: int
  on    customer_id
  at    ordered_at: {at}
  {purchase_only}
  amount: decimal(10, 2){q()}
  pieces: int{q()}
  score:  float?
  brand:  text{q()}
  status: enum("paid", "open", "void")
  due:    date{q()}
  paid_at: timestamp{q()}
  store:  one store on store_id
  lines:  many order_line on order_id
  line_count = count(lines)
}}

event visit of customer {{
  table visits
  key   (device: text, visit_no: int)
  on    customer_id
  at    at_time: timestamp{random.choice(["", ' in "Asia/Kolkata"'])}
  pieces: int{q()}
  brand:  text?
  until:  timestamp?
}}

event stay of customer {{
  table stays
  key   stay_id: text
  on    customer_id
  at    day: date
  pieces: int?
  room:   text{q()}
}}

event paid of customer is purchase where {{ status = "paid" }}
event big of customer is paid where {{ pieces > 1 }}
event contact of customer is visit or {random.choice(["purchase", "paid", "big"]) if at == "timestamp" else "visit_home"}
event visit_home of customer is visit where {{ brand = "a" }}
event anything of customer is contact or visit

event brand_of of customer groups visit by brand {{
  looks  = count(visit)
  most   = max(visit.pieces)
  lasted = last(visit.at) - first(visit.at)
  alike  = count(visit where {{ brand_of.looks > 1 }})
  placed = rank(often_brands among customer)
}}

event size_of of customer groups purchase by line_count {{
  bought = sum(purchase.pieces)
}}

event day_of of customer groups {grouped} by day {{
  rows_of = count({grouped})
  several = count({grouped}) > 1
}}

event store_of of customer groups purchase by store_id {{
  pieces  = sum(purchase.pieces)
  brands  = count_distinct(purchase.brand)
  wrapped = count(purchase.lines.gifts)
}}

event often of customer is brand_of where {{ looks > 1 }}
event looked of customer is brand_of or visit

rows moods of customer {{
  table moods
  on    customer_id
  mood:      text?
  since_day: {random.choice(["date", "timestamp"])}
}}

rows answers of customer {{
  table answers
  on    customer_id
  question: text
  answer:   int?
  given_on: date?
}}

segment base_a of customer {{
  where {{ points > 3 if known }}
}}

segment base_b of customer {{
  where {{
    did purchase
    not member of base_a
  }}
}}

segment stores_a of store {{
  where {{ has shoppers }}
}}

segment raw_a of customer {{
  where {{ sql "points > 2" or unknown }}
}}

segment raw_b of store {{
  where {{ sql "length(store_id) = 1" }}
}}

segment kept_a of customer {{
  where {{ did visit in last 90 days where {{ pieces > 1 }} }}
}}

segment kept_b of customer {{
  where {{ customer_id > 2 and count(purchase) > 1{joined} }}
}}

segment kept_c of store {{
  where {{ {"name is known and size > 1" if versions else 'store_id != "a"'} }}
}}

segmentation stage of customer {{
  among base_b
  level hot: points > 5 with {{ fee: 1.50 }}
  level warm: did purchase
  level rest: otherwise with {{ fee: 2, push: true }}
}}

split halves of kept_a {{
  seed: "halves"
  part a1: 50%
  part a2: 30.5%
}}

split shop_test of stores_a {{
  seed: "shops"
  part one: 70%
}}

list named of customer by customer_id {{ 1, 2, 5, 7, 9 }}
list filed of customer by customer_id {{ file "{LIST_FILE}" column {LIST_COLUMN} }}
list scored of customer by points {{ table lists.scores column score }}
list shops of store by store_id {{ "a" "é" "10" }}
list noted of store by name {{ table lists.names column name }}

trait odd of customer = sql "customer_id % 2 = 1"
trait often_brands of customer = count(brand_of where {{ looks > 1 }})
trait spend of customer = sum(purchase.pieces)
trait spend_in(period: window, least: int = 0) of customer = sum(purchase.pieces in period where {{ pieces >= least }})
trait lately(what: event, period: window = last 30 days) of customer = count(what in period)
trait branded(what: text = "a", others: list = ("a", "b")) of customer =
  count(purchase where {{ any {{ brand = what
  brand in (others) }} }})
trait idle(what: event) of customer = now - last(what.at)
trait quiet(what: event, length: duration = 30 days) of customer = idle(what) > length
trait passes(limit: decimal = 1.5, the_day: date = 2025-03-30, moment: timestamp = 90 days ago, flag: bool = true) of customer =
  all {{
  any {{ flag = true
  points > limit }}
  did stay since the_day
  not (did visit before moment) }}
trait sold(period: window) of store = count(shoppers.purchase in period)
trait place of store = rank(shoppers_here among store)
trait shoppers_here of store = count(shoppers)
trait ordered_at_store of store = count(shoppers.purchase)
"""
