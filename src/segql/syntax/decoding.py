"""Bytes -> text: UTF-8, with the faults of what is not."""

from __future__ import annotations

from segql.diagnostics import Diagnostic, Fix, Label
from segql.source import SourceFile, Span
from segql.syntax import codes
from segql.syntax.scanner import MAX_CHARACTERS

#: A larger file need not be read: it cannot hold fewer characters than allowed.
MAX_BYTES = 4 * MAX_CHARACTERS

_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def too_large(name: str, size: int) -> Diagnostic:
    """The diagnostic for a file of more than `MAX_BYTES` bytes; ask before reading it."""
    return Diagnostic(
        codes.TOO_LARGE,
        f"a file has at most {MAX_BYTES:_} bytes, this one has {size:_}",
        (Label(Span(name, 0, 0)),),
        helps=(Fix("divide it into several files: all files of a project are one namespace"),),
    )


def decode(data: bytes, name: str) -> tuple[SourceFile | None, tuple[Diagnostic, ...]]:
    """The text of a file, without its byte order mark; None where the bytes are not UTF-8."""
    if len(data) > MAX_BYTES:
        return None, (too_large(name, len(data)),)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return None, (_fault(name, f"the file is {encoding}, not UTF-8"),)
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return SourceFile(name, data.decode("utf-8")), ()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = f"0x{data[error.start]:02X}"
        return None, (_fault(name, f"the file is not UTF-8: byte {byte} in line {line}"),)


def _fault(name: str, message: str) -> Diagnostic:
    return Diagnostic(
        codes.ENCODING,
        message,
        (Label(Span(name, 0, 0)),),
        helps=(Fix("save it as UTF-8"),),
    )
