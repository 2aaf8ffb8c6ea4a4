"""Processes of the context under test that begin their work together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

from poolproof.checkers.accounting import account
from poolproof.gate import Gate
from poolproof.history import History, Kind
from poolproof.nemesis import disturbed
from poolproof.plan import JSON
from poolproof.stage.api import Stage

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

SHARED_MEMORY = (
    "https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.sharedctypes"
)


def often(most: int) -> SearchStrategy[int]:
    """Draws how often something is done: mostly so often that what is rare shows; seldom at first.

    Half of the plans would be far too short to meet a fault of one in a thousand if all numbers
    were as likely; and what fails always should be told by a plan that is short.
    """
    from hypothesis import strategies as st

    return st.sampled_from([1, 2, 5, 20, *range(most // 2, most + 1, most // 20)])


@dataclass(frozen=True)
class Job:
    """What one process does: `main(gate_address, *args)`."""

    main: Callable[..., None]
    args: tuple[Any, ...]


@contextmanager
def crew(
    stage: Stage, jobs: Sequence[Job], troubles: Sequence[JSON] = ()
) -> Iterator[list[BaseProcess]]:
    """Start one process a job and let all of them go at once; join them and note exit codes.

    `troubles` are what the nemesis does to them meanwhile.
    """
    make: Any = stage.context
    with Gate() as gate:
        members = [make.Process(target=job.main, args=(gate.address, *job.args)) for job in jobs]
        try:
            for member in members:
                member.start()
            visitors = gate.admit(len(members))
            with disturbed([member.pid for member in members if member.pid], troubles):
                for visitor in visitors:
                    visitor.release()
                yield members
                for member in members:
                    member.join()
            stage.note("exitcodes", [member.exitcode for member in members])
        finally:
            _end(members)


def casualties(history: History, members: int, killed: Collection[int] = ()) -> Iterator[str]:
    """Problems with the processes themselves, but for those whom the nemesis may have `killed`."""
    for codes in history.facts("exitcodes"):
        for number, code in enumerate(codes):
            if code != 0 and number not in killed:
                yield f"process {number} of {members} ended with exit code {code}, expected 0"


def starts(history: History, keys: Collection[int]) -> Iterator[str]:
    """Problems with processes that ran `run_once` with these keys, and whose exits were noted."""
    for event in history.of("exit", Kind.INFO):
        if event.value != 0:
            yield f"process {event.key} ended with exit code {event.value}, expected 0"
    ran = [event.key for event in history.of("task", Kind.OK)]
    yield from account(keys, ran).complaints("process", "ran its target")
    ended = [event.key for event in history.of("exit", Kind.INFO)]
    yield from account(keys, ended).complaints("process", "was started and joined")


def _end(members: Sequence[BaseProcess]) -> None:
    for member in members:
        if member.pid is not None and member.is_alive():
            member.kill()
            member.join()
