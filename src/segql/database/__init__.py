"""The model meets the database: a first draft of it, and the check that it is still true.

names.py     physical names -> names of the language
profile.py   what is counted in the tables for a draft
keys.py      keys and foreign keys, declared or guessed
columns.py   attributes: types, enums, lists, points, JSON
roles.py     which table is an entity, an event, child rows, a list
draft.py     the `.seg` text
shape.py     the model beside the catalogue: tables, columns, types
content.py   the statements that count what rows hold
beside.py    the same of change logs and lists
check.py     what is asked of each source, and how it is told
codes.py     the codes of the findings
"""
