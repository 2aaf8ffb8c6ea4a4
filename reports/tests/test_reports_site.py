"""A site is whole: pages well formed, each link leads somewhere, nothing is fetched or run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest
from poolproof_reports.comparison import compare
from poolproof_reports.descriptions import Description, Detection
from poolproof_reports.files import text_bytes
from poolproof_reports.findings import Finding
from poolproof_reports.results import Level, Outcome, ResultError, ResultFile, save
from poolproof_reports.site.benchmarks import load_benchmark
from poolproof_reports.site.build import build
from poolproof_reports.site.collection import Run, collect, gather
from poolproof_reports.site.naming import stems
from poolproof_reports.site.pages import Site, pages
from reports_big import many
from reports_reader import FETCHING, Reader, shape
from reports_samples import HANG, NASTY, hostile, result, rule, subject, whole_house

PLAIN = "harmless http://evil.example/x"


def tame(value: object) -> object:
    """`value` with harmless words where `hostile` ones were."""
    if isinstance(value, dict):
        return {(PLAIN if NASTY in k else k): tame(v) for k, v in value.items()}
    if isinstance(value, list):
        return [tame(item) for item in value]
    return PLAIN if isinstance(value, str) and NASTY in value else value


def site(*results: ResultFile, evil: str = "", folder: Path) -> Site:
    """Everything that a site can have, with `evil` in each text that does not come from a run."""
    collection = collect(Run(f"cell {n}{evil}", each) for n, each in enumerate(results))
    names = [heading.rule for heading in collection.rules]
    description = Description(
        names[0], evil, Level.MUST, "pool", f"That it holds. {evil}", (f"processes{evil}",),
        (names[-1],), False, evil, "0.1", (f"Does anything watch? {evil}",),
        (Detection(f"seldom{evil}", 299, 3, 0.026, 0.95),),
    )  # fmt: skip
    finding = Finding(
        "slug", f"It hangs {evil}", collection.pools[0], (names[0],), (), f"1.0 {evil}", evil,
        (evil,), evil, evil, evil, evil, date(2026, 1, 2), False,
    )  # fmt: skip
    figures = [{"method": f"{collection.pools[0]}, warm{evil}", f"first_line{evil}": 2.5}]
    (folder / "start_latency.json").write_text(json.dumps(figures))
    return Site(
        collection,
        descriptions={names[0]: description},
        findings=[finding],
        scripts={"slug": f"print('WAITING')  # {evil}"},
        benchmarks=[load_benchmark(folder / "start_latency.json")],
        comparison=compare(collect([]), collection),
    )


def read(written: Site) -> dict[str, Reader]:
    """Every page and image, as its file reads."""
    found = {name: text_bytes(text).decode() for name, text in pages(written)}
    return {name: Reader(text) for name, text in found.items() if not name.endswith(".json")}


def addresses(reader: Reader) -> Iterable[tuple[str, str, str]]:
    for tag, attributes in reader.tags:
        for name in FETCHING:
            if name in attributes:
                yield tag, name, attributes[name]


@pytest.mark.parametrize("whole", [whole_house(), hostile()], ids=["house", "hostile"])
def test_every_link_leads_to_a_page_of_the_site_and_nothing_is_fetched(
    whole: ResultFile, tmp_path: Path
) -> None:
    found = read(site(whole, evil="" if whole == whole_house() else NASTY, folder=tmp_path))
    assert len(found) > 6
    for reader in found.values():
        for tag, attribute, value in addresses(reader):
            if value == "data:,":
                continue
            assert (tag, attribute) == ("a", "href")
            if not value.startswith(("http://", "https://")):
                file, _, anchor = value.partition("#")
                assert file == "" or file in found, value
                target = found[file] if file else reader
                assert unquote(anchor) in ["", *target.ids], value


def test_hostile_text_changes_no_tag_of_any_page(tmp_path: Path) -> None:
    tamed = ResultFile.from_json(tame(hostile().to_json()))
    evil = read(site(hostile(), evil=NASTY, folder=tmp_path))
    plain = read(site(tamed, evil=PLAIN, folder=tmp_path))
    assert len(evil) == len(plain) > 6
    for (name, ours), theirs in zip(evil.items(), plain.values(), strict=True):
        assert shape(ours) == shape(theirs), name
        assert not set("\x00\x1b\u202e") & set(ours.text)


def test_the_data_of_the_table_cannot_end_their_script(tmp_path: Path) -> None:
    text = dict(pages(site(hostile(), evil=NASTY, folder=tmp_path)))["index.html"]
    data = text.split('<script type="application/json" id="data">')[1].split("</script>")[0]
    assert not set("<>&'") & set(data)
    assert json.loads(data)["pools"] == [NASTY]


def test_a_rule_says_who_keeps_it_who_breaks_it_and_shows_the_evidence() -> None:
    found = read(Site(collect([Run("here", whole_house())])))
    text = " ".join(found["rule-FAULT-01.html"].text.split())
    breaks, keeps = text.split("Who breaks it")[1].split("Who keeps it")
    assert "multiprocessing fails the run · held in 0 of 2" in breaks
    assert "torch" in breaks
    assert "did not settle within 10 s" in breaks
    assert "in _handle_results" in breaks
    assert "forkless" in keeps
    assert "forkless" not in breaks
    assert "takes no tensors" in found["rule-DATA-01.html"].text.partition("Not judged")[2]


def test_a_pool_says_what_it_breaks_and_links_to_the_evidence() -> None:
    reader = read(Site(collect([Run("here", whole_house())])))["pool-torch.html"]
    text = " ".join(reader.text.split())
    fails, warns = text.split("Broken, and it fails the run")[1].split("Broken, but no MUST rule")
    assert "FAULT-01" in fails
    assert "LIFE-01" in warns.split("Broken as expected")[0]
    assert "DATA-02" in warns.split("Broken as expected")[1]
    assert "rule-FAULT-01.html#pool-torch" in [value for _, _, value in addresses(reader)]


def test_findings_stand_on_the_pages_of_their_pool_and_their_rules(tmp_path: Path) -> None:
    """Also where the package is called otherwise than the pool: dask's is distributed."""
    whole = result(subject("dask", "spawn", rule("RES-01")), subject("loky", "loky"))
    made = site(whole, folder=tmp_path)
    made = replace(made, findings=[replace(made.findings[0], pool="distributed")])
    found = read(made)
    assert "It hangs" in found["pool-dask.html"].text
    assert "It hangs" in found["rule-RES-01.html"].text
    assert "It hangs" not in found["pool-loky.html"].text


