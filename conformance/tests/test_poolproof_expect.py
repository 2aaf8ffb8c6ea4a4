"""Results become expectations, with the conditions that they show, and nothing else is touched."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poolproof import cli
from poolproof.drivers import builtin
from poolproof.expectations import Expectation, Where, editing, expectation, find, path_of, read
from poolproof.expectations.conditions import separate
from poolproof.expectations.editing import Ledger
from poolproof.expectations.observations import Cell
from poolproof.expectations.revising import Step, revise
from poolproof.expectations.settling import settle
from poolproof_reports.results import (
    SCHEMA,
    Level,
    Outcome,
    ResultFile,
    RuleResult,
    RunInfo,
    SubjectResult,
    save,
)

PASS, FAIL, TIMEOUT, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.TIMEOUT, Outcome.UNKNOWN
quickly = settings(database=None)
Expect = Callable[..., str]
Verdicts = dict[str, dict[str, Outcome]]  # start method -> rule -> outcome


def result(
    verdicts: Verdicts,
    *,
    pool: str = "mine:pool",
    system: str = "Linux",
    python: str = "3.11.7",
    stochastic: bool = False,
) -> ResultFile:
    """A result file of one pool."""
    info = RunInfo(system, "1", "x86_64", python, "CPython", 2, 2**30, "", {"torch": "2.13.0"}, "1")
    subjects = tuple(
        SubjectResult(
            pool=pool,
            version="1.5",
            start_method=method,
            driver="pool",
            capabilities=(),
            complete=True,
            note="",
            duration_s=1.0,
            rules=tuple(
                RuleResult(
                    rule=name,
                    title="A title",
                    group=name.partition("-")[0],
                    level=Level.MUST,
                    stochastic=stochastic,
                    source="",
                    outcome=outcome,
                    message="" if outcome is PASS else "what was seen",
                )
                for name, outcome in rules.items()
            ),
        )
        for method, rules in verdicts.items()
    )
    return ResultFile(
        SCHEMA, info, "quick", 0, ("poolproof", "run"), "2026-01-01", 1.0, True, "", subjects
    )


@pytest.fixture
def expect(tmp_path: Path) -> Expect:
    """Run `poolproof expect --file mine.toml --update` on these results; return the file's text."""

    def run(*results: ResultFile, before: str = "", code: int = 0, update: bool = True) -> str:
        file = tmp_path / "mine.toml"
        if before:
            file.write_text(before, encoding="utf-8")
        paths = [tmp_path / f"{number}.json" for number in range(len(results))]
        for one, path in zip(results, paths, strict=True):
            save(one, path)
        command = ["expect", *map(str, paths), "--file", str(file)]
        assert cli.main([*command, "--update"] if update else command) == code
        if update and code == 0:
            assert cli.main(command) == 0, "the same results must be expected now"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    return run


def entries(text: str) -> list[Expectation]:
    document = editing.tomlkit.parse(text).unwrap()
    return [expectation(entry, "mine.toml") for entry in document["expect"]]


def test_a_new_failure_becomes_an_entry_under_the_start_methods_that_show_it(
    expect: Expect,
) -> None:
    text = expect(result({"spawn": {"RES-01": FAIL, "RES-02": PASS}, "fork": {"RES-01": PASS}}))
    assert text == (
        '[[expect]]\nrule = "RES-01"\noutcomes = ["FAIL"]\nreason = "what was seen"\n'
        'start_methods = ["spawn"]\n'
    )


def test_what_fails_everywhere_has_no_conditions(expect: Expect) -> None:
    broken = {"spawn": {"RES-01": FAIL}, "fork": {"RES-01": TIMEOUT}}
    text = expect(result(broken), result(broken, system="Windows", python="3.14.0"))
    assert entries(text) == [Expectation("RES-01", (FAIL, TIMEOUT), "what was seen")]


def test_systems_and_interpreters_that_differ_become_conditions(expect: Expect) -> None:
    windows = result({"spawn": {"RES-01": FAIL, "RES-02": PASS}}, system="Windows")
    new = result({"spawn": {"RES-01": PASS, "RES-02": FAIL}}, python="3.14.1")
    old = result({"spawn": {"RES-01": PASS, "RES-02": PASS}}, python="3.13.9")
    first, second = entries(expect(windows, new, old))
    assert (first.systems, first.python) == (("Windows",), "")
    assert (second.systems, second.python) == ((), ">=3.14")


def test_what_came_out_both_ways_in_one_place_is_intermittent_at_its_rate(expect: Expect) -> None:
    runs = [result({"fork": {"RES-01": outcome}}) for outcome in (FAIL, PASS, PASS, TIMEOUT)]
    (entry,) = entries(expect(*runs))
    assert (entry.outcomes, entry.rate, entry.runs) == ((FAIL, TIMEOUT), 0.5, 4)


