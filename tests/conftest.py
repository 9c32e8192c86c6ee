"""Fixtures and options of all tests."""

from __future__ import annotations

import pytest

from tests.support.postgres import postgres

__all__ = ["postgres"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres-major", default=None, help="which Postgres to start: 16 or 18")
