"""The engine records every way in which a rule can come out, and survives all of them."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from pathlib import Path

import poolproof_selftest_rules as rules
import psutil
import pytest
from poolproof import case, catalogue
from poolproof.archive import Archive
from poolproof.engine import SubjectRun
from poolproof.plan import Plan
from poolproof.profiles import PROFILES
from poolproof.rule import Rule
from poolproof.stage.keeper import Keeper, Ran, Refused, Run
from poolproof.trial import Trial
from poolproof_reports.results import Outcome, RuleResult

pytestmark = pytest.mark.usefixtures("_stage_finds_test_modules")

# Shrinking starts a stage a step: on a slow system it takes longer than a user would wait.
THOROUGH = replace(PROFILES["quick"], shrink_s=120.0)


def judge(*chosen: Rule, pool: str = "threads", start_method: str = "threads") -> list[RuleResult]:
    with Keeper(pool, start_method) as keeper:
        run = SubjectRun(keeper, keeper.describe(), THOROUGH, 0, chosen)
        run.judge()
        return list(run.result().rules)


def test_a_right_pool_passes() -> None:
    (result,) = judge(rules.HOLDS)
    assert result.outcome is Outcome.PASS
    assert result.plans >= 5
    assert result.counterexample is None


@pytest.mark.skipif(sys.platform == "win32", reason="the pool forks")
def test_a_pool_may_run_the_task_of_a_killed_worker_again() -> None:
    (result,) = judge(catalogue.rules()["FAULT-08"], pool="poolproof_selftest_pools:runs_again")
    assert result.outcome is Outcome.PASS, result.message


def test_the_counterexample_is_the_smallest_plan_with_its_history() -> None:
    (result,) = judge(rules.SHRINKS)
    assert result.outcome is Outcome.FAIL
    assert result.counterexample is not None
    assert result.counterexample.plan == {"n": 100}
    assert [e["op"] for e in result.counterexample.history] == ["submit", "submit"]
    assert result.counterexample.drawing == "<svg>100 by 2 events</svg>"
    assert "100 is more than 99" in result.message


def test_a_hang_is_a_timeout_with_stacks_and_the_next_rule_still_runs() -> None:
    hung, fine = judge(rules.HANGS, rules.HOLDS)
    assert hung.outcome is Outcome.TIMEOUT
    assert hung.counterexample is not None
    assert "_hang" in hung.counterexample.stacks
    assert "wait for ever" in hung.message
    assert fine.outcome is Outcome.PASS


def test_a_hang_is_no_crash_though_the_dump_of_its_stacks_ends_the_process() -> None:
    (result,) = judge(rules.DIES_OF_ITS_DUMP)
    assert result.outcome is Outcome.TIMEOUT
    assert result.counterexample is not None
    assert result.counterexample.stacks


def test_a_hang_leaves_no_process_behind() -> None:
    (result,) = judge(rules.HANGS_WITH_AN_ORPHAN)
    assert result.counterexample is not None
    (orphan,) = [e["value"] for e in result.counterexample.history if e["op"] == "orphan"]
    assert any(f"pid {orphan}," in line for line in result.counterexample.processes)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(orphan).wait(timeout=10)  # its new parent may take a moment to reap it


def test_a_crash_is_an_outcome_with_its_exit_code_and_history() -> None:
    crashed, fine = judge(rules.CRASHES, rules.HOLDS)
    assert crashed.outcome is Outcome.CRASH
    assert "exit code 7" in crashed.message
    assert crashed.counterexample is not None
    assert [e["op"] for e in crashed.counterexample.history] == ["about to leave"]
    assert fine.outcome is Outcome.PASS


def test_a_counterexample_has_what_its_own_plan_printed() -> None:
    _, crashed = judge(rules.SAYS_AND_HOLDS, rules.SAYS_AND_CRASHES)
    assert crashed.counterexample is not None
    assert "said by the plan that crashed" in crashed.counterexample.message
    assert "said by a plan that held" not in crashed.counterexample.message


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (rules.RAISES, "the rule itself is broken"),
        (rules.CHECK_RAISES, "check raised on this history: LookupError: this check is broken"),
        (rules.CANNOT_BE_DRAWN, "LookupError: these plans are broken"),
        (rules.FILLS_THE_JOURNAL, "JournalFull"),
    ],
)
def test_an_error_of_the_rule_is_no_verdict_on_the_pool_and_ends_no_run(
    rule: Rule, says: str
) -> None:
    broken, fine = judge(rule, rules.HOLDS)
    assert (broken.outcome, fine.outcome) == (Outcome.ERROR, Outcome.PASS)
    assert says in broken.message
    assert broken.failed


def test_a_worker_that_records_too_much_is_an_error_and_no_failed_task() -> None:
    (result,) = judge(rules.FILLS_A_WORKERS_JOURNAL, pool="multiprocessing", start_method="spawn")
    assert result.outcome is Outcome.ERROR
    assert "JournalFull" in result.message


def test_a_stage_that_dies_between_two_plans_is_blamed_on_neither() -> None:
    with Keeper("threads", "threads") as keeper:
        for number in range(3):
            run = keeper.run(rules.HOLDS.id, {"n": number}, 60.0)
            assert run.ended is Ran.DONE
            assert run.history.ok("submit") == {None: number}
            psutil.Process(run.history.events[0].pid).kill()


def test_a_stage_that_could_not_be_started_once_is_an_error_and_no_flaky_rule() -> None:
    """On a machine at its limit it may not start in time, and then do so."""

    class Late(Keeper):
        refusals = 1

        def run(self, rule_id: str, plan: Plan, deadline_s: float) -> Run:
            if self.refusals:
                self.refusals -= 1
                raise Refused("it did not open")
            return super().run(rule_id, plan, deadline_s)

    with Late("threads", "threads") as keeper:
        run = SubjectRun(keeper, keeper.describe(), THOROUGH, 0, (rules.HOLDS,))
        result = run.judge_next(rules.HOLDS)
    assert (result.outcome, result.message) == (Outcome.ERROR, "it did not open")


def test_a_plan_is_on_disk_while_it_runs(tmp_path: Path) -> None:
    """Whatever ends the run in that moment, the file stays."""
    archive = Archive(tmp_path, 5, {})
    seen = []
    with Keeper("threads", "threads") as keeper:
        run = keeper.run
        trial = Trial(rules.HOLDS, keeper, THOROUGH, archive)

        def look(rule_id: str, plan: Plan, deadline_s: float) -> Run:
            seen.append(case.load(archive.running))
            return run(rule_id, plan, deadline_s)

        keeper.run = look  # type: ignore[method-assign]
        assert not trial.fails({"n": 1})
    assert [(c.plan, c.pool, c.outcome) for c in seen] == [({"n": 1}, "threads", None)]
    assert not archive.running.exists()


def test_a_failing_plan_that_cannot_be_kept_takes_no_verdict_with_it(tmp_path: Path) -> None:
    (tmp_path / "failures").touch()  # where the folder should be
    hasty = replace(PROFILES["quick"], shrink_s=0.0)
    with Keeper("threads", "threads") as keeper:
        archive = Archive(tmp_path, 0, {})
        run = SubjectRun(keeper, keeper.describe(), hasty, 0, (rules.SHRINKS,), archive=archive)
        run.judge()
    (result,) = run.result().rules
    assert result.outcome is Outcome.FAIL
    assert "is more than 99\nthe failing plan could not be kept: " in result.message


def test_an_unknown_must_rule_fails_the_run() -> None:
    (result,) = judge(rules.CANNOT_TELL)
    assert result.failed


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (rules.RECORDS_NOTHING, "nothing was recorded"),
        (rules.CANNOT_TELL, "cannot tell"),
        (rules.HAS_ONE_PLAN, "only 1 distinct plans"),
    ],
)
def test_what_cannot_be_told_is_unknown(rule: Rule, reason: str) -> None:
    (result,) = judge(rule)
    assert result.outcome is Outcome.UNKNOWN
    assert reason in result.message


def test_a_rule_that_says_how_few_plans_it_has_can_pass() -> None:
    (result,) = judge(rules.HAS_ONE_PLAN_AND_SAYS_SO)
    assert (result.outcome, result.plans) == (Outcome.PASS, 1)


def test_a_missing_capability_is_a_skip_with_its_reason() -> None:
    (result,) = judge(rules.NEEDS_THE_IMPOSSIBLE)
    assert result.outcome is Outcome.SKIP
    assert "needs levitation" in result.message


def test_an_optional_rule_that_fails_is_unsupported_with_its_reason() -> None:
    (result,) = judge(rules.OPTIONAL_AND_BROKEN)
    assert result.outcome is Outcome.UNSUPPORTED
    assert "100 is more than 99" in result.message


def test_a_rule_whose_prerequisite_broke_is_not_run() -> None:
    _, result = judge(rules.SHRINKS, rules.AFTER_A_BROKEN_ONE)
    assert result.outcome is Outcome.NOTRUN
    assert "SHRINKS" in result.message
