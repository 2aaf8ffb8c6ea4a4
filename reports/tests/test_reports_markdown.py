"""The Markdown summary says what counts, fits its place, and carries no one else's markup."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token
from poolproof_reports.files import text_bytes
from poolproof_reports.markdown import MAX_BYTES, fenced, render
from poolproof_reports.results import Outcome, ResultFile
from reports_samples import NASTY, hostile, result, rule, subject, whole_house
from reports_strategies import result_files

OURS = {"<br>", "<sub>", "</sub>", "<details><summary>Reproduce it</summary>", "</details>"}


def tokens(text: str) -> list[Token]:
    """The summary as GitHub's dialect reads it, inline tokens unfolded."""
    parsed = MarkdownIt("commonmark").enable("table").parse(text_bytes(text).decode())
    return [inner for token in parsed for inner in (token, *(token.children or ()))]


def test_a_run_is_summed_up_with_its_failures_named() -> None:
    text = render(whole_house())
    assert text.startswith("# ❌ poolproof: 5 failures in 3 of 5 pools\n")
    assert "| **multiprocessing** 3.11.2 | spawn | ✅ 2/2 | ⚪<br>2 not judged | ✅ 1/1 |" in text
    assert "❌ 0/2<br>FAULT-01, FAULT-02" in text
    assert "✅ 8/8" in text
    assert "poolproof run --pool multiprocessing\n" in text
    assert "(seed 7)" in text
    assert "| torch | 2.13.0 |" in text
    assert "<https://github.com/pytorch/pytorch/issues/88294>" in text


def test_an_interrupted_run_says_so_before_anything_else() -> None:
    text = render(replace(whole_house(), complete=False, interruption="Ctrl-C after 12 s"))
    assert "**Stopped early: Ctrl-C after 12 s**" in text.split("| pool |")[0]


def test_a_run_that_judged_nothing_claims_nothing() -> None:
    assert render(result()).startswith("# ⚪ poolproof: No rule was judged\n")
    assert render(result(subject("a", "b", rule("RES-01")))).startswith(
        "# ✅ poolproof: Nothing failed\n"
    )


def test_hostile_text_becomes_no_markup() -> None:
    """No tag, image, disguised link, mention or row of a table comes out of a result."""
    read = tokens(render(hostile()))
    assert {token.content.strip() for token in read if token.type == "html_inline"} <= OURS
    for token in read:
        if token.type == "html_block":
            assert token.content.strip() in OURS
    assert not [token for token in read if token.type == "image"]
    links = {token.attrs["href"] for token in read if token.type == "link_open"}
    assert links == {"http://evil.example/x"}, "only an address that shows itself may be a link"
    rows = Counter(token.type for token in read)
    assert rows["table_open"] == 2
    assert rows["heading_open"] == 4
    cells = [len(line.split("|")) for line in render(hostile()).split("\n") if line[:1] == "|"]
    assert cells[0] == cells[1] == cells[2]
    assert "@someone" not in render(replace(hostile(), command=(), subjects=()))


@given(result_files())
@settings(max_examples=60)
def test_no_result_becomes_markup(whole: ResultFile) -> None:
    read = tokens(render(whole))
    found = {t.content.strip() for t in read if t.type in ("html_inline", "html_block")}
    assert {piece for content in found for piece in content.split("\n")} <= OURS
    links = [str(t.attrs["href"]) for t in read if t.type == "link_open"]
    assert all(link.startswith(("http://", "https://")) for link in links)


@pytest.mark.parametrize("text", ["", "```", "``````\n```", NASTY, "~~~\n`"])
def test_a_code_block_ends_where_it_should(text: str) -> None:
    read = tokens(fenced(text) + "\n\nafter")
    assert [t.type for t in read if t.type in ("fence", "paragraph_open")] == [
        "fence",
        "paragraph_open",
    ]


def test_a_huge_run_is_cut_with_a_notice_and_keeps_the_way_to_replay_it() -> None:
    broken = [rule(f"RES-{n:05}", Outcome.FAIL, message="é" * 400) for n in range(3000)]
    text = render(result(subject("a", "spawn", *broken)))
    assert len(text_bytes(text)) <= MAX_BYTES
    assert "**Cut here:**" in text
    assert "## How to run it again (seed 7)" in text
    assert "**Cut here:**" not in render(whole_house())


@given(result_files())
@settings(max_examples=40)
def test_the_limit_holds_for_any_result(whole: ResultFile) -> None:
    least = len(text_bytes(render(replace(whole, subjects=(), profile="", started=""))))
    limit = least + 300
    assert len(text_bytes(render(whole, max_bytes=limit))) <= limit
