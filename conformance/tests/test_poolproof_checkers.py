"""The pure checkers: on the empty, the sane and the pathological."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from poolproof.checkers.accounting import account
from poolproof.checkers.exclusion import Hold, crowd
from poolproof.checkers.fifo import Overtaking, overtaking
from poolproof.checkers.judging import judge, unfinished
from poolproof.history import Event, Kind
from poolproof.verdict import Verdict, unknown
from poolproof_literal_histories import history, ok


def test_an_account_of_nothing_is_in_order() -> None:
    assert list(account([], []).complaints("task", "ran")) == []


def test_an_account_names_the_lost_the_doubled_and_the_uninvited() -> None:
    found = account("abc", "accz")
    assert (found.lost, found.duplicated, found.unexpected) == (("b",), ("c",), ("z",))
    assert list(found.complaints("task", "ran")) == [
        "1 task(s) never ran: 'b'",
        "1 task(s) ran more than once: 'c'",
        "1 task(s) ran though nobody asked for it: 'z'",
    ]


def test_an_account_shows_five_and_says_that_there_are_more() -> None:
    assert list(account("abcde", "").complaints("task", "ran")) == [
        "5 task(s) never ran: 'a', 'b', 'c', 'd', 'e'"
    ]
    assert list(account("abcdef", "").complaints("task", "ran")) == [
        "6 task(s) never ran: 'a', 'b', 'c', 'd', 'e', ..."
    ]


def test_an_account_reads_a_mapping_by_its_keys() -> None:
    assert list(account("ab", {"a": 7, "b": 0}).complaints("result", "came")) == []


@given(st.sets(st.integers()), st.randoms())
def test_an_account_does_not_mind_the_order(keys: set[int], chance: random.Random) -> None:
    shuffled = sorted(keys)
    chance.shuffle(shuffled)
    assert list(account(keys, shuffled).complaints("task", "ran")) == []


def test_holds_one_after_the_other_are_no_crowd() -> None:
    assert crowd([]) is None
    assert crowd([Hold(0, 5, "a"), Hold(7, 9, "b")]) is None


def test_equal_stamps_accuse_nobody() -> None:
    assert crowd([Hold(0, 5, "a"), Hold(5, 5, "b"), Hold(5, 9, "c")]) is None


def test_overlapping_holds_are_a_crowd() -> None:
    together = crowd([Hold(7, 9, "c"), Hold(0, 8, "a"), Hold(1, 2, "b")])
    assert together is not None
    assert {h.holder for h in together} == {"a", "b"}


def test_a_semaphore_has_as_many_places_as_it_says() -> None:
    holds = [Hold(0, 9, "a"), Hold(1, 8, "b"), Hold(2, 7, "c")]
    assert crowd(holds, places=3) is None
    assert crowd(holds, places=2) is not None


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5)), max_size=8), st.integers(1, 3))
def test_a_crowd_is_what_a_look_at_every_moment_shows(
    spans: list[tuple[int, int]], places: int
) -> None:
    holds = [Hold(start, start + length, n) for n, (start, length) in enumerate(spans)]
    # between two stamps, so that equal stamps count for nothing
    most = max((sum(h.start_ns < t < h.end_ns for h in holds) for t in _between()), default=0)
    assert (crowd(holds, places) is not None) == (most > places)


def _between() -> list[float]:
    return [t + 0.5 for t in range(26)]


def test_each_producer_has_an_order_of_its_own() -> None:
    assert overtaking("c", []) is None
    assert overtaking("c", [("p", 0), ("q", 0), ("q", 1), ("p", 1), ("p", 5)]) is None


def test_an_item_that_was_overtaken_is_named() -> None:
    assert overtaking("c", [("p", 0), ("p", 2), ("p", 1)]) == Overtaking("c", "p", 2, 1)


def test_the_first_problem_decides() -> None:
    judged = judge(iter(["first", "second"]), missing="all")
    assert (judged.verdict, judged.message) == (Verdict.FAIL, "first")


def test_without_a_problem_what_is_missing_decides() -> None:
    assert judge([], missing="the end") == unknown("the end")
    assert judge([]).verdict is Verdict.PASS


def test_an_operation_that_was_not_seen_to_end_is_named() -> None:
    begun = Event(0, 1, Kind.INVOKE, "get", 3)
    assert unfinished(history(begun, ok("get", 3, 3))) == ""
    assert unfinished(history(begun, ok("get", 3, 4))) == "get of 3 was not seen to end"
    assert unfinished(history(Event(0, 1, Kind.INVOKE, "close"))) == "close was not seen to end"
