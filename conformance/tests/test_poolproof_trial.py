"""What a trial makes of runs, by runs that were written down: no process takes part."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from poolproof.archive import Archive
from poolproof.case import Case, load
from poolproof.drivers import capabilities as can
from poolproof.history import Event, History, Kind
from poolproof.plan import Plan, canonical, digest, size
from poolproof.profiles import PROFILES
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.stage.keeper import Keeper, Ran, Run
from poolproof.trial import Enough, Failure, Trial
from poolproof.verdict import PASSED, Judgement, Verdict, failed, unknown
from poolproof_reports.results import Outcome

SAID = History((Event(1, 7, Kind.OK, "get", 1, "a"),))
DONE = Run(Ran.DONE, SAID, 0.5)
TIMELESS = replace(PROFILES["quick"], rule_s=float("inf"), shrink_s=float("inf"))
SPENT = replace(PROFILES["quick"], rule_s=-1.0, shrink_s=-1.0)


@dataclass
class Script:
    """In a keeper's place: hands out runs in order, the last one for ever."""

    runs: list[Run]
    slowness: float = 1.0
    renewed: int = 0
    asked: list[tuple[str, Plan, float]] = field(default_factory=list)
    pool: str = "threads"
    start_method: str = "threads"

    def run(self, rule: str, plan: Plan, deadline_s: float) -> Run:
        self.asked.append((rule, plan, deadline_s))
        return self.runs.pop(0) if len(self.runs) > 1 else self.runs[0]

    def renew(self) -> None:
        self.renewed += 1


def says(judgement: Judgement, **more: Any) -> Rule:
    """A rule that says this of every history."""
    return Rule(
        id="RES-00",
        title="",
        level=Level.MUST,
        kind=Driver.POOL,
        demands="",
        source="",
        triage=(),
        plans=lambda: st.nothing(),
        run=lambda plan, stage: None,
        check=more.pop("check", lambda plan, history: judgement),
        deadline_s=3.0,
        **more,
    )


def trial(rule: Rule, *runs: Run, profile: Any = TIMELESS, **more: Any) -> tuple[Trial, Script]:
    script = Script(list(runs or (DONE,)))
    return Trial(rule, cast("Keeper", script), profile, **more), script


def tried(rule: Rule, plans: int, *runs: Run) -> Trial:
    it, _ = trial(rule, *runs)
    for n in range(plans):
        it.fails({"n": n})
    return it


def test_a_plan_runs_once_however_often_it_is_asked_about() -> None:
    it, script = trial(says(failed("no")))
    assert it.fails({"a": 1, "b": 2})
    assert it.fails({"b": 2, "a": 1})
    assert (it.plans, it.runs, len(script.asked)) == (1, 1, 1)
    assert (it.tried({"a": 1, "b": 2}), it.tried({"a": 1})) == (True, False)


def test_a_rule_of_chance_runs_a_plan_until_it_fails() -> None:
    it, script = trial(says(PASSED, repeats=4))
    assert not it.fails({"n": 0})
    assert (it.plans, it.runs) == (1, 4)
    quiet = Run(Ran.DONE, History((*SAID, *SAID)), 0.5)
    rule = says(PASSED, repeats=4, check=lambda _, h: failed("two") if len(h) == 2 else PASSED)
    it, script = trial(rule, DONE, quiet, DONE)
    assert it.fails({"n": 0})
    assert (it.runs, len(script.asked), script.renewed) == (2, 2, 1)


def test_tensors_get_longer_for_the_import_of_torch() -> None:
    for needs, deadline_s in ((frozenset[str](), 3.0), (frozenset({can.TORCH}), 23.0)):
        it, script = trial(says(PASSED, needs=needs))
        it.fails({"n": 1})
        assert script.asked == [("RES-00", {"n": 1}, deadline_s)]


@pytest.mark.parametrize(
    ("plans", "all_plans", "verdict", "message"),
    [
        (0, None, Verdict.UNKNOWN, "only 0 distinct plans ran, 5 are needed"),
        (4, None, Verdict.UNKNOWN, "only 4 distinct plans ran, 5 are needed"),
        (5, None, Verdict.PASS, ""),
        (1, 2, Verdict.UNKNOWN, "only 1 distinct plans ran, 2 are needed"),
        (2, 2, Verdict.PASS, ""),
        (5, 9, Verdict.PASS, ""),
    ],
)
def test_too_few_plans_are_no_pass(
    plans: int, all_plans: int | None, verdict: Verdict, message: str
) -> None:
    assert tried(says(PASSED, all_plans=all_plans), plans).verdict() == Judgement(verdict, message)


def test_the_first_thing_that_could_not_be_told_is_said() -> None:
    rule = says(PASSED, check=lambda plan, _: unknown(f"plan {plan['n']}"))
    assert tried(rule, 5).verdict() == unknown("plan 0")