def test_verdicts_of_several_runs_meet_on_one_page() -> None:
    """The newest is no better than the oldest: a rule that broke anywhere is broken."""
    broken = rule("RES-01", Outcome.FAIL, message="lost one", counterexample=HANG)
    held, unjudged = rule("RES-01"), rule("RES-01", Outcome.NOTRUN, message="no time")
    runs = [
        Run(cell, result(subject("a", "fork", each)))
        for cell, each in (("one", held), ("two", broken), ("three", held), ("four", unjudged))
    ]
    text = " ".join(read(Site(collect(runs)))["rule-RES-01.html"].text.split())
    assert "a fails the run · held in 2 of 3" in text
    assert "Broken in 1two · fork · a 3.11.2" in text
    assert "Held in 2one · fork · a 3.11.2three · fork · a 3.11.2" in text
    assert "Not judged in 1: NOTRUN no timefour · fork" in text


def test_a_rule_that_holds_where_a_failure_was_expected_is_held() -> None:
    """concurrent.futures keeps FAULT-02 in this run, which is known to break it."""
    found = read(Site(collect([Run("here", whole_house())])))["rule-FAULT-02.html"]
    breaks, keeps = " ".join(found.text.split()).split("Who keeps it")
    assert "concurrent.futures" in keeps
    assert "concurrent.futures" not in breaks


