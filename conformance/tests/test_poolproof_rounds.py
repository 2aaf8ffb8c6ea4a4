"""Deep goes round after round; what failed once is tried first the next time, anywhere."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import poolproof_selftest_rules as own
import pytest
from poolproof import cli
from poolproof.cli.durations import seconds
from poolproof.cli.errors import BadInput
from poolproof.cli.run import FAILED
from poolproof.engine import SubjectRun
from poolproof.profiles import PROFILES
from poolproof.rounds import budget, merged, worth_another_round
from poolproof.stage.keeper import Keeper
from poolproof_reports.results import Level, Outcome, RuleResult, SubjectResult, load

DEEP = PROFILES["deep"]
THREADS = ("--pool", "threads", "--start-method", "threads")

pytestmark = pytest.mark.usefixtures("_stage_finds_test_modules")


def results(*rules: RuleResult) -> SubjectResult:
    return SubjectResult("threads", "3.12", "threads", "pool", (), True, "", 10.0, rules)


def result(name: str, outcome: Outcome, plans: int = 5, message: str = "") -> RuleResult:
    return RuleResult(
        rule=f"{own.__name__}:{name}",
        title="",
        group="RES",
        level=Level.MUST,
        stochastic=False,
        source="",
        outcome=outcome,
        message=message,
        plans=plans,
        runs=2 * plans,
        duration_s=3.0,
    )


def test_each_round_is_longer_and_none_longer_than_what_is_left() -> None:
    assert [budget(DEEP, n, 900.0).rule_s for n in range(4)] == [10.0, 20.0, 40.0, 80.0]
    assert budget(DEEP, 3, 900.0).subject_s == 900.0
    assert budget(PROFILES["quick"], 0, 900.0) == PROFILES["quick"]


def test_what_failed_or_cannot_be_judged_is_not_tried_again() -> None:
    rules = (own.HOLDS, own.SHRINKS, own.CANNOT_TELL, own.NEEDS_THE_IMPOSSIBLE)
    assert worth_another_round(rules, None) == rules
    outcomes = (Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.SKIP)
    names = (rule.id.partition(":")[2] for rule in rules)
    known = results(*map(result, names, outcomes))
    assert worth_another_round(rules, known) == (own.HOLDS, own.CANNOT_TELL)


@pytest.mark.parametrize(
    ("before", "after", "outcome", "plans"),
    [
        (Outcome.PASS, Outcome.PASS, Outcome.PASS, 12),
        (Outcome.PASS, Outcome.FAIL, Outcome.FAIL, 12),
        (Outcome.PASS, Outcome.UNKNOWN, Outcome.PASS, 12),
        (Outcome.UNKNOWN, Outcome.PASS, Outcome.PASS, 12),
        (Outcome.PASS, Outcome.NOTRUN, Outcome.PASS, 5),
    ],
)
def test_a_later_round_adds_to_the_earlier_one(
    before: Outcome, after: Outcome, outcome: Outcome, plans: int
) -> None:
    first = results(result("SHRINKS", Outcome.FAIL), result("HOLDS", before, 5, "before"))
    both = merged(merged(None, first), results(result("HOLDS", after, 7, "after")))
    untouched, found = both.rules
    assert untouched == first.rules[0]
    assert (found.outcome, found.plans, found.runs) == (outcome, plans, 2 * plans)
    assert both.duration_s == 20.0
    stands = outcome is before and after is not before
    assert found.message == ("before" if stands else "after")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90", 90), ("90s", 90), ("10m", 600), ("1.5h", 5400), ("1h30m", 5400), ("1h 5s", 3605)],
)
def test_durations_are_read_as_people_write_them(text: str, expected: float) -> None:
    assert seconds("--for", text) == expected


@pytest.mark.parametrize("text", ["", "0", "-5", "soon", "10x", "m", "1:30"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=re.escape(f"--for {text!r} is no duration")):
        seconds("--for", text)


def deep(folder: Path, *rules: str, database: Path | None = None) -> list[str]:
    command = ["run", *THREADS, "--profile", "deep", "--seed", "0", "--out", str(folder)]
    command += ["--database", str(database or folder / "database")]
    return [*command, *(part for name in rules for part in ("--rule", f"{own.__name__}:{name}"))]


def test_deep_ends_by_itself_when_its_time_is_over(tmp_path: Path) -> None:
    assert cli.main([*deep(tmp_path, "HOLDS"), "--for", "1s"]) == 0
    found = load(tmp_path / "result.json")
    assert (found.complete, found.subjects[0].rules[0].outcome) == (True, Outcome.PASS)


def test_deep_ends_when_nothing_is_left_to_break(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(deep(tmp_path, "SHRINKS", "CRASHES")) == FAILED
    assert "round 1 is done" in capsys.readouterr().out


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Shells start background jobs with SIGINT ignored, and children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.skipif(os.name == "nt", reason="Windows has console events, not signals, for this")
def test_ctrl_c_after_a_whole_round_is_the_end_and_no_interruption(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "poolproof", *deep(tmp_path, "SHRINKS", "HAS_ONE_PLAN")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = ""
        while "round 1 is done" not in seen:
            line = process.stdout.readline()
            assert line, seen
            seen += line
        # The result lies there already, whatever comes now.
        assert len(load(tmp_path / "result.json").subjects[0].rules) == 2
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(60) == FAILED
    found = load(tmp_path / "result.json")
    assert (found.complete, found.interruption) == (True, "")


def test_what_failed_once_is_the_first_plan_of_the_next_run_also_from_a_copy(
    tmp_path: Path,
) -> None:
    first, copy = tmp_path / "database", tmp_path / "copied" / "database"
    assert cli.main(deep(tmp_path / "1", "SHRINKS", "HANGS_ON_LONG_ONES", database=first)) == FAILED
    shutil.copytree(first, copy)
    for database in (first, copy):
        known = judged(own.SHRINKS, database)
        assert (known.plans, known.counterexample and known.counterexample.plan) == (1, {"n": 100})
        known = judged(own.HANGS_ON_LONG_ONES, database)
        assert (known.plans, known.outcome) == (1, Outcome.TIMEOUT)


def test_two_databases_merge_by_copying_one_over_the_other(tmp_path: Path) -> None:
    for name in ("SHRINKS", "HANGS_ON_LONG_ONES"):
        cli.main(deep(tmp_path / name, name, database=tmp_path / name / "database"))
        shutil.copytree(tmp_path / name / "database", tmp_path / "merged", dirs_exist_ok=True)
    assert judged(own.SHRINKS, tmp_path / "merged").plans == 1
    assert judged(own.HANGS_ON_LONG_ONES, tmp_path / "merged").plans == 1


def judged(rule: own.Rule, database: Path) -> RuleResult:
    with Keeper("threads", "threads") as keeper:
        profile = replace(PROFILES["quick"], shrink_s=0.0)
        run = SubjectRun(keeper, keeper.describe(), profile, 77, [rule], database=database)
        run.judge()
        (found,) = run.results
        return found


def test_only_deep_is_told_when_to_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", *THREADS, "--for", "2h"]) == 2
    assert "--for is for --profile deep; quick ends by itself" in capsys.readouterr().err
