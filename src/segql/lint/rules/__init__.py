"""The rules: one file each, whose docstring is the page that `segql rule` prints.

Numbers: 500 what a definition says of itself, 510 windows, 520 conditions that hold never, always or twice, 530 levels,
parts and rankings, 540 shorter forms, 550 values, 560 people's rights, 570 what is unused or there twice,
590 comments that ignore a rule.
"""

from __future__ import annotations

from segql.lint.rule import Rule, rule_of
from segql.lint.rules import (
    count_with_zero,
    raw_sql,
    suppression_unknown,
    suppression_unused,
    suppression_without_reason,
)

RULES: tuple[Rule, ...] = (
    rule_of(count_with_zero),
    rule_of(raw_sql),
    rule_of(suppression_unused),
    rule_of(suppression_without_reason),
    rule_of(suppression_unknown),
)
