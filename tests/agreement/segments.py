"""Random definitions as text, well typed over a model: every construct of the language."""

from __future__ import annotations

from segql.model import nodes
from tests.agreement.choices import Scope
from tests.agreement.conditions import Conditions

SUBJECTS = ("customer", "customer", "customer", "store")


class Writer(Conditions):
    """Writes definitions; each choice is a byte, the simplest one 0, so that a failing text shrinks."""

    def lines(self, scope: Scope, most: int) -> str:
        depth = self.pick((0, 1, 2, 2))
        count = self.number(1, most)
        return "\n".join(self.condition(scope, depth) for _ in range(count))

    def data(self) -> str:
        """Data of a level or part."""
        if self.maybe():
            return ""
        values = (
            ("channel", "text"),
            ("rank", "int"),
            ("fee", "decimal"),
            ("since_day", "date"),
            ("push", "bool"),
        )
        first = self.number(0, len(values) - 1)
        chosen = values[first : first + self.number(1, 2)]
        made = [
            f"{name}: {'2025-03-30' if kind == 'date' else self._plain(kind)}"
            for name, kind in chosen
        ]
        return f" with {{ {', '.join(made)} }}"

    def _plain(self, kind: str) -> str:
        return str(self.pick(("0.5", "-2.25", "12"))) if kind == "decimal" else self.literal(kind)


def segment_text(model: nodes.Model, choices: bytes) -> str:
    """What follows `segment NAME`: of an entity, with a line or two of conditions."""
    writer = Writer(model, choices)
    subject = model.sources[writer.pick(SUBJECTS)]
    return f"of {subject.name} {{\n  where {{\n{writer.lines(Scope(subject), 2)}\n  }}\n}}"


def trait_text(model: nodes.Model, choices: bytes) -> str:
    """What follows `trait NAME`: of an entity, with a value of any type."""
    writer = Writer(model, choices)
    scope = Scope(model.sources[writer.pick(SUBJECTS)])
    kind = writer.pick(
        ("int", "decimal", "decimal", "text", "date", "timestamp", "share", "duration")
    )
    value = writer.share(scope, 1) if kind == "share" else writer.value(scope, kind, 2)
    return f"of {scope.source.name} = {value}"


def segmentation_text(model: nodes.Model, choices: bytes) -> str:
    """What follows `segmentation NAME`: one to three levels and, mostly, `otherwise`."""
    writer = Writer(model, choices)
    subject = model.sources[writer.pick(SUBJECTS)]
    found = []
    if writer.number(0, 2) == 0:
        found.append(f"  among {writer.pick(writer.populations(subject)[1:])}")
    for number in range(writer.number(1, 3)):
        found.append(f"  level l{number}: {{\n{writer.lines(Scope(subject), 2)}\n}}{writer.data()}")
    if writer.number(0, 3):
        found.append(f"  level rest: otherwise{writer.data()}")
    return f"of {subject.name} {{\n" + "\n".join(found) + "\n}"


def split_text(model: nodes.Model, choices: bytes) -> str:
    """What follows `split NAME`: up to three parts of a segment."""
    writer = Writer(model, choices)
    subject = model.sources[writer.pick(SUBJECTS)]
    name = writer.pick(writer.populations(subject)[1:])
    seed = choices.hex()[:12]
    shares = [writer.pick((10, 33.3, 30, 0.01, 25)) for _ in range(writer.number(1, 3))]
    parts = [f"  part p{at}: {share}%{writer.data()}" for at, share in enumerate(shares)]
    return f'of {name} {{\n  seed: "{seed}"\n' + "\n".join(parts) + "\n}"
