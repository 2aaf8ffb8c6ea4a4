"""Slots of shared memory of every width: read whole, and never older than before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.history import Event, History, Kind
from poolproof.nemesis import troubles
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.race.crew import SHARED_MEMORY, Job, casualties, crew
from poolproof.stage.api import Stage
from poolproof.tasks_race_memory import (
    Slots,
    read_versions,
    write_versions,
)
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# By the bytes of a slot: multiples have equal pieces, so that a mixture of two is no multiple.
_STRIDES = {1: 1, 2: 0x0101, 4: 0x00010001, 8: 0x0001000100010001}
_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}
_DTYPES = {1: "uint8", 2: "int16", 4: "int32", 8: "int64"}
_MOST = 120  # versions: as many as a byte can count, and the sign leaves


def _slot_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "carrier": st.sampled_from(["RawArray", "Array"]),
            "widths": st.lists(st.sampled_from(sorted(_CODES)), min_size=1, unique=True),
            "slots": st.sampled_from([1, 9, 100]),
            "readers": st.integers(1, 2),
            "rounds": st.integers(1, _MOST),
            "troubles": troubles("pause", "slow", "pin", "kill"),
        }
    )


def _tensor_plans() -> SearchStrategy[Plan]:
    """One, with all widths: what costs is the import of torch in every process."""
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "carrier": st.just("tensor"),
            "widths": st.just(sorted(_DTYPES)),
            "slots": st.just(100),
            "readers": st.just(1),
            "rounds": st.just(_MOST),
            "troubles": st.just([]),
        }
    )


def _slots(context: Any, carrier: str, width: int, count: int) -> Slots:
    if carrier == "tensor":
        import torch
        import torch.multiprocessing  # teaches processes to take tensors

        made = torch.zeros(count, dtype=getattr(torch, _DTYPES[width])).share_memory_()
    elif carrier == "Array":
        made = context.Array(_CODES[width], count).get_obj()
    else:
        made = context.RawArray(_CODES[width], count)
    return Slots(made, _STRIDES[width])


def _run_versions(plan: Plan, stage: Stage) -> None:
    context: Any = stage.context
    arrays = [_slots(context, plan["carrier"], width, plan["slots"]) for width in plan["widths"]]
    ended = context.RawValue("b", 0)
    jobs = [Job(write_versions, (arrays, plan["rounds"]))]
    jobs += [
        Job(read_versions, (arrays, ended, stage.folder, member))
        for member in range(plan["readers"])
    ]
    with crew(stage, jobs, plan["troubles"]) as (writer, *_):
        writer.join()
        ended.value = 1


def _killed(plan: Plan) -> set[int]:
    """Whom the nemesis killed, if it came in time; 0 is the writer."""
    members = 1 + plan["readers"]
    return {step["who"] % members for step in plan["troubles"] if step["act"] == "kill"}


def _check_versions(plan: Plan, history: History) -> Judgement:
    survivors = {1 + member for member in range(plan["readers"])} - _killed(plan)
    ended = {1 + event.key for event in history.of("last", Kind.INFO)}
    missing = "" if history.facts("exitcodes") and survivors <= ended else "not all readers ended"
    return judge(_version_problems(plan, history), missing=missing)


def _version_problems(plan: Plan, history: History) -> Iterator[str]:
    yield from casualties(history, 1 + plan["readers"], _killed(plan))
    for event in history.of("odd", Kind.INFO):
        number, place = event.key
        yield f"slot {place} of {_whose(plan, number)} was read as {_odd(plan, number, event)}"
    for event in history.of("last", Kind.INFO):
        for number, value in enumerate(event.value):
            version = value // _STRIDES[plan["widths"][number]]
            if version != plan["rounds"] and 0 not in _killed(plan):
                yield (
                    f"a slot of {_whose(plan, number)} was read as version {version} after its "
                    f"writer had ended, whose last was {plan['rounds']}"
                )


def _whose(plan: Plan, number: int) -> str:
    return f"{plan['widths'][number]} byte(s) in shared memory ({plan['carrier']})"


def _odd(plan: Plan, number: int, event: Event) -> str:
    stride = _STRIDES[plan["widths"][number]]
    value, before = event.value
    if value % stride:
        return f"{value:#x}, which nobody wrote: pieces of two values"
    return (
        f"version {value // stride} after version {before // stride} had been seen there; its one "
        "writer only counts up"
    )


def _slot_rule(id: str, title: str, demands: str, plans: Callable[[], Any], **more: Any) -> Rule:
    return Rule(
        id=id,
        title=title,
        level=Level.MUST,
        kind=Driver.CONTEXT,
        demands=demands
        + " Every value read is one that was written, and of one slot no older one than was read "
        "before; and the last one once the writer has ended. Processes are paused and killed "
        "meanwhile. (Across slots nothing is promised: hardware reorders.)",
        triage=(
            "Are the slots aligned to their own size?",
            "Is anything copied byte by byte on the way?",
            "Is it one piece of memory in all processes?",
        ),
        plans=plans,
        run=_run_versions,
        check=_check_versions,
        stochastic=True,
        **more,
    )


UNTORN = _slot_rule(
    "RACE-12",
    "A slot of shared memory is read whole, and never goes back",
    "One process counts the slots of an array up, of 1, 2, 4 or 8 bytes each, others read them, "
    "without a lock.",
    _slot_plans,
    source=SHARED_MEMORY,
)

TENSORS = _slot_rule(
    "RACE-17",
    "An element of a shared tensor is read whole, and never goes back",
    "A tensor in shared memory is given to several processes. One counts its elements up, of 1, 2, "
    "4 or 8 bytes each, others read them, without a lock.",
    _tensor_plans,
    source="https://docs.pytorch.org/docs/stable/multiprocessing.html",
    needs=frozenset({can.TORCH}),
    all_plans=1,
)


RULES = (UNTORN, TENSORS)
