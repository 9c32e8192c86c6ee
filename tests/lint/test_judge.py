"""Selection by `segql.toml`, comments that ignore findings, and what is said of names that do not exist."""

from __future__ import annotations

import pytest

from segql.diagnostics import Severity
from segql.lint.fixes import apply_fixes
from segql.lint.options import matcher
from tests.lint.support import check, check_example, codes

RAW = 'segment a of customer {\n  where {\n    sql "points > 1"\n  }\n}\n'
COUNT = "segment b of customer {\n  where {\n    count(purchase) > 0\n  }\n}\n"
NULLABLE = 'segment c of customer {\n  where {\n    country != "PL"\n  }\n}\n'


class TestSelection:
    def test_rules_apply_by_default(self):
        assert codes(check_example(RAW + COUNT)) == ["SEG543", "SEG555"]

    def test_ignore_by_code_by_name_and_by_prefix(self):
        assert codes(check_example(RAW + COUNT, '[lint]\nignore = ["SEG543"]')) == ["SEG555"]
        assert codes(check_example(RAW + COUNT, '[lint]\nignore = ["raw-sql"]')) == ["SEG543"]
        assert codes(check_example(RAW + COUNT, '[lint]\nignore = ["SEG54"]')) == ["SEG555"]

    def test_select_replaces_the_default(self):
        assert codes(check_example(RAW + COUNT, '[lint]\nselect = ["SEG55"]')) == ["SEG555"]
        assert codes(check_example(RAW + COUNT, "[lint]\nselect = []")) == []

    def test_warnings_of_the_checker_can_be_ignored(self):
        assert codes(check_example(NULLABLE)) == ["SEG401"]
        assert codes(check_example(NULLABLE, "[lint]\nselect = []")) == ["SEG401"]
        assert codes(check_example(NULLABLE, '[lint]\nignore = ["unknown-decides"]')) == []

    def test_errors_cannot_be_ignored(self):
        text = "segment a of customer { where { nothing } }\n"
        toml = '[lint]\nignore = ["all"]'
        assert codes(check_example(text, toml)) == ["SEG203"]

    def test_what_has_errors_is_like_nothing_else(self):
        text = "segment a of customer {{ where {{ {} > 1 }} }}\nsegment b of customer {{ where {{ {} > 1 }} }}\n"
        assert codes(check_example(text.format("points", "points"))) == ["SEG573"]
        assert codes(check_example(text.format("nothing", "nowhere"))) == ["SEG203", "SEG203"]

    def test_severity_of_the_nearest_name(self):
        toml = '[lint.severity]\nSEG5 = "error"\nraw-sql = "warning"\n'
        found = {item.code.name: item.level for item in check_example(RAW + COUNT, toml)}
        assert found == {"raw-sql": Severity.WARNING, "count-with-zero": Severity.ERROR}

    def test_paths(self):
        toml = (
            '[lint.paths."case.seg"]\nignore = ["SEG5"]\n'
            '[lint.paths."c*.seg"]\nselect = ["raw-sql"]\nseverity = { raw-sql = "error" }\n'
        )
        (item,) = check_example(RAW + COUNT, toml)
        assert (item.code.code, item.level) == ("SEG555", Severity.ERROR)

    def test_globs(self):
        assert matcher("segments/**").fullmatch("segments/a/b.seg")
        assert matcher("**/b.seg").fullmatch("b.seg")
        assert matcher("**/b.seg").fullmatch("x/y/b.seg")
        assert not matcher("segments/*.seg").fullmatch("segments/a/b.seg")
        assert not matcher("a?c.seg").fullmatch("a/c.seg")
        assert matcher("a+(b).seg").fullmatch("a+(b).seg")

    def test_unknown_rules_are_errors_at_their_place(self):
        toml = '[lint]\nignore = ["raw-sqll"]\n[lint.severity]\nSEG999 = "error"\n'
        found = check_example(COUNT, toml)
        places = [item for item in found if item.code.code == "SEG017"]
        assert [item.message for item in places] == [
            "there is no rule `raw-sqll`",
            "there is no rule `SEG999`",
        ]
        assert {item.span.file for item in places if item.span} == {"segql.toml"}
        assert places[0].helps[0].text == "did you mean `raw-sql`?"
        # an error is known, and still nothing that can be chosen
        assert "SEG017" in codes(check_example(COUNT, '[lint]\nignore = ["SEG203"]'))

    def test_patterns_that_can_match_no_file(self):
        for pattern in ("", "../x/*", "/x/*", "a/../*.seg", r"a\b.seg"):
            (item,) = check_example(
                COUNT, f"[lint.paths.'{pattern}']\nselect = []\n[lint]\nignore = ['SEG543']"
            )
            assert (item.code.code, item.message) == (
                "SEG018",
                f"the pattern `{pattern}` can match no file",
            )

    def test_a_sending_tag_that_is_misspelt(self):
        segment = "segment a of customer {\n  tags: email\n  where {\n    points > 1\n  }\n}\n"
        for toml in (
            '[lint]\nsending_tags = ["emial"]\nconsent = ["email_opt_in"]\n',
            '[lint]\nsending_tags = ["sms"]\n[lint.consent]\nemial = ["email_opt_in"]\n',
        ):
            [item] = check_example(segment, toml)
            assert (item.code.code, item.level) == ("SEG019", Severity.WARNING)
            assert item.message == "no segment is tagged `emial`"
            assert [help.text for help in item.helps] == ["did you mean `email`?"]
            assert check_example(segment, toml + "[lint.paths.'*']\nignore = ['SEG019']\n") == ()
        assert check_example(segment, '[lint]\nsending_tags = ["sms"]\n') == ()

    def test_unknown_attributes_are_errors(self):
        toml = '[lint]\nprotected = ["customer.gendr"]\nconsent = ["email_opt_in", "email_optin"]\n'
        found = check_example(COUNT.replace("> 0", "> 3"), toml)
        assert sorted(item.message for item in found) == [
            "the project has no `customer.gendr`",
            "the project has no `email_optin`",
        ]


