"""The version of segql, read by the build and by `segql --version`."""

__version__ = "0.1.0"
