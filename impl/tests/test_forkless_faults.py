"""Whoever dies, and however, nothing of forkless is left and the next start() works."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import forkless
import forkless_targets as targets
import psutil
import pytest
from test_forkless_process import WITHIN, ask, posix_only

FOLDER = str(Path(targets.__file__).parent)


@pytest.fixture
def context() -> Any:
    return forkless.get_context()


@pytest.fixture
def running(context: Any) -> Iterator[tuple[Any, Any]]:
    """A child that exits with 5 when told to, and the connection to tell it."""
    ours, theirs = context.Pipe()
    process = context.Process(target=targets.wait_for, args=(theirs, 5))
    process.start()
    theirs.close()
    assert ours.poll(WITHIN)
    assert ours.recv() == process.pid
    yield process, ours
    process.join(WITHIN)
    process.close()
    ours.close()


def kill(pid: int) -> None:
    """End a process of this test's tree as the system would: without a word."""
    victim = psutil.Process(pid)
    victim.kill()
    victim.wait(WITHIN)


def test_child_survives_the_servers_death_and_its_exit_code_arrives(running: Any) -> None:
    process, connection = running
    kill(forkless.status().server_pid or 0)
    assert process.is_alive()
    connection.send("end")
    process.join(WITHIN)
    assert process.exitcode == 5


@posix_only
def test_child_that_is_killed_without_a_server_has_exit_code_255(running: Any) -> None:
    """As with CPython's forkserver: nobody is left who could know the signal."""
    process, _ = running
    kill(forkless.status().server_pid or 0)
    process.kill()
    process.join(WITHIN)
    assert process.exitcode == 255


def test_start_works_after_the_servers_death(context: Any) -> None:
    forkless.warm_up(1, wait=True)
    first = forkless.status()
    orphans = [psutil.Process(pid) for pid in first.ready]
    kill(first.server_pid or 0)
    assert ask(context, targets.send, "alive") == "alive"
    assert forkless.status().server_pid not in (None, first.server_pid)
    assert psutil.wait_procs(orphans, WITHIN)[1] == []


def test_start_works_after_the_death_of_every_spare(context: Any) -> None:
    forkless.warm_up(2, wait=True)
    for pid in forkless.status().ready:
        kill(pid)
    assert ask(context, targets.send, "alive") == "alive"


def test_shutdown_ends_server_and_spares_and_the_next_start_begins_anew(context: Any) -> None:
    forkless.warm_up(2, wait=True)
    status = forkless.status()
    forkless.shutdown()
    assert forkless.status().server_pid is None
    assert not any(psutil.pid_exists(pid) for pid in (status.server_pid or 0, *status.ready))
    assert ask(context, targets.send, "alive") == "alive"


PARENT = """
import os, sys, threading
import forkless
import forkless_targets as targets
if __name__ == "__main__":
    context = forkless.get_context()
    ours, theirs = context.Pipe()
    outliving = context.Process(target=targets.say_when_orphaned, args=(sys.argv[1], theirs))
    outliving.start()
    started = context.Event()
    daemon = context.Process(target=targets.wait_forever, args=(started,), daemon=True)
    daemon.start()
    started.wait(60)
    ours.recv()
    forkless.warm_up(1, wait=True)
    status = forkless.status()
    print(outliving.pid, daemon.pid, status.server_pid, *status.ready, flush=True)
    threading.Event().wait()
"""


def test_parents_death_ends_daemons_spares_and_server_and_is_seen_by_the_others(
    tmp_path: Path,
) -> None:
    script, note = tmp_path / "parent.py", tmp_path / "note"
    script.write_text(PARENT)
    path = [FOLDER, *filter(None, [os.environ.get("PYTHONPATH")])]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    with subprocess.Popen(
        [sys.executable, str(script), str(note)], stdout=subprocess.PIPE, text=True, env=environ
    ) as parent:
        assert parent.stdout is not None
        processes = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        assert len(processes) >= 4
        parent.kill()
        _, alive = psutil.wait_procs(processes, timeout=WITHIN)
    assert alive == []
    assert note.read_text() == "False False"