def ignoring(comment: str, text: str = RAW) -> str:
    return text.replace('sql "points > 1"', f'sql "points > 1" # {comment}')


class TestSuppression:
    def test_behind_the_line(self):
        assert check_example(ignoring("segql: ignore[SEG555] kept")) == ()
        assert check_example(ignoring("segql:ignore [raw-sql, SEG555]: kept")) == ()
        assert codes(check_example(ignoring("segql: ignore[SEG543] kept"))) == ["SEG555", "SEG590"]

    def test_above_the_line(self):
        comment = "    # segql: ignore[SEG555] kept\n    # a note\n\n"
        assert check_example(RAW.replace("    sql", f"{comment}    sql")) == ()

    def test_above_and_at_a_declaration(self):
        comment = "# segql: ignore[SEG555] kept"
        assert check_example(f"{comment}\n{RAW}") == ()
        assert check_example(RAW.replace("customer {", f"customer {{ {comment}")) == ()
        assert codes(check_example(f"{comment}\n{COUNT}{RAW}")) == ["SEG543", "SEG555", "SEG590"]

    def test_above_a_block_is_about_the_block(self):
        text = RAW.replace(
            '    sql "points > 1"',
            "    # segql: ignore[raw-sql] kept\n    any {\n"
            '      sql "points > 1"\n      sql "points < 9"\n    }',
        )
        assert check_example(text) == ()

    def test_warnings_of_the_checker(self):
        assert check_example(NULLABLE.replace('"PL"', '"PL" # segql: ignore[SEG401] yes')) == ()

    def test_a_reason_is_asked_for(self):
        assert codes(check_example(ignoring("segql: ignore[SEG555]"))) == ["SEG591"]

    def test_what_is_no_rule_is_told(self):
        for comment in ("segql: ignore", "segql: ignore[]", "segql: ingore[SEG555] x", "segql:"):
            assert codes(check_example(ignoring(comment))) == ["SEG555", "SEG592"], comment
        assert codes(check_example(ignoring("segql: ignore[SEG599] x"))) == ["SEG555", "SEG592"]
        (item,) = check_example(COUNT.replace("> 0", "> 3 # segql: ignore[SEG203] x"))
        assert item.message == "`SEG203` is an error, which cannot be ignored"

    @pytest.mark.parametrize(
        ("comment", "way_out"),
        [
            ("segql: ignore[SEG555]", "say behind the `]` why it is right here"),
            ("segql: ignore[seg555] x", "did you mean `SEG555`?"),
            ("segql: ignore[raw-sq] x", "did you mean `raw-sql`?"),
            ("segql: ignore[all] x", "`segql rule --all` lists the rules"),
            ("segql: ignore[SEG599] x", "`segql rule --all` lists the rules"),
            ("segql: ignore[SEG203] x", "mend it; only warnings can be ignored"),
            (
                "segql: ignore",
                "name the rule and the reason, for instance `# segql: ignore[SEG543] why`",
            ),
        ],
    )
    def test_each_fault_of_a_comment_has_a_way_out(self, comment, way_out):
        found = check_example(ignoring(comment))
        [item] = [item for item in found if item.code.code in ("SEG591", "SEG592")]
        assert [help.text for help in item.helps] == [way_out]

    def test_a_hash_in_a_text_is_no_comment(self):
        text = RAW.replace("points > 1", "'# segql: ignore[SEG555] x' = 'a'")
        assert codes(check_example(text)) == ["SEG555"]

    def test_not_unused_where_the_rule_is_off_or_the_project_has_errors(self):
        text = COUNT.replace("> 0", "> 3 # segql: ignore[SEG555] x")
        assert codes(check_example(text)) == ["SEG590"]
        assert check_example(text, '[lint]\nignore = ["raw-sql"]') == ()
        broken = "segment x of customer { where { nothing } }\n"
        assert codes(check_example(text + broken)) == ["SEG203"]

    def test_unused_rules_are_removed_and_others_stay(self):
        text = ignoring("segql: ignore[SEG543, SEG555] kept")
        assert applied(text) == ignoring("segql: ignore[SEG555] kept")
        alone = f"# segql: ignore[SEG555] kept\n{NULLABLE}".replace("country !=", "country =")
        assert applied(alone) == NULLABLE.replace("country !=", "country =")


def test_no_advice_about_what_has_errors():
    faulty = COUNT.replace("> 0", "> 0\n    nothing")
    assert codes(check_example(faulty)) == ["SEG203"]
    assert codes(check_example(faulty + RAW)) == ["SEG203", "SEG555"]


def applied(text: str) -> str:
    return apply_fixes({"case.seg": text}, check_example(text)).texts["case.seg"]


def test_a_project_without_rules_of_its_own_files():
    assert check({"a.seg": "# nothing but a comment\n"}) != ()
