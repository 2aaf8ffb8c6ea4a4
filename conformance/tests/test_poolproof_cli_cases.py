"""Failures are kept as files that can be run again, judged again and made smaller."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from poolproof import case, cli
from poolproof.archive import Archive
from poolproof.cli.run import FAILED
from poolproof.history import Event, Kind
from poolproof.stage.keeper import Keeper, Run
from poolproof.verdict import Verdict
from poolproof_cases_race import CASES, PLANS
from poolproof_reports.results import Outcome

OWN = "poolproof_selftest_rules"
THREADS = ("--pool", "threads", "--start-method", "threads")

pytestmark = pytest.mark.usefixtures("_stage_finds_test_modules")


def rule(name: str) -> tuple[str, str]:
    return "--rule", f"{OWN}:{name}"


def failing(name: str, folder: Path) -> Path:
    """The case file of a run of this rule that fails."""
    assert cli.main(["run", *THREADS, *rule(name), "--out", str(folder)]) == FAILED
    assert not (folder / "running.json").exists()
    (file,) = (folder / "failures").iterdir()
    return file


def kept(folder: Path, **changes: Any) -> Path:
    """The case file of a failure that nobody saw."""
    archive = Archive(folder, 0, {})
    blank = archive.blank(f"{OWN}:SHRINKS", "threads", "threads", {"n": 100})
    said = Event(1, 1, Kind.INFO, "said").as_json()
    return archive.keep(replace(blank, **{"outcome": Outcome.FAIL, "history": (said,), **changes}))


def test_a_failure_is_kept_with_its_whole_history_and_replays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = failing("SHRINKS", tmp_path)
    kept = case.load(file)
    assert kept.outcome is Outcome.FAIL
    number = kept.plan["n"]  # 100, where there is time enough to shrink
    assert number > 99
    assert [e.op for e in kept.events()] == ["submit", "submit"]
    assert "hypothesis" in kept.versions
    assert str(file.parent) in capsys.readouterr().out
    assert cli.main(["replay", str(file)]) == FAILED
    assert f"FAIL: {number} is more than 99" in capsys.readouterr().out


def test_a_rule_that_holds_again_takes_its_file_away(tmp_path: Path) -> None:
    file, stale = kept(tmp_path), kept(tmp_path, rule=f"{OWN}:HOLDS")
    assert cli.main(["run", *THREADS, *rule("HOLDS"), "--out", str(tmp_path)]) == 0
    assert (stale.exists(), file.exists()) == (False, True)


def test_a_plan_of_chance_says_how_often_it_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = failing("FAILS_NOW_AND_THEN", tmp_path)
    capsys.readouterr()
    # A stage that has failed is left behind, and the next one begins with a right run.
    assert cli.main(["replay", str(file), "--times", "6"]) == FAILED
    assert "failed 3 of 6 times" in capsys.readouterr().out
    assert cli.main(["replay", str(file), "--times", "1"]) == 0
    assert capsys.readouterr().out == "PASS\n"


def test_ctrl_c_shows_how_often_it_failed_until_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Keeper.run
    left = iter([runs, runs])

    def stopped(*arguments: Any) -> Run:
        try:
            return next(left)(*arguments)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(Keeper, "run", stopped)
    plan = (*rule("SHRINKS"), "--plan", '{"n": 100}')
    assert cli.main(["replay", *THREADS, *plan, "--times", "50"]) == cli.INTERRUPTED
    assert "failed 2 of 2 times" in capsys.readouterr().out


def test_what_cannot_be_told_is_no_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["replay", *THREADS, *rule("CANNOT_TELL"), "--plan", '{"n": 1}']) == FAILED
    assert "UNKNOWN: cannot tell" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["replay", *THREADS, "--rule", "RES-02"], "give --plan too"),
        (["replay", "{file}", "--plan", "{{}}"], "leave out --rule and --plan"),
        (["replay", "{file}", "--times", "0"], "--times 0"),
        (["replay", *THREADS, "--rule", "RES-02", "--plan", "{{"], "--plan is no JSON"),
        (["replay", *THREADS, "--rule", "RES-02", "--plan", "[" * 9_999], "--plan is no JSON"),
        (["replay", "gone.json"], "gone.json"),
        (["judge", "gone.json"], "gone.json"),
        (["judge", "{file}", "{result}"], "a result file"),
        (["judge", "{foreign}"], "unknown rule 'RES-99'"),
        (["shrink", "{result}"], "a result file"),
        (["shrink", "{file}", "--for", "soon"], "'soon' is no duration"),
        (["shrink", "{file}", "--out", "{result}/small.json"], "is a file; name a folder"),
        (["shrink", "{foreign}"], "has no choices"),
        (["shrink", "{unfinished}"], "was not seen to fail"),
    ],
)
def test_bad_input_is_one_line_that_names_the_way_out(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {n: tmp_path / f"{n}.json" for n in ("file", "result", "foreign", "unfinished")}
    blank = Archive(tmp_path, 0, {}).blank("RES-02", "threads", "threads", {"n": 1})
    case.save(replace(blank, outcome=Outcome.FAIL, choices=("QQFB",)), names["file"])
    case.save(replace(blank, outcome=Outcome.FAIL, rule="RES-99"), names["foreign"])
    case.save(blank, names["unfinished"])
    names["result"].write_text('{"schema": 1, "subjects": []}')
    assert cli.main([a.format(**names) for a in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("poolproof: error: ")
    assert captured.err.count("\n") == 1
    assert says in captured.err


def test_what_contradicts_itself_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(asked: Verdict) -> Path:
        events = next(
            events for rule, verdict, _, events in CASES if (rule, verdict) == ("RACE-10", asked)
        )
        history = tuple(event.as_json() for event in events)
        return kept(tmp_path / asked.name, rule="RACE-10", plan=PLANS["RACE-10"], history=history)

    wrong, right = told(Verdict.FAIL), told(Verdict.PASS)
    images = tmp_path / "images"
    assert cli.main(["judge", str(wrong), str(right), "--draw", str(images)]) == FAILED
    (image,) = images.iterdir()
    assert f"drawn: {image}" in capsys.readouterr().out
    assert image.name == f"{wrong.stem}.svg"
    assert "was ahead of" in "".join(ElementTree.parse(image).getroot().itertext())


def test_histories_are_judged_anew_without_a_pool(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = kept(tmp_path)
    right = kept(tmp_path, plan={"n": 99}, pool="no:such")
    broken = kept(tmp_path, plan={}, pool="broken")
    assert cli.main(["judge", str(right)]) == 0
    assert "PASS (was FAIL)" in capsys.readouterr().out
    assert cli.main(["judge", str(file), str(right), str(broken), "--json"]) == FAILED
    judged = json.loads(capsys.readouterr().out)
    assert [each["verdict"] for each in judged] == ["FAIL", "PASS", "ERROR"]
    assert "KeyError" in judged[2]["message"]


def test_a_saved_failure_shrinks_and_the_small_one_replays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    large = _unshrunk("SHRINKS", tmp_path)
    assert cli.main(["shrink", str(large)]) == 0
    assert '{"n": 100}' in capsys.readouterr().out
    small = large.with_suffix(".small.json")
    assert case.load(small).plan == {"n": 100}
    assert cli.main(["replay", str(small)]) == FAILED


def test_a_hang_shrinks_too(tmp_path: Path) -> None:
    file, small = failing("HANGS_ON_LONG_ONES", tmp_path), tmp_path / "small.json"
    assert case.load(file).plan["n"] > 100
    assert cli.main(["shrink", str(file), "--out", str(small)]) == 0
    assert (case.load(small).plan, case.load(small).outcome) == ({"n": 100}, Outcome.TIMEOUT)


def test_what_fails_no_more_does_not_shrink(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = failing("SHRINKS", tmp_path)
    case.save(replace(case.load(file), rule=f"{OWN}:HOLDS"), file)
    assert cli.main(["shrink", str(file)]) == FAILED
    assert "does not come out as FAIL any more" in capsys.readouterr().out
    case.save(replace(case.load(file), plan={"n": 7}), file)
    assert cli.main(["shrink", str(file)]) == FAILED
    assert "generator has changed" in capsys.readouterr().out


def _unshrunk(name: str, folder: Path) -> Path:
    """A case whose plan is larger than it needs to be."""
    from hypothesis.database import choices_to_bytes

    file = failing(name, folder)
    choices = _base64(choices_to_bytes([9_999]))
    case.save(replace(case.load(file), plan={"n": 9_999}, choices=(choices,)), file)
    return file


def _base64(data: bytes) -> str:
    from base64 import b64encode

    return b64encode(data).decode("ascii")
