"""A segment for sending that does not ask for consent.

Mail to people who did not ask for it is forbidden in many countries, and one segment without the line is enough. It is
seldom missing on purpose: a segment for a report is tagged for a mail a year later.

Which tags stand for sending, and which attributes, traits or segments for consent, `segql.toml` says. Every member of
such a segment must meet one of them: by a line of its own, or by a segment that it builds on.

## Example
```toml
[lint]
sending_tags = ["email"]
consent = ["email_opt_in"]
```

```seg
segment winback of customer {
  tags: email

  where {
    did not purchase in last 90 days
  }
}
```

## Use instead
```seg
segment winback of customer {
  tags: email

  where {
    email_opt_in
    did not purchase in last 90 days
  }
}
```

With `[lint.consent]`, `email = ["email_opt_in"]` and `sms = ["sms_opt_in"]`, each tag has its own.

## Real cases
Flybe was fined 70,000 pounds for 3.3 million mails to people who had opted out, Honda 13,000 pounds for mails to people
whose consent it could not show (BBC, 27 March 2017, <https://www.bbc.com/news/technology-39430349>).

## Fix
None: which consent is needed is not for a tool to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.places import unnamed
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.model import nodes
from segql.model.nodes import Condition

CODE = advice("SEG560", "missing-consent", "whoever is sent something has asked for it")


def check(subject: Subject) -> Iterator[Diagnostic]:
    table = subject.options.table
    for name, audience in subject.audiences:
        for tag in audience.tags:
            if tag not in table.sending_tags:
                continue
            consents = (
                table.consent.get(tag, []) if isinstance(table.consent, dict) else table.consent
            )
            asked = all(
                any(_says(line, consents) for line in lines) for lines in _members(audience)
            )
            if consents and not asked:
                listed = " or ".join(f"`{consent}`" for consent in consents)
                yield finding(
                    CODE,
                    f"`{name.text}` is tagged `{tag}` and does not ask for consent",
                    name.span,
                    f"expected a condition that includes {listed}",
                )


def _members(audience: nodes.Segment | nodes.Segmentation) -> list[tuple[Condition, ...]]:
    """What the members of a segment, or of each level, meet."""
    if isinstance(audience, nodes.Segment):
        return [audience.lines]
    return [level.segment.lines for level in audience.levels]


def _says(condition: Condition, consents: list[str]) -> bool:
    """Whether whoever meets the condition meets one of the consents."""
    match condition:
        case nodes.All():
            return any(_says(item, consents) for item in condition.items)
        case nodes.Any():
            return all(_says(item, consents) for item in condition.items)
        case nodes.IfKnown():
            return _says(condition.leaf, consents)
        case nodes.MemberOf(as_of=None):
            return condition.segment in consents or _says(condition.condition, consents)
        case nodes.Truth():
            return _value_says(condition, consents)
        case _:
            return False


def _value_says(condition: nodes.Truth, consents: list[str]) -> bool:
    value = condition.value
    while isinstance(value, nodes.Named):
        if value.name in consents or f"{value.row.source.name}.{value.name}" in consents:
            return True
        value = value.value
    value = unnamed(value)
    if isinstance(value, nodes.Holds):
        return _says(value.condition, consents)
    if not isinstance(value, nodes.Attr):
        return False
    name = value.attribute.name
    of_subject = isinstance(value.row, nodes.Row) and name in consents
    return of_subject or f"{value.row.source.name}.{name}" in consents
