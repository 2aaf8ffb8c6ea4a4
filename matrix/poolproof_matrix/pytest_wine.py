"""pytest plugin of ``poolproof matrix wine test``: what Wine cannot judge becomes a visible skip.

Loaded with ``-p`` by the runner alone, in the Windows Python under Wine.
"""

from __future__ import annotations

import sys

import pytest

from poolproof_matrix import differences

LABEL = "Windows under Wine"


def pytest_configure() -> None:
    """Write no bytecode for test files: Linux' pytest would read it, with Windows' file names."""
    sys.dont_write_bytecode = True


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is listed; an entry that names nothing is an error when all was collected."""
    stale = []
    for entry in differences.load():
        matching = [item for item in items if entry.matches(item.nodeid)]
        for item in matching:
            item.add_marker(pytest.mark.skip(reason=f"{LABEL}: {entry.reason} ({entry.link})"))
        if not matching:
            stale.append(entry.test)
    if stale and config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        names = ", ".join(stale)
        raise pytest.UsageError(f"{differences.LIST.name}: no test matches {names}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many tests were not judged; with xdist the controller sees the workers' reports."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    count = sum(f"Skipped: {LABEL}: " in text for text in skipped)
    terminalreporter.write_line(
        f"{LABEL}: {count} differences from the Linux run (listed in {differences.LIST.name})"
    )
