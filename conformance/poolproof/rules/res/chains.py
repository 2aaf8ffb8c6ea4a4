"""Callbacks that submit to the pool that called them."""

from __future__ import annotations

import threading
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof import tasks_res
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pending
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import all_of, judge, raised, settled
from poolproof.stage.api import Stage
from poolproof.verdict import Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# Below and above what the pipes of Linux (64 KiB), macOS (16) and Windows (8) take at once.
SIZES = (0, 100, 10_000, 100_000, 1_000_000)


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    chain = st.lists(st.sampled_from(SIZES), min_size=2, max_size=4)  # bytes of each payload
    return st.fixed_dictionaries({"chains": st.lists(chain, min_size=1, max_size=4)})


def _run(plan: Plan, stage: Stage) -> None:
    chains = [_Chain(stage, number, sizes) for number, sizes in enumerate(plan["chains"])]
    for chain in chains:
        chain.extend(0)
    for chain in chains:
        stage.call("chain", chain.ended.wait, chain.number)
        for link, task in enumerate(chain.pending):
            stage.call("get", task.get, (chain.number, link), show=_shown)


class _Chain:
    """Tasks of which each is submitted by the callback of the one before."""

    def __init__(self, stage: Stage, number: int, sizes: list[int]) -> None:
        self.number = number
        self.pending: list[Pending] = []
        self.ended = threading.Event()
        self._stage = stage
        self._sizes = sizes

    def extend(self, link: int, _value: Any = None) -> None:
        """Submit task `link`; the end of the chain, and every failure, ends the wait."""
        if link == len(self._sizes):
            self.ended.set()
            return
        submit = partial(self._submit, link)
        if self._stage.call("submit", submit, (self.number, link), show=_unseen) is None:
            self.ended.set()

    def _submit(self, link: int) -> Pending:
        payload = bytes([self.number, link]) + b"x" * self._sizes[link]
        task = self._stage.pool().submit(
            tasks_res.identity,
            payload,
            callback=partial(self.extend, link + 1),
            error_callback=lambda _: self.ended.set(),
        )
        self.pending.append(task)
        return task


def _unseen(_task: Pending) -> JSON:
    return None


def _shown(payload: bytes) -> JSON:
    return [len(payload), zlib.crc32(payload)]


def _check(plan: Plan, history: History) -> Judgement:
    return all_of(_linked(number, sizes, history) for number, sizes in enumerate(plan["chains"]))


def _linked(number: int, sizes: list[int], history: History) -> Judgement:
    submitted = settled(history, "submit")
    for link in range(len(sizes)):
        end = submitted.get((number, link))
        if end is not None and end.kind is Kind.FAIL:
            by = "the program" if link == 0 else "a callback"
            return failed(f"submit of task {link} of a chain, by {by}, raised {raised(end)}")
    if number not in settled(history, "chain"):
        return unknown(f"chain {number} was not seen to end: the plan did not finish")
    return judge(
        history, "get", {(number, k): _expected(number, k, n) for k, n in enumerate(sizes)}
    )


def _expected(number: int, link: int, size: int) -> JSON:
    return _shown(bytes([number, link]) + b"x" * size)


RULES = (
    Rule(
        id="RES-18",
        title="A callback may submit to its own pool",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="A callback submits the next task to the pool that called it, with arguments and "
        "results smaller and larger than a pipe takes at once. Nothing waits for itself: each task "
        "runs and each result arrives.",
        source="https://docs.python.org/3/library/concurrent.futures.html"
        "#concurrent.futures.Future.add_done_callback",
        triage=(
            "callbacks are called with a lock held that submission takes",
            "the thread that calls back is the one that must read results for a full pipe to empty",
        ),
        plans=_plans,
        run=_run,
        check=_check,
        needs=frozenset({can.CALLBACKS}),
        after=("RES-01", "RES-06"),
    ),
)
