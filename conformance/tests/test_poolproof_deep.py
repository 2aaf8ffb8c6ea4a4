"""Deep goes round after round; what failed once is tried first the next time, anywhere."""

from __future__ import annotations

import os
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
from poolproof.cli.run import FAILED
from poolproof.engine import SubjectRun
from poolproof.profiles import PROFILES
from poolproof.stage.keeper import Keeper
from poolproof_reports.results import Outcome, RuleResult, load

THREADS = ("--pool", "threads", "--start-method", "threads")

pytestmark = pytest.mark.usefixtures("_stage_finds_test_modules")


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
