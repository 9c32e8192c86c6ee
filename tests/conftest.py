"""Fixtures and options of all tests."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

from tests.support.postgres import postgres

__all__ = ["postgres"]


# a time limit for one example would say how busy the machine is, not what the code does
settings.register_profile("segql", deadline=None)
settings.load_profile("segql")


# a shell starts what runs in the background with interrupts ignored, and every child of it inherits that
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres-major", default=None, help="which Postgres to start: 16 or 18")
    parser.addoption(
        "--agreement-examples",
        default=None,
        help="how many random definitions the engines must agree on (300, or SEGQL_AGREEMENT)",
    )


@pytest.fixture(scope="session")
def agreement_examples(request: pytest.FixtureRequest) -> int:
    """How many random definitions to try."""
    option = request.config.getoption("--agreement-examples", default=None)
    return int(option or os.environ.get("SEGQL_AGREEMENT") or 300)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """In CI (`CI=true`) a skipped test has failed: what is not run there is run nowhere."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped in CI: {call.excinfo and call.excinfo.value}"


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    """The same for a module that skips itself as a whole."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped in CI: {report.longrepr}"
