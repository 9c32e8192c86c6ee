"""The pages of the rules are run: the wrong example gives the rule's code and no other, the right one nothing, and the
fix leads from one to the other.
"""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from segql.lint.example import MODEL
from segql.lint.fixes import apply_fixes
from segql.lint.rule import Rule
from segql.lint.rules import RULES
from tests.lint.support import check_example, codes

DOCS = Path(__file__).parents[2] / "docs"
SECTIONS = ("Example", "Use instead", "Fix")


def settings(rule: Rule) -> str:
    """`[lint]` for a page: the default rules and its own, and what the page says."""
    toml = "".join(rule.page.blocks("Example", "toml"))
    chosen = f'select = ["default", "{rule.code.name}"]\n'
    return toml.replace("[lint]\n", f"[lint]\n{chosen}") if toml else f"[lint]\n{chosen}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code.name)
class TestPage:
    def test_it_is_complete(self, rule):
        page = rule.page
        titles = re.findall(r"^## (.+)$", page.text, re.M)
        assert [title for title in titles if title in SECTIONS] == list(SECTIONS)
        assert page.summary.endswith(".")
        assert len(page.text.split("\n## ")[0].splitlines()) > 2, "it does not say why"
        assert re.match(r"(Safe|Unsafe|None)\b", page.section("Fix"))
        assert rule.code.code.startswith("SEG5")

    def test_the_wrong_example_is_found(self, rule):
        for text in rule.page.blocks("Example", "seg"):
            assert set(codes(check_example(text, settings(rule)))) == {rule.code.code}, text

    def test_the_right_example_is_clean(self, rule):
        for text in rule.page.blocks("Use instead", "seg"):
            assert check_example(text, settings(rule)) == ()

    def test_the_fix_leads_there(self, rule):
        says = rule.page.section("Fix").split()[0].rstrip(":.,;")
        examples = rule.page.blocks("Example", "seg")
        rights = rule.page.blocks("Use instead", "seg")
        for place, text in enumerate(examples):
            found = check_example(text, settings(rule))
            texts = {"model.seg": MODEL, "case.seg": text}
            for unsafe in (False, True):
                fixed = apply_fixes(texts, found, unsafe=unsafe)
                if says == "Safe" or (unsafe and says == "Unsafe"):
                    assert fixed.texts["case.seg"] == rights[place]
                else:
                    assert not fixed.texts


def test_codes_and_names_are_in_order():
    assert [rule.code.code for rule in RULES] == sorted({rule.code.code for rule in RULES})
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.code.name) for rule in RULES)


def test_the_document_is_up_to_date():
    script = runpy.run_path(str(DOCS / "generate_rules.py"))
    text = (DOCS / "rules.md").read_text(encoding="utf-8")
    assert script["page"]() == text
    assert all(f"### {rule.code.code} {rule.code.name}\n" in text for rule in RULES)
