"""What a spare does before anyone asks for it costs the hand-off nothing, and changes nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, ClassVar

import forkless
import pytest
from forkless import preload
from test_forkless_process import WITHIN, ask

REHEARSE = """
import os, resource, signal, sys, threading
from multiprocessing import process, resource_tracker

resource_tracker.ensure_running()
os.umask(0o027)
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

sys.path[0] = os.getcwd()  # multiprocessing hands on a name, never ""

from forkless import rehearsal

def state():
    mask = os.umask(0)
    os.umask(mask)
    one = process.current_process()
    return {
        "environ": dict(os.environ), "folder": os.getcwd(), "path": sys.path, "argv": sys.argv,
        "open": len(os.listdir("/proc/self/fd")), "umask": mask,
        "limits": resource.getrlimit(resource.RLIMIT_CORE),
        "signals": {int(n): str(signal.getsignal(n)) for n in signal.valid_signals()},
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "affinity": sorted(os.sched_getaffinity(0)), "threads": threading.active_count(),
        "name": one.name, "key": bytes(one.authkey).hex(), "children": len(process._children),
        "next": repr(process._process_counter), "parent": os.getppid(),
    }

print("said once")
sys.stdout.flush()
before = state()
script = rehearsal.Script()
for _ in range(3):
    script.rehearse()
after = state()
for name in before:
    assert before[name] == after[name], (name, before[name], after[name])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="templates fork, on Linux alone")
def test_rehearsal_changes_nothing_in_its_process() -> None:
    run = subprocess.run(
        [sys.executable, "-c", REHEARSE],
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "said once\n", "")


class Recorder:
    """A finder that finds nothing, and remembers what it was asked for."""

    asked: ClassVar[list[str]] = []

    @classmethod
    def begin(cls) -> None:
        sys.meta_path.insert(0, cls)

    @classmethod
    def find_spec(cls, name: str, *_: object) -> None:
        cls.asked.append(name)

    @classmethod
    def send(cls, connection: Any) -> None:
        connection.send(cls.asked)


def test_handoff_imports_nothing_of_its_own() -> None:
    """An import there is what a caller waits for; one of these cost 2 ms of every start."""
    before = preload.chosen()
    try:
        forkless.set_preload([f"{__name__}:Recorder.begin"])
        forkless.warm_up(1, wait=True)
        asked = ask(forkless.get_context(), Recorder.send)
    finally:
        preload.adopt(before)
    assert {"forkless", "multiprocessing"}.isdisjoint(name.partition(".")[0] for name in asked)