def test_a_stochastic_rule_is_never_expected_strictly(expect: Expect) -> None:
    (entry,) = entries(expect(result({"fork": {"RACE-01": FAIL}}, stochastic=True)))
    assert (entry.rate, entry.runs) == (1.0, 1)


KNOWN = """\
# My pool. Seen by me.

# Why this one matters: a long story.
[[expect]]
rule = "RES-01"  # the first
outcomes = ["FAIL"]
reason = "my reason"
link = "https://example.org/1"
start_methods = ["spawn", "fork"]

# Another story.
[[expect]]
rule = "RES-03"
outcomes = ["TIMEOUT"]
reason = "it hangs"
"""


def test_nothing_is_touched_where_all_came_out_as_expected(expect: Expect) -> None:
    as_known = result({"spawn": {"RES-01": FAIL, "RES-03": TIMEOUT, "RES-02": PASS}})
    assert expect(as_known, before=KNOWN) == KNOWN


def test_what_no_longer_fails_goes_with_its_comment_and_the_rest_stays(expect: Expect) -> None:
    text = expect(result({"fork": {"RES-03": PASS}}), before=KNOWN)
    assert text == KNOWN.partition("\n# Another story.")[0]


def test_an_entry_goes_only_where_results_cover_it(expect: Expect) -> None:
    text = expect(result({"fork": {"RES-01": PASS}}), before=KNOWN)
    assert text == KNOWN.replace('["spawn", "fork"]', '["spawn"]')


def test_a_part_that_is_mended_narrows_the_entry_and_keeps_its_words(expect: Expect) -> None:
    found = result({"spawn": {"RES-03": TIMEOUT}, "fork": {"RES-03": PASS}})
    assert expect(found, before=KNOWN) == KNOWN + 'start_methods = ["spawn"]\n'


def test_another_outcome_is_added_to_the_entry(expect: Expect) -> None:
    text = expect(result({"spawn": {"RES-03": FAIL}}), before=KNOWN)
    assert text == KNOWN.replace('["TIMEOUT"]', '["TIMEOUT", "FAIL"]')


def test_a_new_entry_stands_in_the_order_of_rules(expect: Expect) -> None:
    text = expect(result({"spawn": {"RES-02": FAIL}}), before=KNOWN)
    assert [e.rule for e in entries(text)] == ["RES-01", "RES-02", "RES-03"]
    assert '# Another story.\n[[expect]]\nrule = "RES-03"' in text


CHANCE = KNOWN + "rate = 0.5\nruns = 4\n"


def test_a_chance_failure_stays_until_its_absence_is_no_chance(expect: Expect) -> None:
    good = result({"fork": {"RES-03": PASS}})
    assert expect(*[good] * 5, before=CHANCE) == CHANCE
    assert "RES-03" not in expect(*[good] * 9, before=CHANCE)


def test_a_rate_is_measured_again_by_as_many_runs(expect: Expect) -> None:
    good, bad = (result({"fork": {"RES-03": outcome}}) for outcome in (PASS, TIMEOUT))
    assert expect(bad, good, good, before=CHANCE) == CHANCE
    text = expect(bad, good, good, good, good, before=CHANCE)
    assert text == CHANCE.replace("rate = 0.5\nruns = 4", "rate = 0.2\nruns = 5")


