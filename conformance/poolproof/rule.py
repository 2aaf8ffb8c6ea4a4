"""The record of one checkable guarantee."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from poolproof_reports.results import Level

from poolproof.plan import Plan
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from poolproof.history import History
    from poolproof.stage.api import Stage

__all__ = ["Kind", "Level", "Rule"]


class Kind(str, Enum):
    """Which driver a rule talks to."""

    POOL = "pool"  # a pool or an executor, through the operations they share
    CONTEXT = "context"  # a multiprocessing.context.BaseContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One guarantee: how to draw a plan for it, run it, and judge what happened.

    `plans` and `check` run in the supervising process and never meet the pool; `run` runs in the
    stage and never meets Hypothesis. Documentation is generated from the other fields.
    """

    id: str  # "RES-01"; the part before the dash is its group
    title: str  # one line, stating what must hold
    level: Level
    kind: Kind
    demands: str  # what is asked of the pool, in a few sentences
    source: str  # a link: documentation, issue or paper that the rule rests on
    triage: tuple[str, ...]  # what to look at when it fails
    plans: Callable[[], SearchStrategy[Plan]]
    run: Callable[[Plan, Stage], None]
    check: Callable[[Plan, History], Judgement]
    draw: Callable[[Plan, History], str] | None = None  # what is wrong with a history, as SVG
    needs: frozenset[str] = frozenset()  # capabilities; see `poolproof.drivers.capabilities`
    after: tuple[str, ...] = ()  # rules that must hold for this one to mean anything
    since: str = "0.1"
    stochastic: bool = False  # an outcome of chance: each plan runs `repeats` times
    repeats: int = 1
    deadline_s: float = 10.0  # a plan that takes longer is a TIMEOUT (scaled by the machine)
    all_plans: int | None = None  # how many distinct plans there are, where there are few

    @property
    def group(self) -> str:
        """The part of the id before the dash: "RES", "DATA", ..."""
        return self.id.partition("-")[0]

    def __reduce__(self) -> tuple[Any, ...]:
        from poolproof.catalogue import find

        return find, (self.id,)
