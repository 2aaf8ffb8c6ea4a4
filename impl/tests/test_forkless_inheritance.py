"""The child sees the caller's state as it is at start(), whenever its spare was made."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import forkless
import forkless_targets as targets
import pytest
from test_forkless_process import ask, posix_only

WITHIN = 60.0


@pytest.fixture
def context() -> Any:
    forkless.warm_up(1, wait=True)
    return forkless.get_context()


def test_child_has_the_callers_state_of_this_moment(
    context: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FORKLESS_TEST_NEW", "here")
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["some", "arguments"])
    monkeypatch.syspath_prepend(str(tmp_path))
    state = ask(context, targets.send_state, name="a name", daemon=True)
    import multiprocessing

    assert state["environ"] == dict(os.environ)
    assert os.path.samefile(state["cwd"], tmp_path)
    assert state["sys.path"] == sys.path
    assert state["sys.argv"] == ["some", "arguments"]
    assert (state["name"], state["daemon"]) == ("a name", True)
    assert state["authkey"] == bytes(multiprocessing.current_process().authkey)
    assert state["start method"] == "forkless"
    assert state["parent"] == (os.getpid(), True)
    assert state["children"] == 0


def test_getppid_answers_the_caller(context: Any) -> None:
    """DataLoader's watchdog ends a worker whose getppid() changes."""
    assert ask(context, targets.send_state)["getppid"] == os.getpid()


@posix_only
def test_child_has_the_callers_umask_signals_and_limits(
    context: Any, request: pytest.FixtureRequest
) -> None:
    import resource

    umask, handler = os.umask(0o027), signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, limits[1]))
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    try:
        state = ask(context, targets.send_posix_state)
    finally:
        os.umask(umask)
        signal.signal(signal.SIGUSR1, handler)
        resource.setrlimit(resource.RLIMIT_CORE, limits)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    assert state == {
        "umask": 0o027,
        # Not True: a job in the background of a shell has SIGINT ignored, and so have its children.
        "SIGINT": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
        "SIGUSR1 ignored": True,
        "blocked": {signal.SIGUSR2, *blocked},
        "core limit": (0, limits[1]),
    }


def test_standard_streams_are_the_callers(context: Any, capfd: pytest.CaptureFixture[str]) -> None:
    process = context.Process(target=targets.speak)
    process.start()
    process.join(WITHIN)
    out, err = capfd.readouterr()
    assert (out.split(), err.split()) == (["out", "of", "print"], ["err", "of", "write"])


def test_spare_is_not_used_when_an_import_time_variable_differs(
    context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hits = forkless.status().hits
    ask(context, targets.send_state)
    assert forkless.status().hits == hits + 1
    forkless.warm_up(1, wait=True)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    state = ask(context, targets.send_state)
    assert state["environ"]["OMP_NUM_THREADS"] == "3"
    assert forkless.status().hits == hits + 1


def test_no_two_children_share_random_numbers(context: Any) -> None:
    pytest.importorskip("torch", reason="torch has a generator of its own")
    forkless.set_preload(["torch"])
    try:
        seen = [number for _ in range(2) for number in ask(context, targets.send_randomness)]
    finally:
        from forkless import preload

        preload.adopt(None)
    assert len(seen) == 4
    assert len(set(seen)) == 4


SCRIPT = """
import os, sys
import forkless
print("module runs as", __name__, flush=True)
def target():
    print("target in", __name__, os.path.basename(sys.modules["__main__"].__file__), flush=True)
if __name__ == "__main__":
    context = forkless.get_context()
    forkless.warm_up(1, wait=True)
    process = context.Process(target=target)
    process.start()
    process.join(60)
    print("exit", process.exitcode, "hits", forkless.status().hits, flush=True)
"""


def test_main_is_preloaded_and_prints_where_a_fresh_child_would(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=WITHIN, check=True
    )
    assert done.stdout.splitlines() == [
        "module runs as __main__",
        "module runs as __mp_main__",
        "target in __mp_main__ program.py",
        "exit 0 hits 1",
    ]
    assert done.stderr == ""


OPTIONS = """
import sys
import forkless
def target():
    print(sys._xoptions, sys.flags.int_max_str_digits, flush=True)
if __name__ == "__main__":
    process = forkless.get_context().Process(target=target)
    process.start()
    process.join(60)
"""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there is no limit of digits before")
def test_child_has_the_options_that_subprocess_does_not_repeat(tmp_path: Path) -> None:
    """Regression: a caller without a limit of digits had children with one."""
    script = tmp_path / "program.py"
    script.write_text(OPTIONS)
    options = ["-X", "int_max_str_digits=0", "-X", "utf8", "-X", "no_debug_ranges"]
    done = subprocess.run(
        [sys.executable, *options, str(script)],
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=True,
    )
    expected = {"int_max_str_digits": "0", "utf8": True, "no_debug_ranges": True}
    seen, _, limit = done.stdout.strip().rpartition(" ")
    assert (ast.literal_eval(seen), limit) == (expected, "0")
    assert done.stderr == ""
