"""What a rule is given: the project's trees, model and texts, and ways to look things up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias, TypeVar

from segql.diagnostics import Edit, Fix
from segql.lint.groups import Group
from segql.lint.options import Options
from segql.lint.reason import Reasoner
from segql.model import nodes
from segql.model.nodes import Condition, Model, Value
from segql.model.walk import Parts
from segql.source import SourceFile, Span
from segql.syntax import tree

N = TypeVar("N", bound=tree.Node)
M = TypeVar("M")


class At(NamedTuple):
    """A node of the tree where it stands."""

    node: tree.Node
    above: At | None
    declaration: tree.Declaration

    def around(self) -> Iterator[tree.Node]:
        """The nodes that it stands in, the nearest first."""
        at = self.above
        while at is not None:
            yield at.node
            at = at.above


@dataclass(frozen=True, slots=True)
class Definition:
    """Conditions or a value of the model as one declaration states them.

    What it mentions by name (a trait, a segment) is part of those definitions, not of this one: `walk` does not enter
    it unless asked to.
    """

    name: str
    kind: str
    """segment, level, trait, event or entity."""
    span: Span
    parts: tuple[Condition | Value, ...]


Audience: TypeAlias = "nodes.Segment | nodes.Segmentation"
"""What has a title, an owner and tags."""


class Subject:
    """A project as rules see it. Everything is worked out when it is first asked for."""

    def __init__(
        self,
        files: Sequence[tree.File],
        sources: Mapping[str, SourceFile],
        model: Model,
        options: Options,
        *,
        whole: bool = True,
    ) -> None:
        self.files = files
        self.sources = sources
        self.model = model
        self.options = options
        self.whole = whole
        """Nothing of the project has errors: what no definition mentions is mentioned nowhere."""

    # --- trees ------------------------------------------------------------------------------------

    def text(self, span: Span) -> str:
        """What is written there."""
        return self.sources[span.file].text[span.start : span.end]

    def removal(self, span: Span) -> Fix | None:
        """The fix that removes lines on which nothing else stands; None where something does."""
        text = self.sources[span.file].text
        start = text.rfind("\n", 0, span.start) + 1
        end = text.find("\n", span.end)
        end = len(text) if end < 0 else end + 1
        if text[start : span.start].strip() or text[span.end : end].strip():
            return None
        return Fix("remove this line", (Edit(Span(span.file, start, end), ""),))

    @cached_property
    def declarations(self) -> Mapping[str, tree.Declaration]:
        """By name; of two of one name the first."""
        found: dict[str, tree.Declaration] = {}
        for file in self.files:
            for declaration in file.declarations:
                if declaration.name is not None:
                    found.setdefault(declaration.name.text, declaration)
        return found

    def declared(self, kind: type[N]) -> Iterator[tuple[tree.Name, N]]:
        """The declarations of a kind with their names, in the order of the files."""
        for file in self.files:
            for declaration in file.declarations:
                if isinstance(declaration, kind) and declaration.name is not None:
                    yield declaration.name, declaration

    def is_mentioned(self, name: str) -> bool:
        """Whether another definition uses a declared name; where the project has errors, it may."""
        return name in self._mentioned or not self.whole

    @cached_property
    def _mentioned(self) -> frozenset[str]:
        needs = self.model.needs.items()
        found = {other for name, needed in needs for other in needed if other != name}
        for at in self.nodes(tree.Claim):
            assert isinstance(at.node, tree.Claim)
            found |= {path.parts[0].text for path in at.node.segments}
        return frozenset(found)

    def nodes(self, *kinds: type[tree.Node]) -> Iterator[At]:
        """All nodes of exactly these classes, where they stand; no names, paths and types."""
        for kind in kinds:
            yield from self._by_kind.get(kind, ())

    @cached_property
    def _by_kind(self) -> dict[type[tree.Node], list[At]]:
        found: dict[type[tree.Node], list[At]] = defaultdict(list)
        for file in self.files:
            for declaration in file.declarations:
                todo: list[At] = [At(declaration, None, declaration)]
                while todo:
                    at = todo.pop()
                    found[type(at.node)].append(at)
                    todo += [At(child, at, declaration) for child in children(at.node, _INNER)]
        return found

    # --- model ------------------------------------------------------------------------------------

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """What the declarations state, but for lists, whose members are data."""
        found: list[Definition] = []
        for name, segment in self.model.segments.items():
            if isinstance(self.declarations.get(name), tree.SegmentDecl):
                found.append(Definition(name, "segment", segment.span, segment.lines))
        for whole in self.model.segmentations.values():
            for level in whole.levels:
                if level.own is not None:
                    span = level.segment.span
                    found.append(Definition(level.segment.name, "level", span, (level.own,)))
        for name, trait in self.model.traits.items():
            found.append(Definition(name, "trait", trait.span, (trait.value,)))
        for name, source in self.model.sources.items():
            if isinstance(source, nodes.Event) and source.where is not None:
                found.append(Definition(name, "event", source.span, (source.where,)))
            if source.only is not None:
                found.append(Definition(name, "entity", source.span, (source.only,)))
        return tuple(found)

    @cached_property
    def audiences(self) -> tuple[tuple[tree.Name, Audience], ...]:
        """Segments, segmentations and splits with the names where they are declared; no levels, no lists."""
        found: list[tuple[tree.Name, Audience]] = []
        for name, declaration in self.declarations.items():
            assert declaration.name is not None
            if isinstance(declaration, tree.SegmentDecl) and name in self.model.segments:
                found.append((declaration.name, self.model.segments[name]))
            elif name in self.model.segmentations:
                found.append((declaration.name, self.model.segmentations[name]))
        return tuple(found)

    @cached_property
    def reasoner(self) -> Reasoner:
        return Reasoner(self.model.settings)

    @cached_property
    def together(self) -> tuple[Group, ...]:
        """Each list of conditions that must all hold: the lines of a segment, of an `all`, of a `where`."""
        found = [
            tuple(part for part in definition.parts if isinstance(part, nodes.Condition))
            for definition in self.definitions
        ]
        found += [node.items for _, node in self.model_nodes(nodes.All)]
        return tuple(Group(items) for items in found if items)

    @cached_property
    def alternatives(self) -> tuple[Group, ...]:
        """Each list of conditions of which one must hold, or none: those of `any`, `or` and `none`."""
        return tuple(Group(node.items) for _, node in self.model_nodes(nodes.Any))

    def model_nodes(self, kind: type[M]) -> Iterator[tuple[Definition, M]]:
        """All nodes of exactly this class of the model, with the definitions that state them."""
        found: list[Any] = self._model_nodes.get(kind, [])
        yield from found

    @cached_property
    def _model_nodes(self) -> dict[type, list[Any]]:
        found: dict[type, list[Any]] = defaultdict(list)
        for definition in self.definitions:
            for node in walk(definition.parts):
                found[type(node)].append((definition, node))
        return found


# --- walks ------------------------------------------------------------------------------------------


_NODES = frozenset(
    kind for kind in vars(tree).values() if isinstance(kind, type) and issubclass(kind, tree.Node)
)
_INNER = _NODES - {
    *(tree.Name, tree.Path, tree.TypeNode, tree.Text, tree.ColumnPath, tree.TableName)
}


def children(node: tree.Node, kinds: Set[type] = _NODES) -> list[tree.Node]:
    """The nodes of these classes that a node of the tree consists of, in the order of its fields."""
    found: list[tree.Node] = []
    for value in node.__dict__.values():
        if type(value) is tuple:
            found += [item for item in value if type(item) in kinds]
        elif type(value) in kinds:
            found.append(value)
    return found


_NAMED = (nodes.Named, nodes.MemberOf)
_PARTS = Parts(
    nodes.Value,
    nodes.Condition,
    nodes.Search,
    nodes.Window,
    nodes.Measure,
    nodes.Step,
    nodes.Among,
)


def walk(node: object, *, deep: bool = False) -> Iterator[object]:
    """A value or condition of the model and all it consists of.

    What has a name (a trait, a derived attribute, a segment) is given, but entered only if `deep`; so are populations.
    """
    todo = [node]
    while todo:
        at = todo.pop()
        if type(at) is tuple:
            todo += at[::-1]
            continue
        names = _PARTS[type(at)]
        if names is None:
            if deep and isinstance(at, nodes.Population) and at.condition is not None:
                todo.append(at.condition)
            continue
        yield at
        if not deep and isinstance(at, _NAMED):
            continue
        todo += [getattr(at, name) for name in names[::-1]]


def inside(node: object) -> Iterator[object]:
    """What a node of the model, or a tuple of them, consists of, one step down; of what has a name, nothing."""
    if type(node) is tuple:
        yield from node
    elif not isinstance(node, _NAMED):
        for name in _PARTS[type(node)] or ():
            yield getattr(node, name)
