"""A dbt project's models: one for each segment, with its sources, tests and exposures.

    models/segql/NAME.sql        the members; a view by default, `config` may say otherwise
    models/segql/segql.yml       models with tests of their keys, sources, exposures
    macros/segql_as_of.sql       the instant that models are evaluated as of: `--vars 'segql_as_of: …'`, or live

https://docs.getdbt.com/reference/model-properties, …/source-properties, …/exposure-properties
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from sqlglot import exp

from segql.model.nodes import Segment, Segmentation, Settings
from segql.model.running import PART, TEMPLATE
from segql.publish.sql import place_of, published
from segql.sql.dialect import dialect as dialect_of

if TYPE_CHECKING:
    from segql.api import Project

FOLDER = "models/segql"
MACRO = "segql_as_of"
_TABLE = re.compile("\x1ftable ([^\x1f]*)\x1f")
_INSTANT = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}"
    "(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")

Table = tuple[str, ...]


def dbt_files(project: Project, dialect: str) -> dict[str, bytes]:
    """The files of a dbt project by their names. Raises what `published` and `Project.sql` raise."""
    names = published(project)
    tables: dict[Table, None] = {}
    files: dict[str, str] = {}
    for name, text in project.sql_of(names, dialect, "template").items():
        tables.update(dict.fromkeys(_tables(text)))
        place = place_of(project, name)
        head = f"-- Made by segql from {place} for {dialect}. Change that, not this.\n"
        files[f"{FOLDER}/{name}.sql"] = head + _jinja(text.rstrip().rstrip(";")) + "\n"
    files[f"{FOLDER}/segql.yml"] = _properties(project, names, tables)
    files[f"macros/{MACRO}.sql"] = _macro(dialect, project.settings)
    return {name: text.encode() for name, text in files.items()}


# --- the models' SQL ------------------------------------------------------------------------------


def _jinja(text: str) -> str:
    """A statement as a template: what Jinja would read in its texts is said so that it does not."""
    text = re.sub(r"\{[{%#]", lambda found: "{{ '" + found.group() + "' }}", text)
    text = text.replace(TEMPLATE, "{{ " + MACRO + "() }}")
    return _TABLE.sub(lambda found: _source(tuple(found.group(1).split(PART))), text)


def _tables(text: str) -> Iterator[Table]:
    for found in _TABLE.finditer(text):
        yield tuple(found.group(1).split(PART))


def _source(table: Table) -> str:
    return "{{ source(" + f"{_quoted(_group(table))}, {_quoted(table[-1])}" + ") }}"


def _quoted(text: str) -> str:
    """A text of Jinja, which reads them as Python does."""
    return repr(text)


def _group(table: Table) -> str:
    """The name of the dbt source that a table is of: `segql`, or behind it the schema."""
    return "_".join(("segql", *table[:-1]))


# --- properties -----------------------------------------------------------------------------------


def _properties(project: Project, names: Iterable[str], tables: Iterable[Table]) -> str:
    model = project.model
    definitions = [model.segmentations.get(name) or model.segments[name] for name in names]
    content = {
        "version": 2,
        "models": [_model(project, definition) for definition in definitions],
        "sources": _sources(tables),
        "exposures": [_exposure(item) for item in definitions if item.owner],
    }
    head = f"# Made by segql from the segments of {project.config.project.name}. Change those, not this.\n"
    return head + "".join(_yaml({key: value}) for key, value in content.items() if value)


def _plain(value: object) -> object:
    """A user's texts so that dbt, which reads all of them as templates, takes them as they are."""
    if isinstance(value, str):
        return _jinja(value)
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _model(project: Project, definition: Segment | Segmentation) -> dict[str, object]:
    keys = [key.name for key in definition.entity.key]
    meta = {
        "title": definition.title,
        "owner": definition.owner,
        "segql_file": place_of(project, definition.name),
        **{
            key: list(values) if len(values) != 1 else values[0]
            for key, values in getattr(definition, "meta", ())
        },
    }
    config = {
        "tags": _plain(list(definition.tags)),
        "meta": _plain({key: value for key, value in meta.items() if value}),
    }
    made: dict[str, object] = {
        "name": definition.name,
        "description": _described(definition),
        "config": {key: value for key, value in config.items() if value},
    }
    tests = ["not_null"] if len(keys) > 1 else ["unique", "not_null"]
    made["columns"] = [{"name": key, "data_tests": tests} for key in keys]
    if len(keys) > 1:  # dbt's own test of several columns: that of an expression
        spelled = " || ':' || ".join(f"CAST({key} AS VARCHAR)" for key in keys)
        made["data_tests"] = [{"unique": {"column_name": f"({spelled})"}}]
    return made


