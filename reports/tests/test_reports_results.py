"""The result file: what it says survives, and what is not one is refused in one line."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from poolproof_reports import results
from poolproof_reports.results import (
    BROKEN,
    NOT_JUDGED,
    Counterexample,
    Level,
    Outcome,
    ResultError,
    ResultFile,
    RuleResult,
    load,
    save,
)
from reports_samples import result, rule, subject, whole_house
from reports_strategies import result_files


@given(result_files())
@settings(max_examples=60)
def test_every_result_survives_json(whole: ResultFile) -> None:
    assert ResultFile.from_json(json.loads(json.dumps(whole.to_json()))) == whole


@given(result_files())
@settings(max_examples=15)
def test_every_result_survives_a_file(tmp_path_factory: Any, whole: ResultFile) -> None:
    path = tmp_path_factory.mktemp("file") / "result.json"
    save(whole, path)
    assert load(path) == whole
    assert os.listdir(path.parent) == ["result.json"]


def test_outcomes_and_levels_are_written_by_name() -> None:
    written = rule("RES-01", Outcome.TIMEOUT).to_json()
    assert (written["outcome"], written["level"], written["expected"]) == (
        "TIMEOUT",
        "MUST",
        ["PASS"],
    )


def test_tuples_in_a_plan_come_back_as_lists() -> None:
    plan = Counterexample({"shape": (2, 3)}, "m")
    assert Counterexample.from_json(plan.to_json()).plan == {"shape": [2, 3]}


@pytest.mark.parametrize("value", [math.nan, math.inf, {1, 2}, {1: 2}, b"x", object()])
def test_a_plan_that_is_no_json_is_refused_with_its_path(value: Any) -> None:
    with pytest.raises(ResultError, match=r"^\$\.plan\.values\[1\]: got .*, expected "):
        Counterexample({"values": [0, value]}, "m").to_json()


def test_every_outcome_is_a_pass_or_broken_or_not_judged() -> None:
    assert {Outcome.PASS} | BROKEN | NOT_JUDGED == set(Outcome)
    assert not BROKEN & NOT_JUDGED


@pytest.mark.parametrize(("outcome", "level"), list(product(Outcome, Level)))
def test_without_expectations_only_a_broken_must_rule_fails(outcome: Outcome, level: Level) -> None:
    judged = rule("RES-01", outcome, level)
    assert judged.unexpected == (outcome in BROKEN)
    assert judged.failed == (outcome in BROKEN and level is Level.MUST)


FAIL, PASS, TIMEOUT, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.TIMEOUT, Outcome.SKIP


@pytest.mark.parametrize(
    ("outcome", "expected", "unexpected"),
    [
        (FAIL, (FAIL,), False),
        (TIMEOUT, (FAIL,), True),
        (TIMEOUT, (FAIL, TIMEOUT), False),
        (PASS, (FAIL,), True),  # strict: whoever mended it should hear of it
        (PASS, (FAIL, TIMEOUT), True),  # broken one way or another, and now it is not
        (PASS, (FAIL, PASS), False),  # intermittent: a pass is no news
        (PASS, (PASS, FAIL), False),
        (FAIL, (PASS, FAIL), False),
        (SKIP, (FAIL,), False),
    ],
)
@pytest.mark.parametrize("level", list(Level))
def test_expectations_are_strict_unless_a_pass_is_among_them(
    level: Level, outcome: Outcome, expected: tuple[Outcome, ...], unexpected: bool
) -> None:
    judged = rule("RES-01", outcome, level, expected=expected)
    assert judged.unexpected == unexpected
    assert judged.failed == (unexpected and (outcome is PASS or level is Level.MUST))


def test_failures_name_the_subject_of_each_failed_rule() -> None:
    bad, good = rule("RES-01", FAIL), rule("RES-02")
    first, second = subject("a", "spawn", good), subject("b", "spawn", good, bad)
    assert result(first, second).failures == ((second, bad),)


def _set(path: list[Any], value: Any) -> Any:
    """The sample's JSON with `value` at `path`."""
    document = whole_house().to_json()
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return document


