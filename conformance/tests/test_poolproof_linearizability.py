"""The checkers of linearizability, on literal histories and against trying all orders."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from poolproof import linearizability as lin
from poolproof.history import Event, History, Kind
from poolproof.linearizability import NEVER, Answer, Model, Operation, models
from poolproof_small_histories import UNIQUE, careless, explained, long, small

Checker = Callable[[list[Operation]], Answer]

# What is judged: its exact checker, the sequential object, and the operations with their arguments.
OBJECTS: dict[str, tuple[Checker, Model, dict[str, Any]]] = {
    "register": (lin.register, models.register(), {"write": UNIQUE, "read": None}),
    "counter": (lin.counter, models.counter(), {"add": None, "read": None}),
    "tickets": (lin.tickets, models.counter(), {"take": None}),
    "queue": (lin.queue, models.queue(), {"put": UNIQUE, "get": None}),
    "stack": (lin.stack, models.stack(), {"push": UNIQUE, "pop": None}),
    "semaphore": (
        lambda found: lin.semaphore(found, 2),
        models.semaphore(2),
        {"acquire": None, "release": None},
    ),
}
MANY = settings(max_examples=300, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", OBJECTS)
@MANY
@given(data=st.data())
def test_checkers_agree_with_trying_all_orders(name: str, data: st.DataObject) -> None:
    check, model, arguments = OBJECTS[name]
    history = data.draw(small(model, arguments))
    right = explained(history, model)
    exact, searched = check(history), lin.search(history, model)
    assert (exact.legal, searched.legal) == (right, right)
    assert_is_an_order(searched.order, model)
    if right:
        assert {one for one in history if one.ended} <= set(searched.order)
    else:
        assert exact.why
        assert {o for o in exact.culprits if o.process != "the initial state"} <= set(history)


NUMBERS = tuple(range(4))
ANSWERS: dict[str, dict[str, tuple[Any, ...]]] = {
    "read": {"register": (None, *NUMBERS), "counter": NUMBERS},
    "take": {"tickets": NUMBERS},
    "get": {"queue": (None, *NUMBERS)},
    "pop": {"stack": (None, *NUMBERS)},
}


@pytest.mark.parametrize("name", OBJECTS)
def test_checkers_agree_on_what_answers_at_random(name: str) -> None:
    """Histories that are nearly right seldom have two reads that agree too well."""
    check, model, arguments = OBJECTS[name]
    answers = {operation: each[name] for operation, each in ANSWERS.items() if name in each}
    generator = random.Random(name)
    right = 0
    for _ in range(2_000):
        history = careless(generator, arguments, answers)
        legal = explained(history, model)
        found = check(history).legal, lin.search(history, model).legal
        assert found == (legal, legal), history
        right += legal
    assert 100 < right < 1_900


def assert_is_an_order(order: tuple[Operation, ...], model: Model) -> None:
    """Of some operations, each once; of an illegal history it is the longest that was found."""
    state = model.initial
    for operation in order:
        state = model.step(state, operation)
        assert state is not lin.WRONG
    for early, late in itertools.combinations(order, 2):
        assert not late.end < early.call
    assert len(set(map(id, order))) == len(order)


@st.composite
def lock_histories(draw: Callable[[st.SearchStrategy[Any]], Any]) -> list[Operation]:
    """A few processes that take and leave a lock, each one call after the other."""
    found = []
    for process in range(draw(st.integers(1, 3))):
        now = draw(st.integers(0, 4))
        for name, result in draw(
            st.sampled_from(
                [
                    [("acquire", True), ("release", None)],
                    [("acquire", False)],
                    [("acquire", True), ("release", None), ("acquire", False)],
                    [("acquire", True), ("release", None), ("acquire", True)],
                    [("release", None)],
                ]
            )
        ):
            end = now + draw(st.integers(0, 3))
            found.append(Operation(name, now, end, None, result, process))
            now = end + draw(st.integers(0, 3))
    if found and draw(st.booleans()):
        found[-1] = replace(found[-1], end=NEVER, result=None)
    return found


@MANY
@given(lock_histories())
def test_lock_checker_agrees_with_trying_all_orders(history: list[Operation]) -> None:
    assert lin.lock(history).legal == explained(history, models.lock())


def test_release_at_the_instant_of_its_acquire_makes_no_second_place() -> None:
    """Process 1 takes the lock for good; so process 0 cannot have given it back later."""
    history = [
        Operation("acquire", 0, 1, None, True, 0), Operation("release", 1, 1, None, None, 0),
        Operation("acquire", 0, 0, None, True, 1), Operation("release", 0, 0, None, None, 1),
        Operation("acquire", 0, 0, None, True, 1),
    ]  # fmt: skip
    assert not explained(history, models.lock())
    assert not lin.lock(history).legal


@MANY
@given(data=st.data())
def test_sets_are_split_by_element(data: st.DataObject) -> None:
    """Each element by itself: what is right for all of them together is right for the set."""
    arguments = {"add": 0, "remove": 0, "contains": 0}
    one, other = (data.draw(small(models.elements(), arguments, most=4)) for _ in range(2))
    history = one + [replace(operation, argument=1) for operation in other]
    both = explained(one, models.elements()) and explained(other, models.elements())
    assert lin.search(history, models.elements()).legal == both


@pytest.mark.parametrize("name", OBJECTS)
def test_history_of_nothing_is_legal(name: str) -> None:
    assert OBJECTS[name][0]([]).legal


@pytest.mark.parametrize("name", OBJECTS)
def test_long_right_history_is_legal(name: str) -> None:
    check, model, arguments = OBJECTS[name]
    assert check(long(model, arguments, 3000, 16)).legal


def op(name: str, call: float, end: float, argument: Any = None, result: Any = None) -> Operation:
    return Operation(name, call, end, argument, result, process=f"p{int(call)}")


# Each is explained in words that name the operations which cannot be ordered.
WRONG: dict[str, tuple[Checker, list[Operation], str]] = {
    "a value out of thin air": (
        lin.register, [op("read", 0, 1, result=7)],
        "read() -> 7 by p0, and nobody ever wrote that",
    ),
    "a value from the future": (
        lin.register, [op("read", 0, 1, result=7), op("write", 2, 3, 7)],
        "read() -> 7 by p0 ended before write(7) by p2 began",
    ),
    "a value that comes back": (
        lin.register,
        [op("write", 0, 1, 1), op("write", 0, 1, 2), op("read", 2, 3, result=1),
         op("read", 4, 5, result=2), op("read", 6, 7, result=1)],
        "write(1) by p0 ended before read() -> 2 by p4 began, so value 1 came before 2; but "
        "write(2) by p0 ended before read() -> 1 by p6 began, so 2 came before 1",
    ),
    "a lost update": (
        lin.counter, [op("add", 0, 1), op("add", 0, 1), op("read", 2, 3, result=1)],
        "read() -> 1 by p2 does not count add() by p0, which had ended before it began",
    ),
    "an update lost between reads that agree": (
        lin.counter,
        [op("read", 0, 1, result=0), op("add", 2, 3), op("read", 4, 5, result=0)],
        "read() -> 0 by p4 is the same as read() -> 0 by p0, with add() by p2 between",
    ),
    "an update lost between reads that agree, and made up for": (
        lin.counter,
        [op("read", 0, 1, result=0), op("add", 2, 3), op("read", 4, 5, result=0),
         op("read", 6, 7, result=1)],
        "read() -> 0 by p4 is the same as read() -> 0 by p0, with add() by p2 between",
    ),
    "a counter ahead of itself": (
        lin.counter, [op("add", 0, 1), op("add", 4, 5), op("read", 2, 3, result=2)],
        "read() -> 2 by p2, but only 1 can have been added by then",
    ),
    "a ticket given twice": (
        lin.tickets, [op("take", 0, 1, result=0), op("take", 2, 3, result=0)],
        "take() -> 0 by p0 and take() -> 0 by p2: one number was given twice",
    ),
    "a ticket that nobody got": (
        lin.tickets, [op("take", 0, 1, result=1)],
        "take() -> 1 by p0, and nobody took 0",
    ),
    "a queue that is none": (
        lin.queue,
        [op("put", 0, 1, "a"), op("put", 2, 3, "b"), op("get", 4, 5, result="b")],
        "put('a') by p0 ended before put('b') by p2 began, so 'a' was ahead of 'b'; but "
        "get() -> 'b' by p4 ended, and nobody got it",
    ),
    "an item doubled": (
        lin.queue,
        [op("put", 0, 1, "a"), op("get", 2, 3, result="a"), op("get", 4, 5, result="a")],
        "get() -> 'a' by p2 and get() -> 'a' by p4: it came out twice",
    ),
    "a queue that looked empty": (
        lin.queue, [op("put", 0, 1, "a"), op("get", 2, 3), op("get", 4, 5, result="a")],
        "get() by p2 found nothing, and all that time something was there ('a')",
    ),
    "a stack that is a queue": (
        lin.stack,
        [op("push", 0, 1, "a"), op("push", 2, 3, "b"), op("pop", 4, 5, result="a"),
         op("pop", 6, 7, result="b")],
        "from the end of push('a') by p0 the stack was never empty, until pop() -> 'b' by p6 "
        "began; but each value was pushed later than that or popped earlier, so none can have been "
        "at its bottom",
    ),
    "two in a room for one": (
        lin.lock, [op("acquire", 0, 1, result=True), op("acquire", 2, 3, result=True)],
        "acquire() -> True by p2 came back after acquire() -> True by p0 had, whose process never "
        "released it",
    ),
    "a lock that was given on before it was taken": (
        lambda found: lin.lock(replace(one, process=n % 2) for n, one in enumerate(found)),
        [op("acquire", 0, 1, result=True), op("acquire", 2, 3, result=True),
         op("release", 4, 5), op("release", 6, 7)],
        "acquire() -> True by 1 came back after acquire() -> True by 0 had, whose process released "
        "it only later",
    ),
    "a stranger's release": (
        lin.lock, [op("acquire", 0, 1, result=True), op("release", 2, 3)],
        "release() by p2, which did not hold it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_history_is_explained_in_words(name: str) -> None:
    check, history, why = WRONG[name]
    answer = check(history)
    assert (answer.legal, answer.why) == (False, why)


def test_search_tells_what_got_stuck_and_how_far_it_came() -> None:
    history = [op("write", 0, 1, 1), op("read", 2, 3, result=1), op("read", 4, 5, result=2)]
    answer = lin.search(history, models.register())
    assert answer.order == tuple(history[:2])
    assert answer.why == (
        "no order explains it: 2 of 3 operations can be put in one, and then nothing lets "
        "read() -> 2 by p4 come back"
    )


def test_search_gives_up_at_its_limit_and_says_so() -> None:
    """Twenty pushes at once and one impossible pop: 20! orders."""
    history = [op("push", 0, 100, number) for number in range(20)]
    history += [op("pop", 0, 100, result="never pushed")]
    answer = lin.search(history, models.stack(), seconds=0.05)
    assert (answer.legal, answer.why) == (None, "no answer within 0.05 s")


def test_keyed_objects_are_independent() -> None:
    registers = lin.keyed(models.register())
    good = [op("write", 0, 1, ("x", 1)), op("write", 2, 3, ("y", 2))]
    reads = [op("read", 4, 5, ("x", None), 1), op("read", 6, 7, ("y", None), 2)]
    assert lin.search(good + reads, registers).legal
    assert not lin.search([*good, op("read", 8, 9, ("x", None), 2)], registers).legal


@pytest.mark.parametrize(
    ("check", "history"),
    [
        (lin.register, [op("write", 0, 1, 1), op("write", 2, 3, 1)]),
        (lin.queue, [op("put", 0, 1, None)]),
        (lin.queue, [op("push", 0, 1, 1)]),
        (lin.counter, [op("take", 0, 1)]),
        (lin.semaphore, [op("read", 0, 1)]),
        (lambda found: lin.search(found, models.stack()), [op("put", 0, 1, 1)]),
    ],
)
def test_what_a_checker_cannot_judge_is_an_error(check: Checker, history: list[Operation]) -> None:
    with pytest.raises(ValueError, match=r"put|push|take|read|write"):
        check(history)


def test_operations_are_paired_from_events() -> None:
    events = (
        Event(1, 10, Kind.INVOKE, "put", 0, "a"),
        Event(2, 11, Kind.INVOKE, "get", 0),
        Event(3, 10, Kind.OK, "put", 0),
        Event(4, 11, Kind.OK, "get", 0, "a"),
        Event(5, 12, Kind.INVOKE, "put", 1, "b"),
        Event(6, 13, Kind.INVOKE, "put", 2, "c"),
        Event(7, 13, Kind.FAIL, "put", 2, "Full"),
        Event(8, 13, Kind.INVOKE, "other", 3),
    )
    assert lin.operations(History(events), "put", "get") == [
        Operation("put", 1, 3, "a", None, 10),
        Operation("get", 2, 4, None, "a", 11),
        Operation("put", 5, NEVER, "b", None, 12),
    ]