def test_one_run_that_could_be_judged_is_enough() -> None:
    rule = says(PASSED, check=lambda plan, _: PASSED if plan["n"] == 3 else unknown(str(plan)))
    assert tried(rule, 5).verdict() == PASSED
    assert tried(says(unknown("why")), 5).verdict() == unknown("why")


def test_a_history_of_nothing_is_judged_by_no_check() -> None:
    nothing = Run(Ran.DONE, History(), 0.5)
    assert tried(says(PASSED), 5, nothing).verdict() == unknown("nothing was recorded")


def test_a_failure_decides_whatever_else_ran() -> None:
    rule = says(PASSED, check=lambda plan, _: failed("three") if plan["n"] == 3 else PASSED)
    it = tried(rule, 9)
    assert it.verdict() == failed("three")
    assert it.failure == Failure({"n": 3}, Outcome.FAIL, "three", DONE)


def test_the_smallest_failure_is_kept_and_told() -> None:
    told: list[Plan] = []
    it, script = trial(says(failed("no")), on_smaller=lambda failure: told.append(failure.plan))
    for n in (500, 7000, 70, 80, 9, 8):
        it.fails({"n": n})
    assert told == [{"n": 500}, {"n": 70}, {"n": 9}, {"n": 8}]
    assert it.failure is not None
    assert it.failure.plan == {"n": 8}
    assert script.renewed == 6


BEGUN = History(
    (
        Event(1, 7, Kind.INVOKE, "submit", 1),
        Event(2, 7, Kind.OK, "submit", 1),
        Event(3, 7, Kind.INVOKE, "get", 1),
        Event(4, 7, Kind.INVOKE, "close"),
        Event(5, 7, Kind.INVOKE, "join", 2),
        Event(6, 7, Kind.INVOKE, "late", 3),
    )
)


@pytest.mark.parametrize(
    ("run", "outcome", "message"),
    [
        (
            Run(Ran.TIMEOUT, BEGUN, 3.4),
            Outcome.TIMEOUT,
            "hangs: not done after 3 s; still open: get 1, close, join 2",
        ),
        (Run(Ran.TIMEOUT, SAID, 3.6), Outcome.TIMEOUT, "hangs: not done after 4 s"),
        (
            Run(Ran.CRASH, SAID, 1, detail="-11"),
            Outcome.CRASH,
            "ended the process that called it, with exit code -11",
        ),
        (
            Run(Ran.ERROR, SAID, 1, detail="Traceback\n  line\nKeyError: 'n'\n"),
            Outcome.ERROR,
            "raised outside of any operation: KeyError: 'n'",
        ),
    ],
)
def test_how_a_run_ended_is_said_in_a_sentence(run: Run, outcome: Outcome, message: str) -> None:
    it = tried(says(PASSED), 1, run)
    assert it.failure == Failure({"n": 0}, outcome, message, run)
    with pytest.raises(Enough):  # to make such a plan smaller costs a deadline a step
        it.fails({"n": 1})
    assert it.fails({"n": 0})
    assert it.runs == 1


def test_a_check_that_raises_is_an_error_of_the_rule() -> None:
    def check(plan: Plan, history: History) -> Judgement:
        raise LookupError("lost")

    it = tried(says(PASSED, check=check), 1)
    assert it.failure is not None
    assert (it.failure.plan, it.failure.outcome) == ({"n": 0}, Outcome.ERROR)
    assert it.failure.message == "the rule's check raised on this history: LookupError: lost"
    assert "Traceback" in it.failure.run.detail
    assert it.failure.run.history is SAID


def test_only_one_outcome_counts_where_one_is_sought() -> None:
    hang = Run(Ran.TIMEOUT, SAID, 3.0)
    it, _ = trial(says(failed("no")), DONE, hang, hang, only=Outcome.TIMEOUT)
    assert [it.fails({"n": n}) for n in (30, 20, 10)] == [False, True, True]
    assert it.failure is not None
    assert it.failure.plan == {"n": 10}


