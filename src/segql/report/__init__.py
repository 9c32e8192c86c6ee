"""Diagnostics and results -> text and JSON; pure functions of what they are given.

text.py         widths, cutting, colours, numbers: what all reports share
excerpt.py      lines of source with labels under them
diagnostics.py  diagnostics as text, concise lines and JSON
preview.py      a preview as text and JSON
dump.py         tree, model and plan as an indented outline
english.py      a definition in plain English
"""
