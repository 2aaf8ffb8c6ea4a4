"""Callbacks that submit to the pool that called them."""

from __future__ import annotations

import zlib
from functools import partial
from queue import SimpleQueue
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
from poolproof.verdict import Judgement, failed

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
        for count in range(len(chain.sizes)):
            came = stage.call("next", chain.submitted.get, (chain.number, count), show=_unseen)
            if came is None:
                break
            link, task = came
            stage.call("get", task.get, (chain.number, link), show=_shown)


class _Chain:
    """Tasks of which each is submitted by the callback of the one before."""

    def __init__(self, stage: Stage, number: int, sizes: list[int]) -> None:
        self.number = number
        self.sizes = sizes
        # In no order: a Future that is done calls back at once, before its submission returns.
        self.submitted: SimpleQueue[tuple[int, Pending] | None] = SimpleQueue()
        self._stage = stage

    def extend(self, link: int, _value: Any = None) -> None:
        """Submit task `link`, if there is one."""
        if link < len(self.sizes):
            task = self._stage.call(
                "submit", partial(self._submit, link), (self.number, link), show=_unseen
            )
            self.submitted.put(None if task is None else (link, task))

    def _submit(self, link: int) -> Pending:
        return self._stage.pool().submit(
            tasks_res.identity,
            _payload(self.number, link, self.sizes[link]),
            callback=partial(self.extend, link + 1),
            error_callback=lambda _: self.submitted.put(None),
        )


def _payload(number: int, link: int, size: int) -> bytes:
    return bytes([number, link]) + b"x" * size


def _unseen(_: object) -> JSON:
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
    payloads = {(number, link): _payload(number, link, n) for link, n in enumerate(sizes)}
    return judge(history, "get", {key: _shown(payload) for key, payload in payloads.items()})


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
        after=("RES-01", "RES-06", "RES-16"),
    ),
)
