"""A comparison says what changed, once each, new failures first."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from poolproof_reports.__main__ import main
from poolproof_reports.comparison import Change, Comparison, compare, show
from poolproof_reports.results import BROKEN, Level, Outcome, ResultFile, RuleResult, save
from poolproof_reports.site.collection import Collection, Run, collect
from reports_reader import Reader
from reports_samples import hostile, result, rule, subject, whole_house
from reports_strategies import result_files
from rich.console import Console


def one(*rules: RuleResult, cell: str = "here") -> Collection:
    return collect([Run(cell, result(subject("pool", "fork", *rules)))])


def text(comparison: Comparison) -> str:
    console = Console(file=io.StringIO(), width=200)
    show(comparison, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (Outcome.PASS, Outcome.FAIL, Change.BROKE),
        (Outcome.NOTRUN, Outcome.TIMEOUT, Change.CAME_BROKEN),
        (None, Outcome.FAIL, Change.CAME_BROKEN),
        (Outcome.FAIL, Outcome.TIMEOUT, Change.OTHERWISE),
        (Outcome.PASS, Outcome.SKIP, Change.UNJUDGED),
        (Outcome.CRASH, None, Change.UNJUDGED),
        (Outcome.UNKNOWN, Outcome.PASS, Change.MENDED),
        (None, Outcome.PASS, Change.CAME),
        (Outcome.SKIP, Outcome.NOTRUN, None),
        (Outcome.FAIL, Outcome.FAIL, None),
    ],
)
def test_what_became_of_a_rule(
    old: Outcome | None, new: Outcome | None, change: Change | None
) -> None:
    before, after = ([rule("RES-01", each)] if each else [] for each in (old, new))
    compared = compare(one(rule("RES-02"), *before), one(rule("RES-02"), *after))
    assert [each.change for each in compared.differences] == ([change] if change else [])
    assert compared.failures == (change in (Change.BROKE, Change.CAME_BROKEN))


@given(result_files(), result_files())
@settings(max_examples=40)
def test_new_failures_come_first_and_each_verdict_is_counted_once(
    old: ResultFile, new: ResultFile
) -> None:
    before, after = collect([Run("a", old)]), collect([Run("b", new)])
    compared = compare(before, after)
    order = [list(Change).index(each.change) for each in compared.differences]
    assert order == sorted(order)
    keys = {
        (one.subject.pool, one.subject.start_method, rule.rule)
        for collection in (before, after)
        for one in collection.seen
        for rule in one.subject.rules
    }
    assert len(compared.differences) + compared.same == len(keys)
    broken_now = [each for each in compared.differences if each.change.is_failure]
    assert all(each.new is not None and each.new.outcome in BROKEN for each in broken_now)


@given(result_files())
@settings(max_examples=20)
def test_a_run_does_not_differ_from_itself(whole: ResultFile) -> None:
    assert compare(*[collect([Run("a", whole)])] * 2).differences == ()


def test_cells_are_compared_with_themselves_where_there_are_several() -> None:
    held, broken = (
        result(subject("p", "fork", rule("RES-01"))),
        result(subject("p", "fork", rule("RES-01", Outcome.FAIL))),
    )
    old = collect([Run("linux", held), Run("windows", broken)])
    new = collect([Run("linux", broken), Run("windows", broken)])
    (difference,) = compare(old, new).differences
    assert (difference.change, difference.place) == (Change.BROKE, "p · fork · linux")


def test_a_run_in_which_a_rule_was_not_judged_says_nothing_against_one_in_which_it_was() -> None:
    held, unjudged = (one(rule("RES-01", o)).runs[0] for o in (Outcome.PASS, Outcome.NOTRUN))
    old = collect([held, unjudged])
    (difference,) = compare(old, one(rule("RES-01", Outcome.FAIL))).differences
    assert difference.change is Change.BROKE
    assert compare(old, collect([unjudged, held])).differences == ()


def test_it_is_printed_with_the_new_failures_first() -> None:
    old = one(rule("RES-01"), rule("RES-02", Outcome.FAIL))
    new = one(rule("RES-02"), rule("RES-01", Outcome.FAIL, Level.SHOULD, message="lost [one]"))
    printed = text(compare(old, new))
    assert printed.startswith("1 new failure")
    assert printed.index("newly broken") < printed.index("mended")
    assert "lost [one]" in printed


def test_hostile_text_moves_no_cursor_and_changes_no_colour() -> None:
    printed = text(compare(collect([]), collect([Run("a", hostile())])))
    assert not set("\x00\x1b\u202e\udc80") & set(printed)


def test_the_command_says_it_all_and_ends_with_1_for_new_failures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(result(subject("p", "fork", rule("RES-01"))), tmp_path / "old.json")
    save(whole_house(), tmp_path / "new.json")
    old, new = str(tmp_path / "old.json"), str(tmp_path / "new.json")
    assert main(["compare", old, new, "--html", str(tmp_path / "pages" / "c.html")]) == 1
    assert "FAULT-01" in capsys.readouterr().out
    reader = Reader((tmp_path / "pages" / "c.html").read_text(encoding="utf-8"))
    assert "Broken, and not judged before" in reader.text
    links = [each["href"] for tag, each in reader.tags if tag == "a"]
    assert all(link.startswith("#") for link in links), "it stands alone"
    assert main(["compare", new, new]) == 0
    assert main(["compare", old, str(tmp_path / "none.json")]) == 2
