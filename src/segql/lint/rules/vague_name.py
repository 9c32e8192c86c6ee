"""A name that says when or how something was made, not what it is.

`lapsed_final`, `copy_of_vips`, `buyers_v2`, `tmp_list`: the second version becomes the one in use, and nobody dares to
remove the first. History belongs to version control, the kind of the declaration stands in front of the name.

## Example
```seg
segment buyers_v2 of customer {
  where {
    did purchase where { status = "paid" }
  }
}
```

## Use instead
```seg
segment paying_buyers of customer {
  where {
    did purchase where { status = "paid" }
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

CODE = advice("SEG506", "vague-name", "a name says what is named")

_PROVISIONAL = frozenset(
    {
        "tmp",
        "untitled",
        "wip",
        "bak",
        "foo",
        "baz",
        "asdf",
    }
)
_AT_THE_END = frozenset({"temp", "copy", "final", "backup", "bar"})
"""Words that mean something before others: `final_reminder`, `bar_visitors`."""
_VERSION = re.compile(r"(.*_)?(v|new|old)\d+", re.ASCII)
_KINDS = {
    tree.SegmentDecl: "segment",
    tree.SegmentationDecl: "segmentation",
    tree.SplitDecl: "split",
    tree.TraitDecl: "trait",
    tree.ListDecl: "list",
}


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, declaration in subject.declared(tree.Declaration):
        kind = _KINDS.get(type(declaration))
        words = name.text.split("_")
        if kind is None:
            continue
        vague = sorted({*_PROVISIONAL & set(words), *_AT_THE_END & {words[-1]}})
        if name.text.startswith("copy_of_"):
            vague = ["copy"]
        if vague:
            yield finding(CODE, f"`{name.text}` says `{vague[0]}`", name.span, "not what it is")
        elif len(words) > 1 and _VERSION.fullmatch(name.text):
            message = f"`{name.text}` says which version it is"
            yield finding(CODE, message, name.span, "not what it is")
        elif kind in (words[0], words[-1]):
            yield finding(
                CODE,
                f"`{name.text}` says again that it is a {kind}",
                name.span,
                f"`{kind}` stands in front of it",
            )
