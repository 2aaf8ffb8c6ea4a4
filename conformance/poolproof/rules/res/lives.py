"""A pool's whole life, step by step, against the model in `life_model`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof import tasks, tasks_res
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pending, Pool
from poolproof.gate import Gate
from poolproof.history import Event, History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.res.life_model import END, Ends, Expected, Life, Step
from poolproof.rules.results import all_of, brief, raised, same, settled
from poolproof.stage.api import Stage
from poolproof.tasks_fault import KILL
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

DOCS = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool"


def _plans(kills: bool) -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    @st.composite
    def lives(draw: Callable[[SearchStrategy[Any]], Any]) -> Plan:
        story = _Story(draw)
        story.go_on(2, 6)
        if kills:
            story.step("kill")
            story.go_on(1, 4)
        story.step(draw(st.sampled_from(["close", "close", "terminate"])))
        story.go_on(1, 4)
        return {"workers": draw(st.integers(1, 2)), "steps": story.steps}

    return lives()


class _Story:
    """A life that is being drawn."""

    def __init__(self, draw: Callable[[SearchStrategy[Any]], Any]) -> None:
        self.steps: list[Step] = []
        self._life = Life()
        self._draw = draw

    def go_on(self, least: int, most: int) -> None:
        """So many legal steps that end nothing."""
        from hypothesis import strategies as st

        for _ in range(self._draw(st.integers(least, most))):
            self.step(self._draw(st.sampled_from(self._life.choices())))

    def step(self, name: str) -> None:
        """One step, its arguments drawn."""
        from hypothesis import strategies as st

        number = {
            "submit": st.integers(0, 9),
            "fail": st.integers(0, 9),
            "read": st.integers(0, max(0, len(self._life.submitted) - 1)),
            "map": st.integers(1, 9),  # of no items, an executor has nothing to refuse
            "imap": st.integers(0, 9),
            "resize": st.integers(1, 3),
        }
        self.steps.append([name, *([self._draw(number[name])] if name in number else [])])
        self._life.take(self.steps[-1])


def _run(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"]) as pool:
        living = _Living(pool, stage)
        for number, (name, *arguments) in enumerate(plan["steps"]):
            do = getattr(living, name)
            stage.call(name, partial(do, *arguments), number, show=lambda value: value)


class _Living:
    """Each step, done to a pool."""

    def __init__(self, pool: Pool, stage: Stage) -> None:
        self._pool = pool
        self._stage = stage
        self._pending: list[Pending | None] = []  # None: the submission was refused
        self._imap: Iterator[Any] | None = None

    def submit(self, value: JSON) -> None:
        """Submit a task that returns `value`."""
        self._pending.append(None)
        self._pending[-1] = self._pool.submit(tasks_res.settle, value)

    def fail(self, value: JSON) -> None:
        """Submit a task that raises ValueError(value)."""
        self.submit({"type": "ValueError", "args": [value]})

    def read(self, number: int) -> JSON:
        """The value of a submission."""
        pending = self._pending[number]
        if pending is None:
            raise LookupError(f"submission {number} was refused")
        return pending.get()

    def map(self, items: int) -> JSON:
        """A map over so many items."""
        return self._pool.map(tasks.identity, range(items))

    def imap(self, items: int) -> None:
        """Begin an imap."""
        self._imap = self._iterator(items)

    def _iterator(self, items: int) -> Iterator[Any]:
        if can.IMAP in self._stage.capabilities:
            return self._pool.imap(tasks.identity, range(items))
        return iter(self._pool.map(tasks.identity, range(items)))

    def next(self) -> JSON:
        """The next result of the imap that is open."""
        assert self._imap is not None
        return next(self._imap, END)

    def drop(self) -> None:
        """Forget the imap that is open."""
        self._imap = None

    def kill(self) -> None:
        """Kill a worker in the middle of a task; that task's result is not read, see FAULT-01."""
        self._imap = None
        with Gate() as gate:
            self._pool.submit(tasks_res.passes_gate, gate.address, None)
            os.kill(gate.admit()[0].pid, KILL)

    def resize(self, workers: int) -> None:
        """Another number of workers, where the pool can have one."""
        if can.RESIZE in self._stage.capabilities:
            self._pool.raw.resize(workers)

    def close(self) -> None:
        """Close and join."""
        self._pool.close()

    def terminate(self) -> None:
        """Terminate and join."""
        self._pool.terminate()


def _check(plan: Plan, history: History) -> Judgement:
    life = Life()
    ends = {
        event.key: event for step in plan["steps"] for event in settled(history, step[0]).values()
    }
    return all_of(
        _stepped(number, step, life.take(step), ends.get(number))
        for number, step in enumerate(plan["steps"])
    )


def _stepped(number: int, step: Step, expected: Expected, end: Event | None) -> Judgement:
    what = f"step {number}, {' '.join(map(str, step))},"
    if end is None:
        return unknown(f"{what} has no end in the history: the plan did not finish")
    if end.kind is Kind.FAIL and (expected.or_refused or expected.ends is Ends.REFUSED):
        return PASSED
    if expected.ends is Ends.ITEM and end.kind is Kind.OK and end.value in expected.value:
        return PASSED
    if not same(_came(end), _wanted(expected)):
        return failed(f"{what} {_said(end)}; the model of a pool's life says {_must(expected)}")
    return PASSED


def _came(end: Event) -> JSON:
    if end.kind is Kind.OK:
        return [Ends.VALUE.value, end.value]
    return [Ends.ERROR.value, [end.value["type"], end.value["args"]]]


def _wanted(expected: Expected) -> JSON:
    if expected.ends is Ends.ERROR:
        return [Ends.ERROR.value, ["builtins.ValueError", [expected.value]]]
    return [expected.ends.value, expected.value]


def _said(end: Event) -> str:
    return f"raised {raised(end)}" if end.kind is Kind.FAIL else f"gave {brief(end.value)}"


def _must(expected: Expected) -> str:
    if expected.ends is Ends.REFUSED:
        return "that it is refused"
    if expected.ends is Ends.ERROR:
        return f"that it raises ValueError({expected.value})"
    of = "one of " if expected.ends is Ends.ITEM else ""
    return f"that it gives {of}{brief(expected.value)}"


RULES = (
    Rule(
        id="RES-17",
        title="Through its whole life a pool does what its model does",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Submissions, reads, maps, an imap that is read, left and forgotten, other numbers "
        "of workers, close and terminate, in any order that is legal: every result is the right "
        "one, every read of it again too, also after close(); and a pool that was closed or "
        "terminated refuses new work.",
        source=f"{DOCS}.close",
        triage=(
            "what one operation leaves behind that another one finds",
            "close() that loses what was not read yet",
        ),
        plans=partial(_plans, kills=False),
        run=_run,
        check=_check,
        after=("RES-01", "RES-02", "RES-07", "RES-13", "RES-16"),
    ),
    Rule(
        id="RES-31",
        title="Through its whole life a pool does what its model does, or says that it is broken",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="A life as in RES-17 in which a worker is killed in mid-task. From then on every "
        "step ends, with the right result or with an exception (a pool may be broken by a death); "
        "none has a wrong result, none hangs.",
        source="https://github.com/python/cpython/issues/66587",
        triage=(
            "close() and join() that wait for the task of the dead worker",
            "a result that lay waiting when the worker died",
        ),
        plans=partial(_plans, kills=True),
        run=_run,
        check=_check,
        needs=frozenset({can.PROCESSES}),
        after=("RES-17",),
    ),
)
