"""How a command ends: its exit code, and what of a failure goes to stderr."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

from segql.cli import INTERRUPTED, TERMINATED, Terminated, output
from segql.errors import FaultsError, SegqlError

BUG = 70
"""`EX_SOFTWARE`: apart from what a command finds (1), refuses (2) or cannot reach (3)."""


def ended(work: Callable[[], int | None]) -> int:
    """Do the work; its exit code (None is 0), or that of its failure."""
    try:
        code = work()
        output.flush()
        return code or 0
    except SegqlError as error:
        if isinstance(error, FaultsError):
            output.tell_faults(error)
            if error.hint == "" and any(item.message == str(error) for item in error.diagnostics):
                return error.exit_code
        output.fail(str(error), error.hint)
        return error.exit_code
    except Terminated:
        return TERMINATED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # until the end
        return 0
    except Exception:
        traceback.print_exc()
        output.fail("this is a fault of segql itself", "please report the lines above")
        return BUG


def outlive(value: object) -> None:
    """Leave a large structure to the system, which takes back the memory of a process at once.

    Freed object by object, the trees and the model of 1,000 segments take 40 ms. A list that holds itself is freed only
    by the garbage collector, which is off in a command (`segql.cli.main`). An `os._exit` would do as much, but end
    whatever runs the command too: what a profiler or a measurement of coverage writes at the end would be lost.
    """
    held = [value]
    held.append(held)
