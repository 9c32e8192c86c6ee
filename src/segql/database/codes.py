"""The codes of what `segql model check` finds."""

from __future__ import annotations

from segql.diagnostics import Severity, declare

MISSING_TABLE = declare("SEG701", "missing-table", "every table of the model is in the database")
MISSING_COLUMN = declare("SEG702", "missing-column", "every column of the model is in its table")
WRONG_TYPE = declare("SEG703", "wrong-type", "a column is of the type that is declared")
NOT_UNIQUE = declare("SEG704", "key-not-unique", "no two rows have the same key")
NO_VALUE = declare("SEG705", "no-value", "an attribute without `?` has a value in every row")
NO_SUCH_ROW = declare(
    "SEG706", "no-such-row", "a foreign key that has a value finds a row", Severity.WARNING
)
STRANGER = declare("SEG707", "enum-stranger", "an enum lists all the values that its column has")
UNREADABLE_VALUE = declare("SEG708", "unreadable-value", "every value can be read as declared")
STALE = declare("SEG709", "stale-event", "the newest event is not older than the target allows")
REPEATED = declare(
    "SEG710", "repeated-event", "no event is there twice, under two keys", Severity.WARNING
)
TOO_EARLY = declare(
    "SEG711", "event-before-created", "nothing happens before its subject exists", Severity.WARNING
)
TOO_LATE = declare("SEG712", "event-in-future", "no event happens after `as of`", Severity.WARNING)
EMPTY = declare("SEG713", "empty-table", "a table of the model has rows", Severity.WARNING)
NOT_CONVERTED = declare(
    "SEG719",
    "unreadable-inside",
    "a document is JSON, and what is in it is of the type that is declared",
    Severity.WARNING,
)
NO_PERMISSION = declare(
    "SEG715", "no-permission", "the user of the connection may read what the model is over"
)
NOT_ANSWERED = declare("SEG716", "not-answered", "the target can read the rows of a table")
OVERLAP = declare("SEG717", "overlapping-versions", "one version of an entity holds at an instant")
NEVER_HOLDS = declare(
    "SEG718", "version-never-holds", "a version ends after its start", Severity.WARNING
)
AMBIGUOUS = declare(
    "SEG714",
    "ambiguous-change",
    "a change log has one value for an instant",
    Severity.WARNING,
)
