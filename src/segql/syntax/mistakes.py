"""stub"""

from segql.diagnostics import Diagnostic, Diagnostics, Label
from segql.source import SourceFile, Span
from segql.syntax import codes
from segql.syntax.lalr import Failure
from segql.syntax.scanner import Chunk
from segql.syntax.tables import Tables


class Explainer:
    def __init__(self, source: SourceFile, tables: Tables) -> None:
        self.source = source
        self.tables = tables

    def too_deep(self, at: int) -> Diagnostic:
        return Diagnostic(
            codes.TOO_DEEP,
            "nested too deep",
            (Label(Span(self.source.name, at, at + 1)),),
        )

    def mend(self, chunk: Chunk, found: Diagnostics) -> None:
        pass

    def explain(self, chunk: Chunk, failure: Failure, found: Diagnostics) -> None:
        if failure.index < len(chunk):
            i = failure.index
            span = Span(self.source.name, chunk.starts[i], chunk.ends[i])
            text = chunk.texts[i]
        else:
            span = Span(self.source.name, chunk.ends[-1], chunk.ends[-1])
            text = "end of the declaration"
        expected = sorted(k for k in self.tables.actions[failure.states[-1]] if k.isupper())
        found.report(codes.UNEXPECTED, f"unexpected `{text}`", span, f"expected {expected}")
