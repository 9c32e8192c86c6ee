"""Tree to model: names resolved, types known, every fault found. `resolve` is the pass; `nodes` its result."""

from segql.model.resolver import resolve

__all__ = ["resolve"]
