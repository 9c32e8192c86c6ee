"""The command line: one command, one file.

app.py       the application, the global options
options.py   the options that several commands have
output.py    what goes to stdout and stderr
ending.py    how a command ends
init.py check.py fmt.py test.py compile.py preview.py export.py explain.py dialects.py model_draft.py model_check.py
checking.py, formatting.py, testing.py, init_data.py: the work of `check`, `fmt` and `test`, the data of `init`
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

from segql.version import __version__

if TYPE_CHECKING:
    from types import FrameType


INTERRUPTED = 130
TERMINATED = 143


class Terminated(KeyboardInterrupt):
    """The process was asked to end (SIGTERM): as an interrupt it stops the statement, and files are tidied up."""


def main() -> None:
    """`segql …`: the console script.

    What scripts, hooks and editors ask all the time is answered without building the application, which alone takes
    several times as long as the answer.
    """
    words = sys.argv[1:]
    if words in (["--version"], ["-V"]):
        _say(f"segql {__version__}")
        return
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # looking for plugins takes its time
    gc.disable()  # a command is short; what it makes is needed until its end
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is to be ignored
        signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        if words[:1] == ["check"] and not any(word.startswith("-") for word in words):
            sys.exit(_plain_check(words[1:]))
        _run()
    except Terminated:
        sys.exit(TERMINATED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as error:
        sys.exit(_unwritten(error))
    finally:
        if "duckdb" not in sys.modules:  # which tells on stderr what of its own is left at the end
            gc.freeze()  # nor is it looked through once more at the end


def _say(text: str) -> None:
    try:
        print(text, flush=True)
    except OSError as error:
        sys.exit(_unwritten(error))


def _unwritten(error: OSError) -> int:
    """The end where the version or the help could not be written: outside of a command nothing else is."""
    from functools import partial

    from segql.cli import output
    from segql.cli.ending import ended

    return ended(partial(output.unwritten, error))


def _interrupt(number: int, frame: FrameType | None) -> None:
    _hear_no_more()
    raise KeyboardInterrupt


def _terminate(number: int, frame: FrameType | None) -> None:
    _hear_no_more()
    raise Terminated


def _hear_no_more() -> None:
    """One signal is enough: another one must not disturb the cancelling of statements and the tidying up of files."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _plain_check(paths: list[str]) -> int:
    """`segql check [PATH]...` without options."""
    from functools import partial
    from pathlib import Path

    from segql.cli import output
    from segql.cli.checking import run_check
    from segql.cli.ending import ended

    output.prepare()
    return ended(partial(run_check, [Path(path) for path in paths]))


def _run() -> None:
    from segql.cli import output
    from segql.cli.app import run

    output.prepare()
    run()
