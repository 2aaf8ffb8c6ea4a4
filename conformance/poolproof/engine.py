"""Judges pools: every rule, by plans that Hypothesis draws, within the budget of a profile."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from poolproof_reports.results import Counterexample, Level, Outcome, RuleResult, SubjectResult

from poolproof.allowance import Allowance
from poolproof.archive import Archive
from poolproof.drivers import capabilities as can
from poolproof.emulation import why_not_judged
from poolproof.expectations import Expectation, find, here
from poolproof.profiles import Profile
from poolproof.reproduce import reproducer
from poolproof.rule import Kind, Rule
from poolproof.search import default_database, search
from poolproof.stage.keeper import Keeper, Refused
from poolproof.stage.messages import Description, Probed
from poolproof.trial import Failure, Trial
from poolproof.verdict import Verdict

_KEPT_EVENTS = 200  # of a counterexample's history, the last ones


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands: told before and after each rule."""

    pool: str
    start_method: str
    rule: Rule
    number: int
    of: int
    result: RuleResult | None  # None: it begins


Listener = Callable[[Progress], None]


@dataclass
class SubjectRun:
    """Judges one pool with one start method, rule by rule; what is finished can be read always."""

    keeper: Keeper
    description: Description
    profile: Profile
    seed: int
    rules: Sequence[Rule]
    listen: Listener = lambda _: None
    archive: Archive | None = None  # of plans: None keeps none
    database: Path | None = None  # of failing plans; None: the user's, where the profile says so
    known: Sequence[Expectation] = ()  # failures of the pool
    before: Mapping[str, Outcome] = field(default_factory=dict)  # of rules judged elsewhere
    results: list[RuleResult] = field(default_factory=list)
    note: str = ""
    _probed: Probed | None = None
    _started: float = field(default_factory=time.monotonic)
    _allowance: Allowance = field(init=False)

    def __post_init__(self) -> None:
        self._allowance = Allowance(self.profile)

    def judge(self) -> None:
        """Judge all rules.

        Raises:
            KeyboardInterrupt: as it came; `result()` has what was finished.
        """
        for rule in heavy_last(self.rules):
            self.judge_next(rule)

    def judge_next(self, rule: Rule) -> RuleResult:
        """Judge one of the rules: `judge`, for those who count the rules themselves."""
        if self._probed is None and not self.note:
            try:
                self._probed = self.keeper.probed or self.keeper.probe()
            except Refused as refusal:
                self.note = str(refusal)
        number = len(self.results) + 1
        self._tell(rule, number, None)
        result = self._rule(rule, rules_left=max(1, len(self.rules) - number + 1))
        self.results.append(result)
        self._tell(rule, number, result)
        return result

    def result(self) -> SubjectResult:
        """What is finished."""
        probed = self._probed or Probed("", ())
        order = {rule.id: number for number, rule in enumerate(self.rules)}
        return SubjectResult(
            pool=self.description.name,
            version=self.description.version,
            start_method=self.keeper.start_method,
            driver=probed.kind,
            capabilities=probed.capabilities,
            complete=len(self.results) == len(self.rules),
            note=self.note,
            duration_s=time.monotonic() - self._started,
            rules=tuple(sorted(self.results, key=lambda r: order[r.rule])),
        )

    def _rule(self, rule: Rule, rules_left: int) -> RuleResult:
        started = time.monotonic()
        if self._probed is None:
            return self._outcome(rule, Outcome.ERROR, self.note, started)
        if (reason := self._not_applicable(rule, self._probed)) is not None:
            return self._outcome(rule, Outcome.SKIP, reason, started)
        if (reason := self._not_reached(rule)) is not None:
            return self._outcome(rule, Outcome.NOTRUN, reason, started)
        share_s = self._allowance.share_s(rules_left, self.keeper.slowness)
        profile = replace(self.profile, rule_s=share_s / self.keeper.slowness)
        trial = Trial(rule, self.keeper, profile, self.archive)
        outcome, message = self._search(trial)
        self._allowance.spent(share_s, time.monotonic() - started, trial.failing_s)
        return self._outcome(rule, outcome, message, started, trial)

    def _search(self, trial: Trial) -> tuple[Outcome, str]:
        database = self.database or (default_database() if self.profile.database else None)
        try:
            search(trial, self.seed, database)
        except Refused as refusal:
            return Outcome.ERROR, str(refusal)
        except Exception as error:  # noqa: BLE001 - a rule that cannot be judged stops no other
            return Outcome.ERROR, f"judging it raised {type(error).__name__}: {error}"
        outcome, message = _judged(trial)
        try:
            self._file(trial)
        except OSError as error:  # a full disk takes the file, and not the verdict
            message = f"{message}\nthe failing plan could not be kept: {error}".lstrip()
        return outcome, message

    def _file(self, trial: Trial) -> None:
        if self.archive is None:
            return
        if (case := trial.case()) is not None:
            self.archive.keep(case)
        else:
            self.archive.forget(trial.rule.id, self.keeper.pool, self.keeper.start_method)

    def _not_applicable(self, rule: Rule, probed: Probed) -> str | None:
        needs = rule.needs | ({can.CONTEXT} if rule.kind is Kind.CONTEXT else frozenset())
        missing = sorted(needs - set(probed.capabilities))
        return f"needs {', '.join(missing)}, which this pool does not offer" if missing else None

    def _not_reached(self, rule: Rule) -> str | None:
        if reason := why_not_judged(rule.id):
            return reason
        outcomes = {**self.before, **{r.rule: r.outcome for r in self.results}}
        for earlier in rule.after:
            # What the pool does not offer is no sign that the rest of it is broken.
            if outcomes.get(earlier, Outcome.PASS) not in (Outcome.PASS, Outcome.SKIP):
                return f"means nothing unless {earlier} holds, which was {outcomes[earlier].value}"
        if self._allowance.left_s(self.keeper.slowness) < 0:
            return f"the {self.profile.name} profile's time was spent"
        return None

    def _outcome(
        self,
        rule: Rule,
        outcome: Outcome,
        message: str,
        started: float,
        trial: Trial | None = None,
    ) -> RuleResult:
        known = self._expected(rule)
        return RuleResult(
            rule=rule.id,
            title=rule.title,
            group=rule.group,
            level=rule.level,
            stochastic=rule.stochastic,
            source=rule.source,
            outcome=outcome,
            expected=known.expected if known else (Outcome.PASS,),
            expected_reason=known.text if known else "",
            message=message,
            plans=trial.plans if trial else 0,
            runs=trial.runs if trial else 0,
            duration_s=time.monotonic() - started,
            counterexample=self._counterexample(rule, trial.failure if trial else None),
        )

    def _expected(self, rule: Rule) -> Expectation | None:
        where = here(self.keeper.start_method, self.description.version)
        return find(self.known, rule.id, where)

    def _counterexample(self, rule: Rule, failure: Failure | None) -> Counterexample | None:
        if failure is None:
            return None
        run = failure.run
        return Counterexample(
            plan=failure.plan,
            message="\n".join(filter(None, (failure.message, run.detail, run.log))),
            history=tuple(e.as_json() for e in run.history.events[-_KEPT_EVENTS:]),
            stacks=run.stacks,
            processes=run.processes,
            reproducer=reproducer(rule, failure.plan, self.keeper),
            drawing=_drawn(rule, failure),
        )

    def _tell(self, rule: Rule, number: int, result: RuleResult | None) -> None:
        self.listen(
            Progress(
                self.description.name,
                self.keeper.start_method,
                rule,
                number,
                len(self.rules),
                result,
            )
        )


def _drawn(rule: Rule, failure: Failure) -> str:
    if rule.draw is None or failure.outcome is not Outcome.FAIL:
        return ""
    return rule.draw(failure.plan, failure.run.history)


def heavy_last(rules: Sequence[Rule]) -> list[Rule]:
    """The order to judge in: numpy and torch, once in the stage, make all that follows slower."""
    return sorted(rules, key=lambda rule: (can.TORCH in rule.needs, can.NUMPY in rule.needs))


def _judged(trial: Trial) -> tuple[Outcome, str]:
    judgement = trial.verdict()
    if trial.failure is None:
        passed = judgement.verdict is Verdict.PASS
        return (Outcome.PASS if passed else Outcome.UNKNOWN), judgement.message
    if trial.rule.level is Level.MAY and trial.failure.outcome is Outcome.FAIL:
        return Outcome.UNSUPPORTED, judgement.message
    return trial.failure.outcome, judgement.message