AWAITING = """
import threading
import forkless
from forkless import client, handoff, messages, preload
from forkless.recipe import recipe_for
from multiprocessing import process
import os
if __name__ == "__main__":
    forkless.set_preload(["forkless_targets:wait_forever"])
    forkless.warm_up(1)
    environ = dict(os.environ)
    recipe = recipe_for(handoff.prepare(process.current_process()), preload.current(), environ)
    with client._client._own_link() as link:
        link.send(messages.AwaitWarm(recipe, environ, 1, 600.0))
        print(*forkless.status().helpers, flush=True)
        threading.Event().wait()
"""


def test_parents_death_ends_a_server_that_it_awaits_spares_of(tmp_path: Path) -> None:
    """Regression: the server stayed until the deadline of that warm_up(), up to 10 minutes."""
    script = tmp_path / "awaiting.py"
    script.write_text(AWAITING)
    path = [FOLDER, *filter(None, [os.environ.get("PYTHONPATH")])]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environ
    ) as parent:
        assert parent.stdout is not None
        helpers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        assert helpers
        parent.kill()
        _, alive = psutil.wait_procs(helpers, timeout=WITHIN)
    for process in alive:
        process.kill()
    assert alive == []


@posix_only
def test_forked_copy_of_a_client_has_a_server_of_its_own(context: Any) -> None:
    assert ask(context, targets.send, 1) == 1
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            copy = forkless.get_context().Process(target=targets.nothing)
            copy.start()
            copy.join(WITHIN)
            os.write(theirs, f"{copy.exitcode} {forkless.status().server_pid}".encode())
            forkless.shutdown()
            code = 0
        finally:
            os._exit(code)
    os.close(theirs)
    with open(ours) as answers:
        exit_code, server = answers.read().split()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert exit_code == "0"
    assert int(server) != forkless.status().server_pid
    assert ask(context, targets.send, "unharmed") == "unharmed"


def test_starts_of_many_threads_and_processes_survive_a_death_among_them(context: Any) -> None:
    children, links = [], []
    for _ in range(2):
        ours, theirs = context.Pipe()
        children.append(context.Process(target=targets.start_when_told, args=(theirs,)))
        children[-1].start()
        theirs.close()
        links.append(ours)
        assert ours.poll(WITHIN)
        assert ours.recv() == children[-1].pid

    def start_here() -> Any:
        process = context.Process(target=targets.nothing)
        process.start()
        process.join(WITHIN)
        return process.exitcode

    def start_there(link: Any) -> Any:
        link.send("start")
        assert link.poll(WITHIN)
        return link.recv()[0]

    with ThreadPoolExecutor(5) as threads:
        for victim in ("server", "template", "spare") * 2:
            forkless.warm_up(1, wait=True)
            status = forkless.status()
            pid = {
                "server": status.server_pid,
                "template": status.template_pid or status.server_pid,
                "spare": status.ready[0],
            }[victim]
            starts = [threads.submit(start_here) for _ in range(3)]
            starts += [threads.submit(start_there, link) for link in links]
            assert pid is not None
            with suppress(psutil.NoSuchProcess):  # a spare may have served already
                kill(pid)
            codes = [start.result(WITHIN) for start in starts]
            others = sum(code != 0 for code in codes)
            assert others <= (victim == "spare"), (victim, codes)
    for link, child in zip(links, children, strict=True):
        link.send("end")
        child.join(WITHIN)
        assert child.exitcode == 0
        link.close()
        child.close()


def test_bad_executable_is_an_error_of_start(context: Any) -> None:
    from multiprocessing import spawn

    real = spawn.get_executable()
    forkless.warm_up(1)
    forkless.set_executable(os.path.join(FOLDER, "no-such-python"))
    try:
        process = context.Process(target=targets.nothing)
        with pytest.raises(forkless.ForkserverError, match="no-such-python"):
            process.start()
    finally:
        forkless.set_executable(real)
