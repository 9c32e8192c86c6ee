"""Which two tokens a space stands between."""

from __future__ import annotations

from segql.syntax.groups import Piece
from segql.syntax.words import words

#: Words with a space before the `(` behind them; behind any other name it opens arguments.
_BEFORE_PAREN = words(
    "and or not in key on has any all none contains with matches contain start end match have since until between "
    "before after by per of as is to than within where among if then else history from"
)
#: Words behind which a minus is a sign.
_BEFORE_SIGN = _BEFORE_PAREN | words("least most exactly when")
_OPERATORS = words("EQUAL ORDER PLUS MINUS STAR SLASH RANGE COMMA COLON LPAR LBRACE")
_CLOSE_BEFORE = words("COMMA COLON DOT OPTIONAL RANGE RPAR")


def is_sign(before: Piece | None) -> bool:
    """Whether a minus behind `before` is a sign and not an operator."""
    if before is None or before.kind in _OPERATORS:
        return True
    return before.kind == "NAME" and before.text in _BEFORE_SIGN


def spaced(last: Piece, piece: Piece, before: Piece | None) -> bool:
    """Whether a space stands between `last` and `piece`; `before` is what stands before `last`."""
    if last.kind in ("DOT", "LPAR", "RANGE") or piece.kind in _CLOSE_BEFORE:
        return False
    if last.kind == "MINUS" and is_sign(before):
        return piece.kind == "MINUS"  # `--` is no comment here, but looks like one
    if piece.kind == "LPAR" and last.kind in ("NAME", "QUOTED_NAME"):
        dotted = before is not None and before.kind == "DOT"
        declared = before is not None and before.text == "trait"
        return last.text in _BEFORE_PAREN and not dotted and not declared
    return True
