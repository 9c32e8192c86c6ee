"""One random world: a catalogue, rows, an `as of`, and segments; and what to do with a difference found in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from random import Random

from segql.model import nodes
from segql.model.clock import Clock, parse_as_of
from tests.agreement.catalogue import LISTS, catalogue
from tests.agreement.rows import AS_OFS, Rows, settings_of
from tests.agreement.segments import segment_text, segmentation_text, split_text, trait_text
from tests.support.evaluate import Checked, check
from tests.support.tables import Database

CHOICES = 200  # bytes that a definition is written from
WRITERS: dict[str, Callable[[nodes.Model, bytes], str]] = {
    "segment": segment_text,
    "trait": trait_text,
    "segmentation": segmentation_text,
    "split": split_text,
}
ENGINES = ("reference", "duckdb", "postgres")


@dataclass(frozen=True)
class Definition:
    """A segment or trait: its name, its text, and the bytes that the text was written from."""

    kind: str
    name: str
    text: str
    choices: bytes

    @property
    def source(self) -> str:
        return f"{self.kind} {self.name} {self.text}\n"


@dataclass(frozen=True)
class World:
    seed: int
    size: int = 8
    """How many segments; half as many traits, a segmentation and a split come on top."""

    @cached_property
    def settings(self) -> nodes.Settings:
        return settings_of(Random(self.seed))

    @cached_property
    def catalogue(self) -> str:
        return catalogue(Random(self.seed + 1))

    @cached_property
    def base(self) -> nodes.Model:
        checked = check(self.catalogue, self.settings, lists=LISTS)
        assert not checked.errors, checked.errors
        return checked.model

    @cached_property
    def as_of(self) -> datetime:
        text = Random(self.seed + 2).choice(AS_OFS)
        found = parse_as_of(text, self.settings)
        assert isinstance(found, datetime)
        return found

    @cached_property
    def clock(self) -> Clock:
        return Clock(self.as_of, self.settings)

    @cached_property
    def database(self) -> Database:
        return Rows(self.base, self.clock, Random(self.seed + 3)).database()

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        random = Random(self.seed + 4)
        kinds = ["segment"] * self.size + ["trait"] * (self.size // 2)
        kinds += ["segmentation", "split"]
        return tuple(
            self.define(kind, f"s{number}", random.randbytes(CHOICES))
            for number, kind in enumerate(kinds)
        )

    def define(self, kind: str, name: str, choices: bytes) -> Definition:
        return Definition(kind, name, WRITERS[kind](self.base, choices), choices)

    def check(self, definitions: Sequence[Definition]) -> Checked:
        text = self.catalogue + "".join(item.source for item in definitions)
        return check(text, self.settings, lists=LISTS)

    @cached_property
    def model(self) -> nodes.Model:
        """With every definition that `check` accepts."""
        return self.check(self.accepted).model

    @cached_property
    def accepted(self) -> tuple[Definition, ...]:
        if not self.check(self.definitions).errors:
            return self.definitions
        return tuple(item for item in self.definitions if not self.check([item]).errors)


def simplest_choices(choices: bytes, still_fails: Callable[[bytes], bool]) -> bytes:
    """Shorter and smaller choices that still fail: a shrinker for `Writer`."""
    best = choices.rstrip(b"\0")
    for length in (0, 1, 2, 4, 8, 16, 32, 64):
        if length < len(best) and still_fails(best[:length]):
            best = best[:length]
            break
    changed = True
    while changed:
        changed = False
        for place in range(len(best)):
            for byte in (0, best[place] // 2, best[place] - 1):
                tried = best[:place] + bytes([max(byte, 0)]) + best[place + 1 :]
                if tried < best and still_fails(tried):
                    best, changed = tried.rstrip(b"\0"), True
                    break
            if changed and place >= len(best):
                break
        for place in range(len(best) - 1, -1, -1):
            tried = best[:place] + best[place + 1 :]
            if still_fails(tried):
                best, changed = tried, True
    return best


def fewest_rows(database: Database, still_fails: Callable[[Database], bool]) -> Database:
    """Rows without which nothing fails any more: the others are left out."""
    best = {table: list(rows) for table, rows in database.items()}
    for table in best:
        emptied = {**best, table: []}
        if best[table] and still_fails(emptied):
            best = emptied
    for table in list(best):
        for place in range(len(best[table]) - 1, -1, -1):
            tried = {**best, table: best[table][:place] + best[table][place + 1 :]}
            if still_fails(tried):
                best = tried
    return best


def as_page(
    world: World, definition: Definition, database: Database, found: Mapping[str, object]
) -> str:
    """A difference as a section of a conformance page."""
    rows = {table: made for table, made in database.items() if made}
    shown = "\n".join(
        f"  {table}:\n"
        + "\n".join(f"    - {json.dumps(row, default=str, ensure_ascii=False)}" for row in made)
        for table, made in rows.items()
    )
    engines = "\n".join(f"{engine}: {result}" for engine, result in found.items())
    return (
        f"seed {world.seed}\n{engines}\n\n```seg model\n{world.catalogue}\n{definition.source}```\n\n```yaml\n"
        f"timezone: {world.settings.timezone}\nweek_starts: {world.settings.week_starts}\n"
        f"as_of: {world.as_of.isoformat()}\nrows:\n{shown}\n```"
    )
