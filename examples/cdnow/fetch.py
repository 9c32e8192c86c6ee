"""Fetches the CDNOW purchases: `python fetch.py [--force]` writes data/*.parquet beside this file.

The data travels inside the wheel `Lifetimes==0.11.3`, which is downloaded from the configured
package index without its dependencies, opened as the zip file it is, and thrown away. Nothing is
installed. A second run finds the files and does nothing. Needs pip and DuckDB.

Exit codes: 0 the files are there, 1 they are not (the reason is on stderr).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from datetime import date
from pathlib import Path

import duckdb

PACKAGE = "Lifetimes==0.11.3"
FOLDER = Path(__file__).parent / "data"
MASTER = "CDNOW_master.txt"
SAMPLE = "CDNOW_sample.txt"
SUMMARY = "cdnow_customers_summary.csv"
SHA256 = {
    MASTER: "eff6889ed364c5199d6eacbbeb7a6d559971df4406ac876f322c373f00a072ef",
    SAMPLE: "6fae10155c0b0ba363c2c386e30f77990d22328220efd862a5edd1443420d94a",
    SUMMARY: "09d92ca80daaabe8be0f997d4c539f9c9606106baa5b199081fe01cbce5fa9f6",
}
COLUMNS = {
    "customers": "customer_id INTEGER, created_at TIMESTAMP, first_purchase DATE,"
    " sample_id INTEGER",
    "purchases": "purchase_id INTEGER, customer_id INTEGER, purchased_on DATE, quantity INTEGER,"
    " amount DECIMAL(8,2)",
    "published_summary": "sample_id INTEGER, frequency INTEGER, recency_weeks DECIMAL(8,2),"
    " t_weeks DECIMAL(8,2)",
}

Row = dict[str, object]


class FetchError(Exception):
    """Why there is no data, in a sentence for the person at the keyboard."""


def download(folder: Path) -> Path:
    """The wheel, as a file in the folder."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--quiet", "--disable-pip-version-check", "--dest", str(folder), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        errors = [line for line in done.stderr.splitlines() if not line.startswith("WARNING")]
        last = errors[-1].removeprefix("ERROR: ") if errors else "pip gave no reason"
        raise FetchError(
            f"could not download `{PACKAGE}` from the package index: {last}\n"
            "is the network up, and is `pip download` allowed to reach an index?"
        )
    return wheels[0]


def read_wheel(wheel: Path) -> dict[str, str]:
    """The three data files in it, by name; their content is checked against known sums."""
    texts: dict[str, str] = {}
    with zipfile.ZipFile(wheel) as archive:
        for name, expected in SHA256.items():
            try:
                content = archive.read(f"lifetimes/datasets/{name}")
            except KeyError:
                raise FetchError(f"`{wheel.name}` holds no file `{name}`") from None
            if hashlib.sha256(content).hexdigest() != expected:
                raise FetchError(f"`{name}` in `{wheel.name}` is not the file this example knows")
            texts[name] = content.decode("ascii")
    return texts


def day(text: str) -> str:
    return date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()


def make_tables(texts: dict[str, str]) -> dict[str, list[Row]]:
    """Customers, their purchases, and the recency and frequency that were published in weeks.

    A purchase is a line of the master file, in its order; 215 lines occur more than once and
    are kept, as people do buy the same thing twice on a day.
    """
    purchases: list[Row] = []
    first: dict[int, str] = {}
    for number, line in enumerate(texts[MASTER].splitlines()[1:], 1):
        customer, bought, quantity, amount = line.split()
        purchases.append(
            {
                "purchase_id": number,
                "customer_id": int(customer),
                "purchased_on": day(bought),
                "quantity": int(quantity),
                "amount": amount,
            }
        )
        first[int(customer)] = min(day(bought), first.get(int(customer), "9999"))
    sample = {int(f[0]): int(f[1]) for f in map(str.split, texts[SAMPLE].splitlines())}
    customers: list[Row] = [
        {
            "customer_id": customer,
            # in UTC; all first purchases lie in winter, five hours behind
            "created_at": f"{bought} 05:00:00",
            "first_purchase": bought,
            "sample_id": sample.get(customer),
        }
        for customer, bought in sorted(first.items())
    ]
    published: list[Row] = [
        {
            "sample_id": int(row["ID"]),
            "frequency": int(row["frequency"]),
            "recency_weeks": row["recency"],
            "t_weeks": row["T"],
        }
        for row in csv.DictReader(io.StringIO(texts[SUMMARY]))
    ]
    return {"customers": customers, "purchases": purchases, "published_summary": published}


def write(tables: dict[str, list[Row]], scratch: Path) -> None:
    """One Parquet file a table; each appears whole or not at all."""
    FOLDER.mkdir(exist_ok=True)
    with duckdb.connect() as db:
        for name, rows in tables.items():
            lines = scratch / f"{name}.jsonl"
            lines.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            db.execute(f"create table {name} ({COLUMNS[name]})")
            db.execute(f"copy {name} from '{quoted(lines)}' (format json)")
            part = FOLDER / f"{name}.part"
            db.execute(f"copy {name} to '{quoted(part)}' (format parquet, compression zstd)")
            os.replace(part, FOLDER / f"{name}.parquet")
            print(f"{name:18} {len(rows):6} rows", file=sys.stderr)


def quoted(path: Path) -> str:
    return path.as_posix().replace("'", "''")


def main(arguments: list[str]) -> int:
    files = [FOLDER / f"{name}.parquet" for name in COLUMNS]
    if "--force" not in arguments and all(file.exists() for file in files):
        print("the data is there already; --force fetches it again", file=sys.stderr)
        return 0
    try:
        with tempfile.TemporaryDirectory() as scratch:
            write(make_tables(read_wheel(download(Path(scratch)))), Path(scratch))
    except FetchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
