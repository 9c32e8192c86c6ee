"""Advice beyond right and wrong: definitions that are valid, and probably not what was meant.

rule.py          a rule: its code, its page, its check
rules/           one rule, one file, whose docstring is its page; `rules.RULES` is the table of all
subject.py       what a rule is given: trees, model, texts, options, and ways to look things up
places.py        sets of values as stretches of an order
claims.py        what a condition says of one value
groups.py        conditions that stand together, and which of them are about the same thing
reason.py        what follows from conditions: ranges, searches within searches
apart.py         conditions about one list or one text that exclude one another
currencies.py    in which currency a value is
options.py       `[lint]` of `segql.toml`: which rules apply to which file, how severe they are
suppressions.py  `# segql: ignore[SEG512] reason`
judge.py         all rules over a project, and what is left of the findings
fixes.py         fixes -> changed texts
example.py       the model that the examples of the pages rest on
"""
