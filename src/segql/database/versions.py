"""Tables of versions (`history valid_from, valid_to`): two that hold at one instant, ends before their start, gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from segql.database import codes
from segql.database.content import Asked, Content, count_of, keyed
from segql.database.shape import Sound
from segql.diagnostics import Code, Diagnostic, Fix, Label
from segql.model.nodes import Attribute, Column, Entity
from segql.report.model_check import Finding, listed
from segql.report.text import plural
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.parts import key_column, named, subquery


class Versions:
    """Asks one table of versions, in one statement and one for the examples; raises `EngineError`."""

    def __init__(self, content: Content, sound: Sound) -> None:
        """`sound`: of an entity with a history and with its keys."""
        self._content = content
        self._sound = sound
        self._d = content.dialect
        self.gaps = 0
        """How often nothing holds between two versions."""

    def findings(self) -> Iterator[Finding]:
        counts = self._inner([self._d.count_rows(item) for item in self._conditions()])
        overlaps, inverted, unknown, self.gaps = map(count_of, self._content.run(counts)[0])
        entity = self._entity
        start, end = self._times
        if overlaps:
            said = f"{plural(overlaps, 'version')} of `{entity.name}` {_verb(overlaps, 'hold')} on when the next begins"
            label = "expected one version for an instant"
            help = "end each version where the next one begins"
            yield self._finding(codes.OVERLAP, said, end, label, help, overlaps, 0)
        if inverted:
            verb = _verb(inverted, "end")
            own = "its" if inverted == 1 else "their"
            said = f"{plural(inverted, 'version')} of `{entity.name}` {verb} before {own} start"
            label = f"expected a time after `{_column(start)}`"
            yield self._finding(codes.NEVER_HOLDS, said, end, label, "", inverted, 1)
        if unknown:
            said = (
                f"{plural(unknown, 'version')} of `{entity.name}` {_verb(unknown, 'have')} no start"
            )
            label = "expected a time: a version without one never holds"
            yield self._finding(codes.NEVER_HOLDS, said, start, label, "", unknown, 2)

    @property
    def _entity(self) -> Entity:
        entity = self._sound.source
        assert isinstance(entity, Entity)
        return entity

    @property
    def _times(self) -> tuple[Attribute, Attribute]:
        assert self._entity.history is not None
        return self._entity.history

    def _conditions(self) -> list[Expr]:
        """Of a version: it holds on when the next begins, ends before its start, has no start; behind it is a gap."""
        starts, ends, follows = (self._d.field(None, name) for name in _COLUMNS)
        later = b.gt(follows, starts)  # versions that start together are rows that share a key
        return [
            b.all_([later, b.any_([b.is_null(ends), b.gt(ends, follows)])]),
            b.lt(ends, starts),
            b.is_null(starts),
            b.all_([later, b.ge(ends, starts), b.lt(ends, follows)]),
        ]

    def _inner(
        self,
        made: Sequence[Expr],
        keys: Sequence[str] = (),
        where: Expr | None = None,
    ) -> str:
        """A statement over the versions, each with its start, its end and the start of the next one."""
        asked = self._content.asked(self._sound)
        d = self._d
        group = [
            d.key_part(d.raw(asked.alias, key_column(key)), key.type) for key in self._entity.key
        ]
        starts, ends = (_read(asked, time) for time in self._times)
        # a version without a start is the last one, whatever a dialect says of NULL
        order = [(b.is_null(starts), False), (starts, False)]
        follows = exp.Window(
            this=b.call("LEAD", starts), partition_by=group, order=b.order_by(order)
        )
        values = [*group, starts, ends, follows]
        names = [*(f"key_{number}" for number in range(1, len(group) + 1)), *_COLUMNS]
        inner = asked.query.select([named(d, v, n) for v, n in zip(values, names, strict=True)])
        outer = exp.Select(
            expressions=list(made), from_=exp.From(this=subquery(d, inner, "version"))
        )
        if where is not None:
            fields = [d.field(None, name) for name in keys]
            outer.set("where", exp.Where(this=where))
            outer.set("order", b.order_by([(item, False) for item in fields]))
            outer.set("limit", exp.Limit(expression=b.number(self._content.limit)))
        return asked.compiler.print(outer, f"versions of {self._entity.name}")

    def _finding(
        self,
        code: Code,
        message: str,
        time: Attribute,
        label: str,
        help: str,
        count: int,
        condition: int,
    ) -> Finding:
        names = [key.name for key in self._entity.key] + [_column(self._times[0])]
        columns = [f"key_{number}" for number in range(1, len(names))] + [_COLUMNS[0]]
        made = [self._d.field(None, column) for column in columns]
        statement = self._inner(made, columns, self._conditions()[condition])
        samples = tuple((keyed(names, row), 1) for row in self._content.run(statement))
        notes = (f"for example {listed(samples, rows=False)}",)
        helps = (Fix(help),) if help else ()
        fault = Diagnostic(code, message, (Label(time.span, label),), notes, helps)
        return Finding(fault, self._entity.name, count, samples)


_COLUMNS = ("starts", "ends", "follows")


def _read(asked: Asked, time: Attribute) -> Expr:
    assert isinstance(time.storage, Column)
    return asked.compiler.dialect.read(asked.alias, time.storage, time.type)


def _column(time: Attribute) -> str:
    assert isinstance(time.storage, Column)
    return time.storage.parts[0]


def _verb(count: int, verb: str) -> str:
    one = {"have": "has"}.get(verb, f"{verb}s")
    return one if count == 1 else verb
