"""Functions of one row (2.4): what they take, and the type that they give."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from segql.model import codes, parameters
from segql.model.nodes import (
    Const,
    DateField,
    DatePart,
    Function,
    FunctionName,
    LocalDate,
    Value,
)
from segql.model.scope import Scope
from segql.model.types import (
    DATE,
    INT,
    MAX_PRECISION,
    PRODUCT_SCALE,
    QUOTIENT,
    TEXT,
    TIMESTAMP,
    UNKNOWN,
    EnumType,
    ListType,
    Type,
    decimal,
    is_number,
    is_ordered,
    is_text,
    is_time,
    wider,
)
from segql.source import Span
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver


def resolve(r: Resolver, scope: Scope, node: tree.Call) -> Value:
    """A call of a function; a trait with arguments is to come."""
    name = node.path[-1].text
    handler = HANDLERS.get(name) if len(node.path) == 1 else None
    if handler is None:
        return _unknown(r, scope, node)
    arguments: list[Value] = []
    for argument in node.arguments:
        if not isinstance(argument, tree.Value):
            return wrong(r, name, argument.span, "a window is no argument of it")
        arguments.append(r.value(scope, argument))
    if any(argument.type == UNKNOWN for argument in arguments):
        return Const(UNKNOWN, node.span, None)
    return handler(r, node, arguments)


def _unknown(r: Resolver, scope: Scope, node: tree.Call) -> Value:
    name = node.path[-1]
    declaration = r.catalog.declarations.get(name.text)
    if isinstance(declaration, tree.TraitDecl):
        if declaration.parameters:
            return parameters.call(r, scope, node, declaration)
        r.report(
            codes.WRONG_ARGUMENT,
            f"trait `{name.text}` takes no arguments",
            node.span,
            helps=[f"write `{name.text}` alone"],
        )
    elif not r.is_broken(name.text):
        from segql.model.aggregates import AGGREGATES

        known = [*HANDLERS, *AGGREGATES]
        r.report(
            codes.UNKNOWN_FUNCTION,
            f"unknown function `{name.text}`",
            name.span,
            "not a function of the language",
            helps=[_FOREIGN[name.text]]
            if name.text in _FOREIGN
            else r.did_you_mean(name.text, name.span, known),
        )
    return Const(UNKNOWN, node.span, None)


_MOMENT = "a moment is written `now - 30 days`, `30 days ago`, `signed_up_at + 7 days`"
_LENGTH = "a length of time is written `days since x`, `days until x`, or `x - y > 3 days`"
_OTHERWISE = 'a value that depends on conditions is `points { 10: country = "PL" }`'
_CHANCE = "people are divided by a `split`, always in the same way"
_TEXT = 'a text is asked: `x contains "a"`, `starts with`, `ends with`, `matches`'
_AMONG = "a place in a population names it: `rank(x among customer)`, `ntile(5, x among customer)`"
_FOREIGN = {
    **dict.fromkeys(("average", "mean_of"), "the mean over rows is `avg(E.x)`"),
    **dict.fromkeys(("total", "sumif", "sum_if"), "a sum over rows is `sum(E.x where { … })`"),
    **dict.fromkeys(("countif", "count_if"), "rows are counted by `count(E where { … })`"),
    **dict.fromkeys(("dateadd", "date_add", "date_sub", "datesub", "date_trunc"), _MOMENT),
    **dict.fromkeys(("datediff", "date_diff", "timestampdiff", "days_between", "age"), _LENGTH),
    **dict.fromkeys(("days_since", "daysince", "hours_since", "years_since"), _LENGTH),
    **dict.fromkeys(("if", "iif", "iff", "case", "switch", "decode"), _OTHERWISE),
    **dict.fromkeys(("random", "rand", "sample", "bucket"), _CHANCE),
    **dict.fromkeys(("ifnull", "nvl", "isnull", "zeroifnull"), "write `coalesce(x, 0)`"),
    **dict.fromkeys(("len", "char_length"), "write `length(x)`"),
    **dict.fromkeys(("substring", "substr", "left", "right", "concat", "instr", "strpos"), _TEXT),
    **dict.fromkeys(("like", "ilike", "startswith", "starts_with", "regexp", "regex_match"), _TEXT),
    **dict.fromkeys(("rank", "ntile", "percentile", "quantile_group"), _AMONG),
    "distance": "a distance is asked: `home within 25 km of point(52.23, 21.01)`",
    "any": "a list `has any (…)`; of texts write `any { … }` with one condition a line",
    "all": "a list `has all (…)`; of texts write `all { … }` with one condition a line",
}


def wrong(r: Resolver, name: str, span: Span, message: str, hint: str = "") -> Value:
    r.report(codes.WRONG_ARGUMENT, f"`{name}`: {message}", span, helps=[hint] if hint else [])
    return Const(UNKNOWN, span, None)


def _takes(
    r: Resolver, node: tree.Call, arguments: list[Value], least: int, most: int | None
) -> bool:
    if len(arguments) >= least and (most is None or len(arguments) <= most):
        return True
    name = node.path[-1].text
    count = (
        f"{least}"
        if most == least
        else f"{least} or more"
        if most is None
        else f"{least} to {most}"
    )
    plural = "" if count == "1" else "s"
    wrong(r, name, node.span, f"takes {count} argument{plural}, got {len(arguments)}")
    return False


def _texts(name: FunctionName, type_: Type) -> Callable[..., Value]:
    def handler(r: Resolver, node: tree.Call, arguments: list[Value]) -> Value:
        if not _takes(r, node, arguments, 1, 1):
            return Const(UNKNOWN, node.span, None)
        if not is_text(arguments[0].type):
            return wrong(r, name, arguments[0].span, f"takes a text, this is {arguments[0].type}")
        return Function(type_, node.span, name, tuple(arguments))

    return handler


def _date_part(part: DateField) -> Callable[..., Value]:
    def handler(r: Resolver, node: tree.Call, arguments: list[Value]) -> Value:
        if not _takes(r, node, arguments, 1, 1):
            return Const(UNKNOWN, node.span, None)
        value = arguments[0]
        if not is_time(value.type):
            return wrong(r, part, value.span, f"takes a date or timestamp, this is {value.type}")
        if part in ("hour", "minute") and value.type == DATE:
            return wrong(r, part, value.span, "a date has no time of day")
        return DatePart(INT, node.span, part, value)

    return handler


def _date(r: Resolver, node: tree.Call, arguments: list[Value]) -> Value:
    if not _takes(r, node, arguments, 1, 1):
        return Const(UNKNOWN, node.span, None)
    value = arguments[0]
    if value.type == DATE:
        return value
    if value.type != TIMESTAMP:
        return wrong(r, "date", value.span, f"takes a timestamp, this is {value.type}")
    return LocalDate(DATE, node.span, value)


def common_type(types: list[Type]) -> Type | None:
    """The type that holds values of all of `types`, or None."""
    first = types[0]
    if all(other == first for other in types):
        return first
    if all(is_number(other) for other in types):
        for other in types[1:]:
            first = wider(first, other)
        return first
    if all(is_text(other) for other in types):
        return TEXT
    return None


def _same(name: FunctionName, least: int, ordered: bool) -> Callable[..., Value]:
    def handler(r: Resolver, node: tree.Call, arguments: list[Value]) -> Value:
        if not _takes(r, node, arguments, least, None):
            return Const(UNKNOWN, node.span, None)
        type_ = common_type([argument.type for argument in arguments])
        if type_ is None or isinstance(type_, ListType):
            shown = ", ".join(dict.fromkeys(str(argument.type) for argument in arguments))
            return wrong(r, name, node.span, f"takes values of one type, got {shown}")
        if ordered and not is_ordered(type_):
            return wrong(r, name, node.span, f"{type_} has no order")
        if isinstance(type_, EnumType) and ordered and any(a.type != type_ for a in arguments):
            return wrong(r, name, node.span, "takes values of one enum")
        return Function(type_, node.span, name, tuple(arguments))

    return handler


def _round(r: Resolver, node: tree.Call, arguments: list[Value]) -> Value:
    if not _takes(r, node, arguments, 1, 2):
        return Const(UNKNOWN, node.span, None)
    value = arguments[0]
    if not is_number(value.type):
        return wrong(r, "round", value.span, f"takes a number, this is {value.type}")
    places = 0
    if len(arguments) == 2:
        second = arguments[1]
        if (
            not isinstance(second, Const)
            or not isinstance(second.value, int)
            or not 0 <= second.value <= PRODUCT_SCALE
        ):
            return wrong(r, "round", second.span, f"places are 0 to {PRODUCT_SCALE}, written out")
        places = second.value
    constant = Const(INT, node.span, places)
    return Function(decimal(MAX_PRECISION, places), node.span, "round", (value, constant))


def _numbers(
    name: FunctionName, type_: Type | None, least: int, most: int | None
) -> Callable[..., Value]:
    def handler(r: Resolver, node: tree.Call, arguments: list[Value]) -> Value:
        if not _takes(r, node, arguments, least, most):
            return Const(UNKNOWN, node.span, None)
        for argument in arguments:
            if not is_number(argument.type) and not (
                name == "abs" and argument.type.name == "duration"
            ):
                return wrong(r, name, argument.span, f"takes numbers, this is {argument.type}")
        return Function(type_ or arguments[0].type, node.span, name, tuple(arguments))

    return handler


def _known(r: Resolver, node: tree.Call, arguments: list[Value]) -> Value:
    if not _takes(r, node, arguments, 1, None):
        return Const(UNKNOWN, node.span, None)
    return Function(INT, node.span, "known", tuple(arguments))


HANDLERS: dict[str, Callable[..., Value]] = {
    "lower": _texts("lower", TEXT),
    "upper": _texts("upper", TEXT),
    "trim": _texts("trim", TEXT),
    "length": _texts("length", INT),
    "year": _date_part("year"),
    "quarter": _date_part("quarter"),
    "month": _date_part("month"),
    "day": _date_part("day"),
    "weekday": _date_part("weekday"),
    "hour": _date_part("hour"),
    "minute": _date_part("minute"),
    "date": _date,
    "coalesce": _same("coalesce", 1, ordered=False),
    "least": _same("least", 1, ordered=True),
    "greatest": _same("greatest", 1, ordered=True),
    "round": _round,
    "abs": _numbers("abs", None, 1, 1),
    "mean": _numbers("mean", QUOTIENT, 1, None),
    "known": _known,
}
