"""Callables of a preload leave in each spare what no fork takes along; their failures are told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import forkless
import forkless_preload_callables as callables
import pytest
from forkless import preload
from test_forkless_process import WITHIN, ask


@pytest.fixture
def context() -> Iterator[Any]:
    before = preload.chosen()
    yield forkless.get_context()
    preload.adopt(before)


def warm(*names: Any, on_error: str = "fail") -> int:
    """Have a spare ready that did it; returns the hits so far."""
    forkless.set_preload(names, on_error=on_error)
    forkless.warm_up(1, wait=True)
    return forkless.status().hits


def test_threads_that_a_callable_started_work_in_the_child(context: Any) -> None:
    hits = warm(callables.start_threads)
    assert ask(context, callables.use_threads) == (True, True)
    assert forkless.status().hits == hits + 1


def test_model_that_a_callable_loaded_computes_in_the_child(context: Any) -> None:
    pytest.importorskip("torch")
    hits = warm(callables.load_model)
    assert ask(context, callables.use_model) == (1000 * 2 * 300 * 0.5, True)
    assert forkless.status().hits == hits + 1


def test_each_spare_runs_the_callable_for_itself(context: Any) -> None:
    warm(callables.start_threads)
    assert [ask(context, callables.use_threads) for _ in range(2)] == [(True, True)] * 2


def test_failing_callable_is_an_error_of_warm_up_that_names_it(context: Any) -> None:
    name = "forkless_preload_callables:explode"
    with pytest.raises(forkless.ForkserverError, match=f"{name}.*RuntimeError: no such luck"):
        warm(callables.explode)


@pytest.mark.parametrize(("on_error", "said"), [("warn", 1), ("ignore", 0)])
def test_failing_callable_leaves_the_rest_of_the_preload_done(
    context: Any, capfd: pytest.CaptureFixture[str], on_error: str, said: int
) -> None:
    hits = warm(callables.explode, callables.start_threads, on_error=on_error)
    assert ask(context, callables.send_whether_threads_started)
    assert forkless.status().hits == hits + 1
    assert capfd.readouterr().err.count("RuntimeError: no such luck") == said


OF_MAIN = """
import forkless
found = []
def prepare():
    found.append("prepared")
def target(queue):
    queue.put(found)
if __name__ == "__main__":
    forkless.set_preload([prepare])
    forkless.warm_up(1, wait=60)
    queue = forkless.SimpleQueue()
    process = forkless.Process(target=target, args=(queue,))
    process.start()
    print(*queue.get())
    process.join(60)
    print(process.exitcode, forkless.status().hits)
"""


def test_callable_of_the_main_module_runs_after_it(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(OF_MAIN)
    done = subprocess.run(
        [sys.executable, "program.py"],
        capture_output=True, text=True, timeout=WITHIN, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["prepared", "0 1"]
    assert done.stderr == ""
