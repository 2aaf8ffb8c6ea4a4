"""A child that computes on a CUDA device whose caller does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof.checkers.judging import judge
from poolproof.children import child, run_to_end
from poolproof.drivers import capabilities as can
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.data.cuda import NOTES
from poolproof.stage.api import Stage
from poolproof.tasks_start import add_up
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    numbers = st.lists(st.integers(1, 99), min_size=1, max_size=4)
    return st.fixed_dictionaries({"device": st.just("cuda"), "numbers": numbers})


def _run(plan: Plan, stage: Stage) -> None:
    device, numbers = plan["device"], plan["numbers"]
    add_up(stage.folder, "caller", device, numbers)
    codes = run_to_end(child(stage, add_up, stage.folder, "child", device, numbers))
    stage.note("exitcodes", codes)


def _check(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("exitcodes") else "the child was not seen to end"
    return judge(_problems(plan, history), missing=missing)


def _problems(plan: Plan, history: History) -> Iterator[str]:
    sums = {event.key: event.value for event in history.of("sum", Kind.OK)}
    for codes in history.facts("exitcodes"):
        if codes != [0] or "child" not in sums:
            yield f"a child that computes on the device ended with exit code {codes[0]}"
    if "child" in sums and sums["child"] != sum(plan["numbers"]):
        yield f"the child's sum on the device is {sums['child']}, expected {sum(plan['numbers'])}"


DEVICE = Rule(
    id="START-43",
    title="A child computes on the CUDA device that its caller computes on",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "The caller has a context on the device, and so has its child: the child has made it "
        "itself, and not inherited what does not work in it."
    ),
    source=NOTES,
    triage=(
        "Is the child forked from a process that had initialised CUDA, if only to count devices?",
        "Does it see the device that CUDA_VISIBLE_DEVICES named when start() was called?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.CUDA, can.TORCH}),
)

RULES = (DEVICE,)
