"""What is ended by force leaves nothing behind either."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from poolproof.stage.containment import Containment

WITHIN = 30.0
HOLDS_A_SEMAPHORE = """
import multiprocessing, signal
lock = multiprocessing.get_context("spawn").Lock()
print(lock._semlock.name, flush=True)
signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="named semaphores can be listed on Linux alone")
def test_named_semaphores_of_killed_processes_are_removed() -> None:
    """Their resource tracker does that, if it is not killed with them."""
    contained = Containment()
    process = contained.start([sys.executable, "-c", HOLDS_A_SEMAPHORE])
    assert process.stdout is not None
    assert process.stdin is not None
    with process.stdin, process.stdout:
        name = Path("/dev/shm", f"sem.{process.stdout.readline().strip().lstrip('/')}")
        existed = name.exists()
        left = contained.kill(WITHIN)
        process.wait(WITHIN)
        contained.close()
    assert (existed, left, name.exists()) == (True, [], False)
