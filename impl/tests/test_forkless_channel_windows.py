"""A hand-off to a spare that is dead is an error, and each handle is closed once."""

from __future__ import annotations

import sys

import pytest

if sys.platform != "win32":
    pytest.skip("descriptors travel otherwise", allow_module_level=True)

import _winapi

from forkless.channel_windows import Grip


@pytest.mark.parametrize("size", [10, 30_000])
def test_what_nobody_reads_is_an_error_and_a_grip_can_be_closed_after_it(size: int) -> None:
    """Regression: the mouth was closed twice, and that error hid the one to try again after."""
    reader, writer = _winapi.CreatePipe(None, 0)
    _winapi.CloseHandle(reader)
    sentinel = _winapi.DuplicateHandle(
        _winapi.GetCurrentProcess(),
        _winapi.GetCurrentProcess(),
        _winapi.GetCurrentProcess(),
        0,
        False,
        _winapi.DUPLICATE_SAME_ACCESS,
    )
    grip = Grip(writer, sentinel)
    with pytest.raises(OSError):  # noqa: PT011 - the system's own
        grip.send(memoryview(bytes(size)))
    grip.close()
