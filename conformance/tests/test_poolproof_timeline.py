"""A history as a picture: what is marked, and what stays inside it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from poolproof import linearizability as lin
from poolproof.catalogue import find
from poolproof.linearizability import NEVER, Operation, models
from poolproof.linearizability.timeline import MOST
from poolproof.verdict import Verdict
from poolproof_cases_race import CASES, PLANS
from poolproof_literal_histories import history

SVG = "{http://www.w3.org/2000/svg}"


def drawn(history: list[Operation], answer: lin.Answer, title: str = "") -> ElementTree.Element:
    return ElementTree.fromstring(lin.timeline(history, answer, title))


def bars(image: ElementTree.Element, kind: str) -> list[str | None]:
    """The labels of the bars of that kind."""
    found = []
    for group in image.iter(f"{SVG}g"):
        rect, label = group.find(f"{SVG}rect"), group.find(f"{SVG}title")
        if rect is not None and label is not None and kind in rect.attrib["class"].split():
            found.append(label.text)
    return found


HISTORY = [
    Operation("put", 0, 10, "a", None, 1),
    Operation("put", 12, 22, "b", None, 2),
    Operation("get", 24, 34, None, "b", 3),
    Operation("put", 25, NEVER, "<script>", None, 1),
]


def test_culprits_and_what_has_no_end_are_marked() -> None:
    image = drawn(HISTORY, lin.queue(HISTORY))
    assert bars(image, "culprit") == ["put('a')", "put('b')", "get() -> 'b'"]
    assert bars(image, "open") == ["put('<script>') -> ?"]
    assert len(bars(image, "bar")) == 4


def test_the_longest_order_is_numbered() -> None:
    answer = lin.search(HISTORY, models.queue())
    image = drawn(HISTORY, answer)
    numbers = [text.text for text in image.iter(f"{SVG}text") if text.get("class") == "place"]
    assert sorted(numbers, key=str) == [str(n) for n in range(1, len(answer.order) + 1)]


def test_what_a_history_says_stays_text() -> None:
    source = lin.timeline(HISTORY, lin.queue(HISTORY), "</svg><script>alert(1)</script>")
    assert "<script" not in source
    assert drawn(HISTORY, lin.queue(HISTORY), "a & b")[0].text == "a & b"


def test_overlapping_operations_of_one_process_lie_below_each_other() -> None:
    history = [Operation("add", 0, 10), Operation("add", 5, 15), Operation("add", 11, 20)]
    image = drawn(history, lin.counter(history))
    tops = [rect.attrib["y"] for rect in image.iter(f"{SVG}rect") if "y" in rect.attrib]
    assert tops == ["4", "40", "4"]


def test_calls_of_a_microsecond_can_be_told_apart_beside_a_long_pause() -> None:
    history = [Operation("add", start, start + 0.001) for start in (0, 0.01, 0.02, 1_000)]
    image = drawn(history, lin.counter(history))
    rects = [rect for rect in image.iter(f"{SVG}rect") if "x" in rect.attrib]
    left = [float(rect.attrib["x"]) for rect in rects]
    right = [float(rect.attrib["x"]) + float(rect.attrib["width"]) for rect in rects]
    assert all(end + 50 < start for end, start in zip(right, left[1:], strict=False))


def test_of_a_long_history_what_is_near_the_culprits_is_drawn() -> None:
    history = [Operation("put", n, n + 0.5, n, None, n % 3) for n in range(1000)]
    history += [Operation("get", 1000 + n, 1000.5 + n, None, n, 4) for n in range(500)]
    history[1100], history[1101] = (
        Operation("get", 1100, 1100.5, None, 101, 4),
        Operation("get", 1101, 1101.5, None, 100, 4),
    )
    answer = lin.queue(history)
    image = drawn(history, answer)
    assert len(bars(image, "bar")) == MOST
    assert bars(image, "culprit") == [culprit.said for culprit in answer.culprits]
    assert f"{len(history) - MOST} operations farther away" in "".join(image.itertext())


def test_nothing_is_a_picture_too() -> None:
    assert bars(drawn([], lin.Answer(True)), "bar") == []


@pytest.mark.parametrize("rule", ["RACE-09", "RACE-10"])
def test_rules_on_order_draw_what_contradicts_itself(rule: str) -> None:
    draw = find(rule).draw
    assert draw is not None
    for name, verdict, says, events in CASES:
        if name == rule and verdict is Verdict.PASS:
            assert draw(PLANS[rule], history(*events)) == ""
        elif name == rule and verdict is Verdict.FAIL:
            image = ElementTree.fromstring(draw(PLANS[rule], history(*events)))
            assert bars(image, "culprit"), says
