"""The types of the language, and how they combine."""

from __future__ import annotations

from dataclasses import dataclass

MAX_PRECISION = 38
QUOTIENT_SCALE = 6  # `/`, avg, median, share, stddev: decimals of 6 places (3.7)
PRODUCT_SCALE = 12  # `*` adds the scales up to 12 (3.7)


@dataclass(frozen=True, slots=True)
class Type:
    """A type without parameters, told apart by its name: bool int float text date timestamp duration point."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class DecimalType(Type):
    precision: int = 18
    scale: int = 4

    def __str__(self) -> str:
        return f"decimal({self.precision}, {self.scale})"


@dataclass(frozen=True, slots=True)
class EnumType(Type):
    """Values in declared order; `ordered` admits `<` and `>`."""

    values: tuple[str, ...] = ()
    ordered: bool = False

    def __str__(self) -> str:
        values = ", ".join(f'"{value}"' for value in self.values)
        return f"{'ordered ' if self.ordered else ''}enum({values})"


@dataclass(frozen=True, slots=True)
class ListType(Type):
    item: Type

    def __str__(self) -> str:
        return f"list of {self.item}"


BOOL = Type("bool")
INT = Type("int")
FLOAT = Type("float")
TEXT = Type("text")
DATE = Type("date")
TIMESTAMP = Type("timestamp")
DURATION = Type("duration")
POINT = Type("point")
UNKNOWN = Type("unknown")
"""The type of what could not be resolved: it fits everywhere and silences the errors that follow."""

QUOTIENT = DecimalType("decimal", MAX_PRECISION, QUOTIENT_SCALE)


def decimal(precision: int = 18, scale: int = 4) -> DecimalType:
    return DecimalType("decimal", precision, scale)


def enum(*values: str, ordered: bool = False) -> EnumType:
    return EnumType("enum", values, ordered)


def list_of(item: Type) -> ListType:
    return ListType("list", item)


def is_number(type_: Type) -> bool:
    return type_.name in ("int", "decimal", "float")


def is_time(type_: Type) -> bool:
    return type_.name in ("date", "timestamp")


def is_text(type_: Type) -> bool:
    return type_.name in ("text", "enum")


def is_ordered(type_: Type) -> bool:
    """Whether `<` and `>` have a meaning (2.3)."""
    return (
        is_number(type_)
        or is_time(type_)
        or type_.name in ("text", "duration")
        or (isinstance(type_, EnumType) and type_.ordered)
    )


def scale_of(type_: Type) -> int:
    """Places behind the point of an exact number: 0 for `int`."""
    return type_.scale if isinstance(type_, DecimalType) else 0


def wider(left: Type, right: Type) -> Type:
    """The number type that holds both exactly (`float` with anything is `float`)."""
    if FLOAT in (left, right):
        return FLOAT
    if left == INT and right == INT:
        return INT
    return decimal(MAX_PRECISION, max(scale_of(left), scale_of(right)))


def product(left: Type, right: Type) -> Type:
    if FLOAT in (left, right):
        return FLOAT
    if left == INT and right == INT:
        return INT
    return decimal(MAX_PRECISION, min(PRODUCT_SCALE, scale_of(left) + scale_of(right)))
