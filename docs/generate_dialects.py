"""Writes the tables of `dialects.md` from the capabilities of each dialect.

Run `python docs/generate_dialects.py` when an entry was added or changed.
"""

from __future__ import annotations

from pathlib import Path

from segql.dialects import DIALECTS
from segql.report.dialects import render_markdown

PAGE = Path(__file__).with_name("dialects.md")
BEGIN = "<!-- Made by `python docs/generate_dialects.py`; a test compares it with the code. -->\n"
END = "<!-- The end of what is made. -->\n"


def page(text: str) -> str:
    """The page with its tables made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, behind = rest.partition(END)
    return f"{before}{BEGIN}\n{render_markdown(list(DIALECTS))}\n{END}{behind}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
