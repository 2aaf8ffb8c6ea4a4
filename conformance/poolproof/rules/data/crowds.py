"""Very many tensors: in one message, and on their way at the same time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from poolproof import portraits, tasks_data
from poolproof.drivers import capabilities as can
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.data import both_ways
from poolproof.rules.data.dense import VALUES
from poolproof.rules.results import judge, submitted
from poolproof.stage.api import Stage
from poolproof.stage.limits import descriptors
from poolproof.verdict import Judgement, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_MOST = 10_000
_DESCRIPTORS = 1024  # what a process gets, unless it asks for more, on most Linux systems


def _crowds() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    usual = st.integers(_DESCRIPTORS + 1, 2000)
    counts = st.integers(0, 9).flatmap(lambda die: st.just(_MOST) if die == 9 else usual)
    spec = st.fixed_dictionaries({"count": counts, "lengths": st.integers(2, 4)})
    return both_ways.plans(spec, 1)


def _run_crowd(plan: Plan, stage: Stage) -> None:
    pool = stage.pool()
    with descriptors(_DESCRIPTORS):
        both_ways.send(
            plan["values"],
            stage,
            pool,
            tasks_data.crowd,
            tasks_data.portray_crowd,
            stop_early=True,
        )


def _told(spec: JSON) -> str:
    return f"{spec['count']} tensors in one message"


def _threads() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    # 8192 elements are 64 KiB, where some transports change their ways.
    elements = st.sampled_from([1, 500, 8192, 20_000]) | st.integers(1, 5000)
    return st.fixed_dictionaries(
        {"threads": st.lists(st.lists(elements, min_size=1, max_size=8), min_size=2, max_size=4)}
    )


def _numbered(plan: Plan) -> list[list[JSON]]:
    """What each thread sends, with a number for each tensor that no other has."""
    return [
        [{"number": 100 * (n + 1) + m, "elements": count} for m, count in enumerate(counts)]
        for n, counts in enumerate(plan["threads"])
    ]


def _run_threads(plan: Plan, stage: Stage) -> None:
    pool = stage.pool()
    together = threading.Barrier(len(plan["threads"]))

    def ask(specs: list[JSON]) -> None:
        sent = [tasks_data.stamped(spec) for spec in specs]
        for spec, tensor in zip(specs, sent, strict=True):
            stage.note("expected", tasks_data.stamp(tasks_data.answer(tensor)), spec["number"])
        together.wait()
        pending = [submitted(pool, (tasks_data.answer, (tensor,))) for tensor in sent]
        together.wait()  # until then nobody takes a result: all are on their way
        for spec, task in zip(specs, pending, strict=True):
            stage.call("answer", task.get, spec["number"], tasks_data.stamp)

    threads = [threading.Thread(target=ask, args=(specs,)) for specs in _numbered(plan)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _check_threads(plan: Plan, history: History) -> Judgement:
    wanted = {e.key: e.value for e in history.of("expected", Kind.INFO)}
    if missing := {s["number"] for specs in _numbered(plan) for s in specs} - set(wanted):
        return unknown(f"tensors {sorted(missing)} were not made: the plan did not finish")
    return judge(history, "answer", wanted, _whose)


def _whose(got: JSON, want: JSON) -> str:
    if isinstance(got, dict) and got.get("number") not in (None, want["number"]):
        return f"what came is the answer to tensor {got['number']}"
    return portraits.difference(got, want, VALUES)


RULES = (
    Rule(
        id="DATA-25",
        title="Thousands of tensors travel in one message",
        level=Level.SHOULD,
        kind=RuleKind.POOL,
        demands="A list of 1025 to 10,000 small tensors, each with a storage of its own, arrives "
        "whole as an argument and as a result, when the caller may open 1024 files.",
        source="https://github.com/pytorch/pytorch/issues/973",
        triage=(
            "a file descriptor, handle or mapping for each storage",
            "torch.multiprocessing.set_sharing_strategy('file_system')",
        ),
        plans=_crowds,
        run=_run_crowd,
        check=both_ways.check(portraits.differ(), _told),
        needs=frozenset({can.TORCH}),
        after=("DATA-03",),
    ),
    Rule(
        id="DATA-26",
        title="Tensors on their way at the same time do not mix",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Two to four threads submit tensors of which no element is that of another, and "
        "take no result until all are submitted. Each gets the answer to its own tensor, every "
        "element of it.",
        source="https://docs.python.org/3/library/multiprocessing.html"
        "#multiprocessing.pool.Pool.apply_async",
        triage=(
            "a block of shared memory given to two messages",
            "results matched to tasks by the order they come in",
        ),
        plans=_threads,
        run=_run_threads,
        check=_check_threads,
        needs=frozenset({can.TORCH}),
        after=("DATA-03",),
        stochastic=True,
    ),
)
