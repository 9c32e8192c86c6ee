"""All rules over a project; of the findings, the rules' and the checker's, what `segql.toml` and comments leave."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial

import segql.syntax.codes  # noqa: F401  # declares codes that comments may name, also where trees are kept
from segql.diagnostics import CODES, Diagnostic, Diagnostics, Severity, suggest
from segql.lint.options import Options, unknown_names
from segql.lint.rule import Rule, finding
from segql.lint.rules import RULES
from segql.lint.rules.suppression_unknown import CODE as UNKNOWN
from segql.lint.rules.suppression_unused import CODE as UNUSED
from segql.lint.rules.suppression_without_reason import CODE as WITHOUT_REASON
from segql.lint.subject import Subject
from segql.lint.suppressions import Named, Suppression, suppressions, without
from segql.model.nodes import Model
from segql.project.config import LintTable
from segql.source import SourceFile, Span


def options_of(table: LintTable, *, everything: bool = False) -> Options:
    """The options with the defaults of the rules; `everything` lets all rules apply."""
    return Options(frozenset(rule.code.code for rule in RULES if rule.default), table, everything)


def advice(subject: Subject) -> list[Callable[[], tuple[Diagnostic, ...]]]:
    """What the rules find as far as the options tell it, in parts: rules of one chapter look up the same things."""
    chapters: dict[str, list[Rule]] = {}
    for rule in RULES:
        if subject.options.could_apply(rule.code):
            chapters.setdefault(rule.code.code[:5], []).append(rule)
    return [partial(_advice, subject, rules) for rules in chapters.values()]


def _advice(subject: Subject, rules: Iterable[Rule]) -> tuple[Diagnostic, ...]:
    found = (item for rule in rules for item in rule.check(subject))
    return tuple(item for item in found if _is_told(item, subject.options))


def judge(
    subject: Subject, checked: Iterable[Diagnostic], advised: Iterable[Diagnostic] | None = None
) -> tuple[Diagnostic, ...]:
    """What was `checked`, and the `advice` of the rules, as far as neither the options nor a comment leave it out."""
    if advised is None:
        advised = (item for part in advice(subject) for item in part())
    checked = tuple(checked)
    told = Diagnostics(item for item in checked if _is_told(item, subject.options))
    faulty = _faulty(subject, checked)
    told.extend(item for item in advised if not _lies_in(item, faulty))
    comments = suppressions(subject)
    used: set[tuple[Suppression, Named]] = set()
    kept = Diagnostics(item for item in told if not _is_suppressed(item, comments, used))
    for item in _of_comments(subject, comments, used):
        if _is_told(item, subject.options):
            kept.add(item)
    return tuple(_with_severity(item, subject.options) for item in kept.sorted())


def unknown_in(table: LintTable, model: Model, config: SourceFile) -> tuple[Diagnostic, ...]:
    """What `[lint]` names and does not exist, at its place in `segql.toml`."""
    from segql.project.places import Places

    if table == LintTable():
        return ()
    codes = [code for code in CODES.values() if code.severity is Severity.WARNING]
    names = {*model.traits, *model.segments, *model.needs}
    names |= {name.partition(".")[2] for name in model.needs}
    for source in model.sources.values():
        names |= {*source.attributes, *(f"{source.name}.{name}" for name in source.attributes)}
    tags = {tag for segment in model.segments.values() for tag in segment.tags}
    tags |= {tag for whole in model.segmentations.values() for tag in whole.tags}
    return unknown_names(table, Places(config), codes, names, tags)


def _faulty(subject: Subject, checked: Iterable[Diagnostic]) -> tuple[Span, ...]:
    """The declarations with errors: advice about them comes too early."""
    errors = [item.span for item in checked if item.is_error and item.span is not None]
    if not errors:
        return ()
    spans = [declaration.span for file in subject.files for declaration in file.declarations]
    return tuple(span for span in spans if any(span.contains(error) for error in errors))


def _lies_in(item: Diagnostic, spans: Iterable[Span]) -> bool:
    return item.span is not None and any(span.contains(item.span) for span in spans)


def _is_told(item: Diagnostic, options: Options) -> bool:
    return options.applies(item.code, item.span.file if item.span else "")


def _with_severity(item: Diagnostic, options: Options) -> Diagnostic:
    severity = options.severity(item.code, item.span.file if item.span else "")
    return item if severity is None else replace(item, severity=severity)


def _is_suppressed(
    item: Diagnostic, comments: Iterable[Suppression], used: set[tuple[Suppression, Named]]
) -> bool:
    if item.code.severity is Severity.ERROR:
        return False
    found = False
    for comment in comments:
        if comment.covers(item):
            found = True
            used |= {
                (comment, named)
                for named in comment.rules
                if named.rule in (item.code.code, item.code.name)
            }
    return found


# --- what is wrong with the comments themselves ------------------------------------------------------


def _unknown(named: Named, known: Collection[str]) -> Diagnostic:
    other_case = [name for name in (named.rule.upper(), named.rule.lower()) if name in known]
    near = other_case or suggest(named.rule, (name for name in known if name.islower()))
    helps = [f"did you mean `{name}`?" for name in near] or ["`segql rule --all` lists the rules"]
    return finding(UNKNOWN, f"there is no rule `{named.rule}`", named.span, "unknown", helps=helps)


def _of_comments(
    subject: Subject, comments: Iterable[Suppression], used: set[tuple[Suppression, Named]]
) -> Iterator[Diagnostic]:
    known = {code.code: code for code in CODES.values()} | {c.name: c for c in CODES.values()}
    for comment in comments:
        if comment.malformed:
            yield finding(
                UNKNOWN,
                "this comment names no rule to ignore",
                comment.span,
                "expected `segql: ignore[RULE] reason`",
                helps=["name the rule and the reason, for instance `# segql: ignore[SEG543] why`"],
            )
            continue
        if not comment.reason:
            yield finding(
                WITHOUT_REASON,
                "a finding is ignored without a reason",
                comment.span,
                "no reason behind the `]`",
                helps=["say behind the `]` why it is right here"],
            )
        idle: list[Named] = []
        for named in comment.rules:
            code = known.get(named.rule)
            if code is None:
                yield _unknown(named, known)
            elif code.severity is Severity.ERROR:
                message = f"`{named.rule}` is an error, which cannot be ignored"
                helps = ["mend it; only warnings can be ignored"]
                yield finding(UNKNOWN, message, named.span, "an error", helps=helps)
            elif (comment, named) not in used and subject.options.applies(code, comment.span.file):
                idle.append(named)
        if idle and subject.whole:
            listed = ", ".join(f"`{named.rule}`" for named in idle)
            yield finding(
                UNUSED,
                f"nothing to ignore here: {listed}",
                idle[0].span,
                "found nothing",
                helps=[without(comment, idle, subject.sources[comment.span.file])],
            )