RULE = ["subjects", 1, "rules", 0]


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (["schema"], 2, r"\$\.schema: got 2, expected 1; use the poolproof that wrote it"),
        (["schema"], True, r"\$\.schema: got True, expected an integer"),
        (["seed"], "7", r"\$\.seed: got '7', expected an integer"),
        (["seed"], 1.5, r"\$\.seed: got 1\.5, expected an integer"),
        (["complete"], 1, r"\$\.complete: got 1, expected true or false"),
        (["command"], "poolproof", r"\$\.command: got 'poolproof', expected an array"),
        (["command"], [1], r"\$\.command\[0\]: got 1, expected a string"),
        (["duration_s"], False, r"\$\.duration_s: got False, expected a number"),
        (["duration_s"], math.nan, r"\$\.duration_s: got nan, expected a finite number"),
        (["duration_s"], 10**400, r"\$\.duration_s: got 1000+…, expected a finite number"),
        (["subjects", 0], [], r"\$\.subjects\[0\]: got \[\], expected an object \(SubjectResult\)"),
        ([*RULE, "outcome"], "OK", r"\$\.subjects\[1\]\.rules\[0\]\.outcome: got 'OK', .* PASS, "),
        ([*RULE, "outcome"], ["OK"], r"\.outcome: got \['OK'\], expected one of PASS, FAIL"),
        ([*RULE, "level"], None, r"\.level: got None, expected one of MUST, SHOULD, MAY"),
        ([*RULE, "extra"], 1, r"\.rules\[0\]: key 'extra' is unknown, expected rule, title"),
        (["run_info", "packages", "to\nrch"], 2, r"packages\['to\\nrch'\]: got 2, expected a str"),
    ],
)
def test_a_wrong_value_is_named_with_its_path_and_what_was_expected(
    tmp_path: Path, path: list[Any], value: Any, complaint: str
) -> None:
    file = tmp_path / "result.json"
    file.write_text(json.dumps(_set(path, value)))
    with pytest.raises(ResultError, match=complaint) as caught:
        load(file)
    assert str(caught.value).startswith(str(file))
    assert "\n" not in str(caught.value)


def test_every_key_is_required() -> None:
    for name in RuleResult.__dataclass_fields__:
        document = rule("RES-01").to_json()
        del document[name]
        with pytest.raises(ResultError, match=rf"\$: key '{name}' is missing"):
            RuleResult.from_json(document)


def test_a_key_that_came_later_may_be_missing() -> None:
    """Runs that were kept from before it can be read."""
    document = Counterexample({}, "m").to_json()
    del document["drawing"]
    assert Counterexample.from_json(document) == Counterexample({}, "m")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        b"\xff\xfe\xfa",
        b"null",
        b"[]",
        b"{}",
        b'{"schema": 1e999}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"schema": ' + b"9" * 10_000 + b"}",
        json.dumps(whole_house().to_json()).encode()[:-40],
    ],
    ids=lambda data: ascii(data[:12]),
)
def test_what_is_no_result_is_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "result.json"
    file.write_bytes(data)
    with pytest.raises(ResultError) as caught:
        load(file)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400 + len(str(file))


def test_a_plan_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    plan: Any = 0
    for _ in range(200):
        plan = [plan]
    with pytest.raises(ResultError, match="nested levels"):
        Counterexample({"plan": plan}, "m").to_json()
    document = Counterexample({}, "m").to_json()
    with pytest.raises(ResultError, match="nested levels"):
        Counterexample.from_json({**document, "plan": {"plan": plan}})


def test_a_file_of_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    with open(file, "wb") as sparse:
        sparse.truncate(3 * 2**30)
    with pytest.raises(ResultError, match="3221225472 bytes, expected at most 67108864"):
        load(file)


def test_a_result_of_the_largest_size_is_written_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, path = whole_house(), tmp_path / "result.json"
    results.save(whole, path)
    monkeypatch.setattr(results, "MAX_BYTES", path.stat().st_size)
    results.save(whole, path)
    assert results.load(path) == whole


def test_a_result_file_is_laid_out_for_people_and_diffs(tmp_path: Path) -> None:
    results.save(whole_house(), tmp_path / "result.json")
    assert (tmp_path / "result.json").read_text().startswith('{\n "schema": 1,\n "run_info": {\n  ')


def test_a_result_too_large_to_be_read_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "MAX_BYTES", 1000)
    with pytest.raises(ResultError, match="expected at most 1000"):
        save(whole_house(), tmp_path / "result.json")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_no_result(tmp_path: Path) -> None:
    with pytest.raises((ResultError, PermissionError)):
        load(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes in the file system are POSIX")
def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ResultError, match="not a regular file"):
        load(tmp_path / "pipe")


def test_a_failed_save_keeps_the_old_file_and_leaves_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "result.json"
    save(whole_house(), file)

    def refuse(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="no space"):
        save(replace(whole_house(), profile="deep"), file)
    assert os.listdir(tmp_path) == ["result.json"]
    assert load(file).profile == "quick"
