"""The tables of a site count every verdict, and the browser's copy of them counts the same."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from hypothesis import given, settings
from hypothesis import strategies as st
from poolproof_reports.results import BROKEN, Outcome
from poolproof_reports.site.collection import Collection, Run, collect
from poolproof_reports.site.grid import LETTERS, groups, lines, packed, sums
from poolproof_reports.site.pages import Site, pages
from poolproof_reports.summary import Standing
from reports_samples import INFO, result, rule, subject, whole_house
from reports_strategies import result_files

COLLECTIONS = st.lists(result_files(), min_size=1, max_size=3).map(
    lambda results: collect(Run(f"cell {n % 2}", each) for n, each in enumerate(results))
)


@given(COLLECTIONS)
@settings(max_examples=40)
def test_every_verdict_is_counted_once_in_the_table(collection: Collection) -> None:
    every = [rule for run in collection.runs for one in run.result.subjects for rule in one.rules]
    assert sum(cell.total for line in lines(collection) for cell in line.cells) == len(every)


@given(COLLECTIONS)
@settings(max_examples=40)
def test_the_browsers_copy_has_the_worst_verdict_of_every_cell(collection: Collection) -> None:
    data = packed(collection)
    for number, line in enumerate(lines(collection)):
        for pool, cell in enumerate(line.cells):
            letters = [each[4][number] for each in data["subjects"] if each[3] == pool]
            worst = max(letters, default=".")
            assert worst == (LETTERS[cell.standing] if cell.total else ".")


def test_a_rule_counts_once_in_the_sums_by_its_worst_verdict() -> None:
    held, broken = rule("RES-01"), rule("RES-01", Outcome.FAIL)
    runs = [Run("a", result(subject("p", "fork", held, rule("DATA-01"))))]
    runs += [Run("b", result(subject("p", "fork", broken), subject("p", "spawn", held)))]
    collection = collect(runs)
    assert groups(collection) == ("RES", "DATA")
    fork, spawn = sums(collection)
    assert [(cell.passed, cell.judged) for cell in fork.cells] == [(0, 1), (1, 1)]
    assert (fork.total.passed, fork.total.judged) == (1, 2)
    assert [(cell.passed, cell.total) for cell in spawn.cells] == [(1, 1), (0, 0)]


def test_one_system_is_not_blamed_for_another_and_says_how_it_was_asked() -> None:
    """Or a row would mix what Wine and Linux do, the best reason to look at both."""
    broken = subject("p", "spawn", rule("RES-01", Outcome.FAIL))
    held = subject("p", "spawn", rule("RES-01"), rule("RES-02", Outcome.NOTRUN))
    wine = replace(INFO, os="Windows", emulation="wine-8.0")
    collection = collect(
        [Run("a", result(held)), Run("b", result(broken, run_info=wine, profile="full"))]
    )
    linux, windows = sums(collection)
    assert (linux.system, linux.profiles, linux.total.passed) == ("Linux", ("quick",), 1)
    assert (windows.system, windows.profiles) == ("Windows under wine-8.0", ("full",))
    assert (windows.total.passed, windows.total.judged) == (0, 1)
    site = dict(pages(Site(collection)))
    for page in ("index.html", "pool-p.html", "table.svg"):
        assert site[page].count("Windows under wine-8.0") >= 1
    assert "1/1 +" in site["table.svg"]  # RES-02 was not reached
    assert "0/1 +" not in site["table.svg"]


def test_a_verdict_that_was_not_reached_never_hides_one_that_was() -> None:
    for outcome in Outcome:
        runs = [
            Run("a", result(subject("p", "fork", rule("RES-01", outcome)))),
            Run("b", result(subject("p", "fork", rule("RES-01", Outcome.NOTRUN)))),
        ]
        (line,) = lines(collect(runs))
        broken = line.cells[0].standing in (Standing.FAILED, Standing.WARNED)
        assert broken == (outcome in BROKEN)
        assert (line.cells[0].standing is Standing.HELD) == (outcome is Outcome.PASS)


def test_no_cell_speaks_by_colour_alone() -> None:
    page = dict(pages(Site(collect([Run("here", whole_house())]))))["index.html"]
    cells = re.findall(r'<td class="is-(\w+)">(.*?)</td>', page)
    assert len(cells) == len(lines(collect([Run("", whole_house())]))) * 5
    for standing, content in cells:
        assert (standing == "none") == (content == "")
        assert content == "" or re.search(r'aria-label="[^"]+">[✗!≈✓○]', unescape(content))
