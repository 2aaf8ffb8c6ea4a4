"""Bytes of shared memory that are written in two pieces, under a lock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from poolproof.checkers.judging import judge
from poolproof.history import History, Kind
from poolproof.nemesis import troubles
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.race.crew import SHARED_MEMORY, Job, casualties, crew
from poolproof.stage.api import Stage
from poolproof.tasks_race_memory import Place, read_halves, write_halves
from poolproof.verdict import Judgement
from poolproof.yields import Yields

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# Around the ends of a cache line and of a page, where hardware cuts a store in two.
_STARTS = (0, 1, 3, 7, 57, 60, 63, 4_089, 4_093, 4_095)
_GUARDS = ("Array", "Lock", "RLock")
_MEMORY = 4_096 + 64


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    bytes_ = st.fixed_dictionaries(
        {"width": st.sampled_from([2, 4, 8, 16]), "start": st.sampled_from(_STARTS)}
    )
    return st.fixed_dictionaries(
        {
            "places": st.fixed_dictionaries(dict.fromkeys(_GUARDS, bytes_)),
            "readers": st.integers(1, 2),
            "rounds": st.integers(1, 250),
            "seed": st.integers(0, 99),
            "yield_us": st.sampled_from([20, 100, 500]),
            "troubles": troubles(),
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    places = [_place(stage.context, guard, **where) for guard, where in plan["places"].items()]
    yields = [Yields(plan["seed"], n, plan["yield_us"]) for n in range(1 + plan["readers"])]
    jobs = [Job(write_halves, (places, plan["rounds"], yields[0]))]
    jobs += [
        Job(read_halves, (places, plan["rounds"], yields[1 + member], stage.folder, member))
        for member in range(plan["readers"])
    ]
    with crew(stage, jobs, plan["troubles"]):
        pass


def _place(context: Any, guard: str, width: int, start: int) -> Place:
    if guard == "Array":
        array = context.Array("B", _MEMORY)
        return Place(array.get_obj(), start, width, array.get_lock())
    return Place(context.RawArray("B", _MEMORY), start, width, getattr(context, guard)())


def _check(plan: Plan, history: History) -> Judgement:
    ended = len(history.facts("last")) == plan["readers"]
    return judge(_problems(plan, history), missing="" if ended else "not all readers ended")


def _problems(plan: Plan, history: History) -> Iterator[str]:
    yield from casualties(history, 1 + plan["readers"])
    for event in history.of("odd", Kind.INFO):
        guard, place = list(plan["places"].items())[event.key[0]]
        where = f"{place['width']} bytes at offset {place['start']}, under the lock ({guard}),"
        first, second, before = event.value
        if first != second:
            yield f"{where} were read as half version {first}, half version {second}"
        else:
            yield f"{where} were read as version {first} after version {before}"


GUARDED = Rule(
    id="RACE-16",
    title="Bytes that no processor writes at once are whole under their lock",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Up to 16 bytes of shared memory at any offset, across the ends of cache lines and pages, "
        "are written in two halves, and read in two, each time under a lock: that of the Array "
        "that they lie in, or another one. Both halves are always of one version, and no older one "
        "than was read before."
    ),
    source=SHARED_MEMORY,
    triage=(
        "Is it one lock in all processes, or did each child get a new one?",
        "Does the lock of an Array go with it to a child?",
        "Does letting go of the lock order the writes before it?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    stochastic=True,
)

RULES = (GUARDED,)
