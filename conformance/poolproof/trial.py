"""One rule against one pool: run a plan, judge its history, remember the smallest that fails.

Hypothesis asks for verdicts and is answered from here; a plan runs once however often it asks, so
that an outcome of chance never looks flaky to it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from poolproof_reports.results import Outcome

from poolproof.drivers import capabilities as can
from poolproof.plan import Plan, canonical, digest
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


class Falsified(AssertionError):
    """Tells Hypothesis that a plan fails the rule."""


class Enough(BaseException):
    """Ends Hypothesis' search at once; not an Exception, which it would take for a failure."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A plan, how its run came out, and the run."""

    plan: Plan
    outcome: Outcome
    message: str
    run: Run

    @property
    def size(self) -> tuple[int, str]:
        """Hypothesis' own idea of simple: short, then early in the alphabet."""
        text = canonical(self.plan)
        return len(text), text


@dataclass
class Trial:
    """What is known of one rule so far."""

    rule: Rule
    keeper: Keeper
    profile: Profile
    runs: int = 0
    unknowns: list[str] = field(default_factory=list)
    failure: Failure | None = None
    _verdicts: dict[str, bool] = field(default_factory=dict)  # plan digest -> did it fail
    _started: float = 0.0  # when the first plan was done: opening pools and imports do not count
    _failed_at: float = 0.0

    @property
    def plans(self) -> int:
        """How many distinct plans have run."""
        return len(self._verdicts)

    def try_plan(self, plan: Plan) -> None:
        """Run `plan` unless it has run already.

        Raises:
            Falsified: it fails the rule.
            Enough: the budget is spent, or nothing is gained by going on.
        """
        name = digest(plan)
        if name not in self._verdicts:
            self._stop_if_spent()
            self._verdicts[name] = self._fails(plan)
            self._started = self._started or time.monotonic()
        if self._verdicts[name]:
            raise Falsified

    def _stop_if_spent(self) -> None:
        shrinking = self.failure is not None
        began = self._failed_at if shrinking else self._started
        budget_s = self.profile.shrink_s if shrinking else self.profile.rule_s
        spent = time.monotonic() - began > budget_s * self.keeper.slowness
        if spent and (shrinking or self.plans >= LEAST_PLANS):
            raise Enough

    def _fails(self, plan: Plan) -> bool:
        failure = self._run(plan)
        if failure is None:
            return False
        if self.failure is None:
            self._failed_at = time.monotonic()
        if self.failure is None or failure.size < self.failure.size:
            self.failure = failure
        if failure.outcome is not Outcome.FAIL:
            # To shrink a hang or a crash costs a deadline a step, and a new stage each.
            self._verdicts[digest(plan)] = True
            raise Enough
        # A pool that one plan broke would fail every plan after it, and nonsense would be blamed:
        # an executor is done for after BrokenProcessPool.
        self.keeper.renew()
        return True

    def _run(self, plan: Plan) -> Failure | None:
        for _ in range(self.rule.repeats):
            self.runs += 1
            run = self.keeper.run(self.rule.id, plan, self._deadline_s)
            if run.ended is not Ran.DONE:
                return Failure(plan, _OUTCOMES[run.ended], _how_it_ended(run), run)
            judgement = self._judge(plan, run)
            if judgement.verdict is Verdict.FAIL:
                return Failure(plan, Outcome.FAIL, judgement.message, run)
            if judgement.verdict is Verdict.UNKNOWN:
                self.unknowns.append(judgement.message)
        return None

    @property
    def _deadline_s(self) -> float:
        return self.rule.deadline_s + (TORCH_S if can.TORCH in self.rule.needs else 0.0)

    def _judge(self, plan: Plan, run: Run) -> Judgement:
        if len(run.history) == 0:
            return unknown("nothing was recorded")
        return self.rule.check(plan, run.history)

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


def _how_it_ended(run: Run) -> str:
    if run.ended is Ran.TIMEOUT:
        return f"hangs: not done after {run.duration_s:.0f} s{_last_operation(run)}"
    if run.ended is Ran.CRASH:
        return f"ended the process that called it, with exit code {run.detail}"
    return f"raised outside of any operation: {run.detail.strip().splitlines()[-1]}"


def _last_operation(run: Run) -> str:
    """Which operations of the stage began and never came back."""
    open_ops = {}
    for event in run.history:
        if event.kind.value == "invoke":
            open_ops[(event.op, event.key)] = event
        else:
            open_ops.pop((event.op, event.key), None)
    names = [op if key is None else f"{op} {key}" for op, key in open_ops]
    return f"; still open: {', '.join(names[:3])}" if names else ""
