"""Spares do ahead of need what the caller chose, and a failure of it is told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import forkless
import forkless_targets as targets
import pytest
from forkless import preload
from test_forkless_process import WITHIN, ask


@pytest.fixture
def context() -> Iterator[Any]:
    before = preload.chosen()
    yield forkless.get_context()
    preload.adopt(before)


def test_callable_runs_in_each_spare(context: Any) -> None:
    assert not ask(context, targets.send_preloaded)
    forkless.set_preload([targets.mark_preload])
    assert ask(context, targets.send_preloaded)


def test_children_inherit_the_choice(context: Any) -> None:
    forkless.set_preload(["decimal"])
    assert ask(context, targets.send_choice) == ("decimal",)


@pytest.mark.parametrize("entry", ["no_such_module", "forkless_targets:fail_preload"])
def test_failure_is_an_error_of_warm_up_and_of_start(context: Any, entry: str) -> None:
    forkless.set_preload([entry])
    with pytest.raises(forkless.ForkserverError, match=entry):
        forkless.warm_up(1, wait=True)
    process = context.Process(target=targets.nothing)
    with pytest.raises(forkless.ForkserverError, match="pass on_error='warn'"):
        process.start()


def test_process_bound_to_a_spare_whose_preload_fails_says_so(
    context: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    forkless.set_preload(["no_such_module"])
    process = context.Process(target=targets.nothing)
    process.start()
    process.join(WITHIN)
    assert process.exitcode == 1
    assert "preload 'no_such_module' failed" in capfd.readouterr().err


@pytest.mark.parametrize(("on_error", "said"), [("warn", True), ("ignore", False)])
def test_failure_can_be_a_warning_in_the_child_or_nothing(
    context: Any, capfd: pytest.CaptureFixture[str], on_error: str, said: bool
) -> None:
    forkless.set_preload(["no_such_module"], on_error=on_error)
    assert ask(context, targets.send, "alive") == "alive"
    assert ("no_such_module" in capfd.readouterr().err) is said


@pytest.mark.parametrize("module", ["numpy", "torch"])
def test_what_many_programs_use_is_preloaded_once_the_caller_uses_it(
    context: Any, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    for name in ("numpy", "torch"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert preload.current().names == ()
    monkeypatch.setitem(sys.modules, module, object())
    assert preload.current().names == (module,)


WITH_NUMPY = """
import numpy.random
import forkless
def target(queue):
    queue.put(numpy.random.random())
if __name__ == "__main__":
    forkless.warm_up(2, wait=60)
    print(forkless.status().template_pid is not None)
    queue = forkless.SimpleQueue()
    processes = [forkless.Process(target=target, args=(queue,)) for _ in range(2)]
    for process in processes:
        process.start()
    print(queue.get() != queue.get())
    for process in processes:
        process.join(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="templates fork, on Linux alone")
def test_program_whose_main_module_is_the_first_to_import_numpy_has_a_template(
    tmp_path: Path,
) -> None:
    pytest.importorskip("numpy")
    script = tmp_path / "program.py"
    script.write_text(WITH_NUMPY)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=WITHIN, check=True
    )
    assert done.stdout.split() == ["True", "True"]


def test_local_callable_is_refused_at_once() -> None:
    with pytest.raises(forkless.ForkserverError, match="top level of a module"):
        forkless.set_preload([lambda: None])


def test_unknown_policy_names_the_known_ones() -> None:
    with pytest.raises(forkless.ForkserverError, match="'fail', 'warn' or 'ignore'"):
        forkless.set_preload([], on_error="explode")


def test_one_string_is_no_list_of_names() -> None:
    with pytest.raises(TypeError, match=r"\['torch'\]"):
        forkless.set_preload("torch")


def test_main_that_cannot_be_preloaded_fails_in_the_child_as_spawn_does(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(
        "import forkless\n"
        "process = forkless.get_context().Process(target=print, args=('never',))\n"
        "process.start()\n"
        "process.join(60)\n"
        "print('exit', process.exitcode)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=WITHIN, check=True
    )
    assert done.stdout.split() == ["exit", "1"]
    assert "if __name__ == '__main__':" in done.stderr
