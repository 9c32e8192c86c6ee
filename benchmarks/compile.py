"""1,000 segments of 12 conditions each, beside `prqlc` (a compiler in Rust) compiling 1,000 queries of like content.

`python benchmarks/compile.py [--segments 1000]` (extra `segql[bench]`) makes both in a temporary folder from one seed
and prints for each task its time, its ratio to prqlc's, and the bound; it ends with 1 where a bound is not held.

- check, cold: an empty cache, `segql check` with all rules as a process of its own;
- check, again: the same with the cache of the run before;
- compile: all segments in one `Project.sql_of`, in a process of its own, with the cache of the run before;
- memory: the largest resident size of these processes.

prqlc's time is that of 1,000 calls of `prqlc.compile` in one process, imports not counted; ours counts everything.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

CONDITIONS = 12
MEMORY = 500.0
"""MB."""

MODEL = """
entity customer "Someone with an account" {
  table   shop.customers
  key     customer_id: int
  created created_ts
  country:      text?
  city:         text?
  gender:       enum("female", "male", "other")?
  plan:         ordered enum("free", "pro", "team")
  birth_date:   date?
  email:        text?
  email_opt_in: bool
  score:        decimal(10, 2)
  interests:    list of text
  age = years since birth_date
}

event purchase of customer {
  table shop.orders
  key   order_id: int
  on    customer_id
  at    ordered_at: timestamp
  amount: decimal(12, 2)
  status: enum("paid", "open", "refunded")
}

event visit of customer {
  table shop.visits
  key   visit_id: int
  on    customer_id
  at    visited_at: timestamp
  channel: text
}
"""

TOML = """
[project]
name = "many"
language = 1
timezone = "Europe/Warsaw"
[targets.local]
engine = "duckdb"
files = "data/*.parquet"
[lint]
select = ["all"]
"""

COUNTRIES = ("PL", "DE", "SE", "FR", "CZ", "AT", "IT", "ES", "DK", "NO")


@dataclass(frozen=True)
class Condition:
    """One condition in both languages; `rollup` names the event whose aggregate the PRQL query joins."""

    segql: str
    prql: str
    rollup: str = ""
    aggregate: str = ""


def conditions(rng: random.Random) -> list[Condition]:
    """Twelve conditions: eight over the row, four over events."""
    days, times, amount = rng.randint(7, 400), rng.randint(2, 9), rng.randint(10, 2000)
    low = rng.randint(18, 40)
    some = rng.sample(COUNTRIES, 3)
    listed = ", ".join(f'"{name}"' for name in some)
    either = " || ".join(f'country == "{name}"' for name in some)
    letter = rng.choice("abcdefghijklmnop")
    since = "@2026-01-01"
    return [
        Condition("email_opt_in", "email_opt_in"),
        Condition(f"country in ({listed}) if known", f"({either})"),
        Condition(
            f'gender = "{(sex := rng.choice(("female", "male")))}" if known', f'gender == "{sex}"'
        ),
        Condition('plan >= "pro"', '(plan == "pro" || plan == "team")'),
        Condition(
            f"age in {low}..{low + 30} if known",
            f"birth_date >= @{2026 - low - 30}-01-01 && birth_date <= @{2026 - low}-01-01",
        ),
        Condition(f"score >= {amount}", f"score >= {amount}"),
        Condition(f'city starts with "{letter}" if known', f'(city | text.starts_with "{letter}")'),
        Condition(f'email contains "{letter}@" if known', f'(email | text.contains "{letter}@")'),
        Condition(
            f"did purchase at least {times} times in last {days} days",
            f"purchases_recent >= {times}",
            "purchase",
            f"purchases_recent = sum (case [ordered_at >= {since} => 1, true => 0])",
        ),
        Condition(
            f'sum(purchase.amount where {{ status = "paid" }}) >= {amount}',
            f"spent >= {amount}",
            "purchase",
            'spent = sum (case [status == "paid" => amount, true => 0])',
        ),
        Condition(
            f'did visit in last {days} days where {{ channel = "{letter}" }}',
            "visits > 0",
            "visit",
            f'visits = sum (case [channel == "{letter}" && visited_at >= {since} => 1, true => 0])',
        ),
        Condition(
            "max(visit.at) >= 30 days ago if known",
            f"last_visit >= {since}",
            "visit",
            "last_visit = max visited_at",
        ),
    ]


def segment(number: int, items: list[Condition]) -> str:
    """The segment in segql."""
    lines = "\n".join(f"    {item.segql}" for item in items)
    return (
        f"segment audience_{number} of customer {{\n"
        f'  title: "Audience {number}"\n  description: "Made."\n  owner: "bench"\n  tags: made\n\n'
        f"  where {{\n{lines}\n  }}\n}}\n"
    )


def query(items: list[Condition]) -> str:
    """The like in PRQL: filters on customers joined with one rollup for each event."""
    rollups: dict[str, list[str]] = {}
    for item in reversed(items):  # prqlc 0.13 does not find `visited_at` behind the other aggregate
        if item.rollup:
            rollups.setdefault(item.rollup, []).append(item.aggregate)
    tables = {"purchase": "shop.orders", "visit": "shop.visits"}
    lines = ["from shop.customers"]
    for event, aggregates in rollups.items():
        inside = ", ".join(aggregates)
        lines.append(
            f"join side:left {event}_rollup = (from {tables[event]} | group customer_id "
            f"(aggregate {{ {inside} }})) (==customer_id)"
        )
    lines += [f"filter {item.prql}" for item in items]
    lines.append("select { customers.customer_id }")
    return "\n".join(lines)


def make(folder: Path, count: int) -> list[str]:
    """Write the project, 20 segments a file; the PRQL queries."""
    rng = random.Random(12)
    made = [conditions(rng) for _ in range(count)]
    (folder / "segql.toml").write_text(TOML, encoding="utf-8")
    (folder / "model.seg").write_text(MODEL, encoding="utf-8")
    for start in range(0, count, 20):
        texts = [segment(start + n, items) for n, items in enumerate(made[start : start + 20])]
        path = folder / f"audiences_{start:04}.seg"
        path.write_text("\n".join(texts), encoding="utf-8")
    return [query(items) for items in made]


def time_prqlc(queries: list[str]) -> float:
    """Seconds for all queries in this process."""
    import prqlc

    options = prqlc.CompileOptions(format=True, signature_comment=False, target="sql.duckdb")
    prqlc.compile(queries[0], options)
    start = time.perf_counter()
    for text in queries:
        prqlc.compile(text, options)
    return time.perf_counter() - start


RUN = """
import json, resource, sys, time
start = time.perf_counter()
import gc
gc.disable()
import segql
project = segql.load(sys.argv[1])
if sys.argv[2] == "check":
    errors = [item.message for item in project.diagnostics if item.is_error]
    assert not errors, errors[:3]
    count = len(project.segments)
