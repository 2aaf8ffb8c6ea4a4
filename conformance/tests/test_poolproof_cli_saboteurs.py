"""`poolproof saboteurs` says who is caught, who is not, and how sure that is."""

from __future__ import annotations

import json
import re
from math import isclose
from pathlib import Path
from typing import Any

import pytest
from poolproof import cli, sabotage
from poolproof.catalogue import rules
from poolproof.cli.run import FAILED
from poolproof.detection import Measured, measured
from poolproof.saboteurs import saboteurs
from poolproof_reports.results import Outcome
from test_poolproof_fates import result


def test_the_command_says_who_is_caught(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["saboteurs", "--saboteur", "swaps-two-results"]
    assert cli.main([*chosen, "--repeat", "2", "--json"]) == 0
    captured = capsys.readouterr()
    (told,) = (shown := json.loads(captured.out))["saboteurs"]
    assert (shown["honest"], told["rule"], told["fate"], told["caught"]) == (
        {},
        "RES-02",
        "caught",
        2,
    )
    assert isclose(told["rate_lower_bound"], 0.05**0.5)
    assert "caught 2/2, rate > 0.22 (95 %)" in captured.err


def test_one_that_survives_is_shown_and_fails_the_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: dict[str, Any] = {"RES-01": result("RES-01", Outcome.FAIL, "five is four")}
    ends["RES-02"] = result("RES-02", Outcome.PASS)
    monkeypatch.setattr(sabotage, "judged", lambda *_: ends)
    assert cli.main(["saboteurs", "--rule", "RES-02", "--whole-group"]) == FAILED
    shown = capsys.readouterr().out
    assert "the honest pool breaks RES-01: FAIL: five is four" in shown
    assert "swaps-two-results" in shown
    assert "broke RES-01 too" in shown
    ends["RES-01"] = result("RES-01", Outcome.PASS)
    assert cli.main(["saboteurs", "--saboteur", "swaps-two-results"]) == FAILED
    shown = capsys.readouterr().out
    assert "survived" in shown
    assert "0 of 1 saboteur" in shown


def test_ctrl_c_shows_what_is_known_by_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fine = {"RES-01": result("RES-01", Outcome.PASS), "RES-02": result("RES-02", Outcome.PASS)}

    def judged(pool: str, *_: Any) -> Any:
        if pool.endswith("loses_the_short_chunk"):
            raise KeyboardInterrupt
        return fine

    monkeypatch.setattr(sabotage, "judged", judged)
    assert cli.main(["saboteurs", "--rule", "RES-02"]) == cli.INTERRUPTED
    shown = capsys.readouterr().out
    assert "swaps-two-results" in shown
    assert "loses-the-short-chunk" not in shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--saboteur", "swaps-two-result"], "did you mean 'swaps-two-results'?"),
        (["--rule", "RES-0"], "did you mean 'RES-"),
        (["--saboteur", "swaps-two-results", "--rule", "DATA-01"], "no saboteur has"),
        (["--repeat", "0"], "--repeat 0"),
        (["--record", "{file}/figures.toml"], "is a file; name a folder"),
        (["--record", "{file}"], "no figures of detection"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file.toml"
    file.write_text("[[measured]]\nmine = 1\n")
    assert cli.main(["saboteurs", *(each.format(file=file) for each in arguments)]) == 2
    assert file.read_text() == "[[measured]]\nmine = 1\n"
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said


def test_each_is_listed_with_its_rule_and_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["saboteurs", "--list"]) == 0
    assert capsys.readouterr().out.count("\n") == len(saboteurs())


def test_one_that_errs_by_chance_is_tried_by_name_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fine = {rule.id: result(rule.id, Outcome.PASS) for rule in rules().values()}
    monkeypatch.setattr(sabotage, "judged", lambda *_: fine)
    assert cli.main(["saboteurs", "--rule", "RACE-02", "--list"]) == 0
    assert "seldom-guards-no-counter" in capsys.readouterr().out
    assert cli.main(["saboteurs", "--rule", "RACE-02", "--json"]) == FAILED
    tried = json.loads(capsys.readouterr().out)["saboteurs"]
    assert [one["saboteur"] for one in tried] == ["leaves-values-unguarded"]


def test_misses_are_kept_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fine = {"RES-02": result("RES-02", Outcome.PASS)}
    caught = {"RES-02": result("RES-02", Outcome.FAIL, "map: result 0 is")}
    ends = iter([fine, caught, fine, caught])  # the honest pool's first
    monkeypatch.setattr(sabotage, "judged", lambda *_: next(ends))
    path = tmp_path / "figures.toml"
    wrong = ["saboteurs", "--saboteur", "swaps-two-results", "--repeat", "3"]
    assert cli.main([*wrong, "--record", str(path)]) == FAILED
    assert measured(path) == (Measured("RES-02", "swaps-two-results", 3, 1),)


def test_what_cannot_be_judged_here_is_not_kept_as_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skipped = {"RES-02": result("RES-02", Outcome.SKIP)}
    monkeypatch.setattr(sabotage, "judged", lambda *_: skipped)
    path = tmp_path / "figures.toml"
    chosen = ["saboteurs", "--saboteur", "swaps-two-results", "--record", str(path)]
    assert cli.main(chosen) == 0
    assert measured(path) == ()


def test_the_examples_of_the_help_name_saboteurs_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["saboteurs", "--help"])
    named = re.findall(
        r"--saboteur ['\"]?([\w*-]+)", capsys.readouterr().out.partition("examples")[2]
    )
    assert len(named) > 1
    for name in named:
        assert cli.main(["saboteurs", "--list", "--saboteur", name]) == 0
