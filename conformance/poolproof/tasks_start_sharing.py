"""What the children of START rules do with the locks, queues and memory that they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from poolproof import journal
from poolproof.history import Kind
from poolproof.plan import JSON


def _try_locks(held: Any, free: Any) -> JSON:
    tried = [lock.acquire(False) for lock in (held, free)]
    for lock, mine in zip((held, free), tried, strict=True):
        if mine:
            lock.release()
    return tried


def _flip_events(clear: Any, is_set: Any) -> JSON:
    seen = [clear.is_set(), is_set.is_set()]
    clear.set()
    is_set.clear()
    return seen


def _notify(condition: Any) -> JSON:
    with condition:
        condition.notify()
    return "notified"


def _meet(barrier: Any) -> JSON:
    barrier.wait()
    return "met"


def _answer(questions: Any, answers: Any) -> JSON:
    seen = questions.get()
    if hasattr(questions, "task_done"):
        questions.task_done()
    answers.put("answer")
    return seen


def _converse(end: Any) -> JSON:
    seen = end.recv()
    end.send("answer")
    return seen


_USES: dict[str, Callable[..., JSON]] = {
    "Event": _flip_events,
    "Condition": _notify,
    "Barrier": _meet,
    "Queue": _answer,
    "JoinableQueue": _answer,
    "SimpleQueue": _answer,
    "Pipe": _converse,
}


def use(folder: str, things: list[tuple[str, tuple[Any, ...]]]) -> None:
    """Use things of these kinds, one after the other, and record what was seen."""
    for number, (kind, parts) in enumerate(things):
        use_it: Callable[..., JSON] = _USES.get(kind, _try_locks)
        journal.record(folder, Kind.OK, "child", number, use_it(*parts))


def say_numbers(ends: list[Any]) -> None:
    """Send through each connection its place in the list."""
    for number, end in enumerate(ends):
        end.send(number)


def numbers(cell: Any) -> list[JSON]:
    """What a shared Value or Array holds."""
    return list(cell) if hasattr(cell, "__len__") else [cell.value]


def rewrite(folder: str, cells: list[Any], new: list[list[JSON]]) -> None:
    """Record what the cells hold, and fill them anew."""
    for place, (cell, values) in enumerate(zip(cells, new, strict=True)):
        journal.record(folder, Kind.OK, "child", place, numbers(cell))
        if hasattr(cell, "__len__"):
            cell[:] = values
        else:
            (cell.value,) = values


def fill(shared_dict: Any, shared_list: Any, namespace: Any, values: list[int]) -> None:
    """Write into the objects of a manager."""
    for value in values:
        shared_dict[str(value)] = value
        shared_list.append(value)
    namespace.total = sum(values)
