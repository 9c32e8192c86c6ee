"""Random trees, printed and parsed again; what holds for every tree that the parser makes."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError

from segql.source import Span
from segql.syntax import tree
from segql.syntax.printer import to_text
from tests.syntax import strategies
from tests.syntax.trees import bare, children, condition, corpus, read, walk

SETTINGS = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@SETTINGS
@given(strategies.conditions(2))
def test_a_random_condition_survives_its_text(node: tree.Condition) -> None:
    text = to_text(node)
    again = condition(text)
    wrapped = (
        again if isinstance(again, tree.Condition) else tree.Truth(span=again.span, value=again)
    )
    assert bare(wrapped) == bare(node), text


@SETTINGS
@given(strategies.declarations)
def test_a_random_declaration_survives_its_text(node: tree.Declaration) -> None:
    text = to_text(node)
    parsed = read(text)
    assert not parsed.diagnostics, (text, parsed.diagnostics)
    (again,) = parsed.file.declarations
    assert bare(again) == bare(node), text


def nodes() -> list[tree.File]:
    return [read(text).file for text in corpus()]


def test_the_corpus_is_worth_it() -> None:
    """It holds every kind of node but those that no text makes by itself."""
    found = {type(node) for file in nodes() for node in walk(file)}
    every = {
        kind
        for kind in vars(tree).values()
        if isinstance(kind, type) and issubclass(kind, tree.Node)
    }
    abstract = {tree.Node, tree.Value, tree.Window, tree.Condition, tree.Member, tree.Declaration}
    assert every - abstract - found == set()


def test_every_node_lies_in_its_parent() -> None:
    for file in nodes():
        for node in walk(file):
            assert 0 <= node.span.start <= node.span.end
            for child in children(node):
                assert node.span.contains(child.span), (node, child)


def test_every_span_holds_the_text_of_its_node() -> None:
    """The text at a condition's or a value's place parses to that node."""
    count = 0
    for text in corpus():
        for node in walk(read(text).file):
            apart = tree.Window | tree.WindowName | tree.ListLiteral  # arguments only
            if isinstance(node, tree.Condition | tree.Value) and not isinstance(node, apart):
                again = condition(text[node.span.start : node.span.end])
                if isinstance(node, tree.Truth) and isinstance(again, tree.Value):
                    again = tree.Truth(span=again.span, value=again)
                assert bare(again) == bare(node)
                count += 1
    assert count > 500


def test_every_node_is_valid() -> None:
    """Nodes are built without validation; here each is validated."""
    for file in nodes():
        for node in walk(file):
            tree.validate(node)


def test_validation_finds_a_wrong_type() -> None:
    span = Span("a", 0, 1)
    with pytest.raises(ValidationError):
        tree.validate(tree.Name(span=span, text=3))  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        tree.validate(tree.Truth(span=span, value=tree.Name(span=span, text="a")))  # type: ignore[arg-type]


def test_a_missing_or_unknown_field_is_refused() -> None:
    span = Span("a", 0, 1)
    with pytest.raises(TypeError, match="missing or unknown text"):
        tree.Name(span=span)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="missing or unknown txt"):
        tree.Name(span=span, text="a", txt="b")  # type: ignore[call-arg]


def test_nodes_are_frozen() -> None:
    node = tree.Name(span=Span("a", 0, 1), text="a")
    with pytest.raises(ValidationError):
        node.text = "b"


def test_pickles_give_the_same_tree() -> None:
    for file in nodes():
        again = pickle.loads(pickle.dumps(file, protocol=5))
        assert again == file
        assert [n.span for n in walk(again)] == [n.span for n in walk(file)]
