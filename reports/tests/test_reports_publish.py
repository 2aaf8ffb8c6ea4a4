"""What is published tells nothing of the machine that it comes from, and all that was found."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from poolproof_reports.__main__ import main
from poolproof_reports.results import Counterexample, Outcome, load, save
from poolproof_reports.site.collection import gather
from poolproof_reports.site.pages import Site, pages
from poolproof_reports.site.publish import publish, without_folders
from reports_samples import result, rule, subject, whole_house


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ('File "/home/anna/py/lib/pool.py", line 3', 'File "…/pool.py", line 3'),
        ("--out=/tmp/run-1/out --json", "--out=…/out --json"),
        ("PATH=/a/b:/c/d", "PATH=…/b:…/d"),
        ("file:///home/anna/x.py", "…/x.py"),
        (r"C:\Users\anna\pool.py and 'D:\\x\\y.py'", r"…/pool.py and '…/y.py'"),
        ("kept: https://a.example/b/c, 5/7, /dev/shm/x, a/b, n/a", None),
        ("/tmp", None),
    ],
)
def test_an_absolute_path_is_its_last_name_alone(text: str, published: str | None) -> None:
    wanted = text if published is None else published
    assert without_folders({"a": [text]}) == {"a": [wanted]}


def test_the_verdicts_are_those_of_the_run_everywhere_in_the_copy(tmp_path: Path) -> None:
    stacks = 'File "/home/anna/pool.py", line 3'
    found = Counterexample({}, "m", stacks=stacks, processes=("1 /home/anna/bin/python",))
    broken = rule("RES-01", Outcome.FAIL, message="in /home/anna/x.py", counterexample=found)
    original = result(subject("p", "fork", broken, rule("RES-02")), command=("/home/anna/run",))
    save(original, tmp_path / "mine.json")
    (copy,) = publish(tmp_path / "mine.json", "linux-3.11", tmp_path / "public")
    assert copy == tmp_path / "public" / "results" / "report-linux-3.11" / "p-fork" / "result.json"
    assert "anna" not in copy.read_text(encoding="utf-8")
    outcomes = [each.outcome for each in load(copy).subjects[0].rules]
    assert outcomes == [Outcome.FAIL, Outcome.PASS]


def test_each_pool_and_start_method_is_published_alone_and_whole_if_it_was(tmp_path: Path) -> None:
    """Or a run of two pools could not take the place of older runs of one."""
    cut = subject("p", "spawn", rule("RES-01", Outcome.NOTRUN), complete=False)
    both = result(subject("p", "fork", rule("RES-01")), cut, complete=False, interruption="Ctrl-C")
    save(both, tmp_path / "both.json")
    fork, spawn = map(load, publish(tmp_path / "both.json", "linux", tmp_path))
    assert (fork.complete, fork.interruption, fork.subjects) == (True, "", both.subjects[:1])
    assert (spawn.complete, spawn.interruption, spawn.subjects) == (False, "Ctrl-C", (cut,))


def test_a_newer_run_takes_the_place_of_the_older(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One command: the copies, the site, and the picture of its table."""
    public = tmp_path / "public"
    for outcome in (Outcome.FAIL, Outcome.PASS):
        save(result(subject("p", "fork", rule("RES-01", outcome))), tmp_path / "a.json")
        assert main(["publish", str(public), "--add", "linux", str(tmp_path / "a.json")]) == 0
    save(whole_house(), tmp_path / "b.json")
    assert main(["publish", str(public), "--add", "wine", str(tmp_path / "b.json")]) == 0
    runs = gather([public / "results"]).runs
    found = [(run.cell, len(run.result.failures)) for run in runs]
    assert [number for cell, number in found if cell == "linux"] == [0]
    assert sum(number for cell, number in found if cell == "wine") == 5
    assert "RES" in (public / "site" / "table.svg").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["publish", str(public)]) == 0
    assert capsys.readouterr().out.startswith(str(public / "site" / "index.html"))


def test_a_cell_without_results_or_with_a_path_for_a_name_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["publish", str(tmp_path / "public"), "--add", "linux-3.11"]) == 2
    assert "--add linux-3.11: no result" in capsys.readouterr().err
    save(whole_house(), tmp_path / "a.json")
    options = ["--add", "../linux", str(tmp_path / "a.json")]
    assert main(["publish", str(tmp_path / "public"), *options]) == 2
    assert "'../linux'" in capsys.readouterr().err
    assert not (tmp_path / "public").exists()


def test_the_picture_in_the_readme_is_of_the_results_that_are_published() -> None:
    """Else: poolproof report publish reports/published --findings reports/findings"""
    published = Path(__file__).parents[1] / "published"
    drawn = dict(islice(pages(Site(gather([published / "results"]))), 2))["table.svg"]
    assert (published / "site" / "table.svg").read_text(encoding="utf-8") == drawn
