"""What is queued on a CUDA device when a tensor is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolproof.drivers import capabilities as can
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.data.cuda import NEEDS, NOTES
from poolproof.rules.results import Job, gather, judge
from poolproof.stage.api import Stage
from poolproof.tasks_race_cuda import bounds, counted
from poolproof.verdict import Judgement, Verdict

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_SENT, _RETURNED = "argument of task", "result of task"


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "device": st.just("cuda"),
            "elements": st.sampled_from([1, 1000, 1 << 20]),
            "steps": st.lists(st.integers(1, 200), min_size=1, max_size=4),
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    device, elements = plan["device"], plan["elements"]
    pool = stage.pool(1)
    # Each is sent while the device still counts; nobody waits for it but who reads.
    sent: list[Job] = [(bounds, (counted(device, elements, n),)) for n in plan["steps"]]
    gather(stage, pool, _SENT, sent, list)
    returned: list[Job] = [(counted, (device, elements, n)) for n in plan["steps"]]
    gather(stage, pool, _RETURNED, returned, bounds)


def _check(plan: Plan, history: History) -> Judgement:
    expected = {key: [float(n), float(n)] for key, n in enumerate(plan["steps"])}
    sent = judge(history, _SENT, expected)
    return judge(history, _RETURNED, expected) if sent.verdict is Verdict.PASS else sent


STREAMS = Rule(
    id="RACE-21",
    title="What a CUDA tensor is about to be is what arrives",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A kernel runs after the call that queued it. A tensor that is sent while kernels write to "
        "it, on the stream that is the sender's current one, is read by the receiver as those "
        "kernels leave it: the receiver's stream waits for an event of the sender's."
    ),
    source=NOTES,
    triage=(
        "no event is recorded when the handle is made, or nobody waits for it",
        "the handle is made by a thread whose current stream is another one",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    needs=NEEDS | {can.POSIX},
    after=("DATA-43",),
)

RULES = (STREAMS,)
