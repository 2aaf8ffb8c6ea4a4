"""One browser for the tests of a module, which ends with them, and patience with Hypothesis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from reports_browser import Browser

# On a busy machine an example of a millisecond takes longer than Hypothesis has patience for.
settings.register_profile(
    "unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    pytest.importorskip("fcntl", reason="the browser is driven through POSIX pipes")
    from reports_browser import Browser, executable

    if (program := executable()) is None:
        pytest.skip("no chromium on PATH; install it (Debian: apt-get install chromium)")
    with Browser(program, tmp_path_factory.mktemp("profile")) as started:
        yield started
