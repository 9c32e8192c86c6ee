"""A segment or list made for leaving people out, which leaves nobody out.

Its tag or name says `exclusion`, `suppression`, `blocklist` or `do_not_contact`; no definition says `not member of` it.
Whoever maintains it believes that these people are safe.

## Example
```seg
segment staff of customer {
  tags: exclusion

  where {
    email ends with "@shop.example"
  }
}

segment buyers of customer {
  where {
    did purchase
  }
}
```

## Use instead
```seg
segment staff of customer {
  tags: exclusion

  where {
    email ends with "@shop.example"
  }
}

segment buyers of customer {
  where {
    did purchase
    not member of staff
  }
}
```

## Fix
None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG562", "unused-exclusion", "who is to be left out is left out")

_WORDS = re.compile(
    r"(^|_)(exclusions?|excluded|suppressions?|suppressed|blocklist|blacklist|do_not_\w+|dnc)(_|$)"
)


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, declaration in subject.declared(tree.Declaration):
        if not isinstance(declaration, tree.SegmentDecl | tree.ListDecl):
            continue
        segment = subject.model.segments.get(name.text)
        if segment is None or not any(map(_WORDS.search, (name.text, *segment.tags))):
            continue
        if not subject.is_mentioned(name.text):
            yield finding(CODE, f"nothing leaves `{name.text}` out", name.span, "for leaving out")
        elif subject.whole and not _is_excluded(subject, name.text):
            message = f"`{name.text}` is asked for, but nothing leaves it out"
            yield finding(CODE, message, name.span, "for leaving out")


def _is_excluded(subject: Subject, name: str) -> bool:
    """Whether some definition negates the membership: `not member of`, `none { }`, `disjoint`."""
    for at in subject.nodes(tree.MemberOf):
        assert isinstance(at.node, tree.MemberOf)
        if ".".join(part.text for part in at.node.segment) != name:
            continue
        if at.node.negated:
            return True
        for above in at.around():
            if isinstance(above, tree.Not) or (
                isinstance(above, tree.Gather) and above.kind == "none"
            ):
                return True
    return any(
        isinstance(at.node, tree.Claim)
        and at.node.kind == "disjoint"
        and any(path.parts[0].text == name for path in at.node.segments)
        for at in subject.nodes(tree.Claim)
    )
