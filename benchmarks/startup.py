"""How long `segql` takes to start, beside `python -c pass`: medians of runs that take turns.

`python -m benchmarks.startup [PROJECT]` prints times and ratios, and ends with 1 if a bound is not held.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

BOUNDS = {"segql --version": 6.0, "segql check (second run)": 18.0}
PYTHON = "python -c pass"


def measure(project: Path, runs: int = 21) -> dict[str, float]:
    """The time of each command divided by that of Python; the commands take turns, so noise meets all of them."""
    medians = times(project, runs)
    return {name: medians[name] / medians[PYTHON] for name in BOUNDS}


def times(project: Path, runs: int) -> dict[str, float]:
    """The median time of each command in seconds."""
    segql = str(Path(sys.executable).with_name("segql"))
    commands = {
        PYTHON: [sys.executable, "-c", "pass"],
        "segql --version": [segql, "--version"],
        "segql check (second run)": [segql, "check", str(project)],
    }
    for command in commands.values():  # the first run fills the caches
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in taken.items()}


def main() -> int:
    project = Path(sys.argv[1] if len(sys.argv) > 1 else "examples/shop")
    medians = times(project, 21)
    held = True
    for name, seconds in medians.items():
        ratio = seconds / medians[PYTHON]
        bound = BOUNDS.get(name)
        told = f"at most {bound:g}" if bound else ""
        held &= bound is None or ratio <= bound
        print(f"{name:26} {seconds * 1000:7.1f} ms {ratio:6.1f} x  {told}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
