"""A segment that depends on an attribute which the project protects.

To choose people by what the law or a company protects can be discrimination, meant or not, and behind two traits with
harmless names no reviewer sees it.

`protected` in `segql.toml` names attributes by which people may not be chosen, or not without a review: gender,
religion, health, union membership, what stands for one of these. The rule follows traits, derived attributes and
other segments.

## Example
```toml
[lint]
protected = ["customer.gender"]
```

```seg
trait is_female of customer = gender = "female"

segment perfume_offer of customer {
  where {
    is_female
  }
}
```

## Use instead
```seg
segment perfume_offer of customer {
  where {
    interests has "perfume"
  }
}
```

Where it was looked at and is allowed: `# segql: ignore[protected-attribute] reason`.

## Real cases
Advertisers could choose by sex, family, disability or origin who saw housing ads on Facebook; the US Department of
Housing charged it with discrimination in 2019
(<https://www.housingonline.com/2019/04/03/hud-charges-facebook-with-housing-discrimination-over-targeted-advertising-practices-investigating-google-and-twitter/>).

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject, walk
from segql.model import nodes

CODE = advice("SEG561", "protected-attribute", "protected attributes choose nobody")


def check(subject: Subject) -> Iterator[Diagnostic]:
    protected = frozenset(subject.options.table.protected)
    if not protected:
        return
    for definition in subject.definitions:
        if definition.kind not in ("segment", "level"):
            continue
        for part in definition.parts:
            lines = part.items if isinstance(part, nodes.All) else (part,)
            for line in lines:
                for name in sorted(_names(line) & protected):
                    yield finding(
                        CODE,
                        f"`{definition.name}` depends on the protected attribute `{name}`",
                        line.span,
                        "asks for it",
                    )


def _names(line: object) -> frozenset[str]:
    """The attributes, derived ones too, that a condition rests on, as `ENTITY.ATTRIBUTE`."""
    found = set()
    for node in walk(line, deep=True):
        if isinstance(node, nodes.Attr):
            found.add(f"{node.row.source.name}.{node.attribute.name}")
        elif isinstance(node, nodes.Named):
            found.add(f"{node.row.source.name}.{node.name}")
    return frozenset(found)
