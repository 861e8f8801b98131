"""Each fault tells its counts in the summary, whether it went well or not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

COUNTS = "counts"
Tell = Callable[[str], None]


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Says a line of counts: in the report, and at the end of the run."""
    return lambda line: record_property(COUNTS, line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The counts of the faults that were tried."""
    told = [
        (report.nodeid.rpartition("::")[2], value)
        for reports in (terminalreporter.getreports("passed"), terminalreporter.getreports("failed"))
        for report in reports
        if report.when == "call"
        for name, value in report.user_properties
        if name == COUNTS
    ]
    if told:
        terminalreporter.section("counts of the faults")
    for test, line in told:
        terminalreporter.line(f"{test}\n    {line}")