else:
    names = [f"audience_{n}" for n in range(int(sys.argv[3]))]
    count = len(project.sql_of(names, "duckdb", "2026-01-01"))
seconds = time.perf_counter() - start
print(json.dumps([seconds, count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def run(folder: Path, task: str, count: int) -> tuple[float, float]:
    """Seconds of a process of its own, start of Python included, and its largest size in MB."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(folder), task, str(count)],
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds = time.perf_counter() - start
    _, found, size = json.loads(done.stdout)
    if found != count:
        raise RuntimeError(f"{found} segments instead of {count}")
    return seconds, size


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--segments", type=int, default=1000)
    count = parser.parse_args().segments
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        queries = make(folder, count)
        theirs = time_prqlc(queries)
        cold, cold_size = run(folder, "check", count)
        again, again_size = run(folder, "check", count)
        compiled, compiled_size = run(folder, "compile", count)
        theirs = min(theirs, time_prqlc(queries))
    print(f"{'prqlc, ' + str(count) + ' queries':24} {theirs:7.2f} s")
    held = True
    for task, seconds, bound in (
        ("check, cold", cold, 1.0),
        ("check, again", again, 1 / 6),
        ("compile", compiled, 1.5),
    ):
        ratio = seconds / theirs
        held &= ratio <= bound
        print(f"{task:24} {seconds:7.2f} s {ratio:6.2f} x   at most {bound:.2f}")
    size = max(cold_size, again_size, compiled_size)
    held &= size < MEMORY
    print(f"{'memory':24} {size:7.0f} MB            less than {MEMORY:.0f}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
