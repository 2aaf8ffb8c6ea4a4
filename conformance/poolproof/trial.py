"""One rule against one pool: run a plan, judge its history, remember the smallest that fails.

Hypothesis asks for verdicts and is answered from here; a plan runs once however often it asks, so
that an outcome of chance never looks flaky to it.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from poolproof_reports.results import Outcome

from poolproof.archive import Archive
from poolproof.case import Case
from poolproof.drivers import capabilities as can
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan, digest, size
from poolproof.profiles import Profile
from poolproof.rule import Rule
from poolproof.stage.keeper import Keeper, Ran, Run
from poolproof.verdict import Judgement, Verdict, failed, unknown

TORCH_S = 20.0  # longer for rules on tensors: each worker imports torch
LEAST_PLANS = 5  # a rule that ran fewer cannot pass, unless there are no more
_OUTCOMES = {
    Ran.TIMEOUT: Outcome.TIMEOUT,
    Ran.CRASH: Outcome.CRASH,
    Ran.ERROR: Outcome.ERROR,
}


class Enough(BaseException):
    """Ends Hypothesis' search at once; not an Exception, which it would take for a failure."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A plan, how its run came out, and the run."""

    plan: Plan
    outcome: Outcome
    message: str
    run: Run

    def case(self, blank: Case, choices: tuple[str, ...] = ()) -> Case:
        """What a case file keeps of it."""
        run = self.run
        return replace(
            blank,
            plan=self.plan,
            choices=choices,
            outcome=self.outcome,
            message=self.message,
            history=tuple(event.as_json() for event in run.history),
            stacks=run.stacks,
            processes=run.processes,
            log=run.log,
            detail=run.detail,
        )


