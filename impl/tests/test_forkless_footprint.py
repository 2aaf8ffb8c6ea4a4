"""An idle server is small, has imported nothing of the program's, and does not wake up."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import forkless
import forkless_targets as targets
import pytest
from forkless import limits, preload
from test_forkless_process import WITHIN, ask

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

MEGABYTE = 1_000_000
WINDOW = 1.0


@pytest.fixture
def context() -> Iterator[Any]:
    before = preload.chosen()
    yield forkless.get_context()
    preload.adopt(before)


def wake_ups(pid: int) -> dict[str, str]:
    """How often each thread of *pid* has waited for something, by thread."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            lines = (task / "status").read_text().splitlines()
            found[task.name] = next(line for line in lines if line.startswith("voluntary"))
    return found


@linux_only
def test_server_takes_less_than_12_megabytes_and_imports_nothing_of_its_spares(
    context: Any,
) -> None:
    forkless.set_preload(["decimal"])  # stands for torch: it has a library of its own too
    forkless.warm_up(3, wait=True)
    assert ask(context, targets.send, "alive") == "alive"
    status = forkless.status()
    assert status.server_pid is not None
    taken = limits.private_memory(status.server_pid)
    assert taken is not None
    assert taken < 12 * MEGABYTE
    built_in = "_decimal" in sys.builtin_module_names
    assert built_in or "/_decimal." in Path(f"/proc/{status.ready[0]}/maps").read_text()
    servers = Path(f"/proc/{status.server_pid}/maps").read_text()
    assert not any(name in servers for name in ("/_decimal.", "/libtorch", "/_multiarray_umath."))


@linux_only
def test_neither_server_nor_template_nor_spares_wake_up_while_nothing_is_to_do(
    context: Any,
) -> None:
    forkless.set_reserve(1, most=4)
    for answer in range(3):  # a burst, which is to be forgotten one day: a timer is armed
        assert ask(context, targets.send, answer) == answer
    forkless.warm_up(2, wait=True)
    helpers = forkless.status().helpers
    before: dict[int, dict[str, str]] = {}
    for _ in range(round(WITHIN / WINDOW)):  # what was started before may have to come to an end
        now = {pid: wake_ups(pid) for pid in helpers}
        if now == before:
            return
        before = now
        threading.Event().wait(WINDOW)
    pytest.fail(f"something wakes up all the time: {before}")


def test_importing_forkless_imports_neither_torch_nor_numpy_nor_multiprocessing() -> None:
    code = "import sys, forkless; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    loaded = set(done.stdout.split())
    assert "forkless" in loaded
    assert not loaded & {"torch", "numpy", "multiprocessing"}
