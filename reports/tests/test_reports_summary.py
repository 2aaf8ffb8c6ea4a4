"""The table counts every rule once and calls the worst by its name."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from poolproof_reports.results import Level, Outcome, ResultFile
from poolproof_reports.summary import SEVERITY, Standing, count, standing, table
from reports_samples import result, rule, subject, whole_house
from reports_strategies import result_files


@given(result_files())
@settings(max_examples=60)
def test_every_rule_is_counted_once_in_its_cell_its_row_and_the_whole(whole: ResultFile) -> None:
    drawn = table(whole)
    assert [row.subject for row in drawn.rows] == list(whole.subjects)
    for row in drawn.rows:
        for group, cell in zip(drawn.groups, row.cells, strict=True):
            members = [rule for rule in row.subject.rules if rule.group == group]
            assert cell.counts == Counter(rule.outcome for rule in members)
        assert row.total.counts == Counter(rule.outcome for rule in row.subject.rules)
        assert sum(cell.total for cell in row.cells) == len(row.subject.rules)
    assert drawn.total.total == sum(len(s.rules) for s in whole.subjects)


@given(result_files())
@settings(max_examples=60)
def test_the_whole_is_failed_exactly_if_the_result_has_failures(whole: ResultFile) -> None:
    drawn = table(whole)
    assert (drawn.total.standing is Standing.FAILED) == bool(whole.failures)
    assert sum(rule.failed for rule in drawn.total.failing) == len(whole.failures)


def test_a_cell_of_no_rules_is_not_judged() -> None:
    cell = count([])
    assert (cell.total, cell.judged, cell.names) == (0, 0, ())
    assert (cell.worst, cell.standing) == (Outcome.NOTRUN, Standing.UNJUDGED)


def test_severity_ranks_every_outcome() -> None:
    assert sorted(SEVERITY) == sorted(Outcome)


def test_groups_keep_the_order_in_which_rules_first_name_them() -> None:
    assert table(whole_house()).groups == ("RES", "DATA", "RACE", "FAULT", "LIFE")


def test_the_failing_are_named_with_those_first_that_fail_the_run() -> None:
    known = rule("RES-01", Outcome.CRASH, expected=(Outcome.CRASH,))
    minor = rule("RES-02", Outcome.FAIL, Level.MAY)
    major = rule("RES-03", Outcome.FAIL)
    mended = rule("RES-04", expected=(Outcome.FAIL,))
    rules = (known, rule("RES-00"), minor, major, mended)
    cell = table(result(subject("a", "spawn", *rules))).total
    assert cell.names == ("RES-03", "RES-04", "RES-02", "RES-01")
    assert (cell.passed, cell.judged, cell.total) == (2, 5, 5)
    assert (cell.worst, cell.standing) == (Outcome.CRASH, Standing.FAILED)
    assert [standing(r) for r in rules] == [
        Standing.KNOWN,
        Standing.HELD,
        Standing.WARNED,
        Standing.FAILED,
        Standing.FAILED,
    ]


def test_what_was_not_judged_is_no_pass() -> None:
    skipped = table(result(subject("a", "spawn", rule("RES-01", Outcome.SKIP)))).total
    assert (skipped.passed, skipped.judged, skipped.total) == (0, 0, 1)
    assert skipped.standing is Standing.UNJUDGED


def test_a_result_without_subjects_has_an_empty_table() -> None:
    drawn = table(result())
    assert (drawn.groups, drawn.rows, drawn.total.total) == ((), (), 0)