def test_a_cell_is_named_by_its_report_or_by_what_the_run_says(tmp_path: Path) -> None:
    for folder in ("report-linux-3.11", "elsewhere"):
        (tmp_path / folder).mkdir()
        save(whole_house(), tmp_path / folder / "result.json")
    cells = [run.cell for run in gather([tmp_path]).runs]
    assert cells == ["Linux x86_64, Python 3.11", "linux-3.11"]


def test_rules_stand_in_the_order_of_their_numbers_whatever_run_came_first() -> None:
    runs = [
        Run("a", result(subject("p", "fork", rule("RES-10"), rule("DATA-01")))),
        Run("b", result(subject("p", "fork", rule("RES-9"), rule("RES-100")))),
    ]
    names = [heading.rule for heading in collect(runs).rules]
    assert names == ["RES-9", "RES-10", "RES-100", "DATA-01"]


def test_a_new_site_takes_away_the_pages_of_what_is_gone_and_nothing_else(tmp_path: Path) -> None:
    build(Site(collect([Run("here", whole_house())])), tmp_path)
    (tmp_path / "notes.html").write_text("mine")
    number = build(Site(collect([Run("here", result(subject("a", "b", rule("X-1"))))])), tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        "index.html", "site.json", "table.svg", "rule-X-1.html", "pool-a.html", "badge-a.svg",
        "notes.html",
    }  # fmt: skip
    assert number == len(names) - 1


def test_the_twin_holds_every_verdict(tmp_path: Path) -> None:
    build(Site(collect([Run("here", whole_house())])), tmp_path)
    twin = json.loads((tmp_path / "site.json").read_text(encoding="utf-8"))
    verdicts = [outcome for each in twin["subjects"] for outcome in each["outcomes"].values()]
    assert len(verdicts) == sum(len(each.rules) for each in whole_house().subjects)
    assert {"cell", "pool", "version", "start_method", "outcomes"} == set(twin["subjects"][0])


def test_names_of_files_are_safe_and_differ_on_every_system() -> None:
    names = [
        "loky",
        "Loky",
        "a/b",
        "..",
        "",
        "x" * 500,
        NASTY,
        "loky",
        "con.",
        "dask.distributed",
    ]
    found = stems(names)
    assert list(found) == list(dict.fromkeys(names))
    assert len({stem.lower() for stem in found.values()}) == len(found)
    assert all(stem.isascii() and len(stem) < 70 for stem in found.values())
    assert not set("/\\:<>\"'|?* ") & set("".join(found.values()))
    assert found["dask.distributed"] == "dask.distributed"


def test_fifty_cells_of_fifteen_pools_and_150_rules_are_built_whole(tmp_path: Path) -> None:
    collection = collect(many(cells=50, rules=150, pools=15))
    assert build(Site(collection), tmp_path) == 3 + 150 + 2 * 15
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 40_000_000
    text = (tmp_path / "rule-RES-000.html").read_text(encoding="utf-8")
    assert "other messages left out" in text


def test_what_is_no_result_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    whole = json.dumps(whole_house().to_json())
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(2**30)
    for name, text in {
        "cut.json": whole[: len(whole) // 2],
        "foreign.json": '{"version": "2.1.0", "runs": []}',
        "newer.json": whole.replace('"schema": 1', '"schema": 2', 1),
        "deep.json": "[" * 100_000,
    }.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "empty").mkdir()
    for name in ("cut.json", "foreign.json", "newer.json", "deep.json", "huge.json", "empty"):
        with pytest.raises(ResultError, match=name):
            gather([tmp_path / name])


def test_a_subject_without_rules_and_a_run_without_subjects_have_pages_too() -> None:
    empty = replace(result(), complete=False)
    found = read(Site(collect([Run("a", empty), Run("b", result(subject("p", "fork")))])))
    assert "not judged" in found["badge-p.svg"].text
    assert "1 run stopped early" in " ".join(found["index.html"].text.split())