@dataclass
class Clock:
    """Shows what it is set to."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("slowness", [1.0, 2.0])
def test_the_search_is_over_when_its_time_is_since_the_first_plan_was_done(slowness: float) -> None:
    clock = Clock()
    profile = replace(TIMELESS, rule_s=10.0)
    it, script = trial(says(PASSED), profile=profile, clock=clock)
    script.slowness = slowness
    for n in range(5):
        it.fails({"n": n})
    clock.now += 10.0 * slowness  # exactly so long is not too long
    it.fails({"n": 5})
    clock.now += 0.5
    with pytest.raises(Enough):
        it.fails({"n": 6})


def test_shrinking_is_over_when_its_time_is_since_the_first_failure() -> None:
    clock = Clock()
    rule = says(PASSED, check=lambda plan, _: failed("large") if plan["n"] > 5 else PASSED)
    it, _ = trial(rule, profile=replace(TIMELESS, rule_s=50.0, shrink_s=10.0), clock=clock)
    it.fails({"n": 0})
    clock.now += 40.0
    assert it.fails({"n": 9})
    clock.now += 10.0
    assert it.fails({"n": 8})
    clock.now += 0.5
    with pytest.raises(Enough):
        it.fails({"n": 7})


def test_the_moment_to_stop_is_not_too_late_itself() -> None:
    clock = Clock()
    it, _ = trial(says(failed("no")), until=1000.0, clock=clock)
    assert it.fails({"n": 9})
    assert it.fails({"n": 8})
    clock.now += 0.5
    with pytest.raises(Enough):
        it.fails({"n": 7})


def test_what_failed_becomes_a_case_with_all_that_is_known(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 5, {"python": "3.12.1"})
    run = Run(Ran.TIMEOUT, BEGUN, 3.4, "stacks", ("pid 7",), "log", "detail")
    it, _ = trial(says(PASSED), run, archive=archive)
    assert it.case() is None
    it.fails({"n": 9})
    it.choices = ("QQFB",)
    assert it.case() == Case(
        schema=1,
        rule="RES-00",
        pool="threads",
        start_method="threads",
        plan={"n": 9},
        choices=("QQFB",),
        seed=5,
        versions={"python": "3.12.1"},
        outcome=Outcome.TIMEOUT,
        message="hangs: not done after 3 s; still open: get 1, close, join 2",
        history=tuple(e.as_json() for e in BEGUN),
        stacks="stacks",
        processes=("pid 7",),
        log="log",
        detail="detail",
    )
    assert it.failure is not None
    assert it.failure.case(archive.blank("RES-00", "", "", {"n": 7})).plan == {"n": 9}
    without, _ = trial(says(failed("no")))
    assert without.fails({"n": 9})
    assert without.case() is None


def test_the_plan_at_hand_is_noted_before_it_runs_and_only_so_long(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 5, {})
    noted: list[Case] = []

    def check(plan: Plan, history: History) -> Judgement:
        noted.append(load(archive.running))
        return PASSED

    it, _ = trial(says(PASSED, check=check), archive=archive)
    it.fails({"n": 9})
    assert noted == [archive.blank("RES-00", "threads", "threads", {"n": 9})]
    assert not archive.running.exists()


def test_a_spent_budget_ends_the_search_after_the_least_number() -> None:
    it, _ = trial(says(PASSED), profile=SPENT)
    for n in range(5):
        it.fails({"n": n})
    with pytest.raises(Enough):
        it.fails({"n": 5})
    assert not it.fails({"n": 4})
    assert it.verdict() == PASSED


def test_a_spent_budget_ends_shrinking_at_once() -> None:
    it, _ = trial(says(failed("no")), profile=SPENT)
    assert it.fails({"n": 9})
    with pytest.raises(Enough):
        it.fails({"n": 1})


def test_the_search_and_the_shrinking_have_budgets_of_their_own() -> None:
    it, _ = trial(says(PASSED), profile=replace(TIMELESS, shrink_s=-1.0))
    assert [it.fails({"n": n}) for n in range(20)] == [False] * 20
    it, _ = trial(says(failed("no")), profile=replace(TIMELESS, rule_s=-1.0))
    assert [it.fails({"n": n}) for n in range(20)] == [True] * 20


def test_a_moment_to_stop_holds_whatever_the_budget() -> None:
    it, _ = trial(says(failed("no")), until=0.0)
    it.fails({"n": 1})
    with pytest.raises(Enough):
        it.fails({"n": 0})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.text(), JSON), st.randoms())
def test_a_plan_has_one_text_whatever_the_order_of_its_keys(plan: Plan, chance: Any) -> None:
    keys = list(plan)
    chance.shuffle(keys)
    turned = {key: plan[key] for key in keys}
    assert canonical(turned) == canonical(plan)
    assert digest(turned) == digest(plan)
    assert json.loads(canonical(plan)) == plan


def test_a_plan_has_a_short_name_and_a_size() -> None:
    assert canonical({"b": [1, None], "a": "ä"}) == '{"a":"\\u00e4","b":[1,null]}'
    assert digest({"n": 1}) == hashlib.sha256(b'{"n":1}').hexdigest()[:16]
    assert size({"n": 10}) == (8, '{"n":10}')
    assert size({"n": 9}) < size({"n": 10}) < size({"n": 11})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"bytes"])
def test_what_is_no_json_is_no_plan(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        canonical({"value": value})


def test_what_a_failure_costs_counts_from_the_begin_of_its_run() -> None:
    times = iter(range(100))
    wrong = says(PASSED, check=lambda plan, _: failed("wrong") if plan["n"] else PASSED)
    it, _ = trial(wrong, clock=lambda: float(next(times)))
    assert it.failing_s == 0.0
    it.fails({"n": 0})
    assert it.failing_s == 0.0
    before = next(times)
    it.fails({"n": 1})
    now = next(times)
    assert before < now - it.failing_s + 1 < now
