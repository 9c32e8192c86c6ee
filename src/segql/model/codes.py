"""The codes of the model: 2 names, 3 types, 4 meaning."""

from segql.diagnostics import Severity, declare

# names
DUPLICATE_NAME = declare("SEG201", "duplicate-name", "a name is declared once in a project")
UNKNOWN_ENTITY = declare("SEG202", "unknown-entity", "an entity that is named must be declared")
UNKNOWN_NAME = declare(
    "SEG203",
    "unknown-name",
    "a name in an expression is an attribute, relation or trait of the row",
)
UNKNOWN_EVENT = declare(
    "SEG204", "unknown-event", "`did` and aggregates ask events and to-many relations that exist"
)
UNKNOWN_SEGMENT = declare("SEG205", "unknown-segment", "`member of` names a segment")
UNKNOWN_FUNCTION = declare("SEG206", "unknown-function", "a function must be one of the language")
CYCLE = declare("SEG207", "cyclic-reference", "a definition must not rest on itself")
WRONG_ENTITY = declare(
    "SEG208", "wrong-entity", "a definition is used for rows of its own entity only"
)
DUPLICATE_MEMBER = declare("SEG209", "duplicate-member", "a member is declared once in its block")
UNKNOWN_METADATA = declare(
    "SEG212", "unknown-metadata", "metadata is title, description, owner, tags, or inside `meta`"
)
TO_MANY_PATH = declare(
    "SEG213", "to-many-path", "a to-many path stands inside one call, or in `has` or `did`"
)

LONG_NAME = declare("SEG214", "long-name", "a name has at most 63 characters")

# types
TYPE_MISMATCH = declare("SEG301", "type-mismatch", "only values of comparable types are compared")
NOT_A_CONDITION = declare("SEG302", "not-a-condition", "a bare value used as a condition is a bool")
NO_ORDER = declare(
    "SEG303", "no-order", "only numbers, times, text and ordered enums have an order"
)
UNKNOWN_ENUM_VALUE = declare(
    "SEG304", "unknown-enum-value", "an enum is compared with values that it declares"
)
TIMESTAMP_EQUALS_DATE = declare(
    "SEG305", "timestamp-equals-date", "a timestamp never equals a date; `on` asks for its day"
)
WRONG_ARGUMENT = declare("SEG306", "wrong-argument", "a function takes arguments of its own types")
NOT_A_TIME = declare("SEG307", "not-a-time", "a window asks a date or a timestamp")
SUB_DAY_UNIT = declare(
    "SEG308", "unit-under-a-day", "a date has no time of day: units under a day do not apply"
)
CALENDAR_DURATION = declare(
    "SEG309",
    "calendar-duration",
    "a difference of times is compared with weeks or shorter units only",
)
FLOAT_EQUALITY = declare("SEG310", "float-equality", "a float has no equality")
BAD_KEY = declare(
    "SEG311", "key-mismatch", "a relation names as many columns as the key that it refers to"
)
BAD_ARITHMETIC = declare(
    "SEG312", "bad-arithmetic", "arithmetic is for numbers, and for times with lengths of time"
)
BAD_TYPE = declare("SEG313", "bad-type", "a type's own parts must make sense")

# meaning
UNKNOWN_DECIDES = declare(
    "SEG401",
    "unknown-decides",
    "a negative condition on a nullable value says what happens to unknown",
    Severity.WARNING,
)
EMPTY_WINDOW = declare("SEG402", "empty-window", "a constant window holds at least an instant")
NEVER_UNKNOWN = declare(
    "SEG403",
    "never-unknown",
    "`or unknown` and `if known` stand behind a leaf that can meet an unknown value",
    Severity.WARNING,
)
BAD_PATTERN = declare(
    "SEG404", "bad-pattern", "`matches` takes the patterns that mean the same on every engine"
)
BAD_COUNT = declare("SEG405", "bad-count", "a count of conditions is between 1 and their number")
NOT_TIED = declare(
    "SEG406", "not-tied", "a search for the subject's rows inside `where` is tied to the row"
)
TOO_LARGE = declare(
    "SEG407", "too-large", "a definition, with what it rests on written out, has a limit"
)
BAD_SQL = declare("SEG408", "bad-sql", "raw SQL is one expression over the row's own columns")
RANGE_ORDER = declare("SEG409", "empty-range", "a range runs from the lower end to the higher")
BAD_UNIT = declare("SEG410", "bad-unit", "calendar units run from day to year")
BAD_LIST_FILE = declare(
    "SEG413",
    "bad-list-file",
    "the file of a list is a CSV below the project, with the named column",
)
NO_HISTORY = declare(
    "SEG414", "no-history", "what was true at another moment is known only where there is a history"
)
STEP_NAME = declare("SEG415", "step-name", "the steps of a sequence do not see one another")
SHARE_BOUND = declare("SEG416", "share-bound", "a share lies from 0 to 1")

# tests and claims
BAD_TEST_ROW = declare(
    "SEG421", "bad-test-row", "a row of a test is one of an entity, event or rows with a table"
)
UNSET = declare(
    "SEG422", "unset-attribute", "a test sets the attributes without `?` that its segment reads"
)
UNKNOWN_ROW = declare("SEG423", "unknown-row", "a name in a test is that of one of its rows")
REPEATED_KEY = declare("SEG425", "repeated-key", "keys are unique, those of a test's rows too")
BAD_CLAIM = declare("SEG424", "bad-claim", "a claim is about segments of one entity")