@dataclass
class Trial:
    """What is known of one rule so far."""

    rule: Rule
    keeper: Keeper
    profile: Profile
    archive: Archive | None = None  # of plans: None keeps none
    only: Outcome | None = None  # a plan that comes out in another way counts as right
    until: float = float("inf")  # on the clock: no plan is begun after it
    clock: Callable[[], float] = time.monotonic
    on_smaller: Callable[[Failure], None] = lambda _: None  # told of each smaller failure
    runs: int = 0
    unknowns: list[str] = field(default_factory=list)
    failure: Failure | None = None
    choices: tuple[str, ...] = ()  # how Hypothesis drew what fails; `search` finds them
    _verdicts: dict[str, bool] = field(default_factory=dict)  # plan digest -> did it fail
    _started: float = 0.0  # when the first plan was done: opening pools and imports do not count
    _failing_since: float = 0.0  # when the first plan that fails was begun
    _failed_at: float = 0.0  # when that was seen

    @property
    def failing_s(self) -> float:
        """What the failure has cost: a hang's deadline, new stages, the search for less."""
        return 0.0 if self.failure is None else self.clock() - self._failing_since

    @property
    def plans(self) -> int:
        """How many distinct plans have run."""
        return len(self._verdicts)

    def fails(self, plan: Plan) -> bool:
        """Run `plan` unless it has run already; does it fail the rule?

        Raises:
            Enough: the budget is spent, or nothing is gained by going on.
        """
        name = digest(plan)
        if name not in self._verdicts:
            self._stop_if_spent()
            self._verdicts[name] = self._fails(plan)
            self._started = self._started or self.clock()
        return self._verdicts[name]

    def tried(self, plan: Plan) -> bool:
        """Has this plan run?"""
        return digest(plan) in self._verdicts

    def case(self) -> Case | None:
        """The case file of the failure."""
        if self.failure is None or self.archive is None:
            return None
        return self.failure.case(self._blank(self.archive, self.failure.plan), self.choices)

    def _blank(self, archive: Archive, plan: Plan) -> Case:
        return archive.blank(self.rule.id, self.keeper.pool, self.keeper.start_method, plan)

    def _stop_if_spent(self) -> None:
        shrinking = self.failure is not None
        if self.failure is not None and self.failure.outcome is not (self.only or Outcome.FAIL):
            # To shrink a hang or a crash costs a deadline a step, and a new stage each.
            raise Enough
        began = self._failed_at if shrinking else self._started
        budget_s = self.profile.shrink_s if shrinking else self.profile.rule_s
        now = self.clock()
        spent = now - began > budget_s * self.keeper.slowness or now > self.until
        if spent and (shrinking or self.plans >= LEAST_PLANS):
            raise Enough

    def _fails(self, plan: Plan) -> bool:
        began = self.clock()
        failure = self._run(plan)
        if failure is None or self.only not in (None, failure.outcome):
            return False
        if self.failure is None:
            self._failing_since, self._failed_at = began, self.clock()
        if self.failure is None or size(plan) < size(self.failure.plan):
            self.failure = failure
            self.on_smaller(failure)
        # A pool that one plan broke would fail every plan after it, and nonsense would be blamed:
        # an executor is done for after BrokenProcessPool.
        self.keeper.renew()
        return True

    def _run(self, plan: Plan) -> Failure | None:
        if self.archive is not None:
            self.archive.begin(self._blank(self.archive, plan))
        failure = self._run_repeatedly(plan)
        if self.archive is not None:
            self.archive.end()
        return failure

    def _run_repeatedly(self, plan: Plan) -> Failure | None:
        for _ in range(self.rule.repeats):
            self.runs += 1
            run = self.keeper.run(self.rule.id, plan, self._deadline_s)
            if run.ended is not Ran.DONE:
                return Failure(plan, _OUTCOMES[run.ended], _how_it_ended(run), run)
            try:
                judgement = judgement_on(self.rule, plan, run.history)
            except Exception:  # noqa: BLE001 - whatever it is, the rule is wrong and not the pool
                broken = replace(run, detail=traceback.format_exc())
                return Failure(plan, Outcome.ERROR, _check_raised(broken), broken)
            if judgement.verdict is Verdict.FAIL:
                return Failure(plan, Outcome.FAIL, judgement.message, run)
            if judgement.verdict is Verdict.UNKNOWN:
                self.unknowns.append(judgement.message)
        return None

    @property
    def _deadline_s(self) -> float:
        return self.rule.deadline_s + (TORCH_S if can.TORCH in self.rule.needs else 0.0)

    def verdict(self) -> Judgement:
        """The verdict on the rule, from what has run until now."""
        least = min(LEAST_PLANS, self.rule.all_plans or LEAST_PLANS)
        if self.failure is not None:
            return failed(self.failure.message)
        if self.plans < least:
            return unknown(f"only {self.plans} distinct plans ran, {least} are needed")
        if len(self.unknowns) == self.runs:
            return unknown(self.unknowns[0])
        return Judgement(Verdict.PASS)


def judgement_on(rule: Rule, plan: Plan, history: History) -> Judgement:
    """What the rule says of this history, which nothing but the rule is asked about.

    Raises:
        Exception: the rule's check is broken.
    """
    if len(history) == 0:
        return unknown("nothing was recorded")
    return rule.check(plan, history)


def _check_raised(run: Run) -> str:
    return f"the rule's check raised on this history: {run.detail.strip().splitlines()[-1]}"


def _how_it_ended(run: Run) -> str:
    if run.ended is Ran.TIMEOUT:
        return f"hangs: not done after {run.duration_s:.0f} s{_last_operation(run)}"
    if run.ended is Ran.CRASH:
        return f"ended the process that called it, with exit code {run.detail}"
    return f"raised outside of any operation: {run.detail.strip().splitlines()[-1]}"


def _last_operation(run: Run) -> str:
    """Which operations of the stage began and never came back."""
    open_ops: dict[tuple[str, JSON], None] = {}
    for event in run.history:
        if event.kind is Kind.INVOKE:
            open_ops[(event.op, event.key)] = None
        else:
            open_ops.pop((event.op, event.key), None)
    names = [op if key is None else f"{op} {key}" for op, key in open_ops]
    return f"; still open: {', '.join(names[:3])}" if names else ""
