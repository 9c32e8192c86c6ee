"""Two tags that differ in an underscore or a plural only.

Tags choose: which rules apply, which assertions hold, what a job exports. A segment with the other spelling is left out
of all that without a word.

## Example
```seg
segment lapsed of customer {
  tags: win_back

  where {
    did not purchase in last 90 days
  }
}

segment lost of customer {
  tags: winback

  where {
    did not purchase in last 365 days
  }
}
```

## Use instead
```seg
segment lapsed of customer {
  tags: winback

  where {
    did not purchase in last 90 days
  }
}

segment lost of customer {
  tags: winback

  where {
    did not purchase in last 365 days
  }
}
```

## Fix
None: either spelling may be the right one.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Label
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG505", "inconsistent-tag", "a tag has one spelling")


def check(subject: Subject) -> Iterator[Diagnostic]:
    spellings: dict[str, dict[str, list[tree.Name]]] = {}
    for at in subject.nodes(tree.Meta):
        assert isinstance(at.node, tree.Meta)
        if at.node.key.text == "tags" and not at.node.custom:
            for tag in at.node.values:
                if isinstance(tag, tree.Name):
                    group = spellings.setdefault(_folded(tag.text), {})
                    group.setdefault(tag.text, []).append(tag)
    for group in spellings.values():
        usual = max(group, key=lambda text: (len(group[text]), text))
        for text, tags in group.items():
            if text != usual:
                for tag in tags:
                    yield finding(
                        CODE,
                        f"the tag `{text}` is elsewhere written `{usual}`",
                        tag.span,
                        "another spelling",
                        more=[Label(group[usual][0].span, "for example here")],
                    )


def _folded(tag: str) -> str:
    plain = tag.replace("_", "")
    if plain == "news":
        return plain
    return plain.removesuffix("s") if len(plain) > 3 and not plain.endswith("ss") else plain
