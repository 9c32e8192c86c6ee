"""What a question names: an instant, a target, a dialect, a length of time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from segql.diagnostics import suggest
from segql.dialects import DIALECTS
from segql.errors import UsageError
from segql.project.sources import CONFIG

if TYPE_CHECKING:
    from segql.model.clock import Clock
    from segql.model.nodes import Settings
    from segql.project.config import Config

AsOf: TypeAlias = "datetime | date | str | None"
"""An instant: as text like `--as-of`, a datetime (naive: local time of the project), a date (its start), or now."""

Timeout: TypeAlias = "timedelta | float | None"
"""How long the answers of a target may take in all: a length of time, or seconds; None is without end."""


def clock_of(as_of: AsOf, settings: Settings) -> Clock:
    """The instant that everything is evaluated as of. Raises `UsageError` for a text that is no instant."""
    from segql.model.clock import BadInstant, Clock, parse_as_of
    from segql.model.running import RUNNING

    if as_of in RUNNING:
        raise UsageError(
            f"`--as-of {as_of}` is for SQL that runs later: `segql compile` takes it",
            "expected an instant, such as `--as-of 2026-01-31`",
        )
    if as_of is None:
        return Clock(datetime.now(UTC), settings)
    if isinstance(as_of, datetime) and as_of.tzinfo is not None:
        return Clock(as_of.astimezone(UTC), settings)
    text = as_of if isinstance(as_of, str) else as_of.isoformat()
    instant = parse_as_of(text, settings)
    if isinstance(instant, BadInstant):
        raise UsageError(instant.message)
    return Clock(instant, settings)


def clock_of_statement(as_of: AsOf, settings: Settings) -> Clock:
    """`clock_of` for a statement that may run later: `as_of` may also be one of `AS_OF_KINDS`."""
    from segql.model.running import AS_OF_KINDS, running_clock

    kind = AS_OF_KINDS.get(as_of) if isinstance(as_of, str) else None
    return clock_of(as_of, settings) if kind is None else running_clock(kind, settings)


def target_of(name: str | None, config: Config) -> str:
    """The name of the target: the given one, or the first of `segql.toml`. Raises `UsageError`."""
    targets = config.targets
    if name is None:
        if not targets:
            raise UsageError(
                f"`{CONFIG}` has no target to ask",
                'add `[targets.local]` with `engine = "duckdb"` and `files = "data/*.parquet"`',
            )
        return next(iter(targets))
    if name not in targets:
        raise UsageError(f"there is no target `{name}`", some_of(name, targets, "the targets are"))
    return name


def dialect_of(name: str | None, config: Config) -> str:
    """The name of a dialect: the given one, or that of the first target. Raises `UsageError`."""
    if name is None:
        return next((target.engine for target in config.targets.values()), "duckdb")
    if name not in DIALECTS:
        raise UsageError(
            f"there is no dialect `{name}`", some_of(name, DIALECTS, "the dialects are")
        )
    return name


def length_of(timeout: Timeout) -> timedelta | None:
    return timedelta(seconds=timeout) if isinstance(timeout, int | float) else timeout


def some_of(name: str, names: Iterable[str], words: str) -> str:
    """A hint: names spelled alike, or else some of the names there are."""
    listed = sorted(names)
    near = suggest(name, listed)
    if near:
        return f"did you mean {' or '.join(f'`{item}`' for item in near)}?"
    if not listed:
        return "there are none"
    some = ", ".join(f"`{item}`" for item in listed[:12])
    return f"{words} {some}" + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
