"""A program in which something is killed again and again: it starts processes all the while.

Round by round, on a word from its standard input, it acts, says what came of it, and says how it
all looks afterwards. Two processes of its own live through all rounds.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import process, resource_tracker
from typing import Any

import forkless
import forkless_stops
import forkless_targets as targets
from forkless.protocol import Role

WITHIN = 60.0
SETTLED_WITHIN = 10.0
_CONTEXT: Any = forkless.get_context()


class Program:
    """Its state between rounds."""

    def __init__(self, scenario: str, plan: forkless_stops.Plan) -> None:
        self._act: Callable[[], dict[str, object]] = getattr(self, scenario)
        self._reserve = 0 if scenario == "cold_start" else 1
        forkless.set_reserve(self._reserve)
        self._least: dict[str, int] = {}
        self._links: list[Any] = []
        self._bystanders: list[Any] = []
        # A daemonic process outlives a program that was killed after it ended its server.
        for daemon in [False] if scenario == "server_start" else [False, True]:
            self._refill()
            self._bystanders.append(self._bystander(daemon))
            plan.note("bystander", self._bystanders[-1].pid)
        self._refill()

    def _bystander(self, daemon: bool) -> Any:
        """A process that ends with 5 when told to; with its caller, it does so unless daemonic."""
        ours, theirs = _CONTEXT.Pipe()
        self._links.append(ours)
        target = targets.wait_stubbornly if daemon else targets.wait_for
        one = _CONTEXT.Process(target=target, args=(theirs, 5), daemon=daemon)
        one.start()
        theirs.close()
        assert ours.poll(WITHIN)
        assert ours.recv() == one.pid
        return one

    def round(self) -> None:
        """Act while the test kills something, then look."""
        for name, count in _all_descriptors().items():
            self._least[name] = min(count, self._least.get(name, count))
        said = self._act()
        assert _heard("look")
        said["next start"] = started()
        self._refill()
        said["bystanders live"] = all(one.is_alive() for one in self._bystanders)
        said["least"], said["descriptors"] = self._least, _settled(self._least)
        said["helpers"] = forkless.status().helpers
        _say(said)

    def end(self) -> None:
        """Let the bystanders end, and say how they did."""
        for link in self._links:
            link.send("end")
        for one in self._bystanders:
            one.join(WITHIN)
        forkless.shutdown()
        _say({"bystanders": [one.exitcode for one in self._bystanders]})

    def server_start(self) -> dict[str, object]:
        """The fault comes while a warm_up() starts the server."""
        forkless.shutdown()
        return self._refilled()

    def warm_start(self) -> dict[str, object]:
        """The fault comes in a start() that finds a warm spare, or in the refill after it."""
        return {"start": started(), **self._refilled()}

    def cold_start(self) -> dict[str, object]:
        """The fault comes in a start() that finds no spare."""
        return {"start": started()}

    def _refilled(self) -> dict[str, object]:
        try:
            self._refill()
        except forkless.ForkserverError as error:
            return {"warm_up": str(error)}  # the next one, before we look, must not say so
        return {}

    def _refill(self) -> None:
        if self._reserve:
            forkless.warm_up(self._reserve, wait=WITHIN)


def started() -> object:
    """The exit code of a process that is to end with 3, or why there was none."""
    it = _CONTEXT.Process(target=targets.leave_by, args=("sys.exit(3)",))
    try:
        it.start()
    except OSError as error:
        return type(error).__name__
    it.join(WITHIN)
    return it.exitcode


def _all_descriptors() -> dict[str, int]:
    """How many this program, the server and the template have open, by role and pid.

    A server has a link to its template, if it has one at the time.
    """
    status = forkless.status()
    server = "server" if status.template_pid is None else "server with a template"
    pids = {"program": os.getpid(), server: status.server_pid, "template": status.template_pid}
    return {f"{role} {pid}": _descriptors(pid) for role, pid in pids.items() if pid is not None}


def _settled(least: dict[str, int]) -> dict[str, int]:
    """No more than ever, or else what it is at the deadline: a server tells first, then closes."""
    deadline = time.monotonic() + SETTLED_WITHIN
    while True:
        now = _all_descriptors()
        grown = any(count > least.get(name, count) for name, count in now.items())
        if not grown or time.monotonic() > deadline:
            return now
        time.sleep(0.01)  # nobody is told when another process closes a descriptor


def _descriptors(pid: int) -> int:
    """How many there are; on Linux alone, where they can be counted from outside.

    A spare that had to be created has no pidfd, and the forked one in its place has.
    """
    if sys.platform != "linux":
        return 0
    folder = f"/proc/{pid}/fd"
    kinds = []
    for number in os.listdir(folder):
        with suppress(FileNotFoundError):  # this folder's own, for one
            kinds.append(os.readlink(f"{folder}/{number}"))
    return sum(kind != "anon_inode:[pidfd]" for kind in kinds)


def _note_tracker(plan: forkless_stops.Plan) -> None:
    """It is another one after it was killed."""
    if sys.platform != "win32":
        resource_tracker.ensure_running()
        plan.note("tracker", resource_tracker._resource_tracker._pid)


def _heard(word: str) -> bool:
    return sys.stdin.readline() == f"{word}\n"


def _say(said: dict[str, object]) -> None:
    print(json.dumps(said), flush=True)


def main(scenario: str, maker: str, prefix: str, folder: str) -> None:
    """Rounds of *scenario* while they are asked for."""
    plan = forkless_stops.Plan(folder)
    process.current_process()._config["semprefix"] = prefix
    _note_tracker(plan)
    forkless_stops.install(Role.CLIENT, plan)
    forkless.set_maker(maker)
    try:
        program = Program(scenario, plan)
        _say({})
        while _heard("round"):
            program.round()
            _note_tracker(plan)
        program.end()
    except BaseException:  # noqa: BLE001 - printed, and the program ends
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)  # not after the bystanders, who wait for a word


if __name__ == "__main__":
    main(*sys.argv[1:])
