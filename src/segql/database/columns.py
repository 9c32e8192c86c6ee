"""The attributes of a table: types from the catalogue; enums, lists in a text, points and JSON from the values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from segql.database.keys import MOSTLY
from segql.database.names import can_be_written, free, of_column, one_line, snake, written
from segql.database.profile import Prober, Profile
from segql.engines.catalogue import PhysicalColumn, holds_anything, is_unlimited
from segql.model.types import MAX_PRECISION, TEXT, EnumType, ListType, Type, decimal, enum

MOST_VALUES = 12
"""A text with more different values is no enum."""
ROWS_A_VALUE = 10
"""An enum's values come so often, in the mean."""
LONGEST_VALUE = 40

_OPEN = re.compile(
    r"(?:.*_)?(?:name|title|label|description|comment|note|notes|url|uri|path|file|email|e_mail|phone|mobile|fax|street"
    r"|address|city|town|region|country|postcode|zip|locale|language|campaign|code|voucher|coupon|brand|query|text"
    r"|body|subject|message|token|hash|answer)"
)
"""What is called so gets new values any day, however few there are now."""

SCALES = [
    words.split()
    for words in (
        "lowest very_low low lower medium mid middle normal moderate upper high higher top urgent very_high highest"
        " critical blocker",
        "free trial starter basic standard bronze silver plus gold pro premium team business platinum diamond"
        " enterprise",
        "xxs xs s small m medium l large xl xxl xxxl",
        "never rarely seldom sometimes often usually always",
        "very_bad bad poor fair average ok good very_good excellent",
        "strongly_disagree disagree neutral agree strongly_agree",
        "new beginner junior intermediate mid advanced senior expert",
        "minor major critical",
    )
]
"""Words that have an order in themselves, each line from the least to the most."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One line of a source: `name: type? column …`, or, without a type, `name = value`."""

    name: str
    type: str
    nullable: bool = False
    behind: str = ""
    """What follows the type: `column …`, `split by …`, or of a computed value the expression."""
    comment: str = ""
    values: tuple[str, ...] = ()
    """Of an enum."""
    column: str = ""

    def text(self) -> str:
        """As it stands in `.seg`, without its comment."""
        if not self.type:
            return f"{self.name} = {self.behind}"
        optional = "?" if self.nullable else ""
        parts = [f"{self.name}: {self.type}{optional}"] + ([self.behind] if self.behind else [])
        return " ".join(parts)


@dataclass(slots=True)
class Attributes:
    """The attributes of a table, and what was left out of it and why."""

    found: list[Attribute]
    left_out: list[str]


