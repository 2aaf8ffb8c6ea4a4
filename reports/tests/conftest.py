"""One browser for the tests of a module; it ends with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from reports_browser import Browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    pytest.importorskip("fcntl", reason="the browser is driven through POSIX pipes")
    from reports_browser import Browser, executable

    if (program := executable()) is None:
        pytest.skip("no chromium on PATH; install it (Debian: apt-get install chromium)")
    with Browser(program, tmp_path_factory.mktemp("profile")) as started:
        yield started
