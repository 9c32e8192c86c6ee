"""segql: customer segments as code."""

from segql.version import __version__

__all__ = ["__version__"]