def _described(definition: Segment | Segmentation) -> str:
    lines = [part for part in (definition.title, definition.description) if part]
    return _jinja("\n\n".join(lines))


def _exposure(definition: Segment | Segmentation) -> dict[str, object]:
    owner = definition.owner
    return {
        "name": f"segql_{definition.name}",
        "label": _plain(definition.title or definition.name),
        "type": "application",
        "description": _described(definition),
        "owner": {"email" if "@" in owner else "name": _plain(owner)},
        "depends_on": [f"ref('{definition.name}')"],
    }


def _sources(tables: Iterable[Table]) -> list[dict[str, object]]:
    groups: dict[Table, list[Table]] = {}
    for table in sorted(tables):
        groups.setdefault(table[:-1], []).append(table)
    sources: list[dict[str, object]] = []
    for place, members in groups.items():
        source: dict[str, object] = {"name": _group(members[0])}
        if len(place) > 1:
            source["database"] = place[-2]
        source["schema"] = place[-1] if place else "{{ var('segql_schema', target.schema) }}"
        source["tables"] = [_named(table[-1]) for table in members]
        sources.append(source)
    return sources


def _named(table: str) -> dict[str, object]:
    if _PLAIN.match(table):
        return {"name": table}
    return {"name": table, "quoting": {"identifier": True}}


# --- YAML -----------------------------------------------------------------------------------------


def _yaml(value: Mapping[str, object], indent: str = "") -> str:
    """Mappings and lists in blocks, everything else as JSON, which YAML has as its own."""
    lines = []
    for key, item in value.items():
        if isinstance(item, Mapping) and item:
            lines.append(f"{indent}{key}:\n{_yaml(item, indent + '  ')}")
        elif isinstance(item, list) and item and isinstance(item[0], Mapping):
            lines.append(f"{indent}{key}:\n")
            for one in item:
                block = _yaml(one, indent + "    ")
                lines.append(f"{indent}  - {block[len(indent) + 4 :]}")
        else:
            lines.append(f"{indent}{key}: {_UNPRINTABLE.sub(_escape, _json(item))}\n")
    return "".join(lines)


def _json(item: object) -> str:
    return json.dumps(item, ensure_ascii=False)


_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def _escape(found: re.Match[str]) -> str:
    """A character that JSON may hold and YAML may not."""
    return f"\\u{ord(found.group()):04x}"


# --- as of ----------------------------------------------------------------------------------------


def _macro(dialect: str, settings: Settings) -> str:
    """The instant: dbt's variable, which must say its offset, so that no setting of a session decides; or live."""
    d = dialect_of(dialect, settings)
    live = d.print(d.as_of("live"), pretty=False)
    given = d.as_of("parameter")
    for place in (*given.find_all(exp.Placeholder), *given.find_all(exp.Parameter)):
        place.replace(exp.Var(this="'{{ given }}'"))
    fixed = d.print(given, pretty=False)
    return f"""\
{{#- Made by segql. The instant that segments are evaluated as of: the engine's clock, or
    dbt build --vars 'segql_as_of: "2026-01-01T00:00:00+01:00"' -#}}
{{%- macro {MACRO}() -%}}
  {{%- set given = var('{MACRO}', 'live') | string -%}}
  {{%- if given == 'live' -%}}
    {live}
  {{%- elif modules.re.match('^{_INSTANT}$', given) -%}}
    {fixed}
  {{%- else -%}}
    {{{{ exceptions.raise_compiler_error("{MACRO} is an instant with its offset, "
      "such as 2026-01-01T00:00:00Z, not " ~ given) }}}}
  {{%- endif -%}}
{{%- endmacro -%}}
"""
