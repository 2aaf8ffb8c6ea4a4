"""A site in a real browser: its filters, links and keys, quiet, legible, on a phone too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from poolproof_reports.comparison import compare
from poolproof_reports.results import Outcome
from poolproof_reports.site.build import build
from poolproof_reports.site.collection import Collection, Run, collect
from poolproof_reports.site.grid import lines
from poolproof_reports.site.pages import Site, pages
from poolproof_reports.summary import Cell
from reports_big import many
from reports_questions import CONTRASTS, OPEN_ALL, PHONE, TOO_WIDE
from reports_samples import hostile, result, rule, subject, whole_house

if TYPE_CHECKING:
    from reports_browser import Browser

SHOWN = "document.getElementById('shown').textContent"
# The table as it is seen: rule to pool to what its cell shows.
TABLE = """(() => {
  const table = document.getElementById("matrix");
  const names = [...table.tHead.rows[0].cells].map((head) => head.textContent);
  return Object.fromEntries([...table.tBodies[0].rows].filter((row) => !row.hidden).map((row) => [
    row.querySelector("b").textContent,
    Object.fromEntries([...row.cells].map((cell, n) => [names[n], cell])
      .filter(([, cell]) => cell.tagName === "TD" && cell.querySelector("a")?.checkVisibility())
      .map(([name, cell]) => [name, `${cell.querySelector("a").ariaLabel}: ${cell.innerText}`])),
  ]));
})()"""
CHOOSE = """(() => {
  const pick = document.getElementById("%s");
  pick.value = [...pick.options].find((option) => option.text === "%s").value;
  pick.dispatchEvent(new Event("change"));
})()"""
FOCUS = "document.activeElement.getAttribute('href')"


def runs() -> Collection:
    """Two cells, two start methods and two versions of one pool, and other pools."""
    old = subject("loky", "spawn", rule("RES-01", Outcome.FAIL), rule("RACE-01"), version="3.4")
    new = subject("loky", "fork", rule("RES-01"), rule("RACE-01", Outcome.NOTRUN), version="3.5")
    return collect(
        [Run("windows", result(old)), Run("linux", result(new)), Run("x", whole_house())]
    )


@pytest.fixture
def index(tmp_path: Path) -> Path:
    build(Site(runs()), tmp_path)
    return tmp_path / "index.html"


def table(browser: Browser) -> Any:
    return browser.evaluate(TABLE)


def frame(browser: Browser) -> None:
    """Whatever the page does in its next frame is done."""
    browser.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def test_every_page_is_quiet_and_asks_the_network_for_nothing(
    browser: Browser, tmp_path: Path
) -> None:
    evil = collect([Run("a", hostile()), Run("b", whole_house())])
    build(Site(evil, comparison=compare(runs(), evil)), tmp_path)
    files = [tmp_path / "index.html", tmp_path / "comparison.html"]
    files += [next(tmp_path.glob(pattern)) for pattern in ("rule-x-*.html", "pool-x-*.html")]
    for page in files:
        browser.show(page)
        scripts = browser.evaluate("document.querySelectorAll('script:not([type])').length")
        assert (scripts, browser.evaluate("document.images.length")) == (1, 0)
        assert browser.evaluate("document.querySelectorAll('h1').length") == 1
        assert browser.complaints() == []
        assert [url for url in browser.requests() if not url.startswith("data:")] == [page.as_uri()]


def test_the_filters_recount_what_they_leave(browser: Browser, index: Path) -> None:
    browser.show(index)
    assert table(browser)["RES-01"]["loky"] == "fails the run: ✗\n2/3"
    browser.evaluate(CHOOSE % ("cell", "linux"))
    assert table(browser) == {
        "RES-01": {"loky": "held: ✓"},
        "RACE-01": {"loky": "not judged: ○"},
    }
    heads = "[...document.querySelectorAll('#matrix thead th:not([hidden])')].length"
    assert browser.evaluate(heads) == 2
    browser.evaluate(CHOOSE % ("cell", "all"))
    browser.evaluate(CHOOSE % ("version", "loky 3.4"))
    assert table(browser) == {
        "RES-01": {"loky": "fails the run: ✗"},
        "RACE-01": {"loky": "held: ✓"},
    }
    browser.evaluate(CHOOSE % ("method", "fork"))
    assert table(browser) == {}
    assert browser.evaluate("document.getElementById('nothing').checkVisibility()")
    browser.press("Escape")
    assert browser.evaluate(SHOWN) == "8 of 8 rules"


def test_the_browser_counts_as_the_page_was_written(browser: Browser, index: Path) -> None:
    """Also after each filter was set and taken away."""
    browser.show(index)

    def shown(cell: Cell) -> list[str]:
        score = f"{cell.passed}/{cell.judged}" if 0 < cell.passed < cell.judged else ""
        return [f"is-{cell.standing.value}" if cell.total else "is-none", score]

    expected = [[shown(cell) for cell in line.cells] for line in lines(runs())]
    drawn = """[...document.querySelectorAll("#matrix tbody tr")].map((row) =>
      [...row.querySelectorAll("td")].map((cell) =>
        [cell.className, cell.querySelector("small")?.textContent ?? ""]))"""
    assert browser.evaluate(drawn) == expected
    for name, value in (("cell", "x"), ("method", "fork"), ("version", "loky 3.4")):
        browser.evaluate(CHOOSE % (name, value))
        assert browser.evaluate(drawn) != expected
        browser.evaluate(CHOOSE % (name, "all"))
    assert browser.evaluate(drawn) == expected


def test_words_and_symbols_choose_rules_with_the_keyboard_alone(
    browser: Browser, index: Path
) -> None:
    browser.show(index)
    browser.press("/")
    browser.type("worker fault-01")
    assert browser.evaluate(SHOWN) == "1 of 8 rules"
    browser.press("Escape")
    assert browser.evaluate(SHOWN) == "8 of 8 rules"
    for _ in range(5):
        browser.press("Tab")
    assert browser.evaluate("document.activeElement.textContent") == "✗ failed"
    browser.press(" ")
    assert set(table(browser)) == {"RES-01", "FAULT-01", "FAULT-02"}
    browser.evaluate(CHOOSE % ("cell", "linux"))
    assert table(browser) == {}


def test_arrows_lead_from_cell_to_cell_and_enter_to_the_evidence(
    browser: Browser, index: Path
) -> None:
    browser.show(index)
    browser.evaluate("document.querySelector('#matrix tbody a').focus()")
    assert browser.evaluate(FOCUS) == "rule-RES-01.html"
    browser.press("ArrowRight")
    assert browser.evaluate(FOCUS) == "rule-RES-01.html#pool-loky"
    browser.press("ArrowUp")
    assert browser.evaluate(FOCUS) == "rule-RES-01.html#pool-loky"
    browser.press("ArrowDown")
    browser.press("ArrowDown")
    browser.press("ArrowLeft")
    browser.press("ArrowRight")
    browser.press("ArrowRight")
    assert browser.evaluate(FOCUS) == "rule-RACE-01.html#pool-forkless"
    browser.press("Enter")
    frame(browser)
    assert browser.evaluate("location.pathname").endswith("rule-RACE-01.html")
    assert browser.evaluate("document.querySelector(':target').textContent").strip()


def test_arrows_pass_over_what_a_filter_hides(browser: Browser, index: Path) -> None:
    browser.show(index)
    browser.press("/")
    browser.type("-01")
    browser.evaluate(
        "document.querySelector('#matrix a[href=\"rule-RES-01.html#pool-loky\"]').focus()"
    )
    for _ in range(2):
        browser.press("ArrowDown")
    browser.press("ArrowRight")
    assert browser.evaluate(FOCUS) == "rule-FAULT-01.html#pool-forkless"  # loky has no DATA-01
    browser.evaluate(CHOOSE % ("cell", "linux"))
    browser.evaluate("document.querySelector('#matrix tbody a').focus()")
    for _ in range(3):
        browser.press("ArrowRight")
    assert browser.evaluate(FOCUS) == "rule-RES-01.html#pool-loky"


def test_a_view_can_be_kept_as_a_link(browser: Browser, index: Path) -> None:
    browser.show(index)
    browser.evaluate(CHOOSE % ("version", "loky 3.4"))
    browser.press("/")
    browser.type("res")
    kept = browser.evaluate("location.href")
    browser.show(index)
    assert browser.evaluate(SHOWN) == "8 of 8 rules"
    browser.evaluate(f"location.hash = new URL('{kept}').hash")
    frame(browser)
    assert table(browser) == {"RES-01": {"loky": "fails the run: ✗"}}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_can_be_read_in_both_colour_schemes(
    browser: Browser, tmp_path: Path, dark: bool
) -> None:
    build(Site(runs(), comparison=compare(runs(), collect([]))), tmp_path)
    for page in ("index.html", "rule-FAULT-01.html", "pool-torch.html", "comparison.html"):
        browser.show(tmp_path / page, dark=dark)
        browser.evaluate(OPEN_ALL)
        contrasts = browser.evaluate(CONTRASTS)
        assert len(contrasts) > 20
        assert contrasts[0][0] >= 4.5, (page, contrasts[:5])


def test_a_phone_scrolls_in_one_direction_only(browser: Browser, tmp_path: Path) -> None:
    evil = collect([Run("a" * 90, hostile()), Run("b", whole_house())])
    build(Site(evil, comparison=compare(runs(), evil)), tmp_path)
    for page in sorted(tmp_path.glob("*.html")):
        browser.show(page, width=PHONE, height=844)
        browser.evaluate(OPEN_ALL)
        width = browser.evaluate("document.documentElement.scrollWidth")
        assert width == PHONE, (page.name, browser.evaluate(TOO_WIDE))


def test_a_big_table_is_filtered_like_a_small_one(browser: Browser, tmp_path: Path) -> None:
    big = collect(many(cells=10, rules=150, pools=15))
    name, text = next(pages(Site(big)))
    (tmp_path / name).write_text(text, encoding="utf-8")
    browser.show(tmp_path / "index.html")
    browser.evaluate(CHOOSE % ("cell", "cell-7"))
    seen = table(browser)
    assert len(seen) == 150
    assert {len(cells) for cells in seen.values()} == {15}
    assert browser.complaints() == []
