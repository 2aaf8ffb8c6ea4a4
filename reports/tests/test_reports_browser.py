"""The page in a real browser: quiet, offline, legible in both schemes, led by the keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from poolproof_reports.files import text_bytes
from poolproof_reports.html import render
from poolproof_reports.results import ResultFile
from reports_questions import CONTRASTS, OPEN_ALL, PHONE, TOO_WIDE
from reports_samples import hostile, result, rule, subject, whole_house

if TYPE_CHECKING:
    from reports_browser import Browser

VISIBLE = "[...document.querySelectorAll('.rule')].filter(r => r.checkVisibility()).length"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return write(tmp_path, whole_house())


def write(folder: Path, whole: ResultFile) -> Path:
    (folder / "report.html").write_bytes(text_bytes(render(whole)))
    return folder / "report.html"


def test_the_page_is_quiet_and_asks_the_network_for_nothing(browser: Browser, page: Path) -> None:
    browser.show(page)
    assert browser.evaluate("document.getElementById('shown').textContent") == "42 rules"
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith("data:")] == [page.as_uri()]


def test_hostile_text_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    browser.show(write(tmp_path, hostile()))
    assert browser.evaluate("[document.scripts.length, document.images.length]") == [1, 0]
    assert browser.evaluate("document.querySelectorAll('h1').length") == 1
    assert browser.complaints() == []
    assert len([url for url in browser.requests() if not url.startswith("data:")]) == 1


def test_the_policy_stops_markup_that_slipped_through(browser: Browser, page: Path) -> None:
    """Were a text ever left unescaped, the page's policy would still hold."""
    text = page.read_text(encoding="utf-8").replace(
        "</main>", "<script>window.slipped = 1</script><img src='https://evil.invalid/x'></main>"
    )
    page.write_text(text, encoding="utf-8")
    browser.show(page)
    assert browser.evaluate("window.slipped === undefined")
    assert browser.complaints() != []


def test_the_filter_works_with_the_keyboard_alone(browser: Browser, page: Path) -> None:
    browser.show(page)
    at_first = browser.evaluate(VISIBLE)
    browser.press("/")
    assert browser.evaluate("document.activeElement.id") == "query"
    browser.type("torch fault-01")
    assert browser.evaluate("document.getElementById('shown').textContent") == "1 of 42 rules"
    assert browser.evaluate(VISIBLE) == 1
    browser.press("Escape")
    assert browser.evaluate("document.getElementById('query').value") == ""
    assert browser.evaluate(VISIBLE) == at_first
    browser.press("Tab")
    assert browser.evaluate("document.activeElement.dataset.outcome") == "PASS"
    browser.press(" ")
    assert browser.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    assert browser.evaluate("document.getElementById('shown').textContent") == "31 of 42 rules"
    assert browser.evaluate(VISIBLE) == 31
    browser.type("/zzz")
    assert browser.evaluate("document.getElementById('nothing').checkVisibility()")


@pytest.mark.parametrize("link", [".failures a", ".grid .name"])
def test_a_named_failure_leads_to_its_evidence(browser: Browser, page: Path, link: str) -> None:
    """Also when the filter hides it at that moment."""
    browser.show(page)
    browser.press("/")
    browser.type("forkless")
    browser.evaluate(f"document.querySelector('{link}').focus()")
    browser.press("Enter")
    browser.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    assert browser.evaluate("document.querySelector(':target h4').textContent").startswith(
        "FAULT-01"
    )
    assert browser.evaluate("document.querySelector(':target .evidence').open")
    assert browser.evaluate("document.querySelector(':target .evidence pre').checkVisibility()")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_can_be_read_in_both_colour_schemes(
    browser: Browser, page: Path, dark: bool
) -> None:
    browser.show(page, dark=dark)
    ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) < 384) == dark
    browser.evaluate(OPEN_ALL)
    contrasts = browser.evaluate(CONTRASTS)
    assert len(contrasts) > 200
    assert contrasts[0][0] >= 4.5, contrasts[:5]


@pytest.mark.parametrize("whole", [whole_house(), hostile()], ids=["house", "hostile"])
def test_a_phone_scrolls_in_one_direction_only(
    browser: Browser, tmp_path: Path, whole: ResultFile
) -> None:
    browser.show(write(tmp_path, whole), width=PHONE, height=844)
    browser.evaluate(OPEN_ALL)
    width = browser.evaluate("document.documentElement.scrollWidth")
    assert width == PHONE, browser.evaluate(TOO_WIDE)


def test_the_table_keeps_its_head_in_sight(browser: Browser, tmp_path: Path) -> None:
    many = [subject(f"pool-{n}", "spawn", rule("RES-01")) for n in range(80)]
    browser.show(write(tmp_path, result(*many)))
    top = "document.querySelector('.grid thead th').getBoundingClientRect().top"
    before = browser.evaluate(top)
    browser.evaluate("document.querySelector('.scroller').scrollTop = 400")
    assert browser.evaluate("document.querySelector('.scroller').scrollTop") == 400
    assert browser.evaluate(top) == before
