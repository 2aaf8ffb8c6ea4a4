"""Tensors that share a storage inside one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolproof import tasks_data, tensors
from poolproof.drivers import capabilities as can
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import Job, all_of, gather, judge
from poolproof.stage.api import Stage
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    spec = tensors.specs(("int64",), ("numbers",), smallest=1)
    plain = spec.map(lambda found: found | {"views": []})
    message = st.fixed_dictionaries({"whole": plain, "views": tensors.views()})
    return st.fixed_dictionaries({"messages": st.lists(message, min_size=1, max_size=4)})


def _run(plan: Plan, stage: Stage) -> None:
    rows = [(m["whole"], m["views"]) for m in plan["messages"]]
    pool = stage.pool()
    sent = [tasks_data.two_views(*row) for row in rows]
    arguments: list[Job] = [(tasks_data.share_storage, (message,)) for message in sent]
    gather(stage, pool, "argument of task", arguments, bool)
    results: list[Job] = [(tasks_data.two_views, row) for row in rows]
    gather(stage, pool, "result of task", results, tasks_data.share_storage)


def _check(plan: Plan, history: History) -> Judgement:
    wanted = dict.fromkeys(range(len(plan["messages"])), True)
    ways = ("argument of task", "result of task")
    return all_of(judge(history, way, wanted, _differ) for way in ways)


def _differ(got: object, want: object) -> str:
    if got == want:
        return ""
    return "a tensor and a view of it were sent in one message and arrived as two storages"


RULES = (
    Rule(
        id="DATA-06",
        title="Two views of one storage in one message are still one storage",
        level=Level.SHOULD,
        kind=RuleKind.POOL,
        demands="A write through one of them shows in the other, in the worker and for a result "
        "in the caller. torch.save and torch.multiprocessing keep it so; plain pickle of tensors "
        "sends a storage for each.",
        source="https://docs.pytorch.org/docs/stable/notes/serialization.html"
        "#preserve-storage-sharing",
        triage=("each tensor of a message copied on its own",),
        plans=_plans,
        run=_run,
        check=_check,
        needs=frozenset({can.TORCH}),
        after=("DATA-03",),
    ),
)
