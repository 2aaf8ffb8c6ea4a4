"""Tensors in memory that was shared on purpose, by share_memory_()."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pool
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.life.census import opened
from poolproof.rules.life.segments import mappings
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_shm import add
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {"values": st.lists(st.integers(-99, 99), min_size=1, max_size=5), "add": st.integers(1, 9)}
    )


def _run(plan: Plan, stage: Stage) -> None:
    tensor = _shared(plan["values"])
    pool = stage.pool()
    for key in (0, 1):
        stage.call("add", pool.submit(add, tensor, plan["add"]).get, key, show=list)
        stage.note("caller sees", tensor.tolist(), key)
        tensor += plan["add"]  # and the next worker sees that


def _shared(values: list[int]) -> Any:
    import torch

    return torch.tensor(values).share_memory_()


def _check(plan: Plan, history: History) -> Judgement:
    missing = "" if len(settled(history, "add")) == 2 else "not all results were read"
    return judge(_problems(plan, history), missing=missing)


def _problems(plan: Plan, history: History) -> Iterator[str]:
    for key, end in settled(history, "add").items():
        expected = [value + (2 * key + 1) * plan["add"] for value in plan["values"]]
        if end.kind is Kind.FAIL:
            yield f"a task that wrote to a shared tensor raised {raised(end)}"
        elif end.value != expected:
            yield f"a worker sees {end.value} in a shared tensor after its write, not {expected}"
    for event in history.of("caller sees"):
        expected = [value + (2 * event.key + 1) * plan["add"] for value in plan["values"]]
        if event.value != expected:
            yield (
                f"a write of the worker to a shared tensor is not seen by the caller: "
                f"{event.value}, expected {expected}"
            )


ALIASED = Rule(
    id="SHM-05",
    title="A tensor that was shared by share_memory_() stays shared when it is sent",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "The caller moves a tensor to shared memory and sends it to tasks. A write on either side "
        "is seen on the other: that is what share_memory_() is called for. (A pool that copies "
        "all it sends says so in its expectations.)"
    ),
    source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.share_memory_.html",
    triage=("Is the tensor sent by torch.multiprocessing's reducers, or by pickle's?",),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.TORCH, can.PROCESSES}),
)

_WARM = 8
_MESSAGES = 40
_ROUNDS = 3


def _drop_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {"elements": st.sampled_from([1, 5000]), "ways": st.sampled_from(["to workers", "both"])}
    )


def _run_drop(plan: Plan, stage: Stage) -> None:
    pool = stage.pool()
    _send(plan, pool, _WARM)
    before = _held()
    for _ in range(_ROUNDS):
        _send(plan, pool, _MESSAGES)
        after = _held()
        # What began meanwhile (a spare, a tracker) holds what it needs, and none of these.
        more = sum(after[pid] - held for pid, held in before.items() if pid in after)
        stage.note("more", more)
        if not _grown(more):
            break
        before = after


def _grown(more: int) -> bool:
    return more >= _MESSAGES // 2


def _send(plan: Plan, pool: Pool, messages: int) -> None:
    task = tasks.identity if plan["ways"] == "both" else len
    for number in range(messages):
        pool.submit(task, _shared([number] * plan["elements"])).get()
    gc.collect()


def _held() -> dict[int, int]:
    """Descriptors or handles, and mappings of segments, of the caller and each below it."""
    import psutil

    me = psutil.Process()
    processes = [me, *me.children(recursive=True)]
    return {process.pid: opened(process) + mappings([process.pid]) for process in processes}


def _check_drop(plan: Plan, history: History) -> Judgement:
    rounds = history.facts("more")
    ended = len(rounds) == _ROUNDS or any(not _grown(more) for more in rounds)
    missing = "" if ended else f"{len(rounds)} of {_ROUNDS} rounds were counted, and each has grown"
    return judge(_drop_problems(plan, history), missing=missing)


def _drop_problems(plan: Plan, history: History) -> Iterator[str]:
    rounds = history.facts("more")
    # A server that prepares eight processes meanwhile opens forty descriptors, but once.
    if len(rounds) == _ROUNDS and all(_grown(more) for more in rounds):
        yield (
            f"{', then '.join(map(str, rounds))} more descriptors, handles or mappings of segments "
            f"are open, each time that {_MESSAGES} shared tensors were sent ({plan['ways']}) and "
            "dropped on both sides"
        )


DROPPED = Rule(
    id="SHM-06",
    title="Shared tensors that were sent and dropped hold nothing open",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        f"After some for warming up, {_MESSAGES} tensors in shared memory are sent to tasks, some "
        "of them back, and dropped on both sides. Descriptors, handles and mappings of the caller "
        f"and its workers have not grown with their number, {_ROUNDS} times in turn."
    ),
    source="https://github.com/pytorch/pytorch/issues/973",
    triage=(
        "Does a worker keep its last arguments, or all of them?",
        "Does the sender's side wait for a receiver that never fetches?",
    ),
    plans=_drop_plans,
    run=_run_drop,
    check=_check_drop,
    needs=frozenset({can.TORCH, can.PROCESSES}),
    all_plans=4,
)

RULES = (ALIASED, DROPPED)
