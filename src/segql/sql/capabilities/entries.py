"""What a dialect can do with an operation: three kinds of entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

State = Literal["native", "lowered", "refused"]


@dataclass(frozen=True, slots=True)
class Native:
    """One construct of the dialect's own means the same. `page` is the vendor's."""

    page: str
    state: State = "native"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Lowered:
    """Made of other operations; `why` the obvious one does not do."""

    page: str
    why: str
    state: State = "lowered"


@dataclass(frozen=True, slots=True)
class Refused:
    """Cannot be given the same meaning; `why` is the reason that a diagnostic gives."""

    page: str
    why: str
    state: State = "refused"


Capability: TypeAlias = Native | Lowered | Refused
Table: TypeAlias = Mapping[str, Capability]
"""An entry for each operation of `capabilities.operations`."""


def table(base: str, rows: Mapping[str, tuple[str, str] | Refused]) -> Table:
    """Entries from pages (whole, or below `base`) and why the operation is lowered ("": native)."""
    return {name: _entry(base, row) for name, row in rows.items()}


def _entry(base: str, row: tuple[str, str] | Refused) -> Capability:
    if isinstance(row, Refused):
        return Refused(_at(base, row.page), row.why)
    page, why = row
    page = _at(base, page)
    return Lowered(page, why) if why else Native(page)


def _at(base: str, page: str) -> str:
    return page if page.startswith("https:") else base + page
