"""Writes `rules.md`: how rules are chosen, and the page of each, from the files in `src/segql/lint/rules`.

Run `python docs/generate_rules.py` when a rule was added or changed.
"""

from __future__ import annotations

from pathlib import Path

from segql.lint.example import MODEL
from segql.lint.rules import RULES
from segql.report.rules import Entry, markdown, of_rule

PAGE = Path(__file__).with_name("rules.md")
CHAPTERS = {
    "50": "What a definition says of itself",
    "51": "Windows",
    "52": "Conditions that hold never, always or twice",
    "53": "Levels, parts and rankings",
    "54": "Shorter forms",
    "55": "Values",
    "56": "The rights of people",
    "57": "Unused, or there twice",
    "58": "What cannot be seen",
    "59": "Comments that ignore a rule",
}
HEAD = """\
# Rules

<!-- Made by `python docs/generate_rules.py` from the files in `src/segql/lint/rules`; a test compares it with them. -->

`segql check` tells more than right and wrong: definitions that are valid and probably not what was meant. Each rule
has a code, a name and a page, which `segql rule SEG521` or `segql rule never-holds` prints;
`segql rule --all --format json` gives all of them to other programs. The examples rest on a
[small model](#the-model-of-the-examples).

## Choosing

Most rules apply by default. `segql.toml` chooses others, by code, by name or by the beginning of a code; `all` are all
rules, `default` the usual ones:

```toml
[project]
name = "shop"
timezone = "Europe/Warsaw"

[lint]
select = ["default", "missing-owner", "missing-title"]
ignore = ["SEG55"]

sending_tags = ["email", "sms"]        # tags of segments that somebody is sent something by
consent = ["email_opt_in"]             # attributes, traits or segments that stand for consent
protected = ["customer.gender"]        # attributes that may choose nobody

[lint.severity]
never-holds = "error"                  # a warning otherwise; `check --strict` ends with 1 for warnings too

[lint.paths."segments/legacy/**"]      # `*` within a folder, `**` any number of folders; the last that matches wins
ignore = ["all"]
```

Consent of its own for each tag is written as a table, `[lint.consent]` with `email = ["email_opt_in"]` and
`sms = ["sms_opt_in"]`. `ignore`, `severity` and comments are about the warnings of the checker too, such as `SEG401`
(`unknown-decides`); never about errors. A name that no rule has is an error in `segql.toml`.

## Ignoring a finding

A comment names the rules and says why. Behind code it is about the findings of its line, above code about those of the
next line; where a declaration, a level or a block begins there, about all of it.

```seg
segment polish_mail of customer {
  where {
    sql "email like '%.pl'" # segql: ignore[raw-sql] kept to compare with the old query
  }
}
```

A comment without a reason is a finding itself, and so is one that ignores nothing.

## Fixing

`segql check --fix` applies the safe fixes, those that leave the members of every segment as they are or mend what has
no meaning; `--unsafe-fixes` applies the others too, which somebody must look at; `--diff` only shows what would
change, and ends with 1 where something would or an error would be left. Of several fixes for one finding none is
chosen. Fixes are applied until none is left, and the result is checked: if it had an error that was not there before,
nothing is written.

## Telling others

`--format` is `text`, `concise`, `json`, `sarif` (SARIF 2.1.0), `github` (workflow commands), `gitlab` (Code Quality) or
`junit`; `--output-file` writes to a file, `--statistics` counts. The exit code is 0 where nothing was found, 1 for
errors (with `--strict` for warnings too), 2 for misuse or a fault in `segql.toml`.
"""

MODEL_HEAD = """\
## The model of the examples

```seg model
"""


def page() -> str:
    """The text of the page."""
    head, choosing = HEAD.split("## Choosing", 1)
    parts = [head + MODEL_HEAD + MODEL + "```\n", "## Choosing" + choosing]
    entries = [of_rule(rule) for rule in RULES]
    for digits, title in CHAPTERS.items():
        chosen = [entry for entry in entries if entry.code.code.startswith(f"SEG{digits}")]
        parts.append(f"## {title}\n")
        parts += [_section(entry) for entry in chosen]
    return "\n".join(parts)


def _section(entry: Entry) -> str:
    """The page, with a `segql.toml` that is complete."""
    project = '```toml\n[project]\nname = "shop"\ntimezone = "Europe/Warsaw"\n\n[lint]\n'
    return markdown(entry).replace("```toml\n[lint]\n", project)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
