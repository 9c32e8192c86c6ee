r"""Characters that cannot be seen, or that turn the text around them round, in a text, a name or a comment.

A reviewer reads what an editor shows, segql reads what is written. Behind U+202E or U+2067 an editor shows letters in
another order: what stands in a comment can look like a condition, and what is compared like another value. A zero width
space comes along when a value is copied out of a web page or a spreadsheet; no value of the data has it, so a condition
that looks right holds for nobody.

## Example
```seg
segment polish_customers of customer {
  where {
    country = "PL<U+200B>"
    email_opt_in # since May <U+2067>did visit
  }
}
```

`<U+200B>` stands for that character.

## Use instead
```seg
segment polish_customers of customer {
  where {
    country = "PL\u{200b}"
    email_opt_in # since May did visit
  }
}
```

Then take out of the text what does not belong there.

A mark of direction is left alone beside letters that are written from right to left, a joiner between letters that it
joins, and all that an emoji is made of.

## Real cases
"Trojan Source", CVE-2021-42574: reviewers and compilers of C, Go, Rust, Python and others were shown different programs
(<https://trojansource.codes>); compilers and code hosts warn since
(<https://github.com/rust-lang/rust/security/advisories/GHSA-rcv6-wg5m-24v6>).

## Fix
Safe: in a text it writes the escape, which is the same text; in a comment it removes the character. A name in
back-quotes has no escapes: it is left as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Edit, Fix
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.lint.suppressions import TOKEN
from segql.source import Span

CODE = advice("SEG580", "hidden-characters", "a file reads as it looks")

_TURNING = "\u202a-\u202e\u2066-\u2069"
_MARKS = "\u200e\u200f\u061c"
_JOINERS = "\u200c\u200d"
_UNSEEN = (
    "\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2028\u2029"
    "\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f"
)
_FLAG = "\U0001f3f4[\U000e0020-\U000e007f]+"
_ALL = f"{_TURNING}{_MARKS}{_JOINERS}{_UNSEEN}"
_HIDDEN = re.compile(f"{_FLAG}|([{_ALL}]|\r(?!\n))+")
_PERHAPS = re.compile(f"[{_ALL}\r]")
"""Quick to ask of files without any, which nearly all are."""
_PLACES = {'"': "text", "`": "name", "#": "comment"}


def check(subject: Subject) -> Iterator[Diagnostic]:
    for file in subject.files:
        source = subject.sources.get(file.span.file)
        if source is None or not _PERHAPS.search(source.text):
            continue
        for token in TOKEN.finditer(source.text):
            start, text = token.start(), token[0].rstrip("\r")
            runs = [Span(source.name, start + a, start + b) for a, b in _hidden(text)]
            if runs:
                yield _found(runs, [source.text[run.start : run.end] for run in runs], text[0])


def _hidden(text: str) -> Iterator[tuple[int, int]]:
    """Where characters of a token are hidden that have no business there."""
    for match in _HIDDEN.finditer(text):
        if match[1] is None or (not match[0].strip(_MARKS) and _has_leftward(text)):
            continue
        beside = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
        joins = not match[0].strip(_JOINERS) and not re.search("[\x00-\x7f]", beside)
        if not joins:
            yield match.span()


def _has_leftward(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def _found(runs: list[Span], hidden: list[str], first: str) -> Diagnostic:
    place = _PLACES[first]
    helps: list[Fix | str] = []
    if place == "text":
        edits = [Edit(*pair) for pair in zip(runs, map(_escaped, hidden), strict=True)]
        helps = [Fix(f"write `{_escaped(hidden[0])}`", tuple(edits), safe=True)]
    elif place == "comment":
        helps = [Fix("remove what cannot be seen", tuple(Edit(run, "") for run in runs), safe=True)]
    else:
        helps = ["write the name anew, unless the database has it like this"]
    turns = any(re.search(f"[{_TURNING}]", run) for run in hidden)
    does = "is shown in another order than it has" if turns else "holds what cannot be seen"
    return finding(CODE, f"this {place} {does}", runs[0], _named(hidden), helps=helps)


def _escaped(hidden: str) -> str:
    return "".join(f"\\u{{{ord(character):x}}}" for character in hidden)


def _named(hidden: list[str]) -> str:
    """The first characters by number and name."""
    each = "".join(hidden)
    first = [
        f"U+{ord(character):04X} {unicodedata.name(character, 'a control character').lower()}"
        for character in each[:2]
    ]
    more = f" and {len(each) - 2} more" if len(each) > 2 else ""
    return ", ".join(first) + more
