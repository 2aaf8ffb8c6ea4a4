"""A case file says what happened, whole, and a reader is told when it is something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from poolproof import case
from poolproof.archive import Archive
from poolproof.case import Case, CaseError
from poolproof.history import Event, Kind
from poolproof_reports.results import Outcome

ARCHIVED = {"python": "3.12.1"}
EVENTS = (
    Event(1, 7, Kind.INVOKE, "get", ("a", (1, 2))),
    Event(2, 7, Kind.OK, "get", ("a", (1, 2)), {"float": "0x1p+0"}),
)


def a_case(**changes: Any) -> Case:
    known: dict[str, Any] = {
        "schema": case.SCHEMA,
        "rule": "RES-02",
        "pool": "package.module:factory",
        "start_method": "spawn",
        "plan": {"n": 3, "text": "ä\udc80"},
        "choices": ("QQFB",),
        "seed": 5,
        "versions": ARCHIVED,
        "outcome": Outcome.TIMEOUT,
        "history": tuple(e.as_json() for e in EVENTS),
        "stacks": "File x, line 1",
        "processes": ("pid 7",),
    }
    return Case(**{**known, **changes})


def test_what_is_saved_is_read_back_with_hashable_keys(tmp_path: Path) -> None:
    written = a_case()
    case.save(written, tmp_path / "case.json")
    read = case.load(tmp_path / "case.json")
    assert read.events().events == EVENTS
    assert read.to_json() == written.to_json()
    assert read.came_out == "TIMEOUT"
    assert (tmp_path / "case.json").read_text().startswith('{\n "schema": 1,\n "rule": "RES-02",')


def test_the_plan_at_hand_is_on_disk_until_it_ends(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "not yet there", 5, ARCHIVED)
    archive.begin(archive.blank("RES-02", "threads", "threads", {"n": 3}))
    at_hand = case.load(archive.running)
    assert (at_hand.plan, at_hand.came_out, at_hand.seed) == ({"n": 3}, "not finished", 5)
    archive.end()
    assert not archive.running.exists()


def test_a_failure_is_kept_until_its_rule_holds_again(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 5, ARCHIVED)
    path = archive.keep(a_case())
    assert path.name == "RES-02-package.module.factory-spawn.json"
    other = archive.keep(a_case(rule="RES-03"))
    archive.forget("RES-02", "package.module:factory", "spawn")
    assert (path.exists(), other.exists()) == (False, True)
    archive.forget("RES-03", "package.module:factory", "spawn")
    archive.forget("RES-04", "package.module:factory", "spawn")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "not a whole case file"),
        ('{"schema": 1, "rule": "RES', "not a whole case file"),
        ("[" * 100_000, "nested too deeply"),
        ("\udcff", "not a whole case file"),
        ("[]", ": no case file; `poolproof run` writes them"),
        ('{"plan": {}, "name": "other"}', "no case file"),
        ('{"schema": 1, "subjects": []}', ": a result file; name a case file"),
        ('{"schema": 9, "rule": "X", "plan": {}}', "$.schema: got 9, expected 1"),
        ('{"schema": 1, "rule": "X", "plan": {}}', "key 'pool' is missing"),
    ],
)
def test_what_is_no_case_is_refused_in_one_line(content: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "it.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(CaseError) as refusal:
        case.load(file)
    assert says in str(refusal.value)
    assert str(file) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"plan": []},
        {"outcome": "MAYBE"},
        {"history": [{"op": "get"}]},
        {"history": [{**EVENTS[0].as_json(), "kind": "guess"}]},
        {"seed": "five"},
        {"more": 1},
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "it.json"
    file.write_text(json.dumps({**a_case().to_json(), **changes}))
    with pytest.raises(CaseError, match=next(iter(changes))):
        case.load(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"cannot read .*gone\.json: No such file"):
        case.load(tmp_path / "gone.json")


def test_events_that_are_none_are_told_by_their_error() -> None:
    with pytest.raises(ValueError, match=r"no events \(KeyError: 'kind'\)"):
        a_case(history=({"op": "get"},)).events()
