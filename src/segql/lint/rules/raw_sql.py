"""Raw SQL in a condition or an attribute.

The text between the quotes is the one part of a project that segql reads only in part: types, unknown values and time
are then those of the database. It means what one dialect means by it, and nobody who cannot read SQL can review
it. Most of what needed it (JSON, regular expressions, dates, sequences) has a form in the language.

## Example
```seg
segment polish_mail of customer {
  where {
    sql "email like '%.pl'"
  }
}
```

## Use instead
```seg
segment polish_mail of customer {
  where {
    email ends with ".pl"
  }
}
```

Where there is no other form, say so: `# segql: ignore[raw-sql] reason`.

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG555", "raw-sql", "conditions and attributes are written in the language")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for at in subject.nodes(tree.RawSql):
        yield finding(CODE, "a condition in raw SQL", at.node.span, "read by the database only")
    for at in subject.nodes(tree.AttributeMember):
        assert isinstance(at.node, tree.AttributeMember)
        if at.node.sql is not None:
            message = f"`{at.node.name.text}` is raw SQL"
            yield finding(CODE, message, at.node.sql.span, "read by the database only")
