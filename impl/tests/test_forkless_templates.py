"""On Linux spares are forked from a template, unless it is unfit for that."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import forkless
import forkless_targets as targets
import psutil
import pytest
from forkless import preload
from test_forkless_process import WITHIN, ask

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="templates fork, on Linux alone")


@pytest.fixture
def context() -> Iterator[Any]:
    before = preload.chosen()
    yield forkless.get_context()
    preload.adopt(before)


def warm(count: int = 1) -> Any:
    forkless.warm_up(count, wait=True)
    return forkless.status()


def kill(pid: int | None) -> None:
    assert pid is not None
    victim = psutil.Process(pid)
    victim.kill()
    victim.wait(WITHIN)


def test_spares_are_children_of_the_template(context: Any) -> None:
    status = warm(2)
    assert {psutil.Process(pid).ppid() for pid in status.ready} == {status.template_pid}


def test_spares_made_as_processes_are_children_of_the_server(context: Any) -> None:
    forkless.set_maker("process")
    try:
        status = warm()
        assert status.template_pid is None
        assert psutil.Process(status.ready[0]).ppid() == status.server_pid
        assert ask(context, targets.send, "alive") == "alive"
        with pytest.raises(forkless.ForkserverError, match="runs already"):
            forkless.set_maker("fork")
    finally:
        forkless.shutdown()
        forkless.set_maker("fork")


def test_unknown_maker_is_refused() -> None:
    with pytest.raises(ValueError, match="choose 'fork' or 'process'"):
        forkless.set_maker("clone")


def test_preload_is_done_once(context: Any, tmp_path: Path) -> None:
    """Whatever it costs: two spares and a cold start do not multiply it."""
    (tmp_path / "counted_preload.py").write_text(
        f"open({str(tmp_path / 'times')!r}, 'a').write('x')\n"
    )
    sys.path.append(str(tmp_path))
    try:
        forkless.set_preload(["counted_preload"])
        warm(3)
    finally:
        sys.path.remove(str(tmp_path))
    assert (tmp_path / "times").read_text() == "x"


@pytest.mark.parametrize("entry", [targets.mark_preload, "forkless_targets_with_thread"])
def test_what_does_not_survive_a_fork_is_made_in_each_spare(context: Any, entry: Any) -> None:
    forkless.set_preload([entry])
    status = warm()
    assert status.template_pid is None
    assert psutil.Process(status.ready[0]).ppid() == status.server_pid


def test_running_child_of_a_killed_template_goes_on_and_its_exit_code_arrives(
    context: Any,
) -> None:
    template = warm().template_pid
    ours, theirs = context.Pipe()
    process = context.Process(target=targets.wait_for, args=(theirs, 5))
    process.start()
    assert ours.poll(WITHIN)
    assert psutil.Process(ours.recv()).ppid() == template
    kill(template)
    assert process.is_alive()
    ours.send("end")
    process.join(WITHIN)
    assert process.exitcode == 5
    assert ask(context, targets.send, "alive") == "alive"
    assert warm().template_pid not in (None, template)
    process.close()
    ours.close()
    theirs.close()


def test_running_child_of_a_killed_template_can_be_killed(context: Any) -> None:
    template = warm().template_pid
    started = context.Event()
    process = context.Process(target=targets.wait_forever, args=(started,))
    process.start()
    assert started.wait(WITHIN)
    kill(template)
    process.kill()
    process.join(WITHIN)
    assert process.exitcode == 255  # nobody is left who could know the signal
    process.close()


def test_start_works_while_the_template_is_stopped(context: Any) -> None:
    """A template that does not answer is given up, and the start is served without it."""
    template = psutil.Process(warm().template_pid or 0)
    template.suspend()
    try:
        for _ in range(3):
            assert ask(context, targets.send, "alive") == "alive"
    finally:
        if template.is_running():
            template.resume()


def test_exit_code_arrives_while_the_template_is_stopped(context: Any) -> None:
    template = psutil.Process(warm().template_pid or 0)
    ours, theirs = context.Pipe()
    process = context.Process(target=targets.wait_for, args=(theirs, 5))
    process.start()
    assert ours.poll(WITHIN)
    assert psutil.Process(ours.recv()).ppid() == template.pid
    template.suspend()
    try:
        ours.send("end")
        process.join(WITHIN)
        assert process.exitcode == 5
    finally:
        if template.is_running():
            template.resume()
    process.close()
    ours.close()
    theirs.close()


def test_template_of_another_preload_ends_with_its_last_child(context: Any) -> None:
    old = psutil.Process(warm().template_pid or 0)
    ours, theirs = context.Pipe()
    process = context.Process(target=targets.wait_for, args=(theirs, 5))
    process.start()
    assert ours.poll(WITHIN)
    forkless.set_preload(["decimal"])
    new = warm().template_pid
    assert new != old.pid
    assert old.is_running()
    ours.send("end")
    process.join(WITHIN)
    assert process.exitcode == 5
    old.wait(WITHIN)
    process.close()
    ours.close()
    theirs.close()


SCRIPT = """
import random
import forkless
{line}
def show(connection):
    connection.send(random.random())
if __name__ == "__main__":
    forkless.warm_up(2, wait=60)
    print(forkless.status().template_pid is not None)
    context = forkless.get_context()
    for _ in range(2):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=show, args=(theirs,))
        process.start()
        print(ours.recv())
        process.join(60)
"""


@pytest.mark.parametrize(("line", "forks"), [("random.seed(5)", False), ("", True)])
def test_main_module_that_seeds_does_so_in_each_child_as_under_spawn(
    tmp_path: Path, line: str, forks: bool
) -> None:
    script = tmp_path / "seeding.py"
    script.write_text(SCRIPT.format(line=line))
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=WITHIN, check=True
    )
    forked, first, second = done.stdout.split()
    assert forked == str(forks), done.stderr
    assert (first == second) is not forks


def test_what_a_preload_prints_comes_once_in_each_child(
    context: Any, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "talking_preload.py").write_text("print('preloaded')\n")
    sys.path.append(str(tmp_path))
    try:
        forkless.set_preload(["talking_preload"])
        assert warm(2).template_pid
        processes = [context.Process(target=targets.nothing) for _ in range(2)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(WITHIN)
            process.close()
    finally:
        sys.path.remove(str(tmp_path))
    assert capfd.readouterr().out.split() == ["preloaded"] * 2


def test_descriptors_of_the_template_do_not_grow(context: Any) -> None:
    template = psutil.Process(warm().template_pid or 0)
    before = template.num_fds()
    for _ in range(5):
        assert ask(context, targets.send, os.getpid()) == os.getpid()
    warm()
    assert template.num_fds() == before


def test_child_that_its_template_has_reaped_already_is_held_by_its_exit_code() -> None:
    """Regression: the newborn was killed before the server had looked for it."""
    from forkless.maker_linux import Forked

    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(WITHIN)
    child = Forked(gone.pid, give_up=gone.kill)
    child.kill()
    child.ended(-9)
    assert child.wait() == -9