def test_what_shows_nothing_of_the_pool_is_for_a_person(
    expect: Expect, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = result({"spawn": {"RES-02": UNKNOWN}})
    assert expect(unknown, before=KNOWN, code=1) == KNOWN
    assert "UNKNOWN" in capsys.readouterr().out


def test_without_update_nothing_is_written(
    expect: Expect, capsys: pytest.CaptureFixture[str]
) -> None:
    found = result({"spawn": {"RES-02": FAIL, "RES-03": PASS}})
    assert expect(found, before=KNOWN, code=1, update=False) == KNOWN
    shown = capsys.readouterr().out
    assert "RES-02" in shown
    assert "RES-03" in shown


INHERITS = 'inherits = "multiprocessing"\n'


def test_what_is_inherited_is_taken_back_where_it_does_not_hold(expect: Expect) -> None:
    found = result({"fork": {"FAULT-01": PASS}, "spawn": {"FAULT-01": TIMEOUT}})
    text = expect(found, before=INHERITS)
    assert text.startswith(INHERITS)
    (entry,) = entries(text)
    assert (entry.rule, entry.outcomes, entry.start_methods) == ("FAULT-01", (PASS,), ("fork",))
    again = expect(result({"fork": {"FAULT-01": TIMEOUT}}), before=text)
    assert again == INHERITS


def test_a_pattern_gives_way_to_an_entry_of_the_rule(expect: Expect) -> None:
    before = '[[expect]]\nrule = "DATA-*"\noutcomes = ["FAIL"]\nreason = "it rounds"\n'
    text = expect(result({"fork": {"DATA-01": FAIL, "DATA-02": PASS}}), before=before)
    assert [(e.rule, e.outcomes) for e in entries(text)] == [
        ("DATA-*", (FAIL,)),
        ("DATA-02", (PASS,)),
    ]


def test_json_says_what_the_table_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "result.json"
    save(result({"fork": {"RES-01": FAIL}}), path)
    assert cli.main(["expect", str(path), "--json"]) == 1
    (change,) = json.loads(capsys.readouterr().out)
    assert (change["pool"], change["rule"], change["step"]) == ("mine:pool", "RES-01", "add")
    assert change["entry"]["outcomes"] == ["FAIL"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--update"], "name one with --file"),
        (["--pool", "mine:pol"], "did you mean 'mine:pool'?"),
        (["--file", "both.toml"], "add --pool"),
        (["--file", "bad.toml", "--pool", "mine:pool"], "bad.toml"),
        (["missing.json"], "missing.json"),
    ],
)
def test_bad_input_is_one_line(
    more: list[str],
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.toml").write_text('expect = [{rule = "RES-01"}]')
    for number, pool in enumerate(("mine:pool", "your:pool")):
        save(result({"fork": {"RES-01": FAIL}}, pool=pool), f"{number}.json")
    assert cli.main(["expect", "0.json", "1.json", *more]) == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.usefixtures("_stage_finds_test_modules")
def test_a_run_knows_what_a_file_of_the_users_says(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    run = ["run", "--pool", "poolproof_selftest_pools:threads", "--out", str(tmp_path)]
    run += ["--rule", "poolproof_selftest_rules:SHRINKS"]
    assert cli.main(run) == 1
    found = str(tmp_path / "result.json")
    assert cli.main(["expect", found, "--file", str(file), "--update"]) == 0
    assert cli.main([*run, "--expect", str(file)]) == 0
    file.write_text(file.read_text(encoding="utf-8").replace("FAIL", "TIMEOUT"), encoding="utf-8")
    assert cli.main([*run, "--expect", str(file)]) == 1


@pytest.mark.parametrize("pool", [p for p in builtin.known() if path_of(p).exists()])
def test_each_file_that_comes_with_poolproof_can_be_edited(pool: str) -> None:
    ledger = editing.read(path_of(pool))
    assert ledger.text == path_of(pool).read_text(encoding="utf-8")
    assert read(path_of(pool))[: len(ledger.entries)] == ledger.entries


places = st.builds(
    Where,
    start_method=st.sampled_from(["fork", "spawn", "forkserver"]),
    system=st.sampled_from(["Linux", "Windows"]),
    python=st.sampled_from(["3.10.1", "3.11.7", "3.11.9", "3.14.0"]),
    version=st.sampled_from(["1.5", "2.0"]),
    torch=st.sampled_from(["2.13.0+cpu", "2.14.0"]),
)


@quickly
@given(st.sets(places, min_size=1, max_size=8), st.sets(places, max_size=8))
def test_conditions_hold_where_it_breaks_and_nowhere_else(
    bad: set[Where], good: set[Where]
) -> None:
    good -= bad
    found = [Expectation("RES-01", (FAIL,), "", "", *astuple(c)) for c in separate(bad, good)]
    assert all(any(e.applies("RES-01", w) for e in found) for w in bad)
    assert not any(e.applies("RES-01", w) for e in found for w in good)


outcomes = st.dictionaries(st.sampled_from([PASS, FAIL, TIMEOUT]), st.integers(1, 9), min_size=1)


def _cells(counts: dict[Where, dict[Outcome, int]], stochastic: bool) -> list[Cell]:
    return [Cell(w, Counter(c), stochastic, "seen") for w, c in counts.items()]


known_entries = st.builds(
    Expectation,
    rule=st.sampled_from(["RES-01", "RES-*"]),
    outcomes=st.sampled_from([(FAIL,), (TIMEOUT,), (FAIL, TIMEOUT), (PASS,)]),
    reason=st.just("known"),
    start_methods=st.sampled_from([(), ("fork",), ("spawn", "forkserver")]),
    python=st.sampled_from(["", "<3.12"]),
)


@quickly
@given(
    st.lists(known_entries, max_size=3),
    st.lists(known_entries, max_size=2),
    st.dictionaries(places, outcomes, max_size=6),
    st.booleans(),
)
def test_an_updated_file_has_nothing_against_the_results(
    own: list[Expectation],
    inherited: list[Expectation],
    counts: dict[Where, dict[Outcome, int]],
    stochastic: bool,
) -> None:
    ledger = Ledger("mine.toml", "", [])
    for entry in own:
        ledger.add(entry)
    cells = {"RES-01": _cells(counts, stochastic)}
    settle(ledger, inherited, cells)
    left = [c for c in revise(ledger.entries, inherited, cells) if c.step is not Step.LOOK]
    assert left == []
    for cell in cells["RES-01"]:
        entry = find((*ledger.entries, *inherited), "RES-01", cell.where)
        assert set(cell.counts) <= set(entry.expected if entry else (PASS,))
