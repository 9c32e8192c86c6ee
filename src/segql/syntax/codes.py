"""The codes of the syntax pass; each is declared here, once."""

from __future__ import annotations

from segql.diagnostics import Severity, declare

UNEXPECTED = declare("SEG101", "unexpected-text", "the text follows the grammar of the language")
UNKNOWN_DECLARATION = declare(
    "SEG102", "unknown-declaration", "a declaration begins with the word that names its kind"
)
UNCLOSED = declare("SEG103", "unclosed", "every `{`, `(` and quote is closed")
UNOPENED = declare("SEG104", "unopened", "`}` and `)` close what was opened")
EMPTY_BLOCK = declare("SEG105", "empty-block", "a block holds at least one line")
EMPTY_FILE = declare(
    "SEG106", "empty-file", "a file holds at least one declaration", Severity.WARNING
)
TOO_DEEP = declare("SEG107", "nested-too-deep", "brackets and operators nest to a limit")
TOO_LARGE = declare("SEG108", "file-too-large", "a file has a largest size")
ENCODING = declare("SEG109", "not-utf-8", "files are UTF-8 text")
STRAY_CHARACTER = declare(
    "SEG110", "stray-character", "only characters of the language stand outside of texts"
)
OTHER_OPERATOR = declare("SEG111", "other-operator", "operators are those of this language")
OTHER_QUOTES = declare("SEG112", "other-quotes", "texts stand in double quotes")
BAD_ESCAPE = declare("SEG113", "bad-escape", r"the escapes are \" \\ \n \t \u{…}")
BAD_DATE = declare("SEG114", "bad-date", "dates are real days, written year-month-day")
BAD_NUMBER = declare(
    "SEG115", "bad-number", "numbers and units are written apart, counts are whole"
)
UPPER_CASE = declare("SEG116", "upper-case", "names and keywords are in lower case")
RESERVED_NAME = declare("SEG117", "reserved-name", "reserved words are no names")
OTHER_COMMENT = declare("SEG118", "other-comment", "comments begin with `#`")
OTHER_PHRASE = declare("SEG120", "other-phrase", "phrases of other languages have a form here")
NULL_TEST = declare("SEG121", "null-test", "a missing value is asked with `is known`, `is unknown`")
MIXED_LOGIC = declare("SEG122", "mixed-and-or", "`and` mixed with `or` needs parentheses")
OR_UNKNOWN_PLACE = declare(
    "SEG123", "or-unknown-place", "`or unknown` and `if known` belong to one leaf"
)
AMBIGUOUS_PERIOD = declare(
    "SEG124", "ambiguous-period", "a period says whether it is rolling or full"
)
COUNT_TIMES = declare("SEG125", "count-of-times", "a number of times counts from one upwards")
INVERTED_RANGE = declare("SEG126", "inverted-range", "a range goes from the smaller to the larger")
NOT_A_VALUE = declare("SEG127", "not-a-value", "a value stands where one is computed with")
UNKNOWN_TYPE = declare("SEG128", "unknown-type", "types are those of the language")
MISSING_PART = declare("SEG129", "missing-part", "a declaration has its required lines, each once")
SEQUENCE_STEPS = declare("SEG130", "sequence-steps", "a sequence begins with an event, then steps")
AMBIGUOUS_NOT = declare(
    "SEG131", "ambiguous-not", "what `did not` denies is said where units of time are counted"
)
WORD_ORDER = declare("SEG132", "word-order", "the parts of a condition stand in one order")
NOT_FORMATTED = declare("SEG139", "not-formatted", "a formatted file means what it meant before")
