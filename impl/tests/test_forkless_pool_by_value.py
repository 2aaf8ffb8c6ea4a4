"""Functions and classes that pickle cannot name: cloudpickle carries them where it is installed."""

from __future__ import annotations

import multiprocessing
from typing import Any

import forkless_pool_tasks as tasks
import pytest
from forkless._pool import by_value
from forkless.executor import Executor
from forkless.pool import ArgumentNotPicklable, Pool

METHOD = multiprocessing.get_all_start_methods()[0]
LIMIT = 60


def test_lambdas_and_closures_run_and_come_back(quick_pool: Pool) -> None:
    pytest.importorskip("cloudpickle")
    base = 40

    def add(x: int) -> int:
        return x + base

    assert quick_pool.apply(add, (2,)) == 42
    assert quick_pool.map(lambda x: x * base, range(3)) == [0, 40, 80]
    assert list(quick_pool.imap(add, range(3))) == [40, 41, 42]
    assert quick_pool.apply(tasks.call, (lambda: base,)) == 40
    assert quick_pool.apply(tasks.make_adder, (5,))(1) == 6
    with Executor(1, METHOD) as executor:
        assert executor.submit(lambda x: x + base, 1).result(LIMIT) == 41


def test_objects_of_a_local_class_travel_both_ways(quick_pool: Pool) -> None:
    pytest.importorskip("cloudpickle")

    class Point:
        def __init__(self, x: int) -> None:
            self.x = x

    assert quick_pool.apply(lambda point: point.x, (Point(7),)) == 7
    assert quick_pool.apply(lambda x: Point(x), (8,)).x == 8


def test_the_rest_of_such_a_message_travels_as_ever(quick_pool: Pool) -> None:
    pytest.importorskip("cloudpickle")
    torch = pytest.importorskip("torch")
    base = torch.zeros(4)

    def write(tensors: list[Any]) -> Any:
        tensors[0].fill_(7)
        return tensors

    first, second = quick_pool.apply(write, ([base, base[1:3]],))
    assert second.tolist() == [7, 7]
    first.fill_(1)
    assert (second.tolist(), base.tolist()) == ([1, 1], [0] * 4)


def test_without_cloudpickle_the_error_says_what_would_help(
    quick_pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_value, "pickler", lambda: None)
    with pytest.raises(ArgumentNotPicklable, match=r"lambda.*install cloudpickle"):
        quick_pool.apply(lambda: None)
    with pytest.raises(ArgumentNotPicklable, match="top level of a module"):
        quick_pool.map(lambda x: x, [1])
