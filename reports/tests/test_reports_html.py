"""The HTML page is whole, asks the network for nothing, and runs no one else's markup."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from poolproof_reports.files import text_bytes
from poolproof_reports.html import render
from poolproof_reports.results import Counterexample, Outcome, ResultFile
from poolproof_reports.templating import SHOWN_EVENTS
from reports_reader import FETCHING, Reader, shape
from reports_samples import NASTY, hostile, result, rule, subject, whole_house
from reports_strategies import result_files


def read(whole: ResultFile) -> Reader:
    """The page as its file reads, which must not depend on how much of it is broken."""
    return Reader(text_bytes(render(whole)).decode())


@given(result_files())
@settings(max_examples=40)
def test_every_page_is_well_formed_and_fetches_nothing(whole: ResultFile) -> None:
    reader = read(whole)
    for tag, attributes in reader.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in FETCHING:
            value = attributes.get(name, "")
            inside = value in ("", "data:,") or value.startswith(
                ("#", "data:image/svg+xml;base64,")
            )
            assert inside or (tag, name) == ("a", "href")
            assert inside or value.startswith(("http://", "https://"))
    anchors = {a["href"][1:] for _, a in reader.tags if a.get("href", "").startswith("#")}
    assert anchors <= set(reader.ids)


def test_hostile_text_changes_no_tag_of_the_page() -> None:
    """The same tags and attributes as with harmless words in all the same places."""
    plain = "harmless http://evil.example/x"
    whole = hostile()
    document = whole.to_json()

    def tame(value: object) -> object:
        if isinstance(value, dict):
            return {(plain if NASTY in k else k): tame(v) for k, v in value.items()}
        if isinstance(value, list):
            return [tame(item) for item in value]
        return plain if isinstance(value, str) and NASTY in value else value

    assert shape(read(whole)) == shape(read(ResultFile.from_json(tame(document))))
    text = read(whole).text
    assert "<script>alert(1)</script>" in text
    assert not set("\x00\x1b\u202e") & set(text)


def test_a_source_that_is_no_web_address_is_shown_and_not_linked() -> None:
    for source in ("javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a b"):
        reader = read(result(subject("a", "b", rule("RES-01", source=source))))
        links = [a["href"] for tag, a in reader.tags if tag == "a"]
        assert all(link.startswith("#") for link in links)
        assert f"Source: {source}" in reader.text


def test_every_rule_shows_all_that_was_found() -> None:
    text = " ".join(read(whole_house()).text.split())
    assert "5 failures in 3 of 5 pools" in text
    assert "FAULT-01 a worker killed in mid-task fails that task, not the pool" in text
    assert "MUST · 50 plans · 1.2 s · source" in text
    assert "MUST · by chance · 50 plans" in text
    assert "Unexpected: expected FAIL: sys.exit ends the parent." in text
    assert "As expected FAIL: drops the conj bit, https://github.com/pytorch" in text
    assert "did not settle within 10 s" in text
    assert "in _handle_results" in text
    assert "4713 worker python (zombie)" in text
    assert "--rule FAULT-01 --seed 7" in text
    assert '"operations": [' in text
    assert "Stopped by Ctrl-C after 4 rules." in text
    assert "torch 2.13.0" in text


@pytest.mark.parametrize(
    ("changes", "banner"),
    [
        ({"complete": False, "interruption": "Ctrl-C"}, "Stopped early: Ctrl-C"),
        ({"complete": False}, "Stopped early: no reason was recorded"),
        ({}, "Incomplete: 1 subject not finished"),
    ],
)
def test_an_incomplete_run_says_so_at_the_top(changes: dict[str, object], banner: str) -> None:
    reader = read(replace(whole_house(), **changes))  # type: ignore[arg-type]
    assert banner in reader.text.split("At a glance")[0]


def test_a_complete_run_shows_no_banner() -> None:
    assert "banner" not in {a.get("class") for _, a in read(result()).tags}


def test_no_cell_speaks_by_colour_alone() -> None:
    page = render(whole_house())
    for cell in re.findall(r'<td class="cell[^"]*">(.*?)</td>', page, re.DOTALL):
        assert re.search(r"[✗!≈✓○]</span>|no rules", cell)


def test_a_long_history_is_cut_to_its_end_and_says_so() -> None:
    events = tuple({"seq": number} for number in range(SHOWN_EVENTS + 50))
    found = Counterexample({}, "m", history=events)
    page = read(result(subject("a", "b", rule("RES-01", Outcome.FAIL, counterexample=found))))
    assert f"the last {SHOWN_EVENTS} of {SHOWN_EVENTS + 50} events" in page.text
    assert f"{SHOWN_EVENTS + 49}" in page.text


def test_drawing_is_an_image_that_can_do_nothing() -> None:
    """Inside of an <img>, an SVG's scripts and links are dead; the text of it is not the page's."""
    image = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    found = Counterexample({}, "m", drawing=image)
    page = render(result(subject("a", "b", rule("RACE-10", Outcome.FAIL, counterexample=found))))
    assert "alert(1)" not in page
    (source,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', page)
    assert base64.b64decode(source).decode() == image


def test_templates_travel_with_the_package() -> None:
    import poolproof_reports

    folder = Path(poolproof_reports.__file__).parent / "templates"
    assert {"report.html.j2", "report.css", "report.js"} <= {p.name for p in folder.iterdir()}
