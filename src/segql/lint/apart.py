"""Conditions about one list or one text that nobody meets together."""

from __future__ import annotations

from segql.lint import places as p
from segql.model import nodes
from segql.model.nodes import Condition


def apart(left: Condition, right: Condition) -> bool:
    """Whether two tests of one list, or of one text, exclude one another."""
    if isinstance(left, nodes.ListTest) and isinstance(right, nodes.ListTest):
        return _misses(left, right) or _misses(right, left)
    if isinstance(left, nodes.TextTest) and isinstance(right, nodes.TextTest):
        return _begin_or_end_apart(left, right)
    return False


def outside(test: Condition, value: nodes.Value, places: p.Places) -> bool:
    """Whether none of the few texts that a value may be passes a test of it."""
    if not isinstance(test, nodes.TextTest) or test.value != value:
        return False
    pattern, texts = _pattern(test), [p.only_point((place,)) for place in places]
    if pattern is None:
        return False
    return bool(texts) and not any(
        not isinstance(text, str) or _passes(test.test, text, pattern) for text in texts
    )


def _misses(has: nodes.ListTest, none: nodes.ListTest) -> bool:
    """Whether what a list has to have is among what it must not have."""
    if none.test != "none" or has.value != none.value or has.other or none.other:
        return False
    wanted, refused = _constants(has.items), _constants(none.items)
    if not wanted or not refused:
        return False
    return bool(wanted & refused) if has.test == "all" else has.test == "any" and wanted <= refused


def _constants(items: tuple[nodes.Value, ...]) -> frozenset[object]:
    """The values of constants; empty where one is none."""
    if not all(isinstance(item, nodes.Const) for item in items):
        return frozenset()
    return frozenset(item.value for item in items if isinstance(item, nodes.Const))


def _begin_or_end_apart(left: nodes.TextTest, right: nodes.TextTest) -> bool:
    one, other = _pattern(left), _pattern(right)
    if left.value != right.value or left.test != right.test or one is None or other is None:
        return False
    shorter, longer = sorted((one, other), key=len)
    return left.test in ("starts", "ends") and not _passes(left.test, longer, shorter)


def _pattern(test: nodes.TextTest) -> str | None:
    """The text that is looked for, where it is a constant and no pattern."""
    pattern = test.pattern
    if test.negated or test.test == "matches" or not isinstance(pattern, nodes.Const):
        return None
    return pattern.value if isinstance(pattern.value, str) else None


def _passes(test: str, text: str, part: str) -> bool:
    match test:
        case "starts":
            return text.startswith(part)
        case "ends":
            return text.endswith(part)
        case _:
            return part in text
