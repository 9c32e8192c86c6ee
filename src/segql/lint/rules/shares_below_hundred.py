"""A split whose parts add up to less than 100%.

The others are in no part: nobody can select them, and a later change of a share moves people between the parts and
nowhere. A control group is a part as well, with a name.

## Example
```seg
segment buyers of customer {
  where {
    did purchase
  }
}

split voucher_test of buyers {
  seed: "voucher-2026"
  part voucher: 45%
  part gift:    45%
}
```

## Use instead
```seg
segment buyers of customer {
  where {
    did purchase
  }
}

split voucher_test of buyers {
  seed: "voucher-2026"
  part voucher: 45%
  part gift:    45%
  part control: 10%
}
```

## Fix
None: only the author can name them.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG534", "shares-below-hundred", "the parts of a split are the whole")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, declaration in subject.declared(tree.SplitDecl):
        total = sum((part.share.value for part in declaration.parts), Decimal(0))
        if declaration.parts and total < 100:
            yield finding(
                CODE,
                f"the parts of `{name.text}` add up to {total.normalize():f}%",
                declaration.parts[-1].share.span,
                f"{(100 - total).normalize():f}% are in no part",
                helps=["name the others too: `part control: …`"],
            )