class Reader:
    """Makes the attributes of one table; `taken` are the names that its key and relations have."""

    def __init__(
        self,
        profile: Profile,
        prober: Prober,
        owner: str,
        taken: Iterable[str],
        key: Sequence[str] = (),
    ) -> None:
        self._key = key
        self._profile = profile
        self._prober = prober
        self._owner = owner
        self._taken = set(taken)
        self._samples: dict[str, list[object]] = {}
        self._made = Attributes([], [])

    def read(self, used: Iterable[str]) -> Attributes:
        """All columns but the `used` ones (foreign keys, which become attributes by themselves)."""
        skipped = set(used)
        columns = [item for item in self._profile.physical.columns if item.name not in skipped]
        points = list(_points(columns))
        for latitude, longitude in points:
            skipped |= {latitude.name, longitude.name}
        for column in columns:
            if column.name not in skipped:
                self._column(column)
        for latitude, longitude in points:
            self._point(latitude, longitude)
        self._computed()
        return self._made

    def _name(self, physical: str) -> str:
        name = free(of_column(physical, self._owner), self._taken)
        self._taken.add(name)
        return name

    def _add(self, attribute: Attribute) -> None:
        self._made.found.append(attribute)

    def _column(self, column: PhysicalColumn) -> None:
        why = ""
        if not can_be_written(column.name):
            why = "its name cannot be written"
        elif not column.readable:
            why = "the user of the connection may not read it"
        elif column.kind is None:
            why = f"of the type {column.type}"
        if why:
            self._made.left_out.append(f"`{one_line(column.name)}`, {one_line(why)}")
        elif column.kind == "json" or self._holds_documents(column):
            self._document(column)
        elif isinstance(column.kind, Type):
            self._plain(column, column.kind)

    def _plain(self, column: PhysicalColumn, type_: Type) -> None:
        name = self._name(column.name)
        nullable = not self._profile.is_full(column.name)
        behind = "" if name == column.name else f"column {written(column.name)}"
        comment, said = "", str(type_)
        values: tuple[str, ...] = ()
        if isinstance(type_, EnumType):
            if not all(map(_is_plain_text, type_.values)):
                said = "text"
            else:
                values = type_.values
                said = str(enum(*values))
        elif type_.name == "text":
            if separator := self._separator(column):
                said = "list of text"
                behind = f"{behind} split by {json.dumps(separator)}".strip()
                comment = "guessed from its values"
            elif values := self._enum(column):
                ordered = in_order(values)
                said = str(enum(*(ordered or values), ordered=bool(ordered)))
                values = ordered or values
                comment = f"guessed: {len(values)} values in {self._profile.counts[column.name].known} rows"
                comment += ", in the order of their meaning" if ordered else ""
        elif is_unlimited(column.type):
            scale = self._profile.counts[column.name].scale or 0
            said = str(decimal(MAX_PRECISION, min(scale, 12))) if scale else "int"
            comment = "the column has no scale: guessed from its values"
        elif holds_anything(column.type):
            comment = "guessed: an ARRAY does not say of what"
        self._add(Attribute(name, said, nullable, behind, comment, values, column.name))

    def _sample(self, column: PhysicalColumn) -> list[object]:
        if column.name not in self._samples:
            found = self._prober.sample(self._profile.table, column.name, self._key)
            self._samples = {column.name: found}  # the last one: columns are read in turn
        return self._samples[column.name]

    # --- enums and lists in a text ---

    def _enum(self, column: PhysicalColumn) -> tuple[str, ...]:
        counts = self._profile.counts[column.name]
        if counts.distinct is None or not 2 <= counts.distinct <= MOST_VALUES:
            return ()
        if counts.known < ROWS_A_VALUE * counts.distinct or _OPEN.fullmatch(snake(column.name)):
            return ()
        values = self._prober.values(self._profile.table, column.name, MOST_VALUES + 1)
        good = all(_is_plain_text(v) and v == v.strip() and len(v) <= LONGEST_VALUE for v in values)
        return tuple(sorted(values)) if good and len(values) <= MOST_VALUES else ()

    def _separator(self, column: PhysicalColumn) -> str:
        """What the texts of a column are put together with, if they are lists of a few words; else empty."""
        counts = self._profile.counts[column.name]
        if not counts.distinct or counts.distinct < 2 or _OPEN.fullmatch(snake(column.name)):
            return ""
        texts = [str(item) for item in self._sample(column)]
        for separator in (",", ";", "|"):
            several = sum(separator in text for text in texts)
            items = [item.strip() for text in texts for item in text.split(separator)]
            few = len(set(items)) <= max(MOST_VALUES, len(items) // ROWS_A_VALUE)
            short = all(len(item) <= LONGEST_VALUE for item in items)
            if several >= 0.1 * len(texts) and few and short and len(set(items)) < len(set(texts)):
                return separator
        return ""

    # --- points, JSON, what follows from others ---

    def _point(self, latitude: PhysicalColumn, longitude: PhysicalColumn) -> None:
        name = self._name(_point_name(latitude.name))
        nullable = not all(self._profile.is_full(item.name) for item in (latitude, longitude))
        columns = f"point({written(latitude.name)}, {written(longitude.name)})"
        self._add(Attribute(name, columns, nullable, comment="guessed by the names"))

    def _holds_documents(self, column: PhysicalColumn) -> bool:
        """A text in which nearly all values are JSON objects, where the dialect reads them."""
        if not self._prober.reads_json_in_texts:
            return False
        counts = self._profile.counts[column.name]
        if counts.distinct is None or column.kind != TEXT or not counts.known:
            return False
        texts = [str(item) for item in self._sample(column)]
        objects = sum(text.lstrip()[:1] == "{" and _parsed(text) is not None for text in texts)
        return bool(texts) and objects >= MOSTLY * len(texts)

    def _document(self, column: PhysicalColumn) -> None:
        """An attribute for each value that many of the documents have."""
        documents = [_parsed(item) for item in self._sample(column)]
        paths: dict[tuple[str, ...], list[object]] = {}
        for document in documents:
            for path, value in _leaves(document):
                paths.setdefault(path, []).append(value)
        made = 0
        for path, values in sorted(paths.items()):
            type_ = _type_of(values)
            rare = len(values) < max(2, 0.01 * len(documents))
            if type_ is None or rare or not all(map(can_be_written, path)):
                continue
            made += 1
            name = "_".join(snake(part) for part in path)
            if not name or name in self._taken:
                name = f"{snake(column.name)}_{name}"
            inside = ".".join(written(part) for part in (column.name, *path))
            comment = f"in {len(values)} of {len(documents)} documents"
            comment += "" if column.kind == "json" else ", JSON in a text"
            self._add(Attribute(self._name(name), type_, True, f"column {inside}", comment))
        if not made:
            name = one_line(column.name)
            self._made.left_out.append(f"`{name}`, in whose documents nothing was found")

    def _computed(self) -> None:
        by_column = {item.column: item for item in self._made.found if item.column}
        dates = {snake(name): item for name, item in by_column.items() if item.type == "date"}
        for name in ("birth_date", "birthdate", "date_of_birth", "birthday", "dob", "born_on"):
            if name in dates and "age" not in self._taken:
                self._taken.add("age")
                self._add(Attribute("age", "", behind=f"years since {dates[name].name}"))
        numbers = {snake(name): item for name, item in by_column.items()}
        amounts = {"value", "amount", "total", "line_total", "subtotal", "total_price"}
        if not amounts & (self._taken | set(numbers)):
            for count in ("quantity", "qty"):
                if count in numbers and "unit_price" in numbers and "value" not in self._taken:
                    self._taken.add("value")
                    behind = f"{numbers[count].name} * {numbers['unit_price'].name}"
                    self._add(Attribute("value", "", behind=behind))


def in_order(values: Sequence[str]) -> tuple[str, ...]:
    """The values from the least to the most, if they are words of one scale; else none."""
    for scale in SCALES:
        places = {word: place for place, word in enumerate(scale)}
        known = [snake(value) in places for value in values]
        if all(known) and len(values) > 1:
            return tuple(sorted(values, key=lambda value: places[snake(value)]))
    return ()


def _is_plain_text(value: str) -> bool:
    return bool(value) and value.isprintable() and '"' not in value and "\\" not in value


# --- points ---------------------------------------------------------------------------------------

_LATITUDE = re.compile(r"(?:(?P<before>.*)_)?(?:lat|latitude)")
_LONGITUDE = ("lon", "lng", "long", "longitude")


def _points(
    columns: Sequence[PhysicalColumn],
) -> Iterator[tuple[PhysicalColumn, PhysicalColumn]]:
    numbers = {
        snake(column.name): column
        for column in columns
        if isinstance(column.kind, Type) and column.kind.name in ("float", "decimal")
    }
    for name, column in numbers.items():
        found = _LATITUDE.fullmatch(name)
        if found is None or not can_be_written(column.name):
            continue
        before = f"{found['before']}_" if found["before"] else ""
        for ending in _LONGITUDE:
            other = numbers.get(before + ending)
            if other is not None and can_be_written(other.name):
                yield column, other
                break


def _point_name(latitude: str) -> str:
    found = _LATITUDE.fullmatch(snake(latitude))
    return (found["before"] if found else None) or "location"


# --- JSON -----------------------------------------------------------------------------------------

_DEPTH = 3


def _parsed(value: object) -> object:
    if not isinstance(value, str | bytes):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def _leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, dict):
        if len(path) < _DEPTH:
            for key, inner in value.items():
                yield from _leaves(inner, (*path, str(key)))
    elif value is not None and path:
        yield path, value


def _type_of(values: Sequence[object]) -> str | None:
    """The type that the values of a path have, or nearly all of them: others will be unknown. A list where all are."""
    kinds = {type(value) for value in values}
    if kinds == {list}:
        items = [item for value in values if isinstance(value, list) for item in value]
        inner = _type_of(items) if items else None
        return f"list of {inner}" if inner in ("text", "int", "bool") else None
    if kinds & {list, dict}:
        return None
    if kinds == {bool}:
        return "bool"
    whole = sum(type(value) is int for value in values)
    if whole >= MOSTLY * len(values):
        return "int"
    return "float" if kinds <= {int, float} else "text"


def is_scalar(kind: object) -> bool:
    """A type that the items of a list can have."""
    return isinstance(kind, Type) and not isinstance(kind, ListType) and kind.name != "duration"
